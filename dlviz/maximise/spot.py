"""A position in a layer's map with its full receptive field, in the smallest input that contains it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.analysis.receptive_field import ReceptiveField, receptive_field, source
from dlviz.feeding.synthetic import DEFAULT_SIZES
from dlviz.network import DEFAULT_SIDE, Network

MOST_EXTRA = 64
"""The maximum padding around the receptive field that is tried along each axis, since strides shift its borders."""


@dataclass(frozen=True)
class Spot:
    """One position in a layer's map.

    Attributes:
        fed: the shape of the network's input, without the batch axis.
        box: the receptive field of the position, (start, stop) for each axis.
        position: its index along each axis of the map.
    """

    fed: tuple[int, ...]
    box: tuple[tuple[int, int], ...]
    position: tuple[int, ...]

    @property
    def seen(self) -> tuple[int, ...]:
        """The shape of the receptive field, channels last."""
        return (*(stop - start for start, stop in self.box), *self.fed[len(self.box) :])


def whole(network: Network, name: str) -> Spot:
    """The spot that covers a whole input."""
    shape = fed_shape(network, name)
    return Spot(shape, tuple((0, shape[axis]) for axis in source(network, name)[1]), ())


def fed_shape(network: Network, name: str) -> tuple[int, ...]:
    """The shape of an input without the batch axis, with typical sizes for open axes."""
    spec = network.inputs[name]
    free = DEFAULT_SIDE if spec.kind == "picture" else DEFAULT_SIZES.get(spec.kind, DEFAULT_SIZES["numbers"])
    return tuple(free if n is None else n for n in spec.shape)


def central_spot(network: Network, layer: str, name: str) -> Spot:
    """A position whose receptive field in the input `name` is not cut by a border, in the smallest possible input.

    Its response equals that of a unit in the middle of the network's own input to the same pixels. If the receptive
    field is as large as the input, or a layer requires a fixed size, it is the central position of the full input.
    """
    shape = fed_shape(network, name)
    axes = source(network, name)[1]
    field = receptive_field(network, layer, name, {name: shape})
    if field.is_local and all(n < shape[axis] for n, axis in zip(field.size, axes, strict=True)):
        for extra in range(MOST_EXTRA):
            smaller = list(shape)
            for n, axis in zip(field.size, axes, strict=True):
                smaller[axis] = min(shape[axis], n + extra)
            try:
                found = receptive_field(network, layer, name, {name: tuple(smaller)})
            except (ValueError, TypeError):  # a layer that requires a fixed size
                break
            if spot := _uncut(found, field.size, tuple(smaller)):
                return spot
    position = tuple(n // 2 for n in field.shape)
    starts, stops = np.split(field.boxes(np.array(position, np.int64)), 2)
    return Spot(shape, tuple((int(a), int(b)) for a, b in zip(starts, stops, strict=True)), position)


def _uncut(field: ReceptiveField, size: tuple[int, ...], fed: tuple[int, ...]) -> Spot | None:
    """The central position whose field has the full size along each axis; None if borders cut all of them."""
    position, box = [n // 2 for n in field.shape], []
    for seen, wanted in zip(field.seen, size, strict=True):
        full = np.flatnonzero(seen.intervals[:, 1] - seen.intervals[:, 0] == wanted)
        if not len(full) or seen.axis is None:
            return None
        position[seen.axis] = middle = int(full[len(full) // 2])
        box.append((int(seen.intervals[middle, 0]), int(seen.intervals[middle, 1])))
    return Spot(fed, tuple(box), tuple(position))
