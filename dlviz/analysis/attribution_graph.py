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
from dlviz.saliency.score import gradient_at, on_the_way
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
    stages: list[Stage] = []
    before = target.score.at
    for layer, (maps, gradient) in zip(layers, target.at_layers(layers), strict=True):  # (*axes, units) each
        contributions = (maps * gradient).reshape(-1, maps.shape[-1]).sum(axis=0)
        units = np.argsort(-contributions, kind="stable")[:most]
        sent = _sent(target, before, layer, gradient, units)  # (k, units before)
        kept = sent[:, stages[-1].units] if stages else sent.sum(axis=1, keepdims=True)
        stages.append(Stage(layer, units, maps[..., units], contributions, kept.T))
        before = layer
    return stages


def _sent(target: Target, before: str, layer: str, gradient: np.ndarray, units: np.ndarray) -> np.ndarray:
    """What each unit of the layer before contributes to each of some units, (k, units before), given the gradient of
    the target at the layer, (*axes, units)."""
    network = target.score.network
    layouts = [network.layouts[name] for name in (before, layer)]
    aims = np.zeros((len(units), *gradient.shape), np.float32)
    aims[np.arange(len(units)), ..., units] = np.moveaxis(gradient, -1, 0)[units]

    def function(feeds: dict[str, Tensor], weights: Tensor, aims: Tensor) -> Tensor:
        [given] = network.graph.run(feeds, (before,))

        def weighed(x: Tensor) -> Tensor:
            [output] = network.graph.run({**feeds, before: x}, (layer,))
            return ops.sum(ops.cast(layouts[1].batch_of_maps(output), "float32") * aims)

        _, slope = gradient_at(weighed, given)
        parts = ops.cast(layouts[0].batch_of_maps(given * slope), "float32")  # (k, *axes, units before)
        return ops.sum(parts, axis=tuple(range(1, len(parts.shape) - 1)))

    values = np.repeat(target.values[None], len(units), axis=0)
    [found] = target.of_values(("sent", before, layer), function, values, aims)
    return found


def score_without(target: Target, layer: str, unit: int) -> float:
    """The target's score with one unit of a layer switched off."""
    network = target.score.network
    layout, kept = network.layouts[layer], np.arange(network.layers[layer].units) != unit

    def function(feeds: dict[str, Tensor], weights: Tensor, kept: Tensor) -> Tensor:
        [output] = network.graph.run(feeds, (layer,))
        changed = layout.batch_of_outputs(layout.batch_of_maps(output) * ops.cast(kept, output.dtype))
        return target.score.score({**feeds, layer: changed}, weights)

    [found] = target.of_values(("without", layer), function, target.values[None], kept[None].astype(np.float32))
    return float(found[0])


def main_layers(network: Network, start: str, most: int) -> tuple[str, ...]:
    """The layers through which everything passes from `start` to the output: the last of each stretch between layers
    with weights, pooling left out. Where there are more than `most`, evenly spread ones; none gives the answer
    itself."""
    way = on_the_way(network.graph, start, network.output)
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
