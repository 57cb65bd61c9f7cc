"""Panels of texts and sequences: passages in their context, and sequence logos."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from dlviz.sheet.panel import Panel, Selects, SizeHint


@dataclass(frozen=True)
class Passage:
    """A piece of text in its context, with a heading before it and a caption behind."""

    label: str
    before: str
    seen: str
    after: str
    caption: str = ""
    key: int = -1
    """The unit that it stands for."""


@dataclass(frozen=True)
class Passages(Panel):
    """Passages one below the other, what is seen in one column: keywords in context."""

    rows: tuple[Passage, ...]
    title: str = ""
    selects: Selects = ""
    joint: str = " "
    """What stands between two words: a space, or nothing between two letters."""

    @property
    def size_hint(self) -> SizeHint:
        return SizeHint(24, min(len(self.rows), 12) * 1.2, most_height=len(self.rows) * 1.2 + 1)

    @property
    def amount(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Logo:
    """A sequence logo: the heights of all letters at each place, in bits, (places, letters)."""

    label: str
    heights: np.ndarray
    seen: tuple[int, int]
    """The first place of those that are meant, and the one past the last; the others stand beside them."""
    windows: int
    """The number of windows that it was made of."""
    key: int = -1
    """The unit that it stands for."""


@dataclass(frozen=True)
class Logos(Panel):
    """Sequence logos over one alphabet, each place with the most frequent letter on top."""

    letters: tuple[str, ...]
    logos: tuple[Logo, ...]
    title: str = ""
    selects: Selects = ""
    limit: int = 0
    """Bits at the full height; 0: as many whole ones as the highest place has."""

    @property
    def most(self) -> int:
        """Bits at the full height."""
        highest = max((float(logo.heights.sum(axis=1).max(initial=0.0)) for logo in self.logos), default=0.0)
        return self.limit or max(ceil(highest), 1)

    @property
    def size_hint(self) -> SizeHint:
        places = max((len(logo.heights) for logo in self.logos), default=1)
        return SizeHint(places * 1.2, 6)

    @property
    def amount(self) -> int:
        return len(self.logos)
