"""The relation of units to classes: mean responses per class, and effects on each class's logit."""

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

    Attributes:
        means: float64 (classes, units), over the samples of a class and all positions; NaN for a class without samples.
    """

    means: np.ndarray

    def selectivity(self, unit: int) -> float:
        """The class selectivity index (m - o) / (m + o), with m the largest mean response to a class and o the mean
        over the other classes. 0: equal responses; 1: a single class; NaN if undefined, because a mean is negative or
        there is only one class.

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
    """Return the mean responses for samples with class labels (n,)."""
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


class LogitEffects:
    """The effect of units of a layer on each class's logit, measured by ablation; compiled once for all units."""

    def __init__(self, network: Network, layer: str) -> None:
        self._network, self._layer = network, layer
        self._compiled_drop = backend.compiled(self._drop)

    def of(self, unit: int, samples: Samples) -> Generator[Progress, None, np.ndarray]:
        """Return the mean drop of each class's logit when a unit is switched off, (classes,), relative to the mean over
        classes, since a common shift does not change the answer."""
        network, layer = self._network, self._layer
        kept = backend.constant((np.arange(network.layers[layer].units) != unit).astype(np.float32))
        total: np.ndarray | float = 0.0
        for start, some in _chunks(network, layer, samples):
            for _, feeds in groups(network, some):
                drop = self._compiled_drop({name: backend.constant(x) for name, x in feeds.items()}, kept)
                total = total + np.asarray(drop, np.float64).sum(axis=0)
            yield Progress(start + len(some), len(samples), "switching the unit off")
        effect: np.ndarray = np.asarray(total) / len(samples)
        return effect - effect.mean()

    def _drop(self, feeds: dict[str, Any], kept: Any) -> Any:
        """The logits minus the logits with the units off that are 0 in `kept` (units,): (n, classes)."""
        layout, network = self._network.layouts[self._layer], self._network
        [output] = network.graph.run(feeds, (self._layer,))
        off = layout.batch_of_outputs(layout.batch_of_maps(output) * ops.cast(kept, output.dtype))
        return network.logits({**feeds, self._layer: output}) - network.logits({**feeds, self._layer: off})


def _chunks(network: Network, layer: str, samples: Samples) -> Generator[tuple[int, list[Any]], None, None]:
    """Yield chunks of samples, each with the index of its first."""
    size = min(CHUNK, batch_limit(network, (layer, network.output)))
    for start in range(0, len(samples), size):
        yield start, [samples.sample(index) for index in range(start, min(start + size, len(samples)))]
