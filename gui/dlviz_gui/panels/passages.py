"""Words in context: what a unit responds to in one column, what stands before and behind beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QBrush, QColor, QFont, QFontMetrics, QResizeEvent
from qtpy.QtWidgets import QAbstractItemView, QApplication, QFrame, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from dlviz.layout.passages import end_of, start_of, widths
from dlviz.sheet import Passage, Passages
from dlviz.style import MARK

ON_MARK = "#1b1b1f"
BEFORE, SEEN, AFTER = 1, 2, 3
"""The columns of the text; the heading stands before them, the caption behind."""
GROWTHS = (1.8, 1.6, 1.4, 1.2, 1.0)
"""How much larger than other words passages are written: the first at which all stand in the room there is."""
AROUND, BETWEEN = 12, 6
"""Pixels that a column is wider than its text, and a row higher."""


class PassagesWidget(QTableWidget):
    """Shows a `Passages` panel."""

    chosen = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 5, parent)
        self.setAccessibleName("Words in context")
        self.setFrameShape(QFrame.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.NoSelection)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.Fixed)
        self.horizontalHeader().setMinimumSectionSize(0)
        self.verticalHeader().hide()
        self.panel: Passages | None = None
        self.cellClicked.connect(self._on_clicked)

    def set_panel(self, panel: Passages) -> None:
        """Show another panel."""
        self.panel = panel
        self.setRowCount(len(panel.rows))
        for number, row in enumerate(panel.rows):
            for column, text in enumerate(_cells(row, panel.joint)):
                item = QTableWidgetItem(text)
                item.setTextAlignment((Qt.AlignRight if column == BEFORE else Qt.AlignLeft) | Qt.AlignVCenter)
                if column == SEEN and text:
                    item.setFont(_bold(QFont()))
                    item.setBackground(QBrush(QColor(MARK)))
                    item.setForeground(QBrush(QColor(ON_MARK)))
                self.setItem(number, column, item)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Write as large as there is room, and share what is too narrow for whole sentences between both sides."""
        if self.panel is None:
            return
        width, height = self.width(), self.height()
        font = QFont(QApplication.font())
        for growth in GROWTHS:
            font.setPointSizeF(growth * QApplication.font().pointSizeF())
            needed = self._widths(font)
            row_height = QFontMetrics(font).height() + BETWEEN
            if sum(needed) <= width and row_height * self.rowCount() <= height:
                break
        if row_height * self.rowCount() > height:
            width -= self.verticalScrollBar().sizeHint().width()
        label, before, seen, after, caption = needed
        shared = widths(before, seen, after, max(0, width - label - caption))
        for column, given in enumerate((label, *map(int, shared), caption)):
            self.setColumnWidth(column, given)
        self._write(font)
        self.setFont(font)
        self.verticalHeader().setDefaultSectionSize(row_height)

    def _write(self, font: QFont) -> None:
        """Write as many words as there is room for."""
        assert self.panel is not None
        joint = self.panel.joint
        for column, cut in ((BEFORE, end_of), (SEEN, partial(end_of, mark="…")), (AFTER, start_of)):
            metrics = QFontMetrics(_bold(font) if column == SEEN else font)
            room = self.columnWidth(column) - AROUND
            for number, row in enumerate(self.panel.rows):
                whole = _cells(row, joint)[column]
                self.item(number, column).setText(cut(whole, joint, _fits(metrics, room)) or whole)

    def _widths(self, font: QFont) -> list[int]:
        """Pixels that each column needs."""
        assert self.panel is not None
        plain, bold = QFontMetrics(font), QFontMetrics(_bold(font))
        rows = [_cells(row, self.panel.joint) for row in self.panel.rows]
        return [
            AROUND + max((bold if column == SEEN else plain).horizontalAdvance(row[column]) for row in rows)
            for column in range(5)
        ]

    def _on_clicked(self, row: int, column: int) -> None:
        if self.panel is not None and self.panel.selects and self.panel.rows[row].key >= 0:
            self.chosen.emit(self.panel.selects, self.panel.rows[row].key)


def _cells(row: Passage, joint: str) -> tuple[str, str, str, str, str]:
    return row.label, row.before + joint, row.seen, joint + row.after, row.caption


def _fits(metrics: QFontMetrics, room: int) -> Callable[[str], bool]:
    return lambda text: metrics.horizontalAdvance(text) <= room


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setBold(True)
    return bold
