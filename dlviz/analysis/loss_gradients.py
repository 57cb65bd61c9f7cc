"""The gradients of the loss at one example: at what every layer answers, and at the weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dlviz import backend
from dlviz.model.weights import Weight
from dlviz.network import Network


@dataclass(frozen=True)
class WeightGradient(Weight):
    """The gradient at a weight, to be shown as the weight is."""

    gradient: np.ndarray

    @cached_property
    def values(self) -> np.ndarray:
        return self.gradient


class LossGradients:
    """Gradients of a loss, for a network whose weights may change between two questions.

    Args:
        output: the layer whose answer the loss judges.
        loss: the mean loss, given targets (n, ...), answers and the weights of the targets or None.
    """

    def __init__(self, network: Network, output: str, loss: Callable[[Any, Any, Any], Any]) -> None:
        self._network, self._output, self._loss = network, output, loss
        self._functions: dict[tuple[str, ...], Callable[..., Any]] = {}

    def at_layers(
        self, layers: Sequence[str], feeds: dict[str, np.ndarray], y: np.ndarray, weight: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """The gradient at the answer of each layer, in the answer's own shape; layers that the loss does not depend on
        are left out.

        Args:
            feeds: a batch (n, ...) for each input by name, as the network is trained on it.
            y, weight: its targets, and what each counts, or None if all count 1.
        """
        names = (*layers, self._output)
        if names not in self._functions:

            def function(feeds: Any, y: Any, weight: Any) -> tuple[Any, list[Any]]:
                *answers, judged = self._network.graph.run(feeds, names)
                return self._loss(y, judged, weight), answers

            self._functions[names] = backend.compiled(backend.gradients_at(function))
        found = self._functions[names](
            {name: backend.constant(x) for name, x in feeds.items()},
            backend.constant(y),
            None if weight is None else backend.constant(weight),
        )
        return {n: np.asarray(g, np.float32) for n, g in zip(layers, found, strict=True) if g is not None}

    def at_weights(
        self, variables: Sequence[Any], feeds: dict[str, np.ndarray], y: np.ndarray, weight: np.ndarray | None
    ) -> list[np.ndarray]:
        """The gradient at each variable, of its shape, zero where the loss does not depend on it; the rest as in
        `at_layers`."""

        def function(feeds: Any, y: Any, weight: Any) -> tuple[Any, list[Any]]:
            [judged] = self._network.graph.run(feeds, (self._output,))
            return self._loss(y, judged, weight), [variable.value for variable in variables]

        found = backend.gradients_at(function)({n: backend.constant(x) for n, x in feeds.items()}, y, weight)
        return [
            np.zeros(v.shape, np.float32) if g is None else np.asarray(backend.dense(g), np.float32)
            for v, g in zip(variables, found, strict=True)
        ]
