"""The units that contribute most to an answer, layer by layer, and the contributions between them.

The contribution of a unit is gradient times activation. Between two bottleneck layers, the contribution of unit u to
unit v is u's activation times the gradient of v there, weighted by the gradient of the score at v. The outgoing
contributions of a unit sum to its own; so do the incoming ones if the layers between are linear without bias.

A. Syed, C. Rager, A. Conmy, Attribution patching outperforms automated circuit discovery, 2023, arXiv 2310.10348;
S. Marks et al., Sparse feature circuits, 2024, arXiv 2403.19647.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from dlviz.model.graph import Graph
from dlviz.network import Network
from dlviz.saliency.score import gradient_at, steps_between
from dlviz.saliency.target import Target
from dlviz.spacing import thinned

Tensor = Any
_PASSING = ("Flatten", "Reshape", "Permute", "Dropout", "Pool")
"""Words in the kinds of layers that only pass responses on."""


@dataclass(frozen=True)
class Stage:
    """The units of one layer that contribute most to an answer.

    Attributes:
        units: their numbers, the largest contribution first, int64 (k,).
        maps: their responses, (*axes, k).
        contributions: the contributions of all units, (units,).
        received: the contributions from the shown units of the layer before, or the whole input, (k before, k).
    """

    layer: str
    units: np.ndarray
    maps: np.ndarray
    contributions: np.ndarray
    received: np.ndarray

    @property
    def shown(self) -> np.ndarray:
        """The contributions of `units`, (k,)."""
        found: np.ndarray = self.contributions[self.units]
        return found


def attribution_graph(target: Target, layers: Sequence[str], most: int, sign: int = 1) -> list[Stage]:
    """The `most` units of each layer that contribute most to the target, from the first layer to the last.

    Args:
        sign: 1 for the units that raise the target, -1 for those that lower it.
    """
    found = target.at_layers(layers)  # activations and gradients, (*axes, units) each
    contributions = [(maps * gradient).reshape(-1, maps.shape[-1]).sum(axis=0) for maps, gradient in found]
    chosen = [np.argsort(-sign * each, kind="stable")[:most] for each in contributions]
    stages: list[Stage] = []
    incoming = _incoming(target, layers, [gradient for _, gradient in found], chosen)
    for layer, units, (maps, _), each, received in zip(layers, chosen, found, contributions, incoming, strict=True):
        shown = received[:, stages[-1].units] if stages else received.sum(axis=1, keepdims=True)
        stages.append(Stage(layer, units, maps[..., units], each, shown.T))
    return stages


def _incoming(
    target: Target, layers: Sequence[str], gradients: Sequence[np.ndarray], chosen: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """The contributions of all units of the layer before, or of the input, to the chosen units (k,) of each layer:
    (k, units before) each. `gradients` are those of the score at the layers, (*axes, units) each."""
    network, start = target.score.network, target.score.variable
    most = max(map(len, chosen))
    seeds = [np.zeros((most, *gradient.shape), np.float32) for gradient in gradients]
    for seed, gradient, units in zip(seeds, gradients, chosen, strict=True):
        seed[np.arange(len(units)), ..., units] = np.moveaxis(gradient, -1, 0)[units]

    def function(feeds: dict[str, Tensor], weights: Tensor, *seeds: Tensor) -> list[Tensor]:
        before, x, incoming = start, feeds[start], []
        for layer, seed in zip(layers, seeds, strict=True):
            output, gradient = _output_and_gradient(network, {**feeds, before: x}, before, layer, seed)
            parts = ops.cast(network.layouts[before].batch_of_maps(x * gradient), "float32")  # (most, *axes, units)
            incoming.append(ops.sum(parts, axis=tuple(range(1, len(parts.shape) - 1))))
            before, x = layer, output
        return incoming

    values = np.repeat(target.values[None], most, axis=0)
    found = target.compute_at(("incoming", *layers), function, values, *seeds)
    return [received[: len(units)] for received, units in zip(found, chosen, strict=True)]


def _output_and_gradient(
    network: Network, feeds: dict[str, Tensor], before: str, layer: str, seed: Tensor
) -> tuple[Tensor, Tensor]:
    """The output of a layer, (n, ...), and the gradient of its maps, weighted by `seed` (n, *axes, units), with respect
    to the fed output of the layer before."""
    outputs: list[Tensor] = []

    def weighted(x: Tensor) -> Tensor:
        outputs.extend(network.graph.run({**feeds, before: x}, (layer,)))
        return ops.sum(ops.cast(network.layouts[layer].batch_of_maps(outputs[0]), "float32") * seed)

    _, gradient = gradient_at(weighted, feeds[before])
    return outputs[0], gradient


def score_without(target: Target, layer: str, unit: int) -> float:
    """The target's score with one unit of a layer switched off."""
    network = target.score.network
    layout, kept = network.layouts[layer], np.arange(network.layers[layer].units) != unit

    def function(feeds: dict[str, Tensor], weights: Tensor, kept: Tensor) -> Tensor:
        [output] = network.graph.run(feeds, (layer,))
        changed = layout.batch_of_outputs(layout.batch_of_maps(output) * ops.cast(kept, output.dtype))
        return target.score.score({**feeds, layer: changed}, weights)

    [found] = target.compute_at(("without", layer), function, target.values[None], kept[None].astype(np.float32))
    return float(found[0])


def main_layers(network: Network, start: str, most: int) -> tuple[str, ...]:
    """The bottleneck layers from `start` to the output, excluding the output: the last one before each layer with
    weights, pooling excluded; at most `most`, evenly spaced."""
    path = steps_between(network.graph, start, network.output)
    stretches: list[list[str]] = [[]]
    narrow = set(bottlenecks(network.graph, path))
    for name in path[1:]:
        layer = network.layers.get(name)
        if layer is None:
            continue
        if layer.has_kernel or layer.recurrent or layer.attends:
            stretches.append([])
        passes = any(word in layer.kind for word in _PASSING) or len(network.graph.steps[name].names) > 1
        if name in narrow and layer.units and not passes and len(stretches) > 1:
            stretches[-1].append(name)
    found = [stretch[-1] for stretch in stretches[:-1] if stretch]
    return thinned(found, most)


def bottlenecks(graph: Graph, path: Sequence[str]) -> list[str]:
    """The steps on a path, given in order, that no connection bypasses."""
    number = {name: n for n, name in enumerate(path)}
    found, reach = [], 0
    for n, name in enumerate(path):
        if reach <= n:
            found.append(name)
        following = [number[step] for step in path[n + 1 :] if name in graph.parents[step]]
        reach = max([reach, *following])
    return found
