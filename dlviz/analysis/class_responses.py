"""What a unit has to do with classes: how it responds to each, and what each class's logit owes to it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from dlviz import backend
from dlviz.feeding.groups import groups
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.scan import batch_limit
from dlviz.scan.best import as_maps, flat_maps
from dlviz_models.data.samples import Samples

CHUNK = 64
"""Samples fed between two reports of progress."""


@dataclass(frozen=True)
class ClassResponses:
    """The mean response of each unit of a layer to each class.

    means: (classes, units) float64, over the samples of the class and all places of the map; NaN where a class has no
    sample.
    """

    means: np.ndarray

    def selectivity(self, unit: int) -> float:
        """The class selectivity index: (m - o) / (m + o), where m is the mean response to the class with the largest
        one and o that to all others. 0: it responds to all alike; 1: to one class alone; NaN where mean responses below
        0, or to a single class, leave it undefined.

        A. Morcos et al., On the importance of single directions for generalization, ICLR 2018, arXiv 1803.06959.
        """
        means = self.means[:, unit]
        means = np.sort(means[~np.isnan(means)])
        if len(means) < 2 or means[0] < 0 or means[-1] == 0:
            return float("nan")
        most, others = means[-1], means[:-1].mean()
        return float((most - others) / (most + others))


def class_responses(
    network: Network, layer: str, samples: Samples, labels: np.ndarray
) -> Generator[Progress, None, ClassResponses]:
    """Return the mean responses to samples with these class numbers (n,)."""
    classes, units = int(labels.max()) + 1, network.layers[layer].units
    sums, counts = np.zeros((classes, units)), np.bincount(labels, minlength=classes)
    function = network.function((layer,), _mean_over_places)
    for start, some in _chunks(network, layer, samples):
        for chosen, feeds in groups(network, some):
            means = np.asarray(function({name: backend.constant(x) for name, x in feeds.items()}))
            np.add.at(sums, labels[start + chosen], means)
        yield Progress(start + len(some), len(samples), "averaging over each class")
    with np.errstate(invalid="ignore"):
        return ClassResponses(sums / counts[:, None])


def _mean_over_places(network: Network, layers: tuple[str, ...], outputs: list[Any]) -> Any:
    """The mean of each unit's map, (n, units)."""
    return ops.mean(flat_maps(as_maps(network, layers[0], outputs[0])), axis=1)


class EffectOnClasses:
    """By how much the units of a layer raise each class's logit; compiled once for all of them."""

    def __init__(self, network: Network, layer: str) -> None:
        self._network, self._layer = network, layer
        self._lost = backend.compiled(self._lost_without)

    def of(self, unit: int, samples: Samples) -> Generator[Progress, None, np.ndarray]:
        """Return by how much a unit raises each class's logit (classes,): its mean over the samples, less what it is
        once the unit is switched off, relative to the mean of all classes, since what raises all alike changes no
        answer."""
        network, layer = self._network, self._layer
        kept = backend.constant((np.arange(network.layers[layer].units) != unit).astype(np.float32))
        total: np.ndarray | float = 0.0
        for start, some in _chunks(network, layer, samples):
            for _, feeds in groups(network, some):
                lost = self._lost({name: backend.constant(x) for name, x in feeds.items()}, kept)
                total = total + np.asarray(lost, np.float64).sum(axis=0)
            yield Progress(start + len(some), len(samples), "switching the unit off")
        effect: np.ndarray = np.asarray(total) / len(samples)
        return effect - effect.mean()

    def _lost_without(self, feeds: dict[str, Any], kept: Any) -> Any:
        """The logits (n, classes), less those where the units are switched off that are 0 in `kept` (units,)."""
        layout, network = self._network.layouts[self._layer], self._network
        [output] = network.graph.run(feeds, (self._layer,))
        off = layout.batch_of_outputs(layout.batch_of_maps(output) * ops.cast(kept, output.dtype))
        return network.logits({**feeds, self._layer: output}) - network.logits({**feeds, self._layer: off})


def _chunks(network: Network, layer: str, samples: Samples) -> Generator[tuple[int, list[Any]], None, None]:
    """The number of the first of some samples, and they."""
    size = min(CHUNK, batch_limit(network, (layer, network.output)))
    for start in range(0, len(samples), size):
        yield start, [samples.sample(index) for index in range(start, min(start + size, len(samples)))]
