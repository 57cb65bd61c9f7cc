"""A slider over the epochs of a training that was kept: every open view shows the weights of the chosen one."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QWidget

from dlviz_gui.labels import set_tip
from dlviz_gui.panes.play_bar import PlayBar

PLAYS = "Play the epochs, or pause"


class EpochBar(PlayBar):
    """`chosen` tells the number of the epoch that is wanted; hidden where the network has no epochs."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._epochs: tuple[int, ...] = ()
        for widget in (self.back, self.forward, self.speed):  # there is little room, and the slider has keys
            widget.hide()
        self.play.setAccessibleName(PLAYS)
        set_tip(self.play, PLAYS)
        self.slider.setAccessibleName("Epoch")
        self.moved.connect(lambda step: self.chosen.emit(self._epochs[step]))
        self.hide()

    def set_epochs(self, epochs: tuple[int, ...]) -> None:
        """Offer the epochs of a network, the last one chosen."""
        self.stop()
        self._epochs = epochs
        self.set_epoch(0)
        self.setVisible(len(epochs) > 1)

    def set_epoch(self, epoch: int) -> None:
        """Show which epoch is chosen, the last where it is 0, without telling anybody."""
        at = self._epochs.index(epoch) if epoch in self._epochs else len(self._epochs) - 1
        self.set_step(max(at, 0), len(self._epochs))

    def words_for(self, step: int) -> str:
        """What a step is called."""
        return f"epoch {self._epochs[step]} of {self._epochs[-1]}" if self._epochs else ""
