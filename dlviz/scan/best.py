"""The largest response of every unit and its place, found inside the compiled forward pass."""

from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops

from dlviz import backend
from dlviz.feeding.padding import without_padding
from dlviz.network import Network

NOT_A_NUMBER = -1
"""In the place of a place, for maps with NaN in them."""


def largest(network: Network, layers: tuple[str, ...], outputs: list[backend.Tensor]) -> backend.Tensor:
    """The largest response of every unit, (n, units of all layers): over one axis at a time, which is quicker."""
    best = []
    for map_ in maps_of(network, layers, outputs):
        while len(map_.shape) > 2:
            map_ = ops.max(map_, axis=1)
        best.append(map_)
    return ops.concatenate(best, axis=-1)


def best_and_places(
    network: Network, layers: tuple[str, ...], outputs: list[backend.Tensor]
) -> tuple[backend.Tensor, backend.Tensor]:
    """The largest response of every unit, (n, units of all layers), and its place in the map in row-major order, int32,
    NaN and -1 where there is NaN in the map."""
    flat = map(flat_maps, maps_of(network, layers, outputs))
    best, places = zip(*(_best_and_place(maps.shape)(maps) for maps in flat), strict=True)
    return ops.concatenate(best, axis=-1), ops.concatenate(places, axis=-1)


@cache
def _best_and_place(shape: tuple[int, int, int]) -> Any:
    """What makes of flat maps of a shape (n, places, units) the largest and their places (n, units): compiled, since
    `argmax` takes several times as long."""
    number = np.arange(shape[1], dtype=np.int32)[:, None]

    def found(flat: backend.Tensor) -> tuple[backend.Tensor, backend.Tensor]:
        largest = ops.max(flat, axis=1, keepdims=True)  # passes over NaN
        place = ops.where(flat == largest, number, ops.where(flat < largest, shape[1], NOT_A_NUMBER))
        first = ops.min(place, axis=1)
        return ops.where(first == NOT_A_NUMBER, np.nan, largest[:, 0]), first

    return backend.compiled(found, jit=True)


def maps_of(network: Network, layers: tuple[str, ...], outputs: list[backend.Tensor]) -> list[backend.Tensor]:
    """The maps (n, *axes, units) of each layer; the numbers of steps that are padding are the least there are."""
    return [without_padding(as_maps(network, name, out), out) for name, out in zip(layers, outputs, strict=True)]


def largest_and_places(network: Network, layers: tuple[str, ...], outputs: list[backend.Tensor]) -> Any:
    """Of each layer the largest response of every unit (n, units), its place in the map in row-major order, and the
    sizes of the map's axes."""
    maps = maps_of(network, layers, outputs)
    flat = [flat_maps(map_) for map_ in maps]
    return [ops.max(m, axis=1) for m in flat], places_of(flat), [ops.shape(m)[1:-1] for m in maps]


def flat_maps(map_: backend.Tensor) -> backend.Tensor:
    """Maps (n, *axes, units) as (n, places, units)."""
    return ops.reshape(map_, (ops.shape(map_)[0], -1, ops.shape(map_)[-1]))


def places_of(flat: list[backend.Tensor]) -> list[backend.Tensor]:
    """Of each layer's flat maps (n, places, units) the place of the largest number (n, units)."""
    return [ops.argmax(m, axis=1) for m in flat]


def as_maps(network: Network, layer: str, output: backend.Tensor) -> backend.Tensor:
    """The output of `layer` as maps (n, *axes, units), float32."""
    if keras.backend.standardize_dtype(output.dtype) != "float32":
        output = ops.cast(output, "float32")
    return network.layouts[layer].batch_of_maps(output)
