"""Tooltips that stay as long as the pointer rests; Qt's own go after ten seconds."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QPoint, QRect, Qt
from qtpy.QtWidgets import QStyledItemDelegate, QTabBar, QToolTip, QWidget

from dlviz_gui.labels import STAYS, tooltip


def show_tip(at: QPoint, text: str, widget: QWidget) -> None:
    """Show `text` at a place on the screen until the pointer leaves `widget`; without text, none."""
    QToolTip.showText(at, tooltip(text), widget, QRect(), STAYS)


class TipDelegate(QStyledItemDelegate):
    """Of a list whose items have tooltips."""

    def helpEvent(self, event, view, option, index) -> bool:
        if event.type() != QEvent.ToolTip:
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), index.data(Qt.ToolTipRole) or "", view.viewport(), QRect(), STAYS)
        return True


class TipTabBar(QTabBar):
    """Tabs that have tooltips."""

    def event(self, event) -> bool:
        if event.type() != QEvent.ToolTip:
            return super().event(event)
        QToolTip.showText(event.globalPos(), self.tabToolTip(self.tabAt(event.pos())), self, QRect(), STAYS)
        return True
