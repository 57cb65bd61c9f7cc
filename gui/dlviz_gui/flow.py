"""A layout that fills lines from left to right and goes on below, as words on a page."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QRect, QSize, Qt
from qtpy.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Widgets one after the other, each at its preferred width where there is room, all as high as the highest."""

    def __init__(self, parent: QWidget | None = None, spacing: int = 14) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def clear(self) -> None:
        """Take everything out, for good."""
        while self._items:
            widget = self._items.pop().widget()
            widget.hide()
            widget.deleteLater()

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientations:
        return Qt.Orientations()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def lines(self, widgets: Sequence[QWidget], width: int) -> int:
        """How many lines some widgets would fill, whether they are seen or not."""
        lines, x = 1, 0
        for widget in widgets:
            across = _width(widget, width)
            if x and x + across > width:
                lines, x = lines + 1, 0
            x += across + self.spacing()
        return lines

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Place the items within `rect`; the height that they need."""
        x, y = rect.x(), rect.y()
        line = max((item.sizeHint().height() for item in self._items), default=0)
        for item in self._items:
            if item.isEmpty():
                continue
            width = _width(item, rect.width())
            if x > rect.x() and x + width > rect.right() + 1:
                x, y = rect.x(), y + line + 4
            if move:
                item.setGeometry(QRect(x, y, width, line))
            x += width + self.spacing()
        return y + line - rect.y()


def _width(item: QLayoutItem | QWidget, room: int) -> int:
    """What an item takes of a line so many pixels wide."""
    least = item.minimumSize() if isinstance(item, QLayoutItem) else item.minimumSizeHint()
    return max(min(item.sizeHint().width(), room), least.width())
