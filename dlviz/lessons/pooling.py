"""Pooling: one number for each window of a map, by the largest, the average or the L2 norm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlviz.options import Matrix, Position, matrix, option, position
from dlviz.progress import Progress
from dlviz.sheet import ArrayBox, Arrays, Formula, Sheet
from dlviz.sheet.numerals import number
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

PRESETS: dict[str, Matrix] = {
    "a map": (
        (0, 0, 1, 0, 0, 2),
        (0, 9, 1, 0, 3, 0),
        (1, 0, 0, 5, 0, 0),
        (0, 2, 0, 0, 0, 1),
        (0, 0, 7, 0, 0, 0),
        (4, 0, 0, 0, 8, 6),
    ),
    "OR and AND": (
        (0, 0, 1, 0, 1, 1),
        (0, 0, 0, 0, 1, 1),
        (1, 1, 0, 1, 0, 0),
        (1, 0, 0, 1, 0, 1),
        (1, 1, 0, 0, 1, 1),
        (1, 1, 0, 0, 0, 1),
    ),
}
LARGEST = 10
"""Rows and columns of a map at most."""


def pooled(x: np.ndarray, size: int, stride: int) -> dict[str, np.ndarray]:
    """Four ways to pool windows of a map (height, width) that lie inside it; (rows, columns) each.

    Y.-L. Boureau, J. Ponce, Y. LeCun, A theoretical analysis of feature pooling in visual recognition, ICML 2010.
    """
    windows = sliding_window_view(x, (size, size))[::stride, ::stride]
    return {
        "max": windows.max(axis=(2, 3)),
        "average": windows.mean(axis=(2, 3)),
        "L2 norm": np.sqrt((windows**2).sum(axis=(2, 3))),
        "min": windows.min(axis=(2, 3)),
    }


@dataclass(frozen=True)
class Pooling(View):
    """Maximum, average and L2 pooling beside each other.

    >>> import dlviz
    >>> dlviz.lesson("pooling").arrays["map"].shape
    (6, 6)
    """

    name = "pooling"
    summary = "Each window of a map becomes one number: its largest, its average or its L2 norm."
    group = "Convolution"
    order = 9

    preset: str = option("a map", "which numbers", choices=tuple(PRESETS), resets=("map",), label="map")
    map: Matrix = matrix(
        (), "the numbers of the map; empty: those of the preset", low=-99, high=99, label="numbers of the map"
    )
    at: Position = position(
        (0, 0), "row and column of the window that is worked out", low=0, label="window worked out (row, column)"
    )
    size: int = option(2, "rows and columns of a window", low=1, high=4, label="window (cells across)")
    stride: int = option(2, "cells from one window to the next", low=1, high=4, label="stride (cells)")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        x = self._map()
        pools = pooled(x, self.size, self.stride)
        logical = bool(np.isin(x, (0, 1)).all())
        row, column = (min(int(v), n - 1) for v, n in zip(self.at, pools["max"].shape, strict=True))
        top, left = row * self.stride, column * self.stride
        window = x[top : top + self.size, left : left + self.size]
        here = {name: float(values[row, column]) for name, values in pools.items()}
        shown = {"max": "max: OR", "min": "min: AND"} if logical else {n: n for n in ("max", "average", "L2 norm")}
        told = ", ".join(f"{name} {number(here[name])}" for name in shown)
        yield Sheet(
            "Pooling" + (": OR and AND" if logical else ""),
            f"The framed window: {told}; {x.size} numbers become {pools['max'].size}.",
            (
                Arrays(
                    (
                        ArrayBox("map", x, 0, 0, "", ((top, left, top + self.size, left + self.size),), sets="map"),
                        *(
                            ArrayBox(title, pools[name], 0, 1 + place, "→" if place == 0 else "",
                                     ((row, column, row + 1, column + 1),), points="at")
                            for place, (name, title) in enumerate(shown.items())
                        ),
                    ),
                    role="main",
                ),
                Formula(_formula(window, here, logical), role="legend"),
            ),
            {"map": x, **{name.replace(" ", "_"): values for name, values in pools.items()}},
            question="The largest number moves by one cell. Which of the pooled maps change?",
            answer=_answer(x, pools, self.size, self.stride, logical),
            explanation="Pooling makes a map smaller and keeps of each window just one number. The largest does not "
            "tell where in the window it was, so small moves change little; the average blurs; the L2 "
            "norm lies between. Of zeros and ones the largest is OR, the smallest is AND.",
            source="Pooling: Y.-L. Boureau, J. Ponce, Y. LeCun, A theoretical analysis of feature pooling, ICML 2010",
            values={"map": tuple(map(tuple, x.tolist())), "at": (row, column)},
        )  # fmt: skip

    def _map(self) -> np.ndarray:
        x = np.array(self.map or PRESETS[self.preset], float)
        if not self.size <= min(x.shape) <= max(x.shape) <= LARGEST:
            rows, columns = x.shape
            raise UserError(
                f"Option map has {rows} rows of {columns} numbers: give {self.size} to {LARGEST} rows and columns."
            )
        return x


def _formula(window: np.ndarray, here: dict[str, float], logical: bool) -> tuple[str, ...]:
    """What is done with the framed window, with its numbers."""
    cells = [number(v) for v in window.ravel()]
    listed = ", ".join(cells)
    if logical:
        names = [f"max({listed}) = {number(here['max'])}", f"min({listed}) = {number(here['min'])}"]
        return f"{names[0]}:   one 1 is enough, OR", f"{names[1]}:   all must be 1, AND"
    added = " + ".join(f"({c})" if c.startswith("−") else c for c in cells)
    squares = " + ".join(f"({c})²" if c.startswith("−") else f"{c}²" for c in cells)
    return (
        f"max({listed}) = {number(here['max'])}",
        rf"$\mathrm{{average}}$ = ({added}) / {len(cells)} = {number(here['average'])}",
        rf"$\mathrm{{L2}} = \sqrt{{\sum x^2}}$ = √({squares}) = {number(here['L2 norm'])}",
    )


def _answer(x: np.ndarray, pools: dict[str, np.ndarray], size: int, stride: int, logical: bool) -> str:
    """Where the map moves by one cell, what changes."""
    moved = pooled(np.roll(x, 1, axis=1), size, stride)
    total = pools["max"].size
    counts = {name: int((~np.isclose(pools[name], moved[name])).sum()) for name in ("max", "average")}
    first = "None, while it stays within its windows: each asks what is in a window, not where."
    if logical:
        return f"{first} So a detector followed by OR forgives small shifts."
    return (
        f"{first} But if the whole map moves by one, {counts['max']} of {total} maxima change "
        f"and {counts['average']} averages."
    )
