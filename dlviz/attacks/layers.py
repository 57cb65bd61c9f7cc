"""How far a change of the input moves the output of each layer."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dlviz import backend
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
    def are_in_a_row(self) -> bool:
        """Whether each layer leads to the next: there are no parallel branches."""
        graph = self.network.graph
        return all(graph.leads_to(first, second) for first, second in pairwise(self.layers))

    def __call__(self, before: Feeds, after: Feeds) -> np.ndarray:
        """(layers, n) for what is fed before and after."""
        count = len(next(iter(before.values())))
        parts = [self._part(before, after, slice(start, start + BATCH)) for start in range(0, count, BATCH)]
        return np.concatenate(parts, axis=1)

    def _part(self, before: Feeds, after: Feeds, part: slice) -> np.ndarray:
        ours, theirs = (self._outputs({name: x[part] for name, x in feeds.items()}) for feeds in (before, after))
        return np.stack([_length(b - a) / np.maximum(_length(a), 1e-12) for a, b in zip(ours, theirs, strict=True)])

    def _outputs(self, feeds: Feeds) -> list[np.ndarray]:
        outputs = self.network.function(self.layers)({name: backend.constant(x) for name, x in feeds.items()})
        return [np.asarray(output, np.float32).reshape(len(output), -1) for output in outputs]


def _length(values: np.ndarray) -> np.ndarray:
    return np.linalg.norm(values, axis=1)
