"""A slider over the sheets by which a view came to its last one: they are played, or one of them is shown."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QWidget

from dlviz.sheet import Sheet
from dlviz_gui.labels import set_tip
from dlviz_gui.panes.play_bar import PlayBar

WIDTH = 340
"""Pixels."""
PLAYS = "Play how it came about, or pause"


class FilmBar(PlayBar):
    """`chosen` tells the sheet that is wanted; hidden where there is no film."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheets: list[Sheet] = []
        for widget in (self.back, self.forward, self.speed):  # there is little room, and the slider has keys
            widget.hide()
        self.play.setAccessibleName(PLAYS)
        set_tip(self.play, PLAYS)
        self.setFixedWidth(WIDTH)
        self.moved.connect(lambda step: self.chosen.emit(self._sheets[step]))
        self.hide()

    def clear(self) -> None:
        """Forget the film: another sheet has been asked for."""
        self.stop()
        self._sheets = []
        self.hide()

    def add(self, sheet: Sheet) -> None:
        """Take the next sheet, if it is part of a film, without telling anybody."""
        if sheet.steps:
            self._sheets.append(sheet)
            self.set_step(len(self._sheets) - 1, len(self._sheets))
            self.setVisible(len(self._sheets) > 1)

    def words_for(self, step: int) -> str:
        """What a step is called."""
        return f"picture {step + 1} of {len(self._sheets)}"
