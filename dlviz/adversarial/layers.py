"""How far a change of the picture moves what each layer answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from dlviz import backend
from dlviz.network import Network

BATCH = 16


class LayerChanges:
    """|f(x') - f(x)| / |f(x)| in the Euclidean norm, for the input, each layer f with a kernel, and the output."""

    def __init__(self, network: Network) -> None:
        self.network = network
        kernels = [name for name, layer in network.layers.items() if layer.has_kernel]
        self.layers = tuple(dict.fromkeys((network.input, *kernels, network.output)))
        self._changes = backend.compiled(self._compute)

    def __call__(self, x: np.ndarray, changed: np.ndarray) -> np.ndarray:
        """(layers, n) for two input batches (n, height, width, channel)."""
        starts = range(0, len(x), BATCH)
        parts = [
            self._changes(backend.constant(x[i : i + BATCH]), backend.constant(changed[i : i + BATCH])) for i in starts
        ]
        return np.concatenate([np.asarray(p) for p in parts], axis=1)

    def _compute(self, x: Any, changed: Any) -> Any:
        before = self.network.graph.run({self.network.input: x}, self.layers)
        after = self.network.graph.run({self.network.input: changed}, self.layers)
        return ops.stack([_length(b - a) / ops.maximum(_length(a), 1e-12) for a, b in zip(before, after, strict=True)])


def _length(values: Any) -> Any:
    return ops.sqrt(ops.sum(values**2, axis=tuple(range(1, len(values.shape)))))
