"""What a view yields: a sheet of panels. Plain numpy inside, drawn once per medium by `dlviz.draw` and the window.

Images are channels last, (height, width, channel) with 1 or 3 channels. Boxes are (top, left, bottom, right) in
pixels, bottom and right exclusive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil, inf
from typing import Literal

import numpy as np

from dlviz.style import SERIES
from dlviz_models.options import Value

Scale = Literal["pixels", "each", "all", "signed", "diverging"]
"""How numbers become grey or colour: `pixels`, uint8 as they are; `each`, black to white over each image's own minimum
to maximum; `all`, over the panel's; `signed`, mid-grey is 0, each image scaled by its largest magnitude; `diverging`,
so scaled as well, but blue above 0 and orange below, as in matrices."""

Selects = Literal["", "unit", "input", "layer"]
"""What a click on a tile or node chooses."""

Role = Literal["", "main", "beside", "legend"]
"""Where a panel belongs: the main picture, the column beside it, or the strip below; empty: as its kind suggests."""

By = Literal["pointer", "drag", "type", "paint"]
"""How an option is set on a panel: the pointer moves over it, a place is clicked or dragged, a cell is typed."""


@dataclass(frozen=True)
class Wish:
    """The room that a panel would like, in lines of text: `width` and `height` at least, `most_` of use at most.

    `aspect` is the width to the height of its picture; 0: it fills whatever room there is. `cells` are the rows and
    columns of a matrix, `tiles` the number of pictures in any rows and the width to the height of each, `around` the
    width and height that words around the picture and the scale of its colours take.
    """

    width: float
    height: float
    aspect: float = 0.0
    most_width: float = inf
    most_height: float = inf
    cells: tuple[int, int] = (0, 0)
    around: tuple[float, float] = (0.0, 0.0)
    tiles: tuple[int, float] = (0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """What all kinds of panels have; each kind is registered with its media in `dlviz.sheet.panel_registry`."""

    role: Role = ""
    sets: str = ""
    """The option that a hand on the panel sets, if any."""
    by: By = "pointer"
    origin: tuple[float, float] = (0.0, 0.0)
    spacing: float = 1.0
    """The place (row, column), or (x, y), on the panel sets the option to origin + spacing * place."""

    @property
    def title(self) -> str:
        """What stands over it."""
        return ""

    @property
    def wish(self) -> Wish:
        """The room that it would like."""
        return Wish(14, 8)

    @property
    def amount(self) -> int:
        """How much there is to see: of several panels of a kind, the one with the most is the main picture."""
        return 1


def retitled(panel: Panel, title: str) -> Panel:
    """The panel under another title."""
    return replace(panel, title=title)  # type: ignore[call-arg]  # every kind has the field


@dataclass(frozen=True)
class Tiles(Panel):
    """A contact sheet of images (n, height, width, channel)."""

    images: np.ndarray
    scale: Scale = "each"
    title: str = ""
    captions: tuple[str, ...] = ()
    """One a tile: the line under it (a few words), and the text of its tooltip."""
    keys: tuple[int, ...] = ()
    """One a tile: the unit or picture that it stands for."""
    selects: Selects = ""
    columns: int = 0
    """Tiles a row; 0: whatever suits the medium."""
    row_labels: tuple[str, ...] = ()
    column_labels: tuple[str, ...] = ()
    boxes: np.ndarray | None = None
    """(n, 4), a frame drawn in each tile."""
    together: int = 1
    """How many rows belong together and stay on one page, such as patches and their reconstructions."""
    folded: bool = False
    """Whether each row may be folded into a block (`dlviz.layout.blocks`)."""
    room_for: int = 0
    """Tiles for which room is kept, where it is more than there are: on the last of several pages."""

    @property
    def amount(self) -> int:
        return len(self.images)

    @property
    def slots(self) -> int:
        """The number of tiles for which they are laid out."""
        return max(len(self.images), self.room_for)

    @property
    def flows(self) -> bool:
        """Whether the tiles may stand in any number of rows: a single row without names over it may as well."""
        return not self.columns or (self.slots <= self.columns and not self.column_labels)

    @property
    def wish(self) -> Wish:
        n, (height, width) = self.slots, self.images.shape[1:3]
        if self.flows:
            least = max(2.6 * min(n, 4), 8), max((3.7 if self.captions else 2.5) * min(ceil(n / 4), 3), 6)
            return Wish(*least, tiles=(n, width / height)) if n > 1 else Wish(*least, width / height)
        rows, longest = max(1, ceil(n / self.columns)), max(map(len, " ".join(self.column_labels).split()), default=0)
        each = max(2.5, 0.2 + 0.43 * longest)  # a letter is less than half as wide as a line is high
        captions, above = 1.2 * rows if self.captions else 0.0, 1.6 * bool(self.title) + 1.2 * bool(self.column_labels)
        return Wish(
            each * min(self.columns, 8),
            2.5 * min(rows, 4) + captions / rows * min(rows, 4) + above,
            self.columns * width / (rows * height),
            around=(0.5 * max(map(len, self.row_labels), default=0), captions + above),
        )


@dataclass(frozen=True)
class Image(Panel):
    """One large image (height, width, channel), with an optional heat map (height, width) of 0..1 over it."""

    pixels: np.ndarray
    scale: Scale = "pixels"
    title: str = ""
    heat: np.ndarray | None = None
    boxes: np.ndarray | None = None
    """(m, 4)"""

    @property
    def wish(self) -> Wish:
        height, width = self.pixels.shape[:2]
        return Wish(8, 8 * min(1.5, height / width), width / height)


@dataclass(frozen=True)
class Matrix(Panel):
    """A heat map (rows, columns) with its numbers."""

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

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the largest number that has a colour, zero among them or between."""
        known = self.colouring[np.isfinite(self.colouring)]
        return float(known.min(initial=0.0)), float(known.max(initial=0.0))

    @property
    def colouring(self) -> np.ndarray:
        """The numbers that the colours stand for, (rows, columns)."""
        given = self.values if self.shading is None else self.shading
        return np.where(np.eye(*given.shape) > 0, 0, given) if self.plain_diagonal else given

    @property
    def wish(self) -> Wish:
        rows, columns = self.values.shape
        longest = min(8, 0.5 * max(map(len, self.row_labels), default=0))
        size = min(28, longest + 5 + 1.4 * columns), min(20, 3 + 1.4 * rows)
        return Wish(*size, cells=(rows, columns), around=(longest + 6, 5))


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

    @property
    def wish(self) -> Wish:
        names, lines = 0.3 * max(map(len, self.x_labels), default=0), 1 + bool(self.x_title) + (len(self.series) > 1)
        width, height = (9, 6) if self.role == "beside" else (14, 9)
        return Wish(width, height + names, around=(3.0, 1.3 * lines + names + 1.6 * bool(self.title)))


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
        return tuple("NaN" if np.isnan(v) else f"{v:.1%}" if self.limit == 1 else f"{v:.3g}" for v in self.values)

    @property
    def wish(self) -> Wish:
        rows = max(1, len(self.values))
        return Wish(13, 1.2 * min(rows, 12) + (1.5 if self.title else 0), most_width=60, most_height=2.4 * rows + 2)


