"""Statistics of each layer over a data set: ranges, histograms, gradients, constant and correlated units."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from keras import ops

from dlviz import backend
from dlviz.feeding.feed import Feeds, feeds_from
from dlviz.model.logits import logits_and_outputs
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.scan import batch_limit
from dlviz_models.data.samples import Samples

Tensor = Any
BATCH = 32
BINS = 60
MOST_UNITS = 2048
"""Correlations are computed for layers with at most this many units."""
FEWEST_RESPONSES = 40
"""The minimum number of responses per unit for correlations; with fewer, some are large by chance."""


@dataclass
class LayerStatistics:
    """The statistics of one layer.

    Attributes:
        least, largest: the range of the activations; `gradients` that of the gradient, NaN without one.
        unit_least, unit_largest: the range of each unit, (units,).
        counts: the histogram of the activations between `edges`, (BINS,).
        correlation: the correlation of each two units, (units, units), 0 with a constant unit; empty if there are too
            many units or too few responses.
    """

    units: int
    least: float = np.inf
    largest: float = -np.inf
    gradients: tuple[float, float] = (np.nan, np.nan)
    unit_least: np.ndarray = field(default_factory=lambda: np.zeros(0))
    unit_largest: np.ndarray = field(default_factory=lambda: np.zeros(0))
    counts: np.ndarray = field(default_factory=lambda: np.zeros(BINS, np.int64))
    correlation: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def edges(self) -> np.ndarray:
        """The edges of the bins of the histogram, (BINS + 1,)."""
        return np.linspace(self.least, self.largest if self.largest > self.least else self.least + 1, BINS + 1)

    @property
    def constant(self) -> tuple[int, ...]:
        """The units whose response is the same for all samples."""
        return tuple(np.flatnonzero(self.unit_largest <= self.unit_least).tolist())

    def alike(self, least: float) -> list[tuple[int, ...]]:
        """Groups of units connected by correlations of magnitude at least `least`."""
        from scipy.sparse.csgraph import connected_components

        if len(self.correlation) < 2:
            return []
        _, group = connected_components(np.abs(self.correlation) >= least, directed=False)
        members = [tuple(np.flatnonzero(group == g).tolist()) for g in np.unique(group)]
        return [units for units in members if len(units) > 1]


def layer_statistics(
    network: Network, layers: Sequence[str], data: Samples
) -> Iterator[Progress | dict[str, LayerStatistics]]:
    """Yield progress, then the statistics of each layer over all samples.

    The gradient is that of the score: the logit of the predicted class, summed over positions if there are several, or
    the sum of predicted numbers.
    """
    found = {name: LayerStatistics(network.layers[name].units) for name in layers}
    moments = {name: _Moments(network.layers[name].units) for name in layers}
    function = backend.compiled(backend.gradients_at(_score_and_outputs(network, tuple(layers))))
    total, cached = 2 * len(data), list[tuple[int, Feeds]]()
    for start, feeds in _batches(network, data):
        if network.writer:  # decoding is slow, so its feeds are cached
            cached.append((start, feeds))
        tensors = {name: backend.constant(x) for name, x in feeds.items()}
        gradients = function(tensors)
        for (name, maps), gradient in zip(_maps(network, layers, tensors), gradients, strict=True):
            _update_extremes(found[name], maps, gradient)
            moments[name].add(maps)
        yield Progress(start, total, f"extremes, {start} of {len(data)} samples")
    for start, feeds in cached or _batches(network, data):
        tensors = {name: backend.constant(x) for name, x in feeds.items()}
        for name, maps in _maps(network, layers, tensors):
            found[name].counts += np.histogram(maps, found[name].edges)[0]
        yield Progress(len(data) + start, total, f"histograms, {start} of {len(data)} samples")
    for name in layers:
        found[name].correlation = moments[name].correlation()
    yield found


def _batches(network: Network, data: Samples) -> Iterator[tuple[int, Feeds]]:
    """Yield batches without padding, each with the index at which it ends."""
    together = data.kind in ("picture", "numbers")
    size = batch_limit(network, (network.output,), BATCH) if together else 1
    for start in range(0, len(data), size):
        stop = min(start + size, len(data))
        yield stop, feeds_from(network, data, start, stop)


def _maps(network: Network, layers: Sequence[str], tensors: dict[str, Tensor]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name and the activations of each layer, float32 (positions, units)."""
    for name, output in zip(layers, network.function(tuple(layers))(tensors), strict=True):
        maps = np.asarray(ops.cast(network.layouts[name].batch_of_maps(output), "float32"))
        yield name, maps.reshape(-1, maps.shape[-1])


def _score_and_outputs(network: Network, layers: tuple[str, ...]) -> Callable[..., tuple[Tensor, list[Tensor]]]:
    """A function from the feeds to the sum of the scores and the outputs of the layers."""

    def function(feeds: dict[str, Tensor]) -> tuple[Tensor, list[Tensor]]:
        if network.chosen_output.kind == "classes":
            logits, outputs = logits_and_outputs(network, feeds, layers)
            return ops.sum(ops.max(logits, axis=-1)), outputs
        *outputs, answer = network.graph.run(feeds, (*layers, network.output))
        answer = ops.cast(answer, "float32")
        return ops.sum(answer if network.chosen_output.kind == "numbers" else ops.max(answer, axis=-1)), outputs

    return function


def _update_extremes(found: LayerStatistics, maps: np.ndarray, gradient: Tensor | None) -> None:
    """Update the ranges with further activations (positions, units) and the gradient there."""
    least, largest = maps.min(axis=0), maps.max(axis=0)
    if len(found.unit_least):
        least, largest = np.minimum(found.unit_least, least), np.maximum(found.unit_largest, largest)
    found.unit_least, found.unit_largest = least, largest
    found.least, found.largest = float(least.min()), float(largest.max())
    if gradient is not None:
        g = np.asarray(ops.cast(backend.dense(gradient), "float32"))
        found.gradients = float(np.fmin(found.gradients[0], g.min())), float(np.fmax(found.gradients[1], g.max()))


class _Moments:
    """Running first and second moments of the units of a layer, centred on the first batch for numerical stability."""

    def __init__(self, units: int) -> None:
        self._is_small = 1 < units <= MOST_UNITS
        self._centre: np.ndarray | None = None
        self._count, self._sums, self._products = 0, np.zeros(units), np.zeros((units, units) if self._is_small else 0)

    def add(self, maps: np.ndarray) -> None:
        """Add responses (positions, units)."""
        if not self._is_small:
            return
        if self._centre is None:
            self._centre = maps.mean(axis=0, dtype=np.float64)
        x = maps - self._centre
        self._count += len(x)
        self._sums += x.sum(axis=0)
        self._products += x.T @ x

    def correlation(self) -> np.ndarray:
        """The correlation matrix (units, units)."""
        if not self._is_small or self._count < FEWEST_RESPONSES:
            return np.zeros((0, 0))
        covariance = self._products / self._count - np.outer(self._sums, self._sums) / self._count**2
        deviation = np.sqrt(np.maximum(covariance.diagonal(), 0))
        scale = np.outer(deviation, deviation)
        return np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 0)
