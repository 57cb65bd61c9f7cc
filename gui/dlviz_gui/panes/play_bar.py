"""Play, pause, back, forward and speed of an option that is a step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QSlider, QToolButton, QWidget

from dlviz_gui.labels import label, set_tip

PLAY, PAUSE = "▶", "❚❚"
SPEEDS = {"slow": 1200, "normal": 500, "fast": 120, "fastest": 40}
"""Milliseconds a step."""


class PlayBar(QWidget):
    """`moved` tells the step that is wanted."""

    moved = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=SPEEDS["normal"])
        self._timer.timeout.connect(self._tick)
        self.back = self._button("❙◀", "Step back (←)", partial(self.step, -1))
        self.play = self._button(PLAY, "Play or pause (space)", self.toggle)
        self.forward = self._button("▶❙", "Step (→)", partial(self.step, 1))
        self.slider = QSlider(Qt.Horizontal)
        self.slider.setAccessibleName("Step")
        self.slider.setFocusPolicy(Qt.TabFocus)
        self.slider.valueChanged.connect(self._on_slider)
        self.counter = label("", "summary", wraps=False)
        self.speed = QComboBox()
        self.speed.setAccessibleName("Speed")
        self.speed.addItems(SPEEDS)
        self.speed.setCurrentText("normal")
        self.speed.setFocusPolicy(Qt.TabFocus)
        self.speed.currentTextChanged.connect(lambda name: self._timer.setInterval(SPEEDS[name]))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.back, self.play, self.forward, self.slider, self.counter, self.speed):
            layout.addWidget(widget)
        layout.setStretchFactor(self.slider, 1)

    def _button(self, face: str, words: str, do: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setText(face)
        button.setAccessibleName(words)
        set_tip(button, words)
        button.setFocusPolicy(Qt.TabFocus)
        button.setMinimumSize(44, 34)
        button.clicked.connect(lambda: do())
        return button

    @property
    def is_playing(self) -> bool:
        """Whether it moves by itself."""
        return self._timer.isActive()

    def set_step(self, step: int, steps: int) -> None:
        """Show the step and the number of steps, without emitting a signal."""
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(steps - 1, 0))
        if not self.slider.isSliderDown():
            self.slider.setValue(step)
        self.slider.blockSignals(False)
        self.counter.setText(self.words_for(step))

    def words_for(self, step: int) -> str:
        """What a step is called."""
        return f"step {step} of {self.slider.maximum()}"

    def step(self, by: int) -> None:
        """Go `by` steps on, and stop playing."""
        self.stop()
        self.slider.setValue(self.slider.value() + by)

    def toggle(self) -> None:
        """Play, from the start where it stands at the end; or pause."""
        if self.is_playing:
            self.stop()
            return
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        self._timer.start()
        self.play.setText(PAUSE)

    def stop(self) -> None:
        """Pause."""
        self._timer.stop()
        self.play.setText(PLAY)

    def _tick(self) -> None:
        if self.slider.value() < self.slider.maximum():
            self.slider.setValue(self.slider.value() + 1)
        else:
            self.stop()

    def _on_slider(self, step: int) -> None:
        self.counter.setText(self.words_for(step))
        self.moved.emit(step)
