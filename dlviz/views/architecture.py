"""A network as boxes and arrows, with shapes, parameters and receptive fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.filesize import decimal

from dlviz.jobs import Layer
from dlviz.options import option
from dlviz.sheet import Graph, Node, Progress, Sheet, Text
from dlviz.view import Scene, View

if TYPE_CHECKING:
    from dlviz.network import Network


@dataclass(frozen=True)
class Architecture(View):
    name = "architecture"
    says = "The network as a diagram: each layer's kind, output shape, parameters and receptive field."
    needs = frozenset({"network"})
    order = 6

    fields: bool = option(True, "say how many pixels of the picture each position of a layer sees")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        network = scene.network
        layers = list(network.layers.values())
        seen = _fields(network) if self.fields and network.takes_pictures else {}
        places = layered({layer.name: layer.parents for layer in layers})
        number = {layer.name: i for i, layer in enumerate(layers)}
        nodes = tuple(Node(la.name, _lines(la, seen.get(la.name)), *places[la.name], kind=la.kind) for la in layers)
        edges = tuple((number[parent], number[la.name]) for la in layers for parent in la.parents)
        total, trainable = _totals(network)
        weighted = sum(layer.has_kernel for layer in layers)
        facts = {
            "Layers": f"{len(layers):,}",
            "  with kernels": f"{weighted:,}",
            "Parameters": f"{total:,}",
            "  trainable": f"{trainable:,}",
            "As float32": decimal(4 * total),
            "Input": _shape(network.layers[network.input]),
            "Output": _shape(network.layers[network.output]),
        } | ({"Preprocessing": network.preprocess.mode} if network.takes_pictures else {})
        longest = max(map(len, facts))
        yield Sheet(
            title=f"{network.name} · architecture",
            says=f"{len(layers)} layers with {total:,} parameters take {facts['Input']} to {facts['Output']}.",
            panels=(
                Graph(nodes, edges, selects="layer"),
                Text("\n".join(f"{name:{longest}}  {value}" for name, value in facts.items()), title="Totals"),
            ),
            arrays={
                "layer": np.array([la.name for la in layers]),
                "parameters": np.array([la.parameters for la in layers], np.int64),
                "receptive_field": np.array([seen.get(la.name, (0, 0)) for la in layers], np.int64),
            },
        )


def layered(parents: dict[str, tuple[str, ...]]) -> dict[str, tuple[int, float]]:
    """(row, column) of each node, given in an order in which parents come first.

    A node's row is the longest way to it from an input; nodes of one row stand side by side, each near its parents,
    the row centred (Sugiyama, Tagawa, Toda 1981, DOI 10.1109/TSMC.1981.4308636).
    """
    rows: dict[str, int] = {}
    for name, before in parents.items():
        rows[name] = 1 + max((rows[p] for p in before), default=-1)
    members: dict[int, list[str]] = defaultdict(list)
    for name, row in rows.items():
        members[row].append(name)
    middle = (max(map(len, members.values())) - 1) / 2
    columns: dict[str, float] = {}
    for row in sorted(members):
        aims = {n: np.mean([columns[p] for p in parents[n]]) if parents[n] else middle for n in members[row]}
        for i, name in enumerate(sorted(members[row], key=aims.__getitem__)):
            columns[name] = middle + i - (len(members[row]) - 1) / 2
    return {name: (row, columns[name]) for name, row in rows.items()}


def _fields(network: Network) -> dict[str, tuple[int, int]]:
    """The receptive field (height, width) in pixels of each layer that answers with maps."""
    from dlviz.receptive_field import receptive_fields

    maps = [name for name, layer in network.layers.items() if layer.is_map]
    fields = receptive_fields(network, maps)
    return {name: (size[0], size[1]) for name in maps if len(size := fields[name].size) == 2}


def _lines(layer: Layer, field: tuple[int, int] | None) -> tuple[str, ...]:
    lines = [f"{layer.kind}  {_shape(layer)}"]
    details = [f"{layer.parameters:,} parameters"] if layer.parameters else []
    details += [f"sees {field[0]}×{field[1]}"] if field and layer.parents else []
    return (*lines, "  ".join(details)) if details else tuple(lines)


def _shape(layer: Layer) -> str:
    return "×".join("?" if n is None else str(n) for n in layer.shape) or "a number"


def _totals(network: Network) -> tuple[int, int]:
    """All parameters and the trainable ones, those of a shared layer counted once."""
    model: Any = network.model
    return model.count_params(), sum(int(np.prod(v.shape)) for v in model.trainable_variables)
