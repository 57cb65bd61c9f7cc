"""Paths and points in a plane, over a surface."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPalette, QPen, QPixmap, QPolygonF
from qtpy.QtWidgets import QSizePolicy, QWidget

from dlviz.draw.pixels import bands
from dlviz.sheet import Scatter
from dlviz.style import SERIES
from dlviz_gui import series_names

TICKS = 6
"""Along an axis at most."""
LEFT = 2.8
"""Lines of text that stand to the left of the plane."""


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from `low` to `high`, 1, 2 or 5 times a power of ten apart: at most TICKS of them."""
    size = 10.0 ** np.floor(np.log10((high - low) / TICKS))
    for step in (size, 2 * size, 5 * size, 10 * size, 20 * size):
        first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
        if last - first < TICKS:
            break
    return [float(f"{n * step:.12g}") for n in range(first, last + 1)]


class ScatterWidget(QWidget):
    """Shows a `Scatter` panel."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Plane")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.panel: Scatter | None = None
        self._surface, self._scaled = QImage(), QPixmap()
        self._drawn: np.ndarray | None = None

    def set_panel(self, panel: Scatter) -> None:
        """Show another panel."""
        self.panel = panel
        if panel.surface is None:
            self._surface = QImage()
        elif self._drawn is None or not np.array_equal(self._drawn, panel.surface):
            rgb = np.ascontiguousarray(bands(panel.surface))
            height, width = rgb.shape[:2]
            self._surface = QImage(rgb.data, width, height, 3 * width, QImage.Format_RGB888).copy()
            self._scaled = QPixmap()
        self._drawn = panel.surface
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(520, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 160)

    @property
    def names(self) -> list[str]:
        """The names of paths and points, each once."""
        return list(dict.fromkeys([*self.panel.paths, *self.panel.points])) if self.panel else []

    def _field(self) -> QRectF:
        """Where the plane is."""
        line = QFontMetricsF(self.font()).height()
        lines = series_names.lines_of(self._legend())
        head = lines * line + 8 if lines else 4
        return QRectF(line * LEFT, head, self.width() - line * LEFT - 10, self.height() - head - 2.4 * line - 4)

    def place_at(self, pos: QPointF) -> tuple[float, float] | None:
        """(x, y) at a place in the widget."""
        field = self._field()
        if self.panel is None or not field.contains(pos):
            return None
        left, right, bottom, top = self.panel.limits
        x = left + (pos.x() - field.left()) / field.width() * (right - left)
        return round(x, 3), round(top - (pos.y() - field.top()) / field.height() * (top - bottom), 3)

    def position_of(self, places: np.ndarray) -> QPolygonF:
        """Places (n, 2), x and y, in the widget."""
        assert self.panel is not None
        field, (left, right, bottom, top) = self._field(), self.panel.limits
        x = field.left() + (places[:, 0] - left) / (right - left) * field.width()
        y = field.top() + (top - places[:, 1]) / (top - bottom) * field.height()
        far = np.clip(np.stack([x, y], axis=1), -1e4, 1e4)
        return QPolygonF([QPointF(*pair) for pair in far.tolist()])

    def _map(self, size: QSize) -> QPixmap:
        """The surface in a size, kept until it is another."""
        ratio = self.devicePixelRatioF()
        if self._scaled.size() != size * ratio:
            image = self._surface.scaled(size * ratio, Qt.IgnoreAspectRatio, Qt.SmoothTransformation)
            self._scaled = QPixmap.fromImage(image)
            self._scaled.setDevicePixelRatio(ratio)
        return self._scaled

    def paintEvent(self, event) -> None:
        if self.panel is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.Antialiasing | QPainter.SmoothPixmapTransform)
        field = self._field()
        if not self._surface.isNull():
            painter.drawPixmap(field.topLeft(), self._map(field.size().toSize()))
        self._paint_axes(painter, field)
        series_names.paint(painter, self._legend(), self.palette().color(QPalette.Text))
        painter.setClipRect(field.adjusted(-8, -8, 8, 8))
        for halo in (True, False):
            for number, name in enumerate(self.names):
                colour = QColor("white") if halo else QColor(SERIES[number % len(SERIES)])
                if name in self.panel.paths:
                    painter.setPen(QPen(colour, 6 if halo else 3, Qt.SolidLine, Qt.RoundCap, Qt.RoundJoin))
                    painter.drawPolyline(self.position_of(self.panel.paths[name]))
                painter.setPen(Qt.NoPen)
                painter.setBrush(colour)
                for point in self.position_of(self.panel.points.get(name, np.zeros((0, 2)))):
                    painter.drawEllipse(point, 9 if halo else 7, 9 if halo else 7)
                painter.setBrush(Qt.NoBrush)

    def _legend(self) -> list[tuple[float, int, str]]:
        """Where its names stand."""
        metrics = QFontMetricsF(self.font())
        return series_names.placed(self.names, metrics, metrics.height() * LEFT, self.width())

    def _paint_axes(self, painter: QPainter, field: QRectF) -> None:
        assert self.panel is not None
        left, right, bottom, top = self.panel.limits
        painter.setPen(self.palette().color(QPalette.Text))
        line = painter.fontMetrics().height()
        for value in ticks(left, right):
            x = field.left() + (value - left) / (right - left) * field.width()
            painter.drawText(QRectF(x - 40, field.bottom() + 2, 80, line), Qt.AlignHCenter | Qt.AlignTop, f"{value:g}")
        for value in ticks(bottom, top):
            y = field.bottom() - (value - bottom) / (top - bottom) * field.height()
            beside = QRectF(0, y - line / 2, field.left() - 6, line)
            painter.drawText(beside, Qt.AlignRight | Qt.AlignVCenter, f"{value:g}")
        painter.drawText(
            QRectF(field.left(), field.bottom() + line + 1, field.width(), line), Qt.AlignCenter, self.panel.x_title
        )
        painter.save()
        painter.translate(0, field.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, field.height(), line), Qt.AlignCenter, self.panel.y_title)
        painter.restore()
