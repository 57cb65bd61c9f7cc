"""A signal as stems that can be dragged up and down."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen
from qtpy.QtWidgets import QSizePolicy, QWidget

from dlviz.grammar import in_digits
from dlviz.sheet import Stems
from dlviz.sheet.stems import BOTH_WAYS
from dlviz.style import FRAME, NEGATIVE, POSITIVE
from dlviz_gui.theme import seen_on

MARK = QColor(242, 169, 0, 60)
DOT = 5
"""The radius of the dot on a stem, in pixels."""
DIGITS = 2
"""Decimals of what is dragged."""
SMALLER, MOST = 0.75, 0.8
"""Numbers may be so much smaller than other words where fewer than this share of them would fit otherwise."""


class StemsWidget(QWidget):
    """Shows a `Stems` panel; `touched` tells the option of a dragged signal and all its numbers, or of a step and the
    one that the pointer is over."""

    touched = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Stems")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.panel: Stems | None = None
        self._dragged = -1
        self._magnitude = 1.0

    def set_panel(self, panel: Stems) -> None:
        """Show another panel; while a stem is dragged the scale stays."""
        self.panel = panel
        if self._dragged < 0:
            self._magnitude = panel.magnitude
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 130)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 80)

    def _scale(self) -> tuple[float, float, float]:
        """Pixels from place to place, of the line at zero from the top, and of the magnitude."""
        assert self.panel is not None
        first, stop = self.panel.places
        under, bare = self.panel.share_under, DOT + 3
        rim = self._line() + bare
        rise = (self.height() - rim - (rim if under == BOTH_WAYS else bare)) * (1 - under)
        return self.width() / (stop - first), rim + rise, rise

    def _words(self) -> list[str]:
        """The number of each stem; empty where it is not known yet."""
        assert self.panel is not None
        return [in_digits(value) if np.isfinite(value) else "" for value in np.asarray(self.panel.values, float)]

    def _numbers(self) -> QFont | None:
        """The type in which most numbers fit over their stems; None where they do not in any."""
        assert self.panel is not None
        first, stop = self.panel.places
        step, words = self.width() / (stop - first), self._words()
        for share in (1.0, SMALLER):
            font = QFont(self.font())
            font.setPointSizeF(share * font.pointSizeF())
            metrics = QFontMetrics(font)
            if sum(metrics.horizontalAdvance(word) < step for word in words) >= MOST * len(words):
                return font
        return None

    def _line(self) -> int:
        """The height of numbers in pixels; 0 where there are none."""
        font = self._numbers()
        return QFontMetrics(font).height() if font else 0

    def stem_at(self, pos: QPointF) -> int:
        """The number of the stem in whose column a place is, -1 where there is none."""
        if self.panel is None:
            return -1
        step, _, _ = self._scale()
        number = int(pos.x() // step) + self.panel.places[0] - self.panel.start
        return number if 0 <= number < len(self.panel.values) else -1

    def tip_of(self, number: int) -> QPointF:
        """Where a stem ends."""
        assert self.panel is not None
        step, zero, rise = self._scale()
        x = (self.panel.start + number - self.panel.places[0] + 0.5) * step
        return QPointF(x, zero - float(self.panel.values[number]) / self._magnitude * rise)

    def paintEvent(self, event) -> None:
        panel = self.panel
        if panel is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing)
        step, zero, _ = self._scale()
        first, line, numbers = panel.places[0], self._line(), self._numbers()
        painter.setFont(numbers or self.font())
        marked = QRectF((panel.marked[0] - first) * step, 0, (panel.marked[1] - panel.marked[0]) * step, self.height())
        painter.fillRect(marked, MARK)
        painter.setPen(QPen(QColor(FRAME), 2))
        for place in panel.framed:
            painter.drawRect(QRectF((place - first) * step + 1, 1, step - 2, self.height() - 2))
        painter.setPen(QPen(self.palette().color(QPalette.Mid), 1))
        painter.drawLine(QPointF(0, zero), QPointF(self.width(), zero))
        for number, words in enumerate(self._words()):
            if not words:
                continue
            value = float(panel.values[number])
            tip, colour = self.tip_of(number), seen_on(self.palette(), POSITIVE if value >= 0 else NEGATIVE)
            painter.setPen(QPen(colour, 4))
            painter.drawLine(QPointF(tip.x(), zero), tip)
            painter.setBrush(colour)
            painter.drawEllipse(tip, DOT, DOT)
            if numbers and painter.fontMetrics().horizontalAdvance(words) < step:
                painter.setPen(self.palette().color(QPalette.Text))
                top = tip.y() - line - DOT - 1 if value >= 0 else tip.y() + DOT + 1
                painter.drawText(QRectF(tip.x() - step / 2, top, step, line), Qt.AlignCenter, words)

    def mousePressEvent(self, event) -> None:
        if self.panel is not None and self.panel.sets and self.panel.by == "drag":
            self._dragged = self.stem_at(event.localPos())
            self._drag(event.localPos())

    def mouseMoveEvent(self, event) -> None:
        number = self.stem_at(event.localPos())
        if self.panel is not None and self.panel.sets and self.panel.by == "pointer":
            if number >= 0:
                self.touched.emit(self.panel.sets, number + int(self.panel.origin[1]))
            return
        takes = self.panel is not None and self.panel.sets and number >= 0
        self.setCursor(Qt.SizeVerCursor if takes else Qt.ArrowCursor)
        if event.buttons() & Qt.LeftButton:
            self._drag(event.localPos())

    def mouseReleaseEvent(self, event) -> None:
        self._dragged = -1

    def _drag(self, pos: QPointF) -> None:
        if self.panel is None or self._dragged < 0:
            return
        _, zero, rise = self._scale()
        values = np.array(self.panel.values, float)
        values[self._dragged] = round((zero - pos.y()) / rise * self._magnitude, DIGITS)
        self.touched.emit(self.panel.sets, tuple(values.tolist()))
