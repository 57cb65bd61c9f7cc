"""Small arrays with all their numbers, as a panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.sheet.panel import Panel, SizeHint


@dataclass(frozen=True)
class ArrayBox:
    """An array of numbers (rows, columns) at a place of an `Arrays` panel; NaN: not known yet."""

    name: str
    values: np.ndarray
    row: int
    column: int
    sign: str = ""
    """What stands before it, such as = or →."""
    marked: tuple[tuple[int, int, int, int], ...] = ()
    """Boxes (top, left, bottom, right) of cells that are framed."""
    row_labels: tuple[str, ...] = ()
    column_labels: tuple[str, ...] = ()
    decimals: int = 2
    limit: float | None = None
    """The magnitude that has the full colour; None: the largest of its own."""
    sets: str = ""
    """The option whose cells are typed here."""
    points: str = ""
    """The option, a position, that the pointer here sets."""


@dataclass(frozen=True)
class Arrays(Panel):
    """Small arrays with all their numbers, in rows and columns of boxes, as an equation is written."""

    boxes: tuple[ArrayBox, ...]
    title: str = ""

    @property
    def size_hint(self) -> SizeHint:
        columns, rows = ({getattr(box, axis) for box in self.boxes} for axis in ("column", "row"))
        across = sum(max(box.values.shape[1] for box in self.boxes if box.column == c) for c in columns)
        down = sum(max(box.values.shape[0] for box in self.boxes if box.row == r) for r in rows)
        width, height = 3.2 * across + 2 * len(columns), 1.5 * down + 2 * len(rows)
        return SizeHint(width, height, width / height, most_height=4 * down + 2 * len(rows))
