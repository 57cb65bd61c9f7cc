"""The weights of a shipped network as plain arrays, without Keras: what lessons compute with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from dlviz_models.errors import UserError
from dlviz_models.zoo import shipped

TIMEOUT = 60.0


@dataclass(frozen=True)
class ShippedWeights:
    """A shipped network's weights and the configuration of its layers.

    Attributes:
        arrays: the weights of each layer in Keras's order, by the layer's name.
        layers: the configuration of each layer, by its name.
    """

    arrays: Mapping[str, tuple[np.ndarray, ...]]
    layers: Mapping[str, Mapping[str, Any]]


@lru_cache(maxsize=4)
def shipped_weights(name: str) -> ShippedWeights:
    """Read the weights of a shipped network.

    Raises:
        UserError: `name` is not a shipped network.
    """
    import h5py

    from dlviz.inspect.process import looked_into

    entry = shipped(name)
    if entry is None:
        raise UserError(f"{name[:80]} is not a shipped network: dlviz list zoo lists them.")
    arrays: dict[str, tuple[np.ndarray, ...]] = {}
    with looked_into(entry.path, TIMEOUT) as (report, folder):
        config = json.loads((folder / "config.json").read_text("utf-8"))["config"]
        with h5py.File(folder / report["weights"]) as file:
            for layer, _, _, path in report["arrays"]["arrays"]:
                arrays[layer] = (*arrays.get(layer, ()), np.asarray(file[path], np.float32))
    return ShippedWeights(arrays, {layer["config"]["name"]: layer["config"] for layer in config["layers"]})


def first_filters(network: str) -> np.ndarray:
    """The kernels of a shipped network's first convolution, float32 (height, width, channels, filters)."""
    weights = shipped_weights(network).arrays.values()
    return next(array for arrays in weights for array in arrays if array.ndim == 4)
