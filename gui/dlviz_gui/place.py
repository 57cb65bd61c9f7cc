"""A part of the window that a view fills: its sheet, or words while there is none."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QStackedWidget, QWidget

from dlviz.sheet import Sheet
from dlviz_gui.panels import SheetView, empty


class Place(QStackedWidget):
    """Keeps the last sheet until the next one, and says so in words where none can be had."""

    chosen = Signal(str, object)

    def __init__(self, name: str, words: str, parent: QWidget | None = None, *, upright: bool = False) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.sheets = SheetView(upright=upright)
        self.sheets.chosen.connect(self.chosen)
        self._words = empty(words)
        self.addWidget(self._words)
        self.addWidget(self.sheets)

    @property
    def words(self) -> str:
        """What is said instead of a sheet, empty where there is one."""
        return self._words.text() if self.currentWidget() is self._words else ""

    def set_sheet(self, sheet: Sheet) -> None:
        """Show a sheet."""
        self.sheets.set_sheet(sheet)
        self.setCurrentWidget(self.sheets)

    def say(self, words: str) -> None:
        """Show words instead."""
        self._words.setText(words)
        self.setCurrentWidget(self._words)
