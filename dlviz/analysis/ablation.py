"""Switch off, scale or swap units of a layer: the network before it is run once, the rest for each change.

R. Meyes et al., Ablation studies in artificial neural networks, 2019, arXiv 1901.08644; A. Morcos et al., On the
importance of single directions for generalization, 2018, arXiv 1803.06959.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from dlviz import backend
from dlviz.analysis.surgery import edited
from dlviz.feeding.feed import Feeds, feeds_from
from dlviz.model.changes import Edit, edit
from dlviz.model.graph import step_of
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.saliency.score import steps_between
from dlviz.scan import batch_limit
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError

Tensor = Any
BATCH = 256
Rank = tuple[float, ...]
"""The sort key of candidates, lowest first; later numbers break ties."""


@dataclass(frozen=True)
class Batch:
    """A batch of samples with the outputs of the steps that the downstream network needs.

    Attributes:
        start: the index of the first sample.
        feeds: the feeds, (n, ...) each.
        values: the outputs of each step, (n, ...) each; `masks` their Keras masks.
    """

    start: int
    feeds: Feeds
    values: dict[str, list[Tensor]]
    masks: dict[str, list[Tensor | None]]

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return sum(np.asarray(t).nbytes for tensors in self.values.values() for t in tensors)


class DownstreamNetwork:
    """The part of a network after a layer, run on cached outputs of the layer and of skip connections past it.

    Raises:
        UserError: the output does not depend on the layer, or the layer's output is not floating-point.
    """

    def __init__(self, network: Network, layer: str) -> None:
        self.network, self.layer = network, layer
        graph, start = network.graph, step_of(layer)
        path = steps_between(graph, start, network.output)
        if not graph.leads_to(layer, network.output):
            raise UserError(f"{network.output} does not depend on {layer}: choose a layer that goes into it.")
        if "float" not in str(graph.symbol(layer).dtype):
            raise UserError(f"{layer} gives whole numbers, not responses: choose a layer that follows it.")
        after = path[1:]
        parents = dict.fromkeys(parent for step in after for parent in graph.parents[step] if parent not in after)
        self._kept = tuple(dict.fromkeys([start, *parents]))
        self._before, self._after = backend.compiled(self._cached_outputs), backend.compiled(self._answer)
        self._batches: list[Batch] = []

    @property
    def units(self) -> int:
        """The number of units of the layer."""
        return self.network.layers[self.layer].units

    def bytes_for(self, samples: Samples) -> int:
        """The bytes that the cached outputs of one sample take."""
        return self._computed(samples, 0, 1).size

    def compute(self, samples: Samples) -> Iterator[Progress]:
        """Compute and cache the outputs for all samples, replacing earlier ones."""
        self._batches = []
        size = batch_limit(self.network, (self.network.output,), BATCH)
        for start in range(0, len(samples), size):
            self._batches.append(self._computed(samples, start, min(start + size, len(samples))))
            yield Progress(min(start + size, len(samples)), len(samples), f"responses of {self.layer}")

    def answers(self, change: Edit) -> Iterator[tuple[int, Feeds, np.ndarray]]:
        """Yield for each batch of the cached samples the index of the first one, the feeds, and the answers (n, ...)
        with the layer edited."""
        for batch in self._batches:
            yield batch.start, batch.feeds, self.answer(batch, change)

    def answer(self, batch: Batch, change: Edit) -> np.ndarray:
        """The answers (n, ...) to a batch with the layer edited."""
        arrays = (backend.constant(change.source), backend.constant(change.factor))
        return np.asarray(self._after(batch.values, batch.masks, *arrays))

    def batch(self, feeds: Feeds, start: int = 0) -> Batch:
        """The batch for the given feeds; `start` is the index of the first sample."""
        values, masks = self._before({name: backend.constant(x) for name, x in feeds.items()})
        return Batch(start, feeds, values, masks)

    def max_magnitude(self) -> np.ndarray:
        """The largest magnitude of each unit over all cached samples, (units,)."""
        layout, number = self.network.layouts[self.layer], self._number
        found = np.zeros(self.units)
        for batch in self._batches:
            maps = np.abs(np.asarray(layout.batch_of_maps(batch.values[step_of(self.layer)][number]), np.float32))
            found = np.maximum(found, maps.reshape(-1, self.units).max(axis=0))
        return found

    # -- inside -----------------------------------------------------------------------------------------------------

    @property
    def _number(self) -> int:
        """The index of the layer among the outputs of its step."""
        return int(self.layer.partition(":")[2] or 0)

    def _computed(self, samples: Samples, start: int, stop: int) -> Batch:
        return self.batch(feeds_from(self.network, samples, start, stop), start)

    def _cached_outputs(
        self, feeds: dict[str, Tensor]
    ) -> tuple[dict[str, list[Tensor]], dict[str, list[Tensor | None]]]:
        graph = self.network.graph
        names = {step: graph.steps[step].names for step in self._kept}
        found = iter(graph.run(feeds, [name for step in self._kept for name in names[step]]))
        values = {step: [next(found) for _ in names[step]] for step in self._kept}
        masks = {step: [getattr(t, "_keras_mask", None) for t in tensors] for step, tensors in values.items()}
        return values, masks

    def _answer(
        self,
        values: dict[str, list[Tensor]],
        masks: dict[str, list[Tensor | None]],
        source: Tensor,
        factor: Tensor,
    ) -> Tensor:
        values = {step: list(tensors) for step, tensors in values.items()}
        layout, outputs = self.network.layouts[self.layer], values[step_of(self.layer)]
        outputs[self._number] = edited(layout, outputs[self._number], source, factor)
        for step, tensors in values.items():
            for tensor, mask in zip(tensors, masks[step], strict=True):
                if mask is not None:
                    tensor._keras_mask = mask
        [answer] = self.network.graph.run(values, (self.network.output,))
        return keras.ops.cast(answer, "float32")


def search(
    rest: DownstreamNetwork, rank: Callable[[np.ndarray], Rank], count: int
) -> Iterator[Progress | tuple[tuple[int, ...], tuple[Rank, ...]]]:
    """Greedy search for the units whose ablation costs most: yield progress, then the units in the order found and the
    rank after each.

    The search is greedy, so a better set of `count` units may exist. Units that never respond are skipped.

    Args:
        rank: ranks the answers (n, ...) to all samples; the lowest is the worst.
    """
    alive = np.flatnonzero(rest.max_magnitude() > 0).tolist()
    count = min(count, len(alive))
    chosen: list[int] = []
    ranks: list[Rank] = []
    total, done = sum(len(alive) - n for n in range(count)), 0
    for _ in range(count):
        found: dict[int, Rank] = {}
        for unit in alive:
            if unit not in chosen:
                answers = rest.answers(edit(rest.units, off=[*chosen, unit]))
                found[unit] = rank(np.concatenate([answer for *_, answer in answers]))
                done += 1
                yield Progress(done, total, f"without unit {unit}")
        best = min(found, key=lambda unit: found[unit])
        chosen.append(best)
        ranks.append(found[best])
    yield tuple(chosen), tuple(ranks)


def answer_without(network: Network, feeds: Feeds, layer: str, unit: int) -> np.ndarray:
    """The answer (n, ...) with one unit of a layer switched off."""
    rest = DownstreamNetwork(network, layer)
    return rest.answer(rest.batch(feeds), edit(rest.units, off=[unit]))
