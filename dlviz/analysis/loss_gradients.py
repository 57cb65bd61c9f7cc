"""The gradients of the loss with respect to layer outputs and weights."""

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
    """The gradient of a weight, shown like the weight."""

    gradient: np.ndarray

    @cached_property
    def values(self) -> np.ndarray:
        return self.gradient


class LossGradients:
    """Gradients of a loss, for a network whose weights may change between calls.

    Args:
        output: the layer whose output the loss takes.
        loss: the mean loss from targets (n, ...), outputs, and sample weights or None.
    """

    def __init__(self, network: Network, output: str, loss: Callable[[Any, Any, Any], Any]) -> None:
        self._network, self._output, self._loss = network, output, loss
        self._functions: dict[tuple[str, ...], Callable[..., Any]] = {}

    def at_layers(
        self, layers: Sequence[str], feeds: dict[str, np.ndarray], y: np.ndarray, weight: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """The gradient with respect to the output of each layer, of its shape; layers without influence are omitted.

        Args:
            feeds: a training batch (n, ...) for each input by name.
            y, weight: its targets, and their sample weights or None.
        """
        names = (*layers, self._output)
        if names not in self._functions:

            def function(feeds: Any, y: Any, weight: Any) -> tuple[Any, list[Any]]:
                *outputs, prediction = self._network.graph.run(feeds, names)
                return self._loss(y, prediction, weight), outputs

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
        """The gradient with respect to each variable, of its shape; other arguments as for `at_layers`."""

        def function(feeds: Any, y: Any, weight: Any) -> tuple[Any, list[Any]]:
            [prediction] = self._network.graph.run(feeds, (self._output,))
            return self._loss(y, prediction, weight), [variable.value for variable in variables]

        found = backend.gradients_at(function)({n: backend.constant(x) for n, x in feeds.items()}, y, weight)
        return [
            np.zeros(v.shape, np.float32) if g is None else np.asarray(backend.dense(g), np.float32)
            for v, g in zip(variables, found, strict=True)
        ]
