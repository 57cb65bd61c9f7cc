"""A long network at a glance: a line a layer in the colour of its kind, beside the list of its layers."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QPainter, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from dlviz.jobs import LayerInfo
from dlviz.style import layer_colour
from dlviz_gui.tips import show_tip

WIDTH = 16
MOST_LINE = 10.0
"""Pixels of a line at most."""


class LayerOverview(QWidget):
    """The layers from top to bottom; what of them the list shows is framed, the chosen one marked."""

    pointed = Signal(int)
    """The number of the layer that was clicked or dragged to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("The whole network")
        self.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Expanding)
        self.setMouseTracking(True)
        self._layers: tuple[LayerInfo, ...] = ()
        self._seen = (0.0, 1.0)
        self._chosen = -1

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 60)

    def set_layers(self, layers: tuple[LayerInfo, ...]) -> None:
        """Show another network."""
        self._layers, self._chosen = layers, -1
        self.update()

    def set_chosen(self, number: int) -> None:
        """Mark a layer."""
        self._chosen = number
        self.update()

    def set_seen(self, start: float, stop: float) -> None:
        """Frame the part of the layers that the list shows, as shares of all."""
        self._seen = (start, stop)
        self.update()

    @property
    def _line(self) -> float:
        return min(self.height() / max(len(self._layers), 1), MOST_LINE)

    def layer_at(self, pos: QPoint) -> int:
        """The number of the layer at a place, the nearest one where there is none."""
        return min(max(int(pos.y() // self._line), 0), len(self._layers) - 1)

    def mousePressEvent(self, event) -> None:
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event) -> None:
        if event.buttons() & Qt.LeftButton and self._layers:
            self.pointed.emit(self.layer_at(event.pos()))

    def event(self, event) -> bool:
        if event.type() == QEvent.ToolTip and self._layers:
            layer = self._layers[self.layer_at(event.pos())]
            show_tip(event.globalPos(), f"{layer.name}\n{layer.kind}", self)
            return True
        return super().event(event)

    def paintEvent(self, event) -> None:
        painter = QPainter(self)
        line = self._line
        for number, layer in enumerate(self._layers):
            inset = 0 if number == self._chosen else 4
            rect = QRectF(inset, number * line, self.width() - 2 * inset, max(line * 0.8, 1.0))
            painter.fillRect(rect, QColor(layer_colour(layer.kind)))
        high = line * len(self._layers)
        start, stop = (share * high for share in self._seen)
        frame = QRectF(0.5, start + 0.5, self.width() - 1, max(stop - start - 1, 3))
        painter.fillRect(frame, QColor(128, 128, 128, 50))
        painter.setPen(QPen(self.palette().text().color(), 1))
        painter.drawRect(frame)
