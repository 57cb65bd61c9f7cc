"""Where the boxes of an `Arrays` panel stand, in any unit: one layout for paper and window. Knows no medium."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlviz.sheet import ArrayBox, Arrays

LETTER = 0.46
"""The width of a letter, in heights of a line, about."""
DIGIT, NARROW = 0.49, 0.55
"""The width of a digit, in heights of a line, and that of a point or a sign in digits."""
NUMBER = 0.76
"""The height of a line of numbers, in heights of a cell, that looks right."""
LEAST = 0.5
"""The least height of a cell, in heights of a line."""


@dataclass(frozen=True)
class Placed:
    """A box whose cells begin at (left, top), and the middle of the sign before it."""

    box: ArrayBox
    left: float
    top: float
    cell_width: float
    cell_height: float
    sign_x: float

    @property
    def width(self) -> float:
        """Of all cells."""
        return self.cell_width * self.box.values.shape[1]

    @property
    def height(self) -> float:
        """Of all cells."""
        return self.cell_height * self.box.values.shape[0]


def numbers(box: ArrayBox) -> list[list[str]]:
    """The numbers as they are written; nothing where one is not known yet."""
    return [["" if np.isnan(v) else _written(v, box.decimals) for v in row] for row in np.asarray(box.values, float)]


def placed(
    panel: Arrays, width: float, height: float, line: float, largest: float
) -> tuple[list[Placed], tuple[float, float]]:
    """Boxes with the largest cells, at most `largest` high, that fit into `width` by `height`; and the size of all.

    `line` is the height of a line of words.
    """
    longest = max((_digits(text) for box in panel.boxes for row in numbers(box) for text in row), default=1.0)
    ratio = max(1.0, DIGIT * NUMBER * longest + 0.15)
    columns, rows = _ranks(panel, lambda b: b.column), _ranks(panel, lambda b: b.row)
    in_column = [[b for b in panel.boxes if b.column == c] for c in columns]
    in_row = [[b for b in panel.boxes if b.row == r] for r in rows]
    signs = [0.9 * line if any(b.sign for b in boxes) else 0.0 for boxes in in_column]
    before = [max(_labels(b, line) for b in boxes) for boxes in in_column]
    names = [max(LETTER * 1.15 * line * len(b.name) for b in boxes) for boxes in in_column]
    above = [max(line * (bool(b.name) + bool(b.column_labels)) for b in boxes) * 1.1 for boxes in in_row]
    across = [max(b.values.shape[1] for b in boxes) for boxes in in_column]
    down = [max(b.values.shape[0] for b in boxes) for boxes in in_row]
    gap = 0.7 * line

    def wide(cell: float) -> float:
        cells = sum(max(n * cell * ratio, name) for n, name in zip(across, names, strict=True))
        return sum(signs) + sum(before) + gap * (len(columns) - 1) + cells

    cell = min((height - sum(above) - gap * (len(rows) - 1)) / sum(down), largest)
    while cell > line * LEAST and wide(cell) > width:
        cell *= 0.98
    cell = max(cell, line * LEAST)
    lefts, x = [], 0.0
    for i in range(len(columns)):
        lefts.append(x + signs[i] + before[i])
        x = lefts[i] + max(across[i] * cell * ratio, names[i]) + gap
    found, y = [], 0.0
    for i in range(len(rows)):
        top = y + above[i]
        for box in in_row[i]:
            at = columns.index(box.column)
            middle = top + (down[i] - box.values.shape[0]) * cell / 2
            sign_x = lefts[at] - before[at] - signs[at] / 2 - 0.1 * line
            found.append(Placed(box, lefts[at], middle, cell * ratio, cell, sign_x))
        y = top + down[i] * cell + gap
    return found, (x - gap, y - gap)


def _ranks(panel: Arrays, of: Callable[[ArrayBox], int]) -> list[int]:
    return sorted({of(box) for box in panel.boxes})


def _digits(text: str) -> float:
    """The width of a number, in digits."""
    return sum(1.0 if letter.isalnum() else NARROW for letter in text)


def _labels(box: ArrayBox, line: float) -> float:
    """The room for the names of rows."""
    return max((1.1 * LETTER * line * len(text) + 0.3 * line for text in box.row_labels), default=0.0)


def _written(value: float, decimals: int) -> str:
    """A whole number as such, others with so many decimals; a minus before nothing is left out."""
    if abs(value - round(value)) < 1e-9 and abs(value) < 1e6:
        return str(round(value))
    text = f"{value:.{decimals}f}" if abs(value) < 1e4 else f"{value:.2g}"
    return text.removeprefix("-") if not text.strip("-0.") else text
