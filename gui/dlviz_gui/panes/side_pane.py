"""The panes on the right: the chosen unit in detail, and the predictions."""

from __future__ import annotations

from dataclasses import replace

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFrame, QVBoxLayout, QWidget

from dlviz.sheet import Sheet
from dlviz_gui.labels import ElidedLabel
from dlviz_gui.panes.sheet_pane import SheetPane
from dlviz_gui.scrolled import LEAST


class SidePane(QFrame):
    """A heading over a sheet of its own, whose panels stand one below the other."""

    chosen = Signal(str, object)

    def __init__(self, heading: str, words: str, parent: QWidget | None = None, *, with_given: bool = True) -> None:
        super().__init__(parent)
        self._with_given = with_given
        self.setObjectName("pane")
        self._heading = ElidedLabel("heading")
        self._heading.set_words(heading)
        self._next = heading
        self.sheet_pane = SheetPane(heading, words, upright=True)
        self.sheet_pane.setMinimumSize(LEAST)
        self.sheet_pane.chosen.connect(self.chosen)
        self.sheet_pane.waits.connect(self._say_next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(4)
        layout.addWidget(self._heading)
        layout.addWidget(self.sheet_pane, 1)

    @property
    def heading(self) -> str:
        """What is said to be shown."""
        return self._heading.words

    def set_heading(self, words: str) -> None:
        """Say what is shown."""
        self._next = words
        self._heading.set_words(words)

    def _say_next(self) -> None:
        self._heading.set_words(self._next)

    def announce(self, words: str) -> None:
        """Say what the next sheet shows, once it is there or waited for."""
        self._next = words

    def set_sheet(self, sheet: Sheet) -> None:
        """Show a sheet, without what is fed where that stands below already."""
        wanted = sheet.panels
        if not self._with_given:
            wanted = tuple(panel for panel in wanted if panel.role != "beside") or wanted
        self.sheet_pane.set_sheet(replace(sheet, panels=wanted))
        self._heading.set_words(self._next)
        self._heading.setAccessibleDescription(sheet.summary)
