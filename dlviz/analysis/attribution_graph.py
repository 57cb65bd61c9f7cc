"""Which units made an answer, layer by layer, and how much each passed on to each: gradient times activation.

Between two layers through which everything passes, the contribution of unit u to unit v is u's activation times the
gradient of v's there, weighed by v's own gradient. What a unit passes on adds up to its own contribution; what it gets
does so as well where the layers between are linear and have no bias.

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
"""Words in the names of layers that only hand on what units respond."""


@dataclass(frozen=True)
class Stage:
    """What the units of one layer contribute to an answer.

    Attributes:
        layer: its name.
        units: those that contribute most, the largest first, int64 (k,).
        maps: their responses, (*axes, k).
        contributions: of all units, (units,).
        sent: what the shown units of the stage before, or the whole input, pass on to these, (k before, k).
    """

    layer: str
    units: np.ndarray
    maps: np.ndarray
    contributions: np.ndarray
    sent: np.ndarray

    @property
    def shown(self) -> np.ndarray:
        """The contributions of `units`, (k,)."""
        found: np.ndarray = self.contributions[self.units]
        return found


def attribution_graph(target: Target, layers: Sequence[str], most: int) -> list[Stage]:
    """The units that contribute most to the target, `most` of each layer, from the first layer to the last."""
    found = target.at_layers(layers)  # responses and gradients, (*axes, units) each
    contributions = [(maps * gradient).reshape(-1, maps.shape[-1]).sum(axis=0) for maps, gradient in found]
    chosen = [np.argsort(-each, kind="stable")[:most] for each in contributions]
    stages: list[Stage] = []
    sent_to = _sent(target, layers, [gradient for _, gradient in found], chosen)
    for layer, units, (maps, _), each, sent in zip(layers, chosen, found, contributions, sent_to, strict=True):
        kept = sent[:, stages[-1].units] if stages else sent.sum(axis=1, keepdims=True)
        stages.append(Stage(layer, units, maps[..., units], each, kept.T))
    return stages


def _sent(
    target: Target, layers: Sequence[str], gradients: Sequence[np.ndarray], chosen: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """What each unit of the layer before, at first of the input, contributes to each of the chosen units (k,) of each
    layer, (k, units before), given the gradients of the target at the layers, (*axes, units) each."""
    network, start = target.score.network, target.score.variable
    most = max(map(len, chosen))
    aims = [np.zeros((most, *gradient.shape), np.float32) for gradient in gradients]
    for aim, gradient, units in zip(aims, gradients, chosen, strict=True):
        aim[np.arange(len(units)), ..., units] = np.moveaxis(gradient, -1, 0)[units]

    def function(feeds: dict[str, Tensor], weights: Tensor, *aims: Tensor) -> list[Tensor]:
        before, given, sent = start, feeds[start], []
        for layer, aim in zip(layers, aims, strict=True):
            output, slope = _through(network, {**feeds, before: given}, before, layer, aim)
            parts = ops.cast(network.layouts[before].batch_of_maps(given * slope), "float32")  # (most, *axes, units)
            sent.append(ops.sum(parts, axis=tuple(range(1, len(parts.shape) - 1))))
            before, given = layer, output
        return sent

    values = np.repeat(target.values[None], most, axis=0)
    found = target.compute_at(("sent", *layers), function, values, *aims)
    return [sent[: len(units)] for sent, units in zip(found, chosen, strict=True)]


def _through(network: Network, feeds: dict[str, Tensor], before: str, layer: str, aim: Tensor) -> tuple[Tensor, Tensor]:
    """The output of a layer, (n, ...), and the gradient of its maps, weighed by `aim` (n, *axes, units), at the output
    of the layer before, which is fed."""
    outputs: list[Tensor] = []

    def weighed(x: Tensor) -> Tensor:
        outputs.extend(network.graph.run({**feeds, before: x}, (layer,)))
        return ops.sum(ops.cast(network.layouts[layer].batch_of_maps(outputs[0]), "float32") * aim)

    _, slope = gradient_at(weighed, feeds[before])
    return outputs[0], slope


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
    """The layers through which everything passes from `start` to the output: the last of each stretch between layers
    with weights, pooling left out. Where there are more than `most`, evenly spread ones; none gives the answer
    itself."""
    way = steps_between(network.graph, start, network.output)
    stretches: list[list[str]] = [[]]
    narrow = set(narrow_steps(network.graph, way))
    for name in way[1:]:
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


def narrow_steps(graph: Graph, way: Sequence[str]) -> list[str]:
    """The steps on a way, given in order, that no connection goes past."""
    number = {name: n for n, name in enumerate(way)}
    found, reach = [], 0
    for n, name in enumerate(way):
        if reach <= n:
            found.append(name)
        following = [number[step] for step in way[n + 1 :] if name in graph.parents[step]]
        reach = max([reach, *following])
    return found
