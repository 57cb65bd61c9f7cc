"""The backward pass of `dlviz.analysis.reconstruct` layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from dlviz import backend
from dlviz.analysis.attribution_graph import bottlenecks
from dlviz.analysis.reconstruct import CALLS, reconstructable_input, rectifies
from dlviz.feeding.feed import Feeds
from dlviz.model.graph import step_of
from dlviz.network import Network
from dlviz.saliency.score import steps_between
from dlviz.scan.best import as_maps


@dataclass(frozen=True)
class Stage:
    """The backward signal at the output of a layer.

    Attributes:
        operation: the operation just undone, such as "conv1 filters".
        forward: the activations of the forward pass, (*axes, units).
        signal: the backward signal, of the same shape.
    """

    layer: str
    operation: str
    forward: np.ndarray
    signal: np.ndarray


def stages(network: Network, layer: str, feeds: Feeds, unit: int, position: Sequence[int], mode: str) -> list[Stage]:
    """The stages from the response of a unit at a position of its map (axes,) back to the input, for one sample.

    Branches between bottleneck layers are one stage; layers that only reshape or scale are merged with the next stage.
    """
    start = reconstructable_input(network, layer)
    path = bottlenecks(network.graph, steps_between(network.graph, start, layer))
    names = [name for name in path if name in network.layouts and name != step_of(layer)]
    values, gradients = _signals(network, layer, (*names, layer), feeds, (*position, unit), mode)
    found = [
        Stage(name, "", network.layouts[name].maps(x), network.layouts[name].maps(s))
        for name, x, s in zip((*names, layer), values, gradients, strict=True)
    ]
    result = [replace(found[-1], operation=f"unit {unit} alone")]
    for before, after in zip(found[-2::-1], found[:0:-1], strict=True):
        if rectifies(network.keras_layer(after.layer), fused=True) and after.layer != layer:
            rectified = _rectified(after.signal, after.forward, mode)
            result.append(replace(after, operation=f"{after.layer} ReLU", signal=rectified))
        operation = _operation(network, before.layer, after.layer)
        if operation:
            result.append(replace(before, operation=f"{after.layer} {operation}"))
        else:
            result[-1] = replace(before, operation=result[-1].operation)
    return result


def _signals(
    network: Network, layer: str, names: Sequence[str], feeds: Feeds, place: tuple[int, ...], mode: str
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The outputs of the layers called `names`, and the backward signals there, in Keras's layout."""

    def response(feeds: dict[str, Any]) -> tuple[Any, list[Any]]:
        outputs = network.graph.run(feeds, names, CALLS[mode])
        peak = as_maps(network, layer, outputs[-1])[(0, *place)]
        return keras.ops.square(peak) / 2, outputs  # whose gradient is the response

    found = backend.outputs_and_gradients(response)({name: backend.constant(x) for name, x in feeds.items()})
    values, gradients = ([np.asarray(t, np.float32)[0] for t in tensors] for tensors in found)
    return values, gradients


def _rectified(signal: np.ndarray, forward: np.ndarray, mode: str) -> np.ndarray:
    """A backward signal after a rectifier with output `forward`, of the same shape."""
    passed = signal if mode == "gradient" else np.maximum(signal, 0)
    return passed if mode == "deconv" else passed * (forward > 0)


def _operation(network: Network, before: str, after: str) -> str:
    """The operation undone from the output of `after` to that of `before`; empty if it only reshapes."""
    layer, kind = network.keras_layer(after), network.layers[after].kind
    if network.graph.parents[after] != (before,):
        return "branches"
    if "MaxPool" in kind:
        return "switches"
    if "Pool" in kind:
        return "averages"
    if rectifies(layer, fused=False):
        return "ReLU"
    if network.layers[after].has_kernel:
        return "filters"
    return ""
