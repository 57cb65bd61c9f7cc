"""Dead units: ReLU units whose output is 0 for every sample of a data set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from dlviz import backend
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz_models.data.samples import Samples

BATCH = 16


def rectified_layers(network: Network) -> tuple[str, ...]:
    """The layers with a ReLU activation."""
    return tuple(name for name in network.visible if ":" not in name and _is_relu(network.keras_layer(name)))


def dead_units(
    network: Network, data: Samples, layers: tuple[str, ...]
) -> Iterator[Progress | dict[str, tuple[int, ...]]]:
    """Yield progress, then the dead units of each layer."""
    highest = {name: np.full(network.layers[name].units, -np.inf) for name in layers}
    largest = network.function(layers, _largest)
    for start in range(0, len(data), BATCH):
        stop = min(start + BATCH, len(data))
        for part in _of_equal_length(network, data, start, stop):
            for name, values in zip(layers, largest(part), strict=True):
                highest[name] = np.maximum(highest[name], np.asarray(values))
        yield Progress(stop, len(data), f"{stop} of {len(data)} samples")
    yield {name: tuple(np.flatnonzero(values <= 0).tolist()) for name, values in highest.items()}


def _of_equal_length(network: Network, data: Samples, start: int, stop: int) -> Iterator[dict[str, Any]]:
    """Batches without padding: texts, trees and sounds one at a time."""
    samples = [data.sample(i) for i in range(start, stop)]
    together = data.kind in ("picture", "numbers")
    for part in [samples] if together else [[sample] for sample in samples]:
        yield {name: backend.constant(x) for name, x in network.feed(part).items()}


def _largest(network: Network, layers: tuple[str, ...], outputs: list[Any]) -> list[Any]:
    """The largest response of every unit of each layer, (units,) each."""
    maps = [network.layouts[name].batch_of_maps(output) for name, output in zip(layers, outputs, strict=True)]
    return [keras.ops.cast(keras.ops.max(m, axis=tuple(range(len(m.shape) - 1))), "float32") for m in maps]


def _is_relu(layer: Any) -> bool:
    while isinstance(layer, keras.layers.Wrapper):
        layer = layer.layer
    activation = getattr(layer, "activation", None)
    words = {getattr(activation, "__name__", ""), type(layer).__name__.lower()}
    return bool(words & {"relu", "relu6"}) and not getattr(layer, "negative_slope", 0)
