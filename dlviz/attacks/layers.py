"""The relative change of each layer's output between two inputs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dlviz import backend
from dlviz.attacks.noise import norms
from dlviz.feeding.feed import Feeds
from dlviz.network import Network

BATCH = 16


class LayerChanges:
    """|f(x') - f(x)| / |f(x)| in the Euclidean norm, for the input, each layer f with a kernel, and the output."""

    def __init__(self, network: Network, changed: str) -> None:
        self.network = network
        kernels = [name for name, layer in network.layers.items() if layer.has_kernel]
        self.layers = tuple(dict.fromkeys((changed, *kernels, network.output)))

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
        outputs = self.network.function(self.layers)({name: backend.constant(x) for name, x in feeds.items()})
        return [np.asarray(output, np.float32).reshape(len(output), -1) for output in outputs]
