"""A unit's response on its way back to what was fed, layer by layer, as `dlviz.analysis.reconstruct` sends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from dlviz import backend
from dlviz.analysis.attribution_graph import narrow_steps
from dlviz.analysis.reconstruct import CALLS, input_sent_to, rectifies
from dlviz.feeding.feed import Feeds
from dlviz.model.graph import step_of
from dlviz.network import Network
from dlviz.saliency.score import steps_between
from dlviz.scan.best import as_maps


@dataclass(frozen=True)
class Stage:
    """The signal at the output of a layer.

    Attributes:
        layer: its name.
        how: what has just been done to the signal, in words.
        forward: (*axes, units), what the layer gave on the way forward.
        signal: the same shape, what is sent back.
    """

    layer: str
    how: str
    forward: np.ndarray
    signal: np.ndarray


def stages(network: Network, layer: str, feeds: Feeds, unit: int, position: Sequence[int], mode: str) -> list[Stage]:
    """The stages from the response of a unit at a position of its map (axes,) back to the input, for one sample.

    Between layers that everything passes through, branches are gone through in one stage; what only reshapes or scales
    is no stage of its own.
    """
    of = input_sent_to(network, layer)
    way = narrow_steps(network.graph, steps_between(network.graph, of, layer))
    names = [name for name in way if name in network.layouts and name != step_of(layer)]
    values, gradients = _signals(network, layer, (*names, layer), feeds, (*position, unit), mode)
    found = [
        Stage(name, "", network.layouts[name].maps(x), network.layouts[name].maps(s))
        for name, x, s in zip((*names, layer), values, gradients, strict=True)
    ]
    told = [replace(found[-1], how=f"unit {unit} alone")]
    for before, after in zip(found[-2::-1], found[:0:-1], strict=True):
        if rectifies(network.keras_layer(after.layer), fused=True) and after.layer != layer:
            rectified = _rectified(after.signal, after.forward, mode)
            told.append(replace(after, how=f"{after.layer} ReLU", signal=rectified))
        how = _how(network, before.layer, after.layer)
        if how:
            told.append(replace(before, how=f"{after.layer} {how}"))
        else:
            told[-1] = replace(before, how=told[-1].how)
    return told


def _signals(
    network: Network, layer: str, names: Sequence[str], feeds: Feeds, place: tuple[int, ...], mode: str
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What the layers called `names` give, and what is sent back to their outputs, as Keras lays them out."""

    def response(given: dict[str, Any]) -> tuple[Any, list[Any]]:
        outputs = network.graph.run(given, names, CALLS[mode])
        peak = as_maps(network, layer, outputs[-1])[(0, *place)]
        return keras.ops.square(peak) / 2, outputs  # the gradient of which is the response

    found = backend.outputs_and_gradients(response)({name: backend.constant(x) for name, x in feeds.items()})
    values, gradients = ([np.asarray(t, np.float32)[0] for t in tensors] for tensors in found)
    return values, gradients


def _rectified(signal: np.ndarray, forward: np.ndarray, mode: str) -> np.ndarray:
    """A signal behind a rectifier that gave `forward`, of the same shape."""
    passed = signal if mode == "gradient" else np.maximum(signal, 0)
    return passed if mode == "deconv" else passed * (forward > 0)


def _how(network: Network, before: str, after: str) -> str:
    """How the signal goes from the output of one layer to that of a layer before it; empty: it is only reshaped."""
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
