"""A part of the window that a view fills: its sheet, or words while there is none."""

from __future__ import annotations

from qtpy.QtCore import QSize, QTimer, Signal
from qtpy.QtWidgets import QStackedWidget, QWidget

from dlviz.sheet import Sheet
from dlviz_gui.labels import in_words_of
from dlviz_gui.panels.sheet_view import SheetView
from dlviz_gui.panes.placeholder import Placeholder
from dlviz_gui.panes.veil import Veil

MOMENT = 250
"""Milliseconds that the first part of an answer is held back where more was shown before, and after which it is
said that a picture is out of date."""

LEAST = QSize(140, 120)
"""Logical pixels in which something can be seen."""


class SheetPane(QStackedWidget):
    """Keeps the last sheet until the next one, and says so in words where none can be had."""

    chosen = Signal(str, object)
    picked = Signal(int)
    asked = Signal()
    """Another sheet is to come."""
    waits = Signal()
    """What is shown is covered, for it is out of date."""

    def __init__(self, name: str, words: str, parent: QWidget | None = None, *, upright: bool = False) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.sheets = SheetView()
        self.sheets.chosen.connect(self.chosen)
        self.sheets.picked.connect(self.picked)
        self._words = Placeholder(words)
        self._next: Sheet | None = None
        self._patient = upright
        self._timer = QTimer(self, singleShot=True, interval=MOMENT)
        self._timer.timeout.connect(self._show_next)
        self._veil = Veil(self)
        self._awaited = ""
        self._veiling = QTimer(self, singleShot=True, interval=MOMENT)
        self._veiling.timeout.connect(self._cover)
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

    @property
    def waiting(self) -> str:
        """What is said over a picture that is out of date, empty where there is none."""
        return self._veil.text() if self._veil.isVisibleTo(self) else ""

    def set_sheet(self, sheet: Sheet) -> None:
        """Show a sheet; one with fewer panels than stand here waits a moment, for there may be more to come."""
        self._next = sheet
        now = self.sheets.sheet
        if self._patient and now and len(sheet.panels) < len(now.panels):
            self._timer.start()
        else:
            self._show_next()

    def wait(self, words: str) -> None:
        """Say in `words` what is under way; a picture is covered by them unless the next one comes in a moment."""
        self._awaited = words
        self.asked.emit()
        if self.words or self.waiting:
            self._cover()
        elif not self._veiling.isActive():
            self._veiling.start()

    def _cover(self) -> None:
        if self.words:
            self._words.setText(self._awaited)
        else:
            self._veil.lay(self._awaited)
        self.waits.emit()

    def _uncover(self) -> None:
        self._veiling.stop()
        self._veil.hide()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._veil.setGeometry(self.rect())

    def _show_next(self) -> None:
        self._timer.stop()
        if self._next is None:
            return
        self.sheets.set_sheet(self._next)
        self._next = None
        self._uncover()
        self.setCurrentWidget(self.sheets)

    def say(self, words: str) -> None:
        """Show words instead."""
        self._timer.stop()
        self._uncover()
        self._next = None
        self._words.setText(in_words_of((), words))
        self.setCurrentWidget(self._words)
