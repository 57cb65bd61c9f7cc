"""Changes to a network as people write them: units switched off, scaled or swapped, single weights set.

off=conv1:3    scale=conv1:3:0.5    swap=conv1:1:4    weight=conv1:kernel:0,0,0,3:0.5
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlviz.grammar import enumerated
from dlviz_models.errors import UserError

FORMS = "off=LAYER:UNIT, scale=LAYER:UNIT:FACTOR, swap=LAYER:UNIT:UNIT or weight=LAYER:NAME:INDEX,INDEX,...:VALUE"
MOST_TOLD = 3
"""Changes that are told one by one in a heading."""


@dataclass(frozen=True)
class Edit:
    """What becomes of a layer's responses: unit u gives `factor[u]` times the response of unit `source[u]`.

    Attributes:
        source: int32 (units,).
        factor: float32 (units,).
    """

    source: np.ndarray
    factor: np.ndarray

    def scaled(self, unit: int, factor: float) -> Edit:
        """The same, after which a unit gives `factor` times as much."""
        factors = self.factor.copy()
        factors[unit] *= factor
        return replace(self, factor=factors)

    def swapped(self, a: int, b: int) -> Edit:
        """The same, after which two units change places."""
        order = np.arange(len(self.source))
        order[[a, b]] = b, a
        return Edit(self.source[order], self.factor[order])


def edit(
    units: int,
    off: Sequence[int] = (),
    scale: Mapping[int, float] | None = None,
    swap: Sequence[tuple[int, int]] = (),
) -> Edit:
    """The edit that swaps pairs of units, then scales and switches off by number.

    >>> edit(3, off=[2], scale={0: 0.5}, swap=[(0, 1)]).source.tolist()
    [1, 0, 2]
    """
    found = Edit(np.arange(units, dtype=np.int32), np.ones(units, np.float32))
    for a, b in swap:
        found = found.swapped(a, b)
    for unit, times in {**(scale or {}), **dict.fromkeys(off, 0.0)}.items():
        found = found.scaled(unit, times)
    return found


@dataclass(frozen=True)
class Off:
    """A unit that gives 0."""

    layer: str
    unit: int

    @property
    def units(self) -> tuple[int, ...]:
        """The units that it changes."""
        return (self.unit,)

    def after(self, before: Edit) -> Edit:
        """Both edits, one after the other."""
        return before.scaled(self.unit, 0)

    def __str__(self) -> str:
        return f"unit {self.unit} of {self.layer} off"


@dataclass(frozen=True)
class Scale(Off):
    """A unit that gives `factor` times as much."""

    factor: float

    def after(self, before: Edit) -> Edit:
        return before.scaled(self.unit, self.factor)

    def __str__(self) -> str:
        return f"unit {self.unit} of {self.layer} times {self.factor:g}"


@dataclass(frozen=True)
class Swap(Off):
    """Two units that change places."""

    other: int

    @property
    def units(self) -> tuple[int, ...]:
        return self.unit, self.other

    def after(self, before: Edit) -> Edit:
        return before.swapped(self.unit, self.other)

    def __str__(self) -> str:
        return f"units {self.unit} and {self.other} of {self.layer} swapped"


@dataclass(frozen=True)
class SetWeight:
    """A weight that is set: the number at `index` of the array called `name`."""

    layer: str
    name: str
    index: tuple[int, ...]
    value: float

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(map(str, self.index))}] of {self.layer} set to {self.value:g}"


Change = Off | SetWeight


def read_change(text: str) -> Change:
    """Return the change that a text such as `off=conv1:3` stands for.

    Raises:
        UserError: it is not a change.
    """
    kind, _, rest = text.partition("=")
    try:
        return _READERS[kind](rest)
    except (KeyError, ValueError) as error:
        raise UserError(f"{text[:60]} is not a change: write {FORMS}.") from error


def _off(text: str) -> Off:
    layer, unit = text.rsplit(":", 1)
    return Off(layer, _whole(unit))


def _scale(text: str) -> Scale:
    layer, unit, factor = text.rsplit(":", 2)
    return Scale(layer, _whole(unit), _finite(factor))


def _swap(text: str) -> Swap:
    layer, one, other = text.rsplit(":", 2)
    return Swap(layer, _whole(one), _whole(other))


def _weight(text: str) -> SetWeight:
    layer, name, index, value = text.rsplit(":", 3)
    return SetWeight(layer, name, tuple(map(_whole, index.split(","))), _finite(value))


_READERS: Mapping[str, Callable[[str], Change]] = {"off": _off, "scale": _scale, "swap": _swap, "weight": _weight}


def _whole(text: str) -> int:
    if not text.strip().isdecimal():
        raise ValueError
    return int(text)


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError
    return number


def described(changes: Sequence[str]) -> str:
    """What a network has become, to stand after its name; empty where nothing was changed.

    >>> described(["off=conv1:3", "scale=conv2:0:0.5"])
    'with unit 3 of conv1 off and unit 0 of conv2 times 0.5'
    """
    told = [str(read_change(text)) for text in changes]
    if len(told) > MOST_TOLD:
        told = [*told[: MOST_TOLD - 1], f"{len(told) - MOST_TOLD + 1} more changes"]
    return f"with {enumerated(told)}" if told else ""
