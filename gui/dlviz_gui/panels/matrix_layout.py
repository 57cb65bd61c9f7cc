"""Where the cells of a heat map and the words around them stand in the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from qtpy.QtCore import QRectF
from qtpy.QtGui import QFontMetrics

from dlviz.layout import cell_size
from dlviz.sheet import Matrix

SMALLEST = 0.7
"""Numbers in cells and labels may be so much smaller than other words, or are left out."""
HIGHEST = 110
"""Pixels that labels over columns take at most where they are written upwards."""
MOST_NUMBERS = 2500
CLEAR = 4
"""Pixels round a number in its cell, and beside the cells."""
LEAST_TITLED = 200
"""Pixels of the height under which cells need the room of the titles of rows and columns."""
BAR, MOST_BAR = 14, 220
"""The width and the greatest height of the colours' scale, in pixels."""


def written(labels: Sequence[str], step: float, needed: float) -> tuple[float, dict[int, str]]:
    """The labels that are written along an axis, by their places, and the size of their type, 1 the usual one.

    All are written where they can be, in smaller type if need be; else every k-th, as the number of its place if some
    of them are words: words that are left out in between would not be missed.

    Args:
        step: pixels from one to the next.
        needed: pixels that each needs in the usual type.
    """
    share = min(1.0, step / needed)
    if share >= SMALLEST:
        return share, dict(enumerate(labels))
    numbers = labels if all(map(str.isdecimal, labels)) else [str(n) for n in range(len(labels))]
    return 1.0, {n: numbers[n] for n in range(0, len(labels), ceil(needed / step))}


@dataclass(frozen=True)
class MatrixLayout:
    """A panel in so many pixels, with words in a type of these metrics."""

    panel: Matrix
    width: float
    height: float
    metrics: QFontMetrics

    @cached_property
    def numbers(self) -> list[list[str]]:
        """The number of each cell in words; empty where there are too many."""
        few = self.panel.values.size <= MOST_NUMBERS
        return [[f"{v:z.{self.panel.decimals}f}" for v in row] for row in self.panel.values] if few else []

    @cached_property
    def field(self) -> QRectF:
        """Where the cells are."""
        return self._fitted(self.head())

    def _scale_room(self) -> float:
        """Pixels that the colours' scale and its numbers take."""
        return BAR + 14 + max(map(self.metrics.horizontalAdvance, self.ends()))

    def ends(self) -> tuple[str, str]:
        """The largest and the smallest number that has a colour, in words."""
        low, high = self.panel.ends
        return f"{high:z.{self.panel.decimals}f}", f"{low:z.{self.panel.decimals}f}"

    def _fitted(self, head: float) -> QRectF:
        """Where the cells are under names so many pixels high; beside them is room for the colours' scale where their
        numbers have none."""
        whole = self._under(head, CLEAR)
        return whole if self.share(whole) >= SMALLEST else self._under(head, self._scale_room())

    def head(self) -> float:
        """Pixels that the names of columns take."""
        return self.names_high() if self.is_upright() else self.line()

    def line(self) -> int:
        """Pixels of a line of words beside the cells."""
        return self.metrics.height() + 1

    def titles(self) -> tuple[str, str]:
        """What rows and columns are; in a low room the tooltip alone says so."""
        return (self.panel.row_title, self.panel.column_title) if self.height >= LEAST_TITLED else ("", "")

    def widest(self) -> int:
        """Pixels of the longest name of a column, and a gap."""
        return max(map(self.metrics.horizontalAdvance, self.panel.column_labels), default=0) + 6

    def names_high(self) -> float:
        """Pixels that names of columns take upwards."""
        rows = SMALLEST * self.metrics.height() * len(self.panel.values) + self.line()
        return min(self.widest(), HIGHEST, max(self.height // 3, int(self.height - rows)))

    def is_upright(self) -> bool:
        """Whether the names of columns are written upwards: words that have no room otherwise."""
        if all(map(str.isdecimal, self.panel.column_labels)):
            return False
        across = self.cell(self._fitted(self.line()))[0]
        return SMALLEST * self.widest() > across >= SMALLEST * self.metrics.ascent()

    def _under(self, head: float, beside: float) -> QRectF:
        """Where the cells would be under names so many pixels high, and with so many pixels beside them."""
        left = self.left()
        top = head + (self.line() if self.titles()[1] and not self.has_corner(head) else 0)
        room = QRectF(left, top, max(self.width - left - beside, 20), self.height - top - 1)
        rows, columns = self.panel.values.shape
        across, down = cell_size(room.width(), room.height(), rows, columns)
        return QRectF(room.left(), room.top(), across * columns, down * rows)

    def left(self) -> float:
        """Pixels that the names of rows, and what rows are, take."""
        names = max((self.metrics.horizontalAdvance(name) for name in self.panel.row_labels), default=0)
        beside = 7 + (self.line() if self.titles()[0] else 0)
        cells = self.panel.values.shape[1] * (self.widest_number() + CLEAR) + CLEAR if self.numbers else self.width
        return min(names, max(self.width // 3, self.width - cells - beside)) + beside

    def corner(self, head: float) -> float:
        """Pixels of the corner left of names of columns so many pixels high; the first may begin before its column."""
        return self.left() - 6 - (0 if head > self.line() else self.widest() / 2)

    def has_corner(self, head: float) -> bool:
        """Whether what columns are stands in the corner, where it does not touch the name of the first row."""
        is_clear = head >= 2 * self.line() or len(self.panel.values) * self.metrics.height() <= self.height - head
        return is_clear and self.metrics.horizontalAdvance(self.titles()[1]) <= self.corner(head)

    def cell(self, field: QRectF) -> tuple[float, float]:
        """The width and height of a cell."""
        rows, columns = self.panel.values.shape
        return field.width() / columns, field.height() / rows

    def share(self, field: QRectF) -> float:
        """How large the numbers of cells can be, in the size of other words; 0 where there are too many."""
        if not self.numbers:
            return 0.0
        across, down = self.cell(field)
        return min((across - CLEAR) / self.widest_number(), down / self.metrics.height(), 1.0)

    def widest_number(self) -> int:
        """Pixels of the longest number of a cell; 0 where there are too many."""
        return max((self.metrics.horizontalAdvance(w) for row in self.numbers for w in row), default=0)
