"""The part of an input that one position of a layer's map sees, and the smallest input that holds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.analysis.receptive_field import Field, receptive_field, source
from dlviz.feeding.synthetic import FREE
from dlviz.network import FREE_SIZE, Network

MOST_EXTRA = 64
"""How much larger than the receptive field an input is tried, along each axis: strides end where they end."""


@dataclass(frozen=True)
class Spot:
    """One position of a layer's map.

    Attributes:
        fed: the shape of what is fed, without the batch axis.
        box: what the position sees of it: for each of its axes of places (start, stop).
        position: an index for each axis of the map.
    """

    fed: tuple[int, ...]
    box: tuple[tuple[int, int], ...]
    position: tuple[int, ...]

    @property
    def seen(self) -> tuple[int, ...]:
        """The shape of what it sees, channels last."""
        return (*(stop - start for start, stop in self.box), *self.fed[len(self.box) :])


def whole(network: Network, name: str) -> Spot:
    """The whole of an input."""
    shape = fed_shape(network, name)
    return Spot(shape, tuple((0, shape[axis]) for axis in source(network, name)[1]), ())


def fed_shape(network: Network, name: str) -> tuple[int, ...]:
    """The shape of what an input is fed, without the batch axis, usual sizes where it is open."""
    spec = network.inputs[name]
    free = FREE_SIZE if spec.kind == "picture" else FREE.get(spec.kind, FREE["numbers"])
    return tuple(free if n is None else n for n in spec.shape)


def central_spot(network: Network, layer: str, name: str) -> Spot:
    """A position whose receptive field over the input `name` no border cuts, in the smallest input that has one.

    The response there is the one that a unit in the middle of the network's own input has to the same pixels. Where the
    field is as large as the input, or the layers before take no other size, it is the middle of that input.
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
            except (ValueError, TypeError):  # a layer that takes its own size alone
                break
            if spot := _uncut(found, field.size, tuple(smaller)):
                return spot
    position = tuple(n // 2 for n in field.shape)
    starts, stops = np.split(field.boxes(np.array(position, np.int64)), 2)
    return Spot(shape, tuple((int(a), int(b)) for a, b in zip(starts, stops, strict=True)), position)


def _uncut(field: Field, size: tuple[int, ...], fed: tuple[int, ...]) -> Spot | None:
    """The position whose field has the full size along each axis; None where the borders cut all."""
    position, box = [n // 2 for n in field.shape], []
    for seen, wanted in zip(field.seen, size, strict=True):
        full = np.flatnonzero(seen.intervals[:, 1] - seen.intervals[:, 0] == wanted)
        if not len(full) or seen.axis is None:
            return None
        position[seen.axis] = middle = int(full[len(full) // 2])
        box.append((int(seen.intervals[middle, 0]), int(seen.intervals[middle, 1])))
    return Spot(fed, tuple(box), tuple(position))
