"""Paths and points in a plane, over a surface."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPalette, QPen, QPixmap, QPolygonF
from qtpy.QtWidgets import QSizePolicy, QWidget

from dlviz.draw.pixels import backdrop
from dlviz.sheet import Scatter
from dlviz_gui.panels import series_names
from dlviz_gui.panels.painted_points import PaintedPoints

TICKS = 6
"""Along an axis at most."""
LEFT = 2.8
"""Lines of text that stand to the left of the plane."""
APART, NEAR = 22, 14
"""Pixels between the points of a stroke, and from the pointer to a point that is removed."""


def ticks(low: float, high: float) -> list[float]:
    """Round numbers from `low` to `high`, 1, 2 or 5 times a power of ten apart: at most TICKS of them."""
    size = 10.0 ** np.floor(np.log10((high - low) / TICKS))
    for step in (size, 2 * size, 5 * size, 10 * size, 20 * size):
        first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
        if last - first < TICKS:
            break
    return [float(f"{n * step:.12g}") for n in range(first, last + 1)]


class ScatterWidget(QWidget):
    """Shows a `Scatter` panel; `touched` tells the option of painted points and all of them."""

    touched = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Plane")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.panel: Scatter | None = None
        self.painted = PaintedPoints()
        self._surface, self._scaled = QImage(), QPixmap()
        self._drawn: Scatter | None = None

    def set_panel(self, panel: Scatter) -> None:
        """Show another panel."""
        self.panel = panel
        self.painted.show(panel.points)
        if self._drawn is None or not _same_backdrop(self._drawn, panel):
            self._surface, self._scaled = _image(backdrop(panel)), QPixmap()
        self._drawn = panel
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(520, 420)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 160)

    @property
    def names(self) -> list[str]:
        """The names of paths and points, each once."""
        return self.panel.names if self.panel else []

    def _field(self) -> QRectF:
        """Where the plane is."""
        line = QFontMetricsF(self.font()).height()
        lines = series_names.lines_of(self._legend())
        head = lines * line + 8 if lines else 4
        room = QRectF(line * LEFT, head, self.width() - line * LEFT - 10, self.height() - head - 2.4 * line - 4)
        if self.panel is None or not self.panel.to_scale:
            return room
        left, right, bottom, top = self.panel.limits
        unit = min(room.width() / (right - left), room.height() / (top - bottom))
        field = QRectF(0, 0, unit * (right - left), unit * (top - bottom))
        field.moveCenter(room.center())
        return field

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
        colours = self.panel.colours
        series_names.paint(painter, self._legend(), self.palette().color(QPalette.Text), colours)
        painter.setClipRect(field.adjusted(-8, -8, 8, 8))
        for halo in (True, False):
            for number, name in enumerate(self.names):
                colour = QColor("white") if halo else QColor(colours[number % len(colours)])
                if name in self.panel.paths:
                    painter.setPen(QPen(colour, 6 if halo else 3, Qt.SolidLine, Qt.RoundCap, Qt.RoundJoin))
                    painter.drawPolyline(self.position_of(self.panel.paths[name]))
                painter.setPen(Qt.NoPen)
                painter.setBrush(colour)
                places = np.array(self.painted.points.get(name, []), float).reshape(-1, 2)
                for point in self.position_of(places):
                    painter.drawEllipse(point, 9 if halo else 7, 9 if halo else 7)
                painter.setBrush(Qt.NoBrush)

    def mousePressEvent(self, event) -> None:
        self._paint(event.localPos(), event.button())

    def mouseMoveEvent(self, event) -> None:
        pressed = event.buttons()
        self._paint(event.localPos(), Qt.LeftButton if pressed & Qt.LeftButton else pressed)

    def _paint(self, pos: QPointF, button: Qt.MouseButton) -> None:
        """Add a point, or remove one; a stroke leaves points some way apart."""
        place = self.place_at(pos)
        if self.panel is None or self.panel.by != "paint" or place is None:
            return
        near = self._nearest(pos)
        if button == Qt.RightButton or (button == Qt.LeftButton and self.panel.brush < 0):
            if near is None or near[0] > NEAR:
                return
            self.painted.remove(near[1], near[2])
        elif button == Qt.LeftButton and (near is None or near[0] >= APART):
            self.painted.add(self.panel.brush, place)
        else:
            return
        self.update()
        self.touched.emit(self.panel.sets, self.painted.rows())

    def _nearest(self, pos: QPointF) -> tuple[float, str, tuple[float, float]] | None:
        """The distance in pixels, the name and the place of the point that is nearest to a place in the widget."""
        found = [
            (np.hypot(at.x() - pos.x(), at.y() - pos.y()), name, place)
            for name, places in self.painted.points.items()
            for place, at in zip(places, self.position_of(np.array(places, float).reshape(-1, 2)), strict=True)
        ]
        return min(found, default=None)

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
            words = f"{value:g}"
            x = field.left() + (value - left) / (right - left) * field.width()
            x = min(x, self.width() - painter.fontMetrics().horizontalAdvance(words) / 2)  # whole at the right end
            painter.drawText(QRectF(x - 40, field.bottom() + 4, 80, line), Qt.AlignHCenter | Qt.AlignTop, words)
        for value in ticks(bottom, top):
            y = field.bottom() - (value - bottom) / (top - bottom) * field.height()
            beside = QRectF(0, y - line / 2, field.left() - 6, line)
            painter.drawText(beside, Qt.AlignRight | Qt.AlignVCenter, f"{value:g}")
        painter.drawText(
            QRectF(field.left(), field.bottom() + line + 3, field.width(), line), Qt.AlignCenter, self.panel.x_title
        )
        painter.save()
        painter.translate(0, field.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, field.height(), line), Qt.AlignCenter, self.panel.y_title)
        painter.restore()


def _same_backdrop(one: Scatter, other: Scatter) -> bool:
    """Whether the same lies behind two planes."""
    return list(one.points) == list(other.points) and all(
        a is b or (a is not None and b is not None and np.array_equal(a, b))
        for a, b in ((one.surface, other.surface), (one.regions, other.regions))
    )


def _image(rgb: np.ndarray | None) -> QImage:
    """Colours, uint8 (height, width, 3), as an image; an empty one of nothing."""
    if rgb is None:
        return QImage()
    rgb = np.ascontiguousarray(rgb)
    height, width = rgb.shape[:2]
    return QImage(rgb.data, width, height, 3 * width, QImage.Format_RGB888).copy()
