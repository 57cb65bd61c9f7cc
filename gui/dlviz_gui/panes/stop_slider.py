"""A slider over a few values of its own, evenly spaced on it whatever they are: rates, sizes of batches."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from dlviz_gui.labels import label, set_tip

AFTER = 150
"""Milliseconds after the last move before it is told."""


class StopSlider(QWidget):
    """`turned` tells the value that a hand has turned it to.

    Args:
        stops: the values, rising.
    """

    turned = Signal(float)

    def __init__(self, words: str, tip: str, stops: Sequence[float], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stops = tuple(stops)
        self._timer = QTimer(self, singleShot=True, interval=AFTER)
        self._timer.timeout.connect(self._tell)
        self._number = label("", "heading", wraps=False)
        self.slider = QSlider(Qt.Horizontal)
        self.slider.setRange(0, len(self._stops) - 1)
        self.slider.setPageStep(max(1, len(self._stops) // 10))
        self.slider.setFocusPolicy(Qt.TabFocus)
        self.slider.setAccessibleName(words)
        self.slider.setAccessibleDescription(tip)
        self.slider.valueChanged.connect(self._on_moved)
        top = QHBoxLayout()
        top.addWidget(label(words, "dim", wraps=False))
        top.addStretch(1)
        top.addWidget(self._number)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.slider)
        set_tip(self, tip)
        self._is_putting = False

    @property
    def text(self) -> str:
        """The value as it is written."""
        return self._number.text()

    def set_value(self, value: float | None) -> None:
        """Show what it stands at, unless a hand is on it; None: there is nothing to turn."""
        self.slider.setEnabled(value is not None)
        if self.slider.isSliderDown() or self._timer.isActive():
            return
        self._is_putting = True
        self.slider.setValue(self._nearest(value or 0.0))
        self._is_putting = False
        self._number.setText("none" if value is None else f"{value:.2g}" if value < 1 else f"{value:g}")

    def _nearest(self, value: float) -> int:
        at = min(bisect_left(self._stops, value), len(self._stops) - 1)
        return at - 1 if at and value - self._stops[at - 1] < self._stops[at] - value else at

    def _on_moved(self, at: int) -> None:
        if not self._is_putting:
            self._number.setText(f"{self._stops[at]:.2g}" if self._stops[at] < 1 else f"{self._stops[at]:g}")
            self._timer.start()

    def _tell(self) -> None:
        self.turned.emit(self._stops[self.slider.value()])
