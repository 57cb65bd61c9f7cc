"""Bars with names and numbers: in rows where they fit, else side by side like a skyline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from qtpy.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from qtpy.QtWidgets import QSizePolicy, QWidget

from dlviz.sheet import Bars
from dlviz.style import NEGATIVE, RIGHT
from dlviz_gui import theme
from dlviz_gui.tips import show_tip

TIGHT, LEAST, MOST = 14, 17, 100
"""Heights of a row, in pixels: where there is little room, what it asks for, and at most."""
FEW = 12
"""So many bars have rows however low the panel is, those nearest to zero left out where there is no room for all."""
LETTERS, LARGEST = 0.42, 1.6
"""How large the type of a high row is, in its height, and in the usual size at most."""
NAMED = 5
"""How many bars of a skyline have their names written out."""
MOST_NAME, MOST_WORDS = 0.5, 0.6
"""What names take of the width at most, and what names and numbers in large type."""
SMALLEST = 0.75
"""Names may be so much smaller than other words before they are cut."""


def shortened(names: Sequence[str], metrics: QFontMetrics, room: int) -> list[str]:
    """Names in so many pixels: cut in the middle or, where that would make some alike, at another place."""
    found: list[str] = []
    for mode in (Qt.ElideMiddle, Qt.ElideRight, Qt.ElideLeft):
        found = [metrics.elidedText(name, mode, room) for name in names]
        if len(set(found)) == len(set(names)):
            break
    return found


def _only(panel: Bars, shown: Sequence[int]) -> Bars:
    """The panel with some of its bars."""
    right = shown.index(panel.right) if panel.right in shown else -1
    labels = tuple(panel.labels[i] for i in shown)
    return replace(panel, labels=labels, values=np.asarray(panel.values)[list(shown)], right=right)


class BarsWidget(QWidget):
    """Shows a `Bars` panel."""

    weights_chosen = Signal(tuple)
    """The number of a weight whose bar was clicked, a `OneWeight`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Bars")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
        self.panel: Bars | None = None
        self._values = np.zeros(0)

    def set_panel(self, panel: Bars) -> None:
        """Show another panel."""
        self.panel = panel
        self._values = np.nan_to_num(np.asarray(panel.values, np.float64))
        best = np.argsort(-self._values)[:NAMED]
        self.setAccessibleDescription("; ".join(self.words_for(int(i)) for i in best))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(220, min(max(len(self._values), 3), 12) * (self.fontMetrics().height() + 4))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, min(max(len(self._values), 3), 10) * LEAST)

    @property
    def in_rows(self) -> bool:
        """Whether bars have rows, each its own."""
        return len(self._values) <= max(FEW, self.height() // TIGHT)

    def rows(self) -> list[int]:
        """The positions of the bars that have rows, from the top: all, or the longest and the right one."""
        n, room = len(self._values), max(self.height() // TIGHT, 2)
        if n <= room or self.panel is None:
            return list(range(n))
        order = np.lexsort((-np.abs(self._values), np.arange(n) != self.panel.right))
        return sorted(map(int, order[: room - 1]))  # the last line says how many are left out

    def bar_at(self, pos: QPoint) -> int | None:
        """The position of the bar at a place in the widget."""
        shown = self.rows() if self.in_rows else range(len(self._values))
        across = pos.x() * len(shown) // max(self.width(), 1)
        i = int(pos.y() // self._row_height() if self.in_rows else across)
        return shown[i] if 0 <= i < len(shown) else None

    def words_for(self, i: int) -> str:
        """Name and number of a bar."""
        assert self.panel is not None
        true = f" ({self.panel.right_is})" if i == self.panel.right else ""
        return f"{self.panel.labels[i]}: {self.panel.numbers[i]}{true}"

    def mouseMoveEvent(self, event) -> None:
        i = self.bar_at(event.pos())
        weight = self.panel.weight if self.panel else None
        words = "" if i is None else self.words_for(i) if weight is None else weight.words_at(i)
        show_tip(event.globalPos(), words, self)

    def mouseReleaseEvent(self, event) -> None:
        i = self.bar_at(event.pos())
        if i is not None and self.panel and self.panel.weight and self.panel.weight.can_be_set:
            self.weights_chosen.emit(self.panel.weight.at(i))

    # -- painting ----------------------------------------------------------------------------------------------

    def paintEvent(self, event) -> None:
        if self.panel is None or not len(self._values):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.Antialiasing, self.in_rows)
        if self.in_rows:
            self._paint_rows(painter, _only(self.panel, self.rows()))
        else:
            self._paint_skyline(painter, self.panel, self.panel.limit or float(np.abs(self._values).max()) or 1.0)

    def _row_height(self) -> float:
        return min(max(self.height() / max(len(self._values), 1), TIGHT), MOST)

    def _colour(self, panel: Bars, i: int) -> QColor:
        if i == panel.right:
            return theme.seen_on(self.palette(), RIGHT)
        return QColor(NEGATIVE) if panel.values[i] < 0 else self.palette().highlight().color()

    def _font(self, panel: Bars, height: float) -> QFont:
        """As large as rows are high, in the usual size where names and numbers would leave bars too little room."""
        font, usual = self.font(), self.fontInfo().pixelSize()
        font.setPixelSize(min(int(height * 0.83), max(usual, min(int(height * LETTERS), int(LARGEST * usual)))))
        metrics = QFontMetrics(font)
        words = (max(map(metrics.horizontalAdvance, texts)) for texts in (panel.labels, panel.numbers))
        if sum(words) > MOST_WORDS * self.width():
            font.setPixelSize(min(font.pixelSize(), usual))
        return font

    def _paint_rows(self, painter: QPainter, panel: Bars) -> None:
        height = self._row_height()
        font = self._font(panel, height)
        painter.setFont(font)
        text, numbers = self.palette().color(QPalette.Text), panel.numbers
        font.setBold(panel.right >= 0)
        widest = max(map(QFontMetrics(font).horizontalAdvance, panel.labels)) + 2
        left = min(widest, int(MOST_NAME * self.width())) + 8
        font.setPixelSize(round(font.pixelSize() * min(1.0, max(SMALLEST, (left - 8) / widest))))
        painter.setFont(font)
        metrics = painter.fontMetrics()
        names = shortened(panel.labels, metrics, left - 8)
        right = max(map(metrics.horizontalAdvance, numbers)) + 10
        room = max(self.width() - left - right, 10)
        zero = left - panel.ends[0] / (panel.ends[1] - panel.ends[0]) * room
        for i, (start, stop) in enumerate(panel.shares()):
            line = QRectF(0, i * height, self.width(), height)
            font.setBold(i == panel.right)
            painter.setFont(font)
            painter.setPen(text)
            painter.drawText(line.adjusted(0, 0, left - 8 - line.width(), 0), Qt.AlignVCenter | Qt.AlignRight, names[i])
            bar = QRectF(left + start * room, i * height, max((stop - start) * room, 1.5), height)
            beside = line.adjusted(bar.right() + 6, 0, 0, 0)
            painter.drawText(beside, Qt.AlignVCenter, numbers[i])
            painter.setPen(Qt.NoPen)
            painter.setBrush(self._colour(panel, i))
            painter.drawRoundedRect(bar.adjusted(0, height / 8, 0, -height / 8), 2, 2)
            if i == panel.right:
                beside.setLeft(beside.left() + metrics.horizontalAdvance(f"{numbers[i]}  "))
                self._tell_right(painter, panel.right_is, bar, beside)
        if panel.ends[0] < 0:
            painter.setPen(text)
            painter.drawLine(QPointF(zero, 0), QPointF(zero, len(names) * height))
        if missing := len(self._values) - len(names):
            font.setBold(False)
            painter.setFont(font)
            painter.setPen(text)
            last = QRectF(0, len(names) * height, self.width(), height)
            painter.drawText(last, Qt.AlignVCenter | Qt.AlignHCenter, f"and {missing} more")

    def _tell_right(self, painter: QPainter, words: str, bar: QRectF, beside: QRectF) -> None:
        """Say of a bar that it is the right one, in it or beside it."""
        font = painter.font()
        font.setBold(False)
        painter.setFont(font)
        across = painter.fontMetrics().horizontalAdvance(words) + 12
        inside = bar.width() >= across
        if inside or beside.width() >= across:
            palette = self.palette()
            painter.setPen(palette.base().color() if inside else theme.seen_on(palette, RIGHT))
            painter.drawText(bar.adjusted(6, 0, 0, 0) if inside else beside, Qt.AlignVCenter, words)

    def _paint_skyline(self, painter: QPainter, panel: Bars, full: float) -> None:
        """Upright bars side by side, the largest with their names; those below zero hang from the line."""
        line, n = self.fontMetrics().height(), len(self._values)
        below = max(-float(self._values.min()) / full, 0.0)
        room = self.height() - line * (2 if below else 1) - 4
        zero = line + 2 + room / (1 + below)
        width = self.width() / n
        bars: list[QRectF] = []
        for i, value in enumerate(self._values):
            height = value / full * (zero - line - 2)
            bar = QRectF(i * width, zero - height, max(width - (1 if width > 3 else 0), 1), height).normalized()
            painter.fillRect(bar, self._colour(panel, i))
            bars.append(bar)
        painter.setPen(self.palette().color(QPalette.Mid))
        painter.drawLine(0, int(zero), self.width(), int(zero))
        painter.setPen(self.palette().color(QPalette.Text))
        taken: list[QRectF] = []
        for i in np.argsort(-self._values)[:NAMED]:
            words = f"{panel.labels[i]}: {panel.numbers[i]}"
            across = self.fontMetrics().horizontalAdvance(words) + 6
            place = QRectF((i + 0.5) * width - across / 2, 0, across, line)
            place.moveLeft(min(max(place.left(), 0), self.width() - across))
            place.moveTop(
                zero - self._values[i] / full * (zero - line - 2) - (line + 1 if self._values[i] >= 0 else -1)
            )
            if not any(place.intersects(other) for other in (*taken, *bars)):
                painter.drawText(place, Qt.AlignCenter, words)
                taken.append(place)
