"""Draw a digit with the mouse: white ink on black, 28 x 28 pixels."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QPointF, Qt, QTimer, Signal
from qtpy.QtGui import QImage, QPainter, QPen
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QSlider, QVBoxLayout, QWidget

from dlviz_gui.labels import label, set_tip
from dlviz_gui.theme import DIM

PIXELS = 28
FINE = 8
"""The ink is laid this many times finer, and averaged."""
TELL = 40
"""Milliseconds between two tellings while the mouse moves."""


class Paper(QWidget):
    """`drawn` tells the ink, uint8 (28, 28, 1), while it is laid."""

    drawn = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Paper to draw a digit on")
        set_tip(self, "Draw a digit: the network answers while you draw")
        self.setFixedSize(112, 112)
        self.setCursor(Qt.CrossCursor)
        self.brush = 2.2
        """The width of the pen, in pixels of the picture."""
        self._fine = QImage(PIXELS * FINE, PIXELS * FINE, QImage.Format_Grayscale8)
        self._fine.fill(0)
        self._last: QPointF | None = None
        self._timer = QTimer(self, singleShot=True, interval=TELL)
        self._timer.timeout.connect(lambda: self.drawn.emit(self.ink()))

    def ink(self) -> np.ndarray:
        """The picture, uint8 (28, 28, 1), each pixel the mean of its `FINE` x `FINE` parts."""
        bits = self._fine.constBits()
        bits.setsize(self._fine.sizeInBytes())
        fine = np.frombuffer(bits, np.uint8).reshape(self._fine.height(), self._fine.bytesPerLine())
        parts = fine[:, : PIXELS * FINE].reshape(PIXELS, FINE, PIXELS, FINE)
        return np.rint(parts.mean(axis=(1, 3))).astype(np.uint8)[..., None]

    def clear(self) -> None:
        """Clear the drawing without emitting a signal."""
        self._fine.fill(0)
        self._timer.stop()
        self.update()

    def paintEvent(self, event) -> None:
        ink = np.ascontiguousarray(self.ink()[..., 0])
        painter = QPainter(self)
        painter.setOpacity(1.0 if self.isEnabled() else DIM)
        painter.drawImage(self.rect(), QImage(ink.data, PIXELS, PIXELS, PIXELS, QImage.Format_Grayscale8))
        if not ink.any() and self.isEnabled():
            painter.setPen(Qt.gray)
            painter.drawText(self.rect(), Qt.AlignCenter, "draw here")

    def mousePressEvent(self, event) -> None:
        if event.button() == Qt.LeftButton:
            self._last = event.localPos()
            self._stroke(event.localPos() + QPointF(0.01, 0))

    def mouseMoveEvent(self, event) -> None:
        if self._last is not None:
            self._stroke(event.localPos())

    def mouseReleaseEvent(self, event) -> None:
        if self._last is not None:
            self._last = None
            self._timer.stop()
            self.drawn.emit(self.ink())

    def _stroke(self, to: QPointF) -> None:
        assert self._last is not None
        scale = PIXELS * FINE / self.width()
        painter = QPainter(self._fine)
        painter.setRenderHint(QPainter.Antialiasing)
        painter.setPen(QPen(Qt.white, self.brush * FINE, Qt.SolidLine, Qt.RoundCap, Qt.RoundJoin))
        painter.drawLine(self._last * scale, to * scale)
        painter.end()
        self._last = to
        self.update()
        if not self._timer.isActive():
            self._timer.start()


class DrawPad(QWidget):
    """Paper, a brush and something to clear it with."""

    drawn = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.paper = Paper()
        self.paper.drawn.connect(self.drawn)
        self.clear = QPushButton("Clear")
        self.clear.setAccessibleName("Clear the paper")
        self.clear.clicked.connect(self.paper.clear)
        self.width_slider = QSlider(Qt.Horizontal)
        self.width_slider.setRange(10, 50)
        self.width_slider.setValue(round(10 * self.paper.brush))
        self.width_slider.setAccessibleName("Width of the brush")
        set_tip(self.width_slider, "Width of the brush")
        self.width_slider.valueChanged.connect(self._set_brush)
        beside = QVBoxLayout()
        beside.addWidget(label("Draw a digit", "heading", wraps=False))
        beside.addWidget(label("Brush", "dim", wraps=False))
        beside.addWidget(self.width_slider)
        beside.addStretch()
        beside.addWidget(self.clear)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.paper)
        layout.addLayout(beside)
        self.setFixedWidth(230)

    def _set_brush(self, tenths: int) -> None:
        self.paper.brush = tenths / 10
