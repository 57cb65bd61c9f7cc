"""Panels of images: contact sheets, and one large image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Literal

import numpy as np

from dlviz.sheet.panel import Flow, Panel, Selects, SizeHint

Scale = Literal["pixels", "each", "all", "signed", "diverging"]
"""How numbers become grey or colour: `pixels`, uint8 as they are; `each`, black to white over each image's own minimum
to maximum; `all`, over the panel's; `signed`, mid-grey is 0, each image scaled by its largest magnitude; `diverging`,
so scaled as well, but blue above 0 and orange below, as in matrices."""


CAPTION_LINES = 2
"""Of a picture in a table, which are to be read whole."""
LETTER = 0.43
"""The width of a letter in heights of a line."""


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
    things: str = ""
    """What the keys are the numbers of, in the plural, where a click chooses nothing."""
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
    def is_one_strip(self) -> bool:
        """Whether it has the rows of one unit, which may be broken into several lines."""
        return self.folded and self.slots <= self.columns * self.together

    @property
    def size_hint(self) -> SizeHint:
        n, (height, width) = self.slots, self.images.shape[1:3]
        if self.flows:
            least = max(2.6 * min(n, 4), 8), max((3.7 if self.captions else 2.5) * min(ceil(n / 4), 3), 6)
            flow = Flow(n, width / height, above=1.5 * bool(self.title))
            return SizeHint(*least, 0.0 if n > 1 else width / height, flow=flow)
        rows, words = max(1, ceil(n / self.columns)), " ".join([*self.column_labels, *self.captions]).split()
        half_captions = [ceil(len(caption) / CAPTION_LINES) for caption in self.captions]
        longest = max([*map(len, words), *half_captions], default=0)
        each = max(2.5, 0.2 + LETTER * longest)
        captions, above = 1.2 * rows if self.captions else 0.0, 1.6 * bool(self.title) + 1.2 * bool(self.column_labels)
        left = LETTER * max(map(len, self.row_labels), default=0)
        count, across = (self.columns, 1) if self.is_one_strip else (ceil(rows / self.together), self.columns)
        aspect = across * width / (self.together * height)
        return SizeHint(
            left + each * min(self.columns, 8),
            2.5 * min(rows, 4) + captions / rows * min(rows, 4) + above,
            self.columns * width / (rows * height),
            around=(left, captions + above),
            flow=Flow(count, aspect, above, left, 1.2 * self.together * bool(self.captions)),
        )


@dataclass(frozen=True)
class Place:
    """A part of an image that stands for a unit of a layer, which a click on it chooses."""

    box: tuple[int, int, int, int]
    layer: str
    unit: int
    value: str = ""
    """What a click with Shift held sets the option to that the image sets, if any."""

    def holds(self, row: int, column: int) -> bool:
        """Whether a pixel is in it."""
        top, left, bottom, right = self.box
        return top <= row < bottom and left <= column < right


@dataclass(frozen=True)
class Image(Panel):
    """One large image (height, width, channel), with an optional heat map (height, width) of 0..1 over it."""

    pixels: np.ndarray
    scale: Scale = "pixels"
    title: str = ""
    heat: np.ndarray | None = None
    boxes: np.ndarray | None = None
    """(m, 4)"""
    places: tuple[Place, ...] = ()
    legend: Mapping[str, str] = field(default_factory=dict)
    """What its colours mean: names to colours, #rrggbb."""

    def place_at(self, row: int, column: int) -> Place | None:
        """The place that a pixel is in."""
        return next((place for place in self.places if place.holds(row, column)), None)

    @property
    def size_hint(self) -> SizeHint:
        height, width = self.pixels.shape[:2]
        least = SizeHint(8, 8 * min(1.5, height / width), width / height)
        return replace(least, most_width=least.width, most_height=least.height) if self.role == "beside" else least
