"""What each layer responds over a data set, and how strongly its answer depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import in_digits, number_of
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Bars, Curves, Panel, Paragraph, Sheet, Tiles
from dlviz.spacing import thinned, thinned_samples
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.analysis.layer_statistics import LayerStatistics
    from dlviz_models.data.samples import Samples

MOST_LAYERS = 24
HISTOGRAMS = 8
"""Layers with a histogram, evenly spread over all."""
GROUPS = 8
"""How many groups of units that respond alike are listed."""
NAMED = 6
"""How many units of a group are named."""


@dataclass(frozen=True)
class Distributions(View):
    """Histograms, extremes of activations and gradients, dead units and units that respond alike, layer by layer.

    >>> import dlviz
    >>> sheet = dlviz.show("distributions", "lenet5", data="digits", samples_used=20)
    >>> sheet.arrays["activation"].shape  # (layers, least and largest)
    (6, 2)
    """

    name = "distributions"
    summary = "The smallest and largest activation and gradient of each layer, histograms, dead and duplicate units."
    needs = frozenset({"network", "data"})
    order = 89

    samples_used: int = option(64, "samples of the data, evenly spaced", low=1, high=10_000, label="samples")
    alike: float = option(
        0.98, "units are duplicates whose responses have at least this correlation, of either sign", low=0.5, high=1.0,
        label="correlation of duplicates",
    )  # fmt: skip

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.analysis.features import layers_with_weights
        from dlviz.analysis.layer_statistics import layer_statistics

        network = scene.network
        named = layers_with_weights(network, len(network.layers))
        every = [name for name in named if "float" in network.graph.symbol(name).dtype]
        layers = thinned(every, MOST_LAYERS)
        if not layers:
            raise UserError(f"No layer of {network.name} gives real numbers: choose another network.")
        data = thinned_samples(scene.data, self.samples_used)
        found: Mapping[str, LayerStatistics] = {}
        for item in layer_statistics(network, layers, data):
            if isinstance(item, Progress):
                yield item
            else:
                found = item
        alike = {name: one.alike(self.alike) if name != network.output else [] for name, one in found.items()}
        yield Sheet(
            f"{network.name} · distributions · {data.name}",
            _summary(_some(len(layers), len(every)), network.name, found, alike, data),
            tuple(_panels(found, alike)),
            _arrays(found, alike),
        )


def _panels(found: Mapping[str, LayerStatistics], alike: Mapping[str, list[tuple[int, ...]]]) -> Iterator[Panel]:
    from dlviz.panels.histograms import histograms

    names = tuple(found)
    shown = thinned(names, HISTOGRAMS)
    heights = np.log1p(np.stack([found[name].counts for name in shown]))
    captions = tuple(
        f"{name.rpartition('/')[2]}: {in_digits(found[name].least)} to {in_digits(found[name].largest)}"
        for name in shown
    )
    title = f"Activations of {_some(len(shown), len(names))}, on a logarithmic scale of counts"
    yield Tiles(histograms(heights), "pixels", title, captions, columns=min(2, len(shown)), role="main")
    activations = np.array([(one.least, one.largest) for one in found.values()])
    yield _extremes(names, activations, "Activations")
    names = names[:-1] or names  # the gradient at the answer itself is 1 or 0
    gradients = np.array([found[name].gradients for name in names])
    if np.isfinite(gradients).any():
        yield _extremes(names, gradients, "Gradient of the score")
    dead = {name: len(one.constant) / one.units for name, one in found.items() if one.constant}
    if dead:
        yield Bars(tuple(dead), np.array(list(dead.values())), "Units that never change", 1.0, role="beside")
    listed = [f"{name}: {_written(units)}" for name, groups in alike.items() for units in groups]
    if listed:
        more = [f"and {len(listed) - GROUPS} more groups"] if len(listed) > GROUPS else []
        yield Paragraph("\n".join([*listed[:GROUPS], *more]), "Units that respond alike", role="beside")


def _extremes(names: tuple[str, ...], ends: np.ndarray, title: str) -> Curves:
    """The smallest and largest number of each layer, (layers, 2)."""
    short = tuple(name.rpartition("/")[2] for name in names)
    series = {"largest": ends[:, 1], "smallest": ends[:, 0]}
    return Curves(np.arange(len(names)), series, "", "", title, x_labels=short, role="beside")


def _written(units: tuple[int, ...]) -> str:
    return ", ".join(map(str, units[:NAMED])) + (f", ... ({len(units)})" if len(units) > NAMED else "")


def _some(count: int, total: int) -> str:
    return "the layers" if count == total else f"{count} of {total} layers"


def _summary(
    layers: str,
    name: str,
    found: Mapping[str, LayerStatistics],
    alike: Mapping[str, list[tuple[int, ...]]],
    data: Samples,
) -> str:
    dead = sum(len(one.constant) for one in found.values())
    copies = sum(len(units) - 1 for groups in alike.values() for units in groups)
    strongest = max(found, key=lambda layer: max(abs(found[layer].least), abs(found[layer].largest)))
    one = found[strongest]
    never = f"{number_of(dead, 'unit')} never change{'s' * (dead == 1)}" if dead else "Every unit changes"
    again = f"{number_of(copies, 'unit')} repeat{'s' * (copies == 1)}" if copies else "none repeats"
    return (
        f"The responses of {layers} of {name} to {number_of(len(data), 'sample')} of {data.name}: {strongest} has the"
        f" widest range, {in_digits(one.least)} to {in_digits(one.largest)}. {never}, and {again} another."
    )


def _arrays(found: Mapping[str, LayerStatistics], alike: Mapping[str, list[tuple[int, ...]]]) -> dict[str, np.ndarray]:
    """Everything by layer; of groups of units that respond alike, the number of its group for each unit, -1: none."""
    arrays = {
        "layer": np.array(list(found)),
        "activation": np.array([(one.least, one.largest) for one in found.values()]),
        "gradient": np.array([one.gradients for one in found.values()]),
        "histogram": np.stack([one.counts for one in found.values()]),
        "edges": np.stack([one.edges for one in found.values()]),
    }
    for name, one in found.items():
        group = np.full(one.units, -1)
        for number, units in enumerate(alike[name]):
            group[list(units)] = number
        arrays |= {f"dead:{name}": np.array(one.constant, np.int64), f"alike:{name}": group}
    return arrays
