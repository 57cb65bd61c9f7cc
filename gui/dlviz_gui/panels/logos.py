"""Sequence logos: the height of a letter is its information."""

from __future__ import annotations

import math

from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QFont, QPainter, QPainterPath, QPalette, QPen, QTransform
from qtpy.QtWidgets import QSizePolicy, QWidget

from dlviz.sheet import Logo, Logos
from dlviz.style import FRAME, letter_colour

LETTER, GAP = 16.0, 14.0
"""Pixels across of a letter at least, and between two logos."""
LEAST, LEGIBLE, MOST = 44.0, 84.0, 260.0
"""Pixels that a logo is high: at least, that people read it from afar, at most."""


class LogosWidget(QWidget):
    """Shows a `Logos` panel."""

    chosen = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Sequence logos")
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.panel: Logos | None = None

    def set_panel(self, panel: Logos) -> None:
        """Show another panel."""
        self.panel = panel
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(520, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, int(LEAST) + 30)

    def places(self) -> list[QRectF]:
        """Where each logo is, with its heading; those for which there is no room are left out."""
        if self.panel is None or not self.panel.logos:
            return []
        columns, across, down = self._steps(self.panel, self.height(), self.width())
        tall = min(max(down, LEAST + self._line()), MOST + self._line())
        found = [
            QRectF(column * (across + GAP) + 2, row * (tall + GAP), across, tall)
            for row, column in (divmod(number, columns) for number in range(len(self.panel.logos)))
        ]
        return [place for place in found if place.bottom() <= self.height() + 1] or found[:columns]

    def is_legible(self, panel: Logos, height: float, width: float) -> bool:
        """Whether all logos of a panel would be high enough in so many pixels."""
        return self._steps(panel, height, width)[2] >= LEGIBLE + self._line()

    def _line(self) -> int:
        return self.fontMetrics().height()

    def _steps(self, panel: Logos, height: float, width: float) -> tuple[int, float, float]:
        """How many logos stand side by side, and the width and height that each has."""
        letters = max((len(logo.heights) for logo in panel.logos), default=1)
        most = max(1, int((width + GAP) / (letters * LETTER + self._line() + GAP)))
        columns = min(most, max(len(panel.logos), 1))
        rows = math.ceil(len(panel.logos) / columns) or 1
        return columns, (width - 4 + GAP) / columns - GAP, (height + GAP) / rows - GAP

    def paintEvent(self, event) -> None:
        if self.panel is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        for place, logo in zip(self.places(), self.panel.logos, strict=False):
            self._paint(painter, place, logo)

    def _paint(self, painter: QPainter, place: QRectF, logo: Logo) -> None:
        assert self.panel is not None
        metrics = painter.fontMetrics()
        painter.setPen(self.palette().color(QPalette.Text))
        painter.drawText(place, Qt.AlignLeft | Qt.AlignTop, f"{logo.label}, {logo.windows} windows")
        axis = metrics.horizontalAdvance("2") + 6
        field = place.adjusted(axis, metrics.height() + 2, 0, -2)
        most, step = self.panel.most, field.width() / len(logo.heights)
        for bits in range(0, most + 1, math.ceil(most * metrics.ascent() / field.height())):
            level = field.bottom() - bits / most * field.height()
            painter.setPen(self.palette().color(QPalette.Mid))
            painter.drawLine(QPointF(field.left(), level), QPointF(field.right(), level))
            painter.setPen(self.palette().color(QPalette.Text))
            baseline = min(max(level + metrics.ascent() / 2, field.top() + metrics.ascent()), field.bottom())
            painter.drawText(QPointF(place.left(), baseline), str(bits))
        start, stop = logo.seen
        painter.setPen(QPen(QColor(FRAME), 2))
        painter.drawRect(QRectF(field.left() + start * step, field.top(), (stop - start) * step, field.height()))
        for number, column in enumerate(logo.heights):
            base = field.bottom()
            for letter in column.argsort(kind="stable"):
                tall = float(column[letter]) / most * field.height()
                if tall >= 1:
                    at = QRectF(field.left() + number * step, base - tall, step * 0.94, tall)
                    self._paint_letter(painter, self.panel.letters[letter], at)
                base -= tall

    def _paint_letter(self, painter: QPainter, letter: str, at: QRectF) -> None:
        """A letter stretched to a rectangle."""
        font = QFont(self.font())
        font.setBold(True)
        path = QPainterPath()
        path.addText(0, 0, font, letter)
        box = path.boundingRect()
        if box.width() <= 0 or box.height() <= 0:
            return
        fitted = QTransform.fromTranslate(at.left(), at.top())
        fitted.scale(at.width() / box.width(), at.height() / box.height())
        fitted.translate(-box.left(), -box.top())
        painter.fillPath(fitted.map(path), QColor(letter_colour(letter)))

    def mousePressEvent(self, event) -> None:
        if self.panel is not None and self.panel.selects:
            for place, logo in zip(self.places(), self.panel.logos, strict=False):
                if place.contains(QPointF(event.pos())) and logo.key >= 0:
                    self.chosen.emit(self.panel.selects, logo.key)
