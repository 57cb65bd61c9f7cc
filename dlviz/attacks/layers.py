"""The relative change of each layer's output between two inputs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dlviz import backend
from dlviz.attacks.noise import norms
from dlviz.attacks.objective import Objective
from dlviz.feeding.feed import Feeds

BATCH = 16


class LayerChanges:
    """|f(x') - f(x)| / |f(x)| in the Euclidean norm, for the input, each layer f with a kernel, and the output; the
    input is measured as the attack measures it, numbers in standard deviations from their mean."""

    def __init__(self, objective: Objective) -> None:
        self.objective, self.network = objective, objective.network
        kernels = [name for name, layer in self.network.layers.items() if layer.has_kernel]
        self.layers = tuple(dict.fromkeys((objective.name, *kernels, self.network.output)))

    @property
    def form_a_chain(self) -> bool:
        """Whether each layer depends on the one before it, so that there are no parallel branches."""
        graph = self.network.graph
        return all(graph.leads_to(first, second) for first, second in pairwise(self.layers))

    def __call__(self, before: Feeds, after: Feeds) -> np.ndarray:
        """The changes (layers, n) for the feeds before and after."""
        count = len(next(iter(before.values())))
        parts = [self._part(before, after, slice(start, start + BATCH)) for start in range(0, count, BATCH)]
        return np.concatenate(parts, axis=1)

    def _part(self, before: Feeds, after: Feeds, part: slice) -> np.ndarray:
        outputs = (self._outputs({name: x[part] for name, x in feeds.items()}) for feeds in (before, after))
        return np.stack([norms(b - a) / np.maximum(norms(a), 1e-12) for a, b in zip(*outputs, strict=True)])

    def _outputs(self, feeds: Feeds) -> list[np.ndarray]:
        given, o = feeds[self.objective.name], self.objective
        outputs = self.network.function(self.layers[1:])({name: backend.constant(x) for name, x in feeds.items()})
        both = [(given - o.low - o.mean) / o.span, *(np.asarray(output, np.float32) for output in outputs)]
        return [x.reshape(len(x), -1) for x in both]