@dataclass(frozen=True)
class Paragraph(Panel):
    """Words or a small table in plain lines."""

    text: str
    title: str = ""

    @property
    def wish(self) -> Wish:
        lines = self.text.split("\n")
        longest = max(map(len, lines)) * 0.6 + 2
        return Wish(
            min(longest, 16), min(len(lines), 12) * 1.25 + 1, most_width=longest, most_height=len(lines) * 1.5 + 2
        )


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

    @property
    def names(self) -> list[str]:
        """The names of paths and points, each once; a name's place chooses its colour."""
        return list(dict.fromkeys([*self.paths, *self.points]))

    @property
    def wish(self) -> Wish:
        return Wish(18, 14, 1.6)


@dataclass(frozen=True)
class Formula(Panel):
    """Mathematics: lines in which what stands between two $ is matplotlib's mathtext."""

    lines: tuple[str, ...]
    title: str = ""
    ink: Mapping[str, tuple[np.ndarray, float]] = field(default_factory=dict)
    """For a medium that cannot typeset: each piece of mathematics with its $, as ink uint8 (height, width), and how
    much of the height is below the line. `dlviz.draw.formulas.with_ink` adds it."""

    @staticmethod
    def pieces(line: str) -> list[str]:
        """A line cut into plain words and mathematics, which keeps its $."""
        parts = line.split("$")
        return [f"${part}$" if number % 2 else part for number, part in enumerate(parts) if part]

    @property
    def wish(self) -> Wish:
        high = sum(3.6 if "\\dfrac" in line or "\\sum" in line else 2.0 for line in self.lines)
        return Wish(18, high + 0.5, most_height=high + 1)


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
    def wish(self) -> Wish:
        columns, rows = ({getattr(box, axis) for box in self.boxes} for axis in ("column", "row"))
        across = sum(max(box.values.shape[1] for box in self.boxes if box.column == c) for c in columns)
        down = sum(max(box.values.shape[0] for box in self.boxes if box.row == r) for r in rows)
        width, height = 3.2 * across + 2 * len(columns), 1.5 * down + 2 * len(rows)
        return Wish(width, height, width / height, most_height=4 * down + 2 * len(rows))


@dataclass(frozen=True)
class Sheet:
    """A picture: a title, one sentence saying what is seen, panels, and the raw arrays behind them."""

    title: str
    summary: str
    panels: tuple[Panel, ...]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    """What `--out FILE.npz` writes."""
    question: str = ""
    """Asked before the answer is shown; `answer` appears on demand."""
    answer: str = ""
    explanation: str = ""
    """Two or three sentences for a student."""
    source: str = ""
    """Where it comes from: a lecture's topic, a paper, a book."""
    note: str = ""
    """Small print: how the network was fed, and the evidence for it."""
    steps: int = 0
    """How many steps there are to play with these options; 0: nothing moves."""
    film: str = ""
    """The film that it is a step of, where each step has a title of its own; empty: the title names the film."""
    values: Mapping[str, Value] = field(default_factory=dict)
    """What options stand at that were left to the view, such as the kernel that a preset has chosen."""
    request: str = ""
    """The line of the shell that makes it again, without --out; empty where there is none, as of a model in memory."""
    caption: str = ""
    """What made it, in words: network, layer, units, input, options, data."""
    spoken: str = ""
    """What a lecturer wants to say about it: the notes of a slide."""

    @property
    def says(self) -> str:
        """The summary, under the name that scripts know it by."""
        return self.summary
