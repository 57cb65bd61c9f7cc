"""Words in context: what a unit responds to in one column, what stands before and behind beside it."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QBrush, QColor
from qtpy.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from dlviz.sheet import Passages
from dlviz.style import MARK

ON_MARK = "#1b1b1f"


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
        self.verticalHeader().hide()
        self.panel: Passages | None = None
        self.cellClicked.connect(self._on_clicked)

    def set_panel(self, panel: Passages) -> None:
        """Show another panel."""
        self.panel = panel
        self.setRowCount(len(panel.rows))
        for number, row in enumerate(panel.rows):
            before, after = row.before + panel.joint, panel.joint + row.after
            for column, text in enumerate((row.label, before, row.seen, after, row.caption)):
                item = QTableWidgetItem(text)
                item.setTextAlignment((Qt.AlignRight if column == 1 else Qt.AlignLeft) | Qt.AlignVCenter)
                if column == 2 and text:
                    item.setBackground(QBrush(QColor(MARK)))
                    item.setForeground(QBrush(QColor(ON_MARK)))
                self.setItem(number, column, item)
        header = self.horizontalHeader()
        for column in range(5):
            stretches = column in (1, 3)
            header.setSectionResizeMode(column, QHeaderView.Stretch if stretches else QHeaderView.ResizeToContents)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)

    def _on_clicked(self, row: int, column: int) -> None:
        if self.panel is not None and self.panel.selects and self.panel.rows[row].key >= 0:
            self.chosen.emit(self.panel.selects, self.panel.rows[row].key)
