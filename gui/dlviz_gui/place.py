"""A part of the window that a view fills: its sheet, or words while there is none."""

from __future__ import annotations

from qtpy.QtCore import QSize, QTimer, Signal
from qtpy.QtWidgets import QStackedWidget, QWidget

from dlviz.sheet import Sheet
from dlviz_gui.panels import SheetView, empty

MOMENT = 250
"""Milliseconds that the first part of an answer is held back where more was shown before."""


LEAST = QSize(140, 120)
"""Logical pixels in which something can be seen."""


class Place(QStackedWidget):
    """Keeps the last sheet until the next one, and says so in words where none can be had."""

    chosen = Signal(str, object)

    def __init__(self, name: str, words: str, parent: QWidget | None = None, *, upright: bool = False) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.sheets = SheetView()
        self.sheets.chosen.connect(self.chosen)
        self._words = empty(words)
        self._next: Sheet | None = None
        self._patient = upright
        self._timer = QTimer(self, singleShot=True, interval=MOMENT)
        self._timer.timeout.connect(self._show_next)
        self.addWidget(self._words)
        self.addWidget(self.sheets)

    def sizeHint(self) -> QSize:
        """Pictures are seen as large as there is room; that they would like more must not make people scroll."""
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:
        return super().minimumSizeHint().expandedTo(LEAST)

    @property
    def words(self) -> str:
        """What is said instead of a sheet, empty where there is one."""
        return self._words.text() if self.currentWidget() is self._words else ""

    def set_sheet(self, sheet: Sheet) -> None:
        """Show a sheet; one with fewer panels than stand here waits a moment, for there may be more to come."""
        self._next = sheet
        now = self.sheets.sheet
        if self._patient and now and len(sheet.panels) < len(now.panels):
            self._timer.start()
        else:
            self._show_next()

    def _show_next(self) -> None:
        self._timer.stop()
        if self._next is None:
            return
        self.sheets.set_sheet(self._next)
        self._next = None
        self.setCurrentWidget(self.sheets)

    def say(self, words: str) -> None:
        """Show words instead."""
        self._timer.stop()
        self._next = None
        self._words.setText(words)
        self.setCurrentWidget(self._words)
