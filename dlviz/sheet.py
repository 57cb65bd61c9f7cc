"""What a view hands out: a sheet of panels. Plain numpy inside, drawn once per medium by `dlviz.draw` and the window.

Images are channels last, (height, width, channel) with 1 or 3 channels. Boxes are (top, left, bottom, right) in
pixels, bottom and right exclusive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Scale = Literal["pixels", "each", "all", "signed"]
"""How numbers become grey or colour: `pixels`, uint8 as they are; `each`, black to white over each image's own minimum
to maximum; `all`, over the panel's; `signed`, mid-grey is 0, each image scaled by its largest magnitude."""

Selects = Literal["", "unit", "input", "layer"]
"""What a click on a tile or node chooses."""


@dataclass(frozen=True)
class Tiles:
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


@dataclass(frozen=True)
class Image:
    """One large image (height, width, channel), with an optional heat map (height, width) of 0..1 over it."""

    pixels: np.ndarray
    scale: Scale = "pixels"
    title: str = ""
    heat: np.ndarray | None = None
    boxes: np.ndarray | None = None
    """(m, 4)"""


@dataclass(frozen=True)
class Matrix:
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

    @property
    def colouring(self) -> np.ndarray:
        """The numbers that the colours stand for, (rows, columns)."""
        if not self.plain_diagonal:
            return self.values
        values = self.values.copy()
        np.fill_diagonal(values, 0)
        return values


@dataclass(frozen=True)
class Curves:
    """Lines over a common x (n,); `x_labels` instead of numbers where x counts things with names."""

    x: np.ndarray
    series: Mapping[str, np.ndarray]
    x_title: str = ""
    y_title: str = ""
    title: str = ""
    x_labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bars:
    """Horizontal bars with names and numbers; `right` is the index of the true one, -1 where there is none."""

    labels: tuple[str, ...]
    values: np.ndarray
    title: str = ""
    limit: float | None = None
    """The full length of a bar; None: the largest value. Bars up to 1 are shares, written in per cent."""
    right: int = -1

    @property
    def numbers(self) -> tuple[str, ...]:
        """Each value in words."""
        return tuple(f"{v:.1%}" if self.limit == 1 else f"{v:.3g}" for v in self.values)


@dataclass(frozen=True)
class Node:
    """A box of a graph at (row, column), counted from the top left; columns may be fractional."""

    name: str
    lines: tuple[str, ...]
    row: int
    column: float
    kind: str = ""


@dataclass(frozen=True)
class Graph:
    """Boxes and arrows; an edge is a pair of positions in `nodes`."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]
    title: str = ""
    selects: Selects = ""


@dataclass(frozen=True)
class Text:
    """Words or a small table in plain lines."""

    text: str
    title: str = ""


Panel = Tiles | Image | Matrix | Curves | Bars | Graph | Text


@dataclass(frozen=True)
class Sheet:
    """A picture of a network: a title, one sentence saying what is seen, panels, and the raw arrays behind them."""

    title: str
    says: str
    panels: tuple[Panel, ...]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    """What `--out FILE.npz` writes."""


@dataclass(frozen=True)
class Progress:
    """How far long work has come: `done` of `total`, and what is being done."""

    done: int
    total: int
    says: str = ""
