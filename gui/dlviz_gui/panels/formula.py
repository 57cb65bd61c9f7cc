"""Mathematics, typeset elsewhere: its ink in the colour of words, plain pieces as words."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QEvent, QPointF, QRectF, QSize
from qtpy.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPalette
from qtpy.QtWidgets import QSizePolicy, QWidget

from dlviz.sheet import Formula
from dlviz_gui import theme

POINTS = 17.0
"""The usual size of words beside ink."""
FINE = 192
"""Dots an inch of ink."""
BETWEEN = 6.0
"""Pixels between two lines."""
SMALLEST = 0.6
"""How much of its full size it may shrink to where there is little room."""


class FormulaWidget(QWidget):
    """Shows a `Formula` panel, smaller where there is too little room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Formula")
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        self.panel: Formula | None = None
        self._tallest = 0

    def set_panel(self, panel: Formula) -> None:
        """Show another panel."""
        if self.panel is not None and len(panel.lines) != len(self.panel.lines):
            self._tallest = 0
        self.panel = panel
        self.setAccessibleDescription("\n".join(panel.lines))
        tall = int(sum(self._measured(line)[1] + BETWEEN for line in panel.lines))
        if tall > self._tallest:  # as many lines never shrink: what stands beside them stays while numbers change
            self._tallest = tall
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, max(self._tallest, 30))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, max(int(self._tallest * SMALLEST), 24))

    def changeEvent(self, event) -> None:
        if event.type() == QEvent.FontChange and self.panel is not None:
            self._tallest = 0
            self.set_panel(self.panel)

    def _words(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(POINTS * theme.scale())
        return font

    @property
    def _dot(self) -> float:
        """Pixels of a dot of ink."""
        return self.logicalDpiX() / FINE * theme.scale()

    def _measured(self, line: str) -> tuple[float, float, float]:
        """Width, height and what of it is below the baseline, in pixels."""
        assert self.panel is not None
        metrics, scale = QFontMetricsF(self._words()), self._dot
        width, above, below = 0.0, metrics.ascent(), metrics.descent()
        for piece in Formula.pieces(line):
            if piece in self.panel.ink:
                ink, depth = self.panel.ink[piece]
                width += ink.shape[1] * scale
                above, below = max(above, (ink.shape[0] - depth) * scale), max(below, depth * scale)
            else:
                width += metrics.horizontalAdvance(piece)
        return width, above + below, below

    def paintEvent(self, event) -> None:
        if self.panel is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.SmoothPixmapTransform)
        painter.setFont(self._words())
        colour = self.palette().color(QPalette.Text)
        painter.setPen(colour)
        widest = max((self._measured(line)[0] for line in self.panel.lines), default=1.0)
        tall = sum(self._measured(line)[1] + BETWEEN for line in self.panel.lines)
        shrunk = min(1.0, (self.width() - 4) / max(widest, 1.0), self.height() / max(tall, 1.0))
        painter.scale(shrunk, shrunk)
        y = 0.0
        for line in self.panel.lines:
            _, height, below = self._measured(line)
            self._paint_line(painter, line, y + height - below, colour)
            y += height + BETWEEN

    def _paint_line(self, painter: QPainter, line: str, baseline: float, colour: QColor) -> None:
        assert self.panel is not None
        x, scale = 2.0, self._dot
        for piece in Formula.pieces(line):
            if piece in self.panel.ink:
                ink, depth = self.panel.ink[piece]
                height, width = ink.shape[0] * scale, ink.shape[1] * scale
                painter.drawImage(QRectF(x, baseline - height + depth * scale, width, height), _tinted(ink, colour))
                x += width
            else:
                painter.drawText(QPointF(x, baseline), piece)
                x += painter.fontMetrics().horizontalAdvance(piece)


def _tinted(ink: np.ndarray, colour: QColor) -> QImage:
    """Ink in a colour, clear where there is none."""
    shares = ink.astype(np.uint16)[..., None]
    bgra = np.array([colour.blue(), colour.green(), colour.red(), 255], np.uint16)
    canvas = np.ascontiguousarray((shares * bgra // 255).astype(np.uint8))
    height, width = ink.shape
    return QImage(canvas.data, width, height, 4 * width, QImage.Format_ARGB32_Premultiplied).copy()
