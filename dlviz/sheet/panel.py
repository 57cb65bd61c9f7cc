"""What all kinds of panels have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Literal

from dlviz.sheet.weight import ShownWeight

Selects = Literal["", "unit", "input", "layer"]
"""What a click on a tile or node chooses."""


Role = Literal["", "main", "beside", "legend"]
"""Where a panel belongs: the main picture, the column beside it, or the strip below; empty: as its kind suggests."""


By = Literal["pointer", "drag", "type", "paint", "click"]
"""How an option is set on a panel: the pointer moves over it, a place is clicked or dragged, a cell is typed, points
are painted, or a tile is clicked, which sets the label of its column."""


@dataclass(frozen=True)
class Flow:
    """Pictures, or rows of a table, that may stand side by side as well as under each other: how many, the width to the
    height of each, and the lines of text above all of them, beside and under each."""

    count: int
    aspect: float
    above: float = 0.0
    beside: float = 0.0
    under: float = 0.0


@dataclass(frozen=True)
class SizeHint:
    """The preferred size of a panel, in lines of text.

    Attributes:
        width, height: the minimum size.
        most_width, most_height: the maximum useful size.
        aspect: the width of its picture over the height; 0: it fills any rectangle.
        cells: the rows and columns of a matrix.
        around: the width and height of the text around the picture and of the colour scale.
        flow: the pictures that may be arranged freely, if any.
    """

    width: float
    height: float
    aspect: float = 0.0
    most_width: float = inf
    most_height: float = inf
    cells: tuple[int, int] = (0, 0)
    around: tuple[float, float] = (0.0, 0.0)
    flow: Flow | None = None


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
    hint: str = ""
    """What a hand can do with it: the window alone says so, after its title."""
    weight: ShownWeight | None = None
    """The numbers of a weight that its tiles, cells or bars stand for, if they do."""

    @property
    def title(self) -> str:
        """What stands over it."""
        return ""

    @property
    def size_hint(self) -> SizeHint:
        """Its preferred size."""
        return SizeHint(14, 8)

    @property
    def amount(self) -> int:
        """How much there is to see: of several panels of a kind, the one with the most is the main picture."""
        return 1


def retitled(panel: Panel, title: str) -> Panel:
    """The panel under another title."""
    return replace(panel, title=title)  # type: ignore[call-arg]  # every kind has the field
