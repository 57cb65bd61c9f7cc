"""Names in the colours of their lines, over a plot, on as many lines of text as they need."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QPointF, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFontMetricsF, QPainter, QPalette
from qtpy.QtWidgets import QSizePolicy, QWidget

from dlviz_gui.labels import set_tip
from dlviz_gui.theme import seen_on

KEY, GAP = 25, 16
"""Pixels that the stroke before a name takes, and between two names."""


def placed(names: Sequence[str], metrics: QFontMetricsF, left: float, right: float) -> list[tuple[float, int, str]]:
    """Of each name its left edge and its line of text, where there is more than one to tell apart."""
    if len(names) < 2:
        return []
    x, line, found = left, 0, []
    for name in names:
        name = metrics.elidedText(name, Qt.ElideMiddle, right - left - KEY)
        wide = KEY + metrics.horizontalAdvance(name)
        if x > left and x + wide > right:
            x, line = left, line + 1
        found.append((x, line, name))
        x += wide + GAP
    return found


def lines_of(names: list[tuple[float, int, str]]) -> int:
    """How many lines of text they take."""
    return max((line for _, line, _ in names), default=-1) + 1


def paint(painter: QPainter, names: list[tuple[float, int, str]], ink: QColor, colours: Sequence[str]) -> None:
    """Paint what `placed` gives at the top of a widget."""
    metrics = painter.fontMetrics()
    painter.setPen(ink)
    for number, (x, line, name) in enumerate(names):
        y = line * metrics.height()
        painter.fillRect(QRectF(x, y + metrics.height() / 2, 20, 5), QColor(colours[number % len(colours)]))
        painter.drawText(QPointF(x + KEY, y + metrics.ascent() + 1), name)


class SeriesNames(QWidget):
    """A strip of names; it takes no room where there is one name or none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        self._colours: tuple[str, ...] = ()
        self._most = 100
        policy = QSizePolicy(QSizePolicy.Expanding, QSizePolicy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_names(self, names: Sequence[str], colours: Sequence[str]) -> None:
        """Show other names, beside lines of these colours."""
        self.names, self._colours = tuple(names), tuple(colours)
        set_tip(self, "\n".join(self.names))
        self.setVisible(len(names) > 1)
        self.updateGeometry()
        self.update()

    def set_room(self, height: int) -> None:
        """Take no more than so many pixels from the plot below: where the names need more, only their number is said
        and the tooltip has them."""
        self._most = max(1, height // self.fontMetrics().height())
        self.updateGeometry()
        self.update()

    def height_for(self, names: Sequence[str], width: int, most: int) -> int:
        """Pixels that names take across so many, if no more than `most`."""
        line, lines = self.fontMetrics().height(), lines_of(placed(names, QFontMetricsF(self.font()), 4, width))
        return (lines if lines * line <= most else 1) * line + 2 if lines else 0

    def _in_short(self, width: int) -> bool:
        return lines_of(self.placed_in(width)) > self._most

    def placed_in(self, width: int) -> list[tuple[float, int, str]]:
        """As `placed`, in a strip of that width."""
        return placed(self.names, QFontMetricsF(self.font()), 4, width)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        lines = 1 if self._in_short(width) else lines_of(self.placed_in(width))
        return lines * self.fontMetrics().height() + 2

    def sizeHint(self) -> QSize:
        return QSize(160, self.fontMetrics().height() + 2)

    def paintEvent(self, event) -> None:
        painter, ink = QPainter(self), self.palette().color(QPalette.Text)
        if not self._in_short(self.width()):
            colours = [seen_on(self.palette(), colour).name() for colour in self._colours]
            paint(painter, self.placed_in(self.width()), ink, colours)
            return
        painter.setPen(ink)
        painter.drawText(self.rect(), Qt.AlignLeft | Qt.AlignVCenter, f"{len(self.names)} curves, see tooltip")
