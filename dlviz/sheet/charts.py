"""Panels of numbers: matrices, curves, bars, and points in a plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dlviz.grammar import in_digits
from dlviz.sheet.numerals import percent
from dlviz.sheet.panel import Panel, SizeHint
from dlviz.style import SERIES


@dataclass(frozen=True)
class Matrix(Panel):
    """A heat map (rows, columns) with its numbers; NaN: not known yet."""

    values: np.ndarray
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    row_title: str = ""
    column_title: str = ""
    title: str = ""
    decimals: int = 2
    plain_diagonal: bool = False
    """The diagonal has its numbers but no colour, so that what is off it stands out: a confusion matrix."""
    shading: np.ndarray | None = None
    """The numbers (rows, columns) that the colours stand for, where they are not those that are written."""
    limits: tuple[float, float] = (0.0, 0.0)
    """The least and the largest number that has a colour, where those of several matrices are alike."""

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest number that has a colour, zero among them or between."""
        if self.limits != (0.0, 0.0):
            return self.limits
        known = self.colouring[np.isfinite(self.colouring)]
        return float(known.min(initial=0.0)), float(known.max(initial=0.0))

    @property
    def magnitude(self) -> float:
        """What has the full colour."""
        return max(map(abs, self.ends))

    @property
    def colouring(self) -> np.ndarray:
        """The numbers that the colours stand for, (rows, columns)."""
        given = self.values if self.shading is None else self.shading
        return np.where(np.eye(*given.shape) > 0, 0, given) if self.plain_diagonal else given

    @property
    def size_hint(self) -> SizeHint:
        rows, columns = self.values.shape
        longest = min(8, 0.5 * max(map(len, self.row_labels), default=0))
        size = min(28, longest + 5 + 1.4 * columns), min(20, 3 + 1.4 * rows)
        return SizeHint(*size, cells=(rows, columns), around=(longest + 6, 5))


def on_one_scale(matrices: Sequence[Matrix]) -> list[Matrix]:
    """Matrices in which a colour stands for the same number."""
    low, high = zip(*(matrix.ends for matrix in matrices), strict=True)
    return [replace(matrix, limits=(min(low), max(high))) for matrix in matrices]


@dataclass(frozen=True)
class Curves(Panel):
    """Lines over a common x (n,); `x_labels` instead of numbers where x counts things with names."""

    x: np.ndarray
    series: Mapping[str, np.ndarray]
    x_title: str = ""
    y_title: str = ""
    title: str = ""
    x_labels: tuple[str, ...] = ()
    log: bool = False
    """Whether the numbers stand on a logarithmic axis."""
    joined: bool = True
    """Whether a line joins the points: not where one does not lead to the next, as layers of parallel branches."""
    colours: tuple[str, ...] = SERIES
    """Of the lines in their order, again and again where there are more."""
    limits: tuple[float, float] | None = None
    """The ends of the upright axis; None: the least and the largest number."""

    @property
    def size_hint(self) -> SizeHint:
        names, lines = 0.3 * max(map(len, self.x_labels), default=0), 1 + bool(self.x_title) + (len(self.series) > 1)
        width, height = (9, 6) if self.role == "beside" else (14, 9)
        return SizeHint(width, height + names, around=(3.0, 1.3 * lines + names + 1.6 * bool(self.title)))


@dataclass(frozen=True)
class Bars(Panel):
    """Horizontal bars with names and numbers; `right` is the index of the true one, -1 where there is none."""

    labels: tuple[str, ...]
    values: np.ndarray
    title: str = ""
    limit: float | None = None
    """The full length of a bar; None: the largest value. Bars up to 1 are shares, written in per cent."""
    right: int = -1
    right_is: str = "the true class"
    """What the colour of the one that is right means."""

    @property
    def ends(self) -> tuple[float, float]:
        """The numbers at both ends of the room for bars; zero, from which they go, is one of them or between."""
        values = np.nan_to_num(np.asarray(self.values, np.float64))
        low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
        if self.limit:
            low, high = -self.limit if low < 0 else 0.0, self.limit
        return (low, high) if high > low else (0.0, 1.0)

    def shares(self) -> list[tuple[float, float]]:
        """Where each bar starts and stops, as shares of the room for bars."""
        low, high = self.ends
        places = (np.clip(np.nan_to_num(np.asarray(self.values, np.float64)), low, high) - low) / (high - low)
        zero = -low / (high - low)
        return [(min(zero, float(place)), max(zero, float(place))) for place in places]

    @property
    def numbers(self) -> tuple[str, ...]:
        """Each value in words."""
        return tuple("NaN" if np.isnan(v) else percent(v) if self.limit == 1 else in_digits(v) for v in self.values)

    @property
    def size_hint(self) -> SizeHint:
        rows = max(1, len(self.values))
        return SizeHint(13, 1.2 * min(rows, 12) + (1.5 if self.title else 0), most_width=60, most_height=2.4 * rows + 2)


@dataclass(frozen=True)
class Scatter(Panel):
    """Paths and points in a plane, perhaps over a surface; each name in `paths` and `points` has one of `colours`.

    With `by="paint"` a hand adds and removes points, and sets the option `sets` to rows of x, y and the number of the
    name in `points`.
    """

    paths: Mapping[str, np.ndarray]
    """Name to places (n, 2), x and y, joined in order; those of `points` are marked."""
    points: Mapping[str, np.ndarray] = field(default_factory=dict)
    surface: np.ndarray | None = None
    """Heights (rows, columns) over the whole plane, the first row at the top, as bands of colour behind all."""
    limits: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)
    """Least and largest x, least and largest y."""
    x_title: str = ""
    y_title: str = ""
    title: str = ""
    regions: np.ndarray | None = None
    """Scores (names in `points`, rows, columns) over the plane, top row first; the highest colours what is behind."""
    brush: int = 0
    """The number of the name in `points` that the left button paints; -1: it removes, as the right one does."""
    colours: tuple[str, ...] = SERIES
    to_scale: bool = False
    """Whether both axes have the same scale, so that a circle is round."""

    @property
    def names(self) -> list[str]:
        """The names of paths and points, each once; a name's place chooses its colour."""
        return list(dict.fromkeys([*self.paths, *self.points]))

    @property
    def size_hint(self) -> SizeHint:
        return SizeHint(18, 14, 1.6)
