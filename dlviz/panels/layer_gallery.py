"""A panel for each layer with a few maps, or arrays of that shape, and their range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np

from dlviz.network import Network
from dlviz.sheet import Panel, Tiles
from dlviz.spacing import thinned

MOST_LAYERS, MOST_UNITS = 9, 16
"""The maximum number of layers shown, and of units of each."""
PLAIN = {"InputLayer", "Rescaling", "ZeroPadding1D", "ZeroPadding2D", "Flatten", "Reshape", "Dropout", "Text"}
"""Kinds of layers that would repeat another layer's panel."""
LONGEST_ROW = 16
"""A vector of more units is laid out in rows."""


def gallery_layers(network: Network) -> tuple[str, ...]:
    """The layers shown: those that compute something; of many those with weights, thinned out if still too many."""
    names = [n for n in network.visible if network.layers[n].kind not in PLAIN]
    if len(names) > MOST_LAYERS:
        names = [n for n in names if network.layers[n].has_kernel] or names
    return thinned(names, MOST_LAYERS)


def gallery(maps: Mapping[str, np.ndarray], scale: Literal["all", "signed"]) -> tuple[Panel, ...]:
    """A panel for each layer.

    Args:
        maps: the maps of each layer, (*axes, units).
        scale: `all`: black to white over the range of a layer; `signed`: mid-grey is 0.
    """
    return tuple(_panel(name, values, scale) for name, values in maps.items())


def _panel(name: str, maps: np.ndarray, scale: Literal["all", "signed"]) -> Panel:
    images = _images(maps)
    if scale == "signed":  # one scale for all units of the layer
        images, limit = images.copy(), float(np.abs(images).max()) or 1.0
        images = np.rint(127.5 * (1 + images / limit)).astype(np.uint8)
    return Tiles(
        images[..., None],
        "pixels" if scale == "signed" else "all",
        f"{name}: {_short(maps.min())} to {_short(maps.max())}",
        selects="layer",
        role="main",
    )


def _images(maps: np.ndarray) -> np.ndarray:
    """Maps (*axes, units) as pictures (n, height, width): vectors and sequences as one, volumes by the middle slice."""
    if maps.size == maps.shape[-1]:  # one place
        return _laid_out(maps.ravel())[None]
    match maps.ndim - 1:
        case 1:
            return maps.T[None]
        case 2:
            return np.moveaxis(maps[..., :MOST_UNITS], -1, 0)
    return _images(maps[len(maps) // 2])


def _laid_out(vector: np.ndarray) -> np.ndarray:
    """A vector as a picture: one row, or several equal rows for many units."""
    count = len(vector)
    if count <= LONGEST_ROW:
        return vector[None]
    rows = next(rows for rows in range(math.isqrt(count), 0, -1) if count % rows == 0)
    if rows > 1:
        return vector.reshape(rows, -1)
    columns = math.isqrt(count) + 1  # a prime number: the last row is filled up with zeros
    return np.pad(vector, (0, -count % columns)).reshape(-1, columns)


def _short(value: float) -> str:
    """A number with two significant digits, a small one with one."""
    return f"{value:z.2g}" if abs(value) >= 0.01 else f"{value:z.1g}"
