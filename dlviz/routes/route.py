"""A route: how one axis of a tensor passes through a layer. And what most rules are made of.

Axes are counted without the batch axis. A layer has one `Route` for each axis of an input tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from dlviz.model.graph import Step
from dlviz.routes.windows import Intervals, gathered, hull

Shape = tuple[int, ...]
Reach = Callable[[Intervals], Intervals]
"""From what the positions before a layer see along an axis to what those after it see."""


@dataclass(frozen=True)
class Route:
    """The output axis along which what is seen varies, None if it does not vary, and how far each position reaches."""

    axis: int | None
    reach: Reach = hull


@dataclass(frozen=True)
class StepInput:
    """One input tensor of a step.

    Attributes:
        layer: the layer or operation, without wrappers.
        tensor: its number among the inputs.
        given, output: its shape and the output's.
        number: of the output, for a step with several.
    """

    step: Step
    layer: Any
    tensor: int
    given: Shape
    output: Shape
    number: int = 0


Routes = list[Route]
Rule = Callable[[StepInput], Routes | None]


def same(axis: int) -> Route:
    return Route(axis, lambda seen: seen)


def by_taps(axis: int, taps: np.ndarray) -> Route:
    """The route to an axis of m positions, each of which sees those in its row of `taps` (m, window)."""
    return Route(axis, partial(gathered, taps=taps))


def pointwise(p: StepInput) -> Routes:
    """Each position stays; what has fewer axes, or one position along them, is broadcast."""
    return [same(axis + len(p.output) - len(p.given)) for axis in range(len(p.given))]


def everywhere(p: StepInput) -> Routes:
    """Every position looks at all of them."""
    return [Route(None) for _ in p.given]


def mixed(axes: Iterable[int], p: StepInput) -> Routes:
    """All positions along `axes` look at each other, the others stay."""
    there = {axis % len(p.given) for axis in axes}
    return [Route(None) if axis in there else same(axis) for axis in range(len(p.given))]


def reduced(axes: Iterable[int] | None, p: StepInput, keepdims: bool = False) -> Routes:
    """`axes` are summed up; None: all of them."""
    gone = set(range(len(p.given))) if axes is None else {axis % len(p.given) for axis in axes}
    left = [axis for axis in range(len(p.given)) if keepdims or axis not in gone]
    return [Route(None) if axis in gone else same(left.index(axis)) for axis in range(len(p.given))]


def without_batch(axes: Any, rank: int) -> list[int]:
    """Numbers of axes that count the batch axis, without it."""
    return [(int(axis) % (rank + 1)) - 1 for axis in np.atleast_1d(axes)]


def spatial_axes(p: StepInput) -> list[int]:
    """The axes of a layer's maps that are not its channels."""
    first = int(getattr(p.layer, "data_format", "channels_last") == "channels_first")
    return list(range(first, first + len(p.given) - 1))


def along(p: StepInput, taps: Callable[[int, int, int], np.ndarray | None]) -> Routes | None:
    """Routes by `taps(number of the spatial axis, positions before, positions after)`, which gives (m, window); the
    channels are all seen."""
    found: Routes = [Route(None)] * len(p.given)
    for number, axis in enumerate(spatial_axes(p)):
        reached = taps(number, p.given[axis], p.output[axis])
        if reached is None:
            return None
        found[axis] = by_taps(axis, reached)
    return found


def for_axis(value: Any, axis: int) -> Any:
    """What a layer has for one of its axes; a single number is for all of them."""
    return value if np.ndim(value) == 0 else value[axis]
