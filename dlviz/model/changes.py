"""Parse the changes to a network that users write: switch off, scale or swap units, set a weight.

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
MOST_LISTED = 3
"""The maximum number of changes listed in a heading."""


@dataclass(frozen=True)
class Edit:
    """An edit of a layer's output: unit u becomes `factor[u]` times unit `source[u]`.

    Attributes:
        source: int32 (units,).
        factor: float32 (units,).
    """

    source: np.ndarray
    factor: np.ndarray

    def scaled(self, unit: int, factor: float) -> Edit:
        """This edit, followed by multiplying a unit by `factor`."""
        factors = self.factor.copy()
        factors[unit] *= factor
        return replace(self, factor=factors)

    def swapped(self, a: int, b: int) -> Edit:
        """This edit, followed by swapping two units."""
        order = np.arange(len(self.source))
        order[[a, b]] = b, a
        return Edit(self.source[order], self.factor[order])


def edit(
    units: int,
    off: Sequence[int] = (),
    scale: Mapping[int, float] | None = None,
    swap: Sequence[tuple[int, int]] = (),
) -> Edit:
    """The edit that swaps pairs of units, then scales and switches off units.

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
    """Set a unit to 0."""

    layer: str
    unit: int

    @property
    def units(self) -> tuple[int, ...]:
        """The units affected."""
        return (self.unit,)

    def after(self, before: Edit) -> Edit:
        """The edit `before`, followed by this change."""
        return before.scaled(self.unit, 0)

    def __str__(self) -> str:
        return f"unit {self.unit} of {self.layer} off"


@dataclass(frozen=True)
class Scale(Off):
    """Multiply a unit by `factor`."""

    factor: float

    def after(self, before: Edit) -> Edit:
        return before.scaled(self.unit, self.factor)

    def __str__(self) -> str:
        return f"unit {self.unit} of {self.layer} times {self.factor:g}"


@dataclass(frozen=True)
class Swap(Off):
    """Swap two units."""

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
    """Set the element `index` of the weight called `name`."""

    layer: str
    name: str
    index: tuple[int, ...]
    value: float

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(map(str, self.index))}] of {self.layer} set to {self.value:g}"


Change = Off | SetWeight


def read_change(text: str) -> Change:
    """Parse a change such as `off=conv1:3`.

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


def units_off(changes: Sequence[str], layer: str) -> frozenset[int]:
    """The units of a layer that the changes switch off.

    >>> sorted(units_off(["off=conv1:3", "off=conv2:0", "off=conv1:1"], "conv1"))
    [1, 3]
    """
    read = map(read_change, changes)
    return frozenset(change.unit for change in read if isinstance(change, Off) and change.layer == layer)


def described(changes: Sequence[str]) -> str:
    """A description of the changes to append to a network's name; empty if there are none.

    >>> described(["off=conv1:3", "scale=conv2:0:0.5"])
    'with unit 3 of conv1 off and unit 0 of conv2 times 0.5'
    """
    parts = [str(read_change(text)) for text in changes]
    if len(parts) > MOST_LISTED:
        parts = [*parts[: MOST_LISTED - 1], f"{len(parts) - MOST_LISTED + 1} more changes"]
    return f"with {enumerated(parts)}" if parts else ""
