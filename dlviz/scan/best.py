"""The largest response of every unit and its position, computed inside the compiled forward pass."""

from __future__ import annotations

import math
from functools import cache, partial
from typing import Any

import keras
import numpy as np
from keras import ops

from dlviz import backend
from dlviz.feeding.padding import mask_padding
from dlviz.network import Network


def largest(network: Network, layer: str, output: backend.Tensor) -> tuple[backend.Tensor]:
    """The largest response of every unit of a layer, (n, units)."""
    maps = maps_of(network, layer, output)
    if maps.shape[-1] == 1:
        return (ops.max(ops.reshape(maps, (maps.shape[0], -1)), axis=1, keepdims=True),)
    while len(maps.shape) > 2:
        maps = ops.max(maps, axis=1)  # over one axis at a time, which is quicker
    return (maps,)


def best_and_places(network: Network, layer: str, output: backend.Tensor) -> tuple[backend.Tensor, backend.Tensor]:
    """The largest response of every unit of a layer and its flat index in the map, int32, (n, units) each.

    A map with NaN gives NaN and an undefined index. Of equal maxima the first in row-major order counts. The maps are
    read once; then only the row with the maximum is read again.
    """
    maps = maps_of(network, layer, output)
    n, *axes, units = maps.shape
    *others, columns = axes or [1]
    grid = ops.reshape(maps, (n, math.prod(others), columns, units))
    largest_of_row = ops.max(grid, axis=2)
    place = _place_in_grid(tuple(grid.shape))(grid, largest_of_row)
    return ops.max(largest_of_row, axis=1), place


@cache
def _place_in_grid(shape: tuple[int, int, int, int]) -> Any:
    """A compiled function from grids of one shape (n, rows, columns, units) and their row maxima (n, rows, units) to
    the flat index of the first maximum, (n, units)."""
    n, rows, columns, units = shape

    def found(grid: backend.Tensor, largest_of_row: backend.Tensor) -> backend.Tensor:
        best = ops.max(largest_of_row, axis=1, keepdims=True)  # (n, 1, units)
        row = _first(largest_of_row == best)
        of_row = ops.broadcast_to(ops.minimum(row, rows - 1)[:, None, None], (n, 1, columns, units))
        in_row = ops.take_along_axis(grid, of_row, axis=1)[:, 0]  # (n, columns, units)
        return row * columns + _first(in_row == best)

    return backend.compiled(found, jit=True)


def _first(holds: backend.Tensor) -> backend.Tensor:
    """The index of the first true value along axis 1 of bools (n, m, units), int32 (n, units); m if there is none."""
    m = holds.shape[1]
    return ops.min(ops.where(holds, np.arange(m, dtype=np.int32)[:, None], m), axis=1)


def maps_of(network: Network, layer: str, output: backend.Tensor) -> backend.Tensor:
    """The maps (n, *axes, units) of a layer, with the lowest float32 at padding steps."""
    return mask_padding(as_maps(network, layer, output), output)


def largest_and_places(network: Network, layers: tuple[str, ...], outputs: list[backend.Tensor]) -> Any:
    """For each layer the largest response of every unit (n, units), its flat index in the map, and the map's shape."""
    maps = list(map(partial(maps_of, network), layers, outputs))
    flat = [flat_maps(map_) for map_ in maps]
    return [ops.max(m, axis=1) for m in flat], places_of(flat), [ops.shape(m)[1:-1] for m in maps]


def flat_maps(map_: backend.Tensor) -> backend.Tensor:
    """Maps (n, *axes, units) as (n, places, units)."""
    return ops.reshape(map_, (ops.shape(map_)[0], -1, ops.shape(map_)[-1]))


def places_of(flat: list[backend.Tensor]) -> list[backend.Tensor]:
    """The flat index of each maximum, (n, units), for the flat maps (n, places, units) of each layer."""
    return [ops.argmax(m, axis=1) for m in flat]


def as_maps(network: Network, layer: str, output: backend.Tensor) -> backend.Tensor:
    """The output of `layer` as maps (n, *axes, units), float32."""
    if keras.backend.standardize_dtype(output.dtype) != "float32":
        output = ops.cast(output, "float32")
    return network.layouts[layer].batch_of_maps(output)
