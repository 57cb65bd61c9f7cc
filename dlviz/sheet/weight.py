"""Which numbers of a weight a panel shows, so that a hand on one can set it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dlviz.grammar import in_digits


@dataclass(frozen=True)
class OneWeight:
    """A single number: the one at `index` of a layer's weight called `name`."""

    layer: str
    name: str
    index: tuple[int, ...]
    value: float

    def __str__(self) -> str:
        place = f"[{', '.join(map(str, self.index))}]" if self.index else ""
        return f"{self.name}{place} of {self.layer}"

    def set_to(self, value: float) -> str:
        """The change that sets it, as `dlviz.model.changes` reads it.

        >>> OneWeight("conv1", "kernel", (0, 1, 0, 3), -0.2).set_to(0.5)
        'weight=conv1:kernel:0,1,0,3:0.5'
        """
        return f"weight={self.layer}:{self.name}:{','.join(map(str, self.index))}:{value}"


@dataclass(frozen=True)
class ShownWeight:
    """The numbers of a weight that a panel shows.

    Attributes:
        layer, name: whose it is, and which.
        shape: of the whole weight.
        values: float32, in the shape of what the panel shows: its tiles, cells or bars.
        places: int32 of the same shape, where each stands in the flattened weight.
        can_be_set: whether a hand on a number may set it.
    """

    layer: str
    name: str
    shape: tuple[int, ...]
    values: np.ndarray
    places: np.ndarray
    can_be_set: bool = True

    def at(self, *where: int) -> tuple[OneWeight, ...]:
        """The numbers at a place of the panel: one, or one for each channel of a pixel."""
        values, places = self.values[where].reshape(-1), self.places[where].reshape(-1)
        return tuple(
            OneWeight(self.layer, self.name, tuple(map(int, np.unravel_index(place, self.shape))), float(value))
            for value, place in zip(values, places, strict=True)
        )

    def words_at(self, *where: int, click: str = "click to set it") -> str:
        """The numbers at a place of the panel, a line each, and what a click does where they can be set."""
        told = [f"{weight}: {in_digits(weight.value, 4)}" for weight in self.at(*where)]
        return "\n".join([*told, *([click] if self.can_be_set else [])])

    def cut(self, which: slice | int | np.ndarray) -> ShownWeight:
        """Those of some of the tiles, rows or bars (n, ...), or of a single one (...)."""
        return replace(self, values=self.values[which], places=self.places[which])
