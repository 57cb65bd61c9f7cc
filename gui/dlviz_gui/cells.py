"""Numbers as a line of text, and on demand as cells to type into: matrices, signals and positions."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from dlviz.options import Matrix, Option
from dlviz_gui.labels import label, set_tip
from dlviz_models.errors import UserError

MOST = 12
"""Rows and columns of cells."""
CELL = 62, 34
"""Pixels across and down."""


class CellsEditor(QWidget):
    """`changed` is emitted when another value has been typed."""

    changed = Signal()

    def __init__(self, option: Option, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.option = option
        self._value: Any = option.default
        self.line = QLineEdit()
        self.line.setMinimumWidth(90)
        self.line.setMaximumWidth(90 if option.kind == "position" else 190)
        self.line.editingFinished.connect(self._read)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        if option.kind != "position":
            button = QToolButton()
            button.setText("▦")
            button.setAccessibleName(f"Cells of {option.name}")
            set_tip(button, "Type into cells")
            button.setPopupMode(QToolButton.InstantPopup)
            menu = QMenu(button)
            menu.aboutToShow.connect(self._fill)
            action = QWidgetAction(menu)
            self.cells = _Cells(option.kind == "signal")
            self.cells.changed.connect(self._take)
            action.setDefaultWidget(self.cells)
            menu.addAction(action)
            button.setMenu(menu)
            layout.addWidget(button)
        self.setFocusProxy(self.line)

    def value(self) -> Any:
        """What is set."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show a value; what is being typed stays."""
        self._value = value
        if not (self.line.hasFocus() and self.line.isModified()):
            self.line.setText(self.option.write(value))
            self.line.setCursorPosition(0)

    def _read(self) -> None:
        if not self.line.isModified():
            return
        try:
            value = self.option.read(self.line.text())
        except UserError as error:
            set_tip(self.line, str(error))
            self.line.setStyleSheet("border: 2px solid #d0473e;")
            return
        self.line.setStyleSheet("")
        set_tip(self.line, "")
        self.line.setModified(False)
        self._value = value
        self.changed.emit()

    def _fill(self) -> None:
        rows: Matrix = (self._value,) if self.option.kind == "signal" else self._value
        self.cells.set_rows(rows if rows and rows[0] else ((0.0,),))

    def _take(self) -> None:
        rows = self.cells.rows()
        value = rows[0] if self.option.kind == "signal" else rows
        try:
            self._value = self.option.read(value)
        except UserError:
            self._fill()
            return
        self.line.setModified(False)
        self.line.setText(self.option.write(self._value))
        self.changed.emit()


class _Cells(QWidget):
    """A table of numbers whose size can be changed."""

    changed = Signal()

    def __init__(self, one_row: bool) -> None:
        super().__init__()
        self.table = QTableWidget(1, 1)
        self.table.setAccessibleName("Numbers")
        self.table.horizontalHeader().hide()
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setDefaultSectionSize(CELL[0])
        self.table.verticalHeader().setDefaultSectionSize(CELL[1])
        self.table.cellChanged.connect(self._on_cell)
        self._sizes = QSpinBox(), QSpinBox()
        grid = QGridLayout()
        for number, (name, spin) in enumerate(zip(("rows", "columns"), self._sizes, strict=True)):
            spin.setRange(1, MOST)
            spin.setAccessibleName(name)
            spin.valueChanged.connect(self._resize)
            spin.setEnabled(not (one_row and name == "rows"))
            grid.addWidget(label(name, "dim", wraps=False), 0, 2 * number)
            grid.addWidget(spin, 0, 2 * number + 1)
        layout = QVBoxLayout(self)
        layout.addLayout(grid)
        layout.addWidget(self.table)

    def set_rows(self, rows: tuple[tuple[float, ...], ...]) -> None:
        """Show numbers without emitting a signal."""
        self.table.blockSignals(True)
        for spin, size in zip(self._sizes, (len(rows), len(rows[0])), strict=True):
            spin.blockSignals(True)
            spin.setValue(size)
            spin.blockSignals(False)
        self.table.setRowCount(len(rows))
        self.table.setColumnCount(len(rows[0]))
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                self._put(i, j, value)
        self.table.blockSignals(False)
        self.table.setFixedSize(CELL[0] * min(len(rows[0]), 8) + 6, CELL[1] * min(len(rows), 8) + 6)
        self.adjustSize()

    def rows(self) -> tuple[tuple[float, ...], ...]:
        """The numbers; 0 where there is none."""
        return tuple(
            tuple(_number(self.table.item(i, j)) for j in range(self.table.columnCount()))
            for i in range(self.table.rowCount())
        )

    def _put(self, row: int, column: int, value: float) -> None:
        item = QTableWidgetItem(f"{value:g}")
        item.setTextAlignment(Qt.AlignCenter)
        self.table.setItem(row, column, item)

    def _on_cell(self) -> None:
        self.changed.emit()

    def _resize(self) -> None:
        height, width = (spin.value() for spin in self._sizes)
        old = self.rows()
        self.set_rows(
            tuple(
                tuple(old[i][j] if i < len(old) and j < len(old[0]) else 0.0 for j in range(width))
                for i in range(height)
            )
        )
        self.changed.emit()


def _number(item: QTableWidgetItem | None) -> float:
    try:
        return float(item.text().replace(",", ".")) if item else 0.0
    except ValueError:
        return 0.0
