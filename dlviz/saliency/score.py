"""A network's answer as a smooth function of one of its inputs, compiled once and kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import keras
import numpy as np
from keras import ops

from dlviz import backend
from dlviz.feeding.feed import Feeds
from dlviz.model.graph import Graph, step_of
from dlviz.network import Network
from dlviz_models.errors import UserError

Tensor = Any
Compiled = Callable[..., Any]
"""What is computed of what is fed, of weights and perhaps of more."""


class Score:
    """The sum of a network's answers times weights, as a function of one input.

    Answers are logits of classes, (n, classes), one unit for two classes giving (-z, z); of masks, (n, *places,
    classes), their logits; else the numbers that are answered, (n, k).

    Attributes:
        at: the step whose output is the variable: the input, or where it takes tokens, which cannot be changed a
            little, their embedding or one-hot code.

    Raises:
        UserError: the input takes tokens and nothing makes numbers of each of them.
    """

    def __init__(self, network: Network, name: str) -> None:
        self.network = network
        self.at = _smooth(network, name)
        self._compiled: dict[Hashable, Callable[..., Any]] = {}

    def given(self, feeds: Feeds) -> np.ndarray:
        """The variable for what is fed, float32 (n, ...)."""
        if self.at in feeds:
            return feeds[self.at].astype(np.float32)
        tensors = {name: backend.constant(x) for name, x in feeds.items()}
        [found] = self.network.function((self.at,))(tensors)
        return np.asarray(ops.cast(found, "float32"))

    def compute(
        self, key: Hashable, function: Compiled, x: np.ndarray, others: Feeds, weights: np.ndarray, *more: np.ndarray
    ) -> list[np.ndarray]:
        """What `function` makes of what is fed, compiled once for each key and shape.

        Args:
            x: the variable, (n, ...).
            others: what else is fed, of one sample.
            weights: of the answers of one sample, (1, ...).
            more: what else the function takes, float32 (n, ...) each.
        """

        def fed(x: Tensor, others: dict[str, Tensor], weights: Tensor, *more: Tensor) -> Any:
            return function(self._feeds(x, others), weights, *more)

        given = (
            backend.constant(x.astype(np.float32)),
            {name: backend.constant(value) for name, value in others.items()},
            backend.constant(weights.astype(np.float32)),
            *map(backend.constant, more),
        )
        kept = (key, tuple(tuple(t.shape[1:]) for t in keras.tree.flatten(given)))
        if kept not in self._compiled:
            self._compiled[kept] = backend.compiled_for_batches(fed, *given)
        return [np.asarray(t) for t in keras.tree.flatten(self._compiled[kept](*given))]

    def answers(self, feeds: dict[str, Tensor]) -> Tensor:
        """The answers as float32: logits (n, classes) or (n, *places, classes), or numbers (n, k)."""
        network = self.network
        [answer] = network.graph.run(feeds, (network.output,))
        shape = tuple(answer.shape[1:])
        if network.answered.kind == "numbers":
            return ops.reshape(ops.cast(answer, "float32"), (-1, int(np.prod(shape))))
        logits = network.logits(feeds)
        if network.answered.kind == "pixels":
            logits = ops.reshape(logits, (-1, *shape))
            return ops.concatenate([-logits, logits], axis=-1) if shape[-1] == 1 else logits
        return logits - ops.flip(logits, axis=1) if int(np.prod(shape)) == 1 else logits

    def score(self, feeds: dict[str, Tensor], weights: Tensor) -> Tensor:
        """The sum of the answers times the weights, (n,)."""
        answers = self.answers(feeds) * weights
        return ops.sum(answers, axis=tuple(range(1, len(answers.shape))))

    def gradient(self, feeds: dict[str, Tensor], weights: Tensor) -> tuple[Tensor, Tensor]:
        """The score (n,), and its gradient at the variable, of the variable's shape."""
        return gradient_at(lambda x: self.score({**feeds, self.at: x}, weights), feeds[self.at])

    def _feeds(self, x: Tensor, others: dict[str, Tensor]) -> dict[str, Tensor]:
        """Everything that is fed along with n values of the variable."""
        feeds = {name: ops.repeat(value, ops.shape(x)[0], axis=0) for name, value in others.items()}
        if self.at not in self.network.inputs:
            x._keras_mask = self._mask(feeds)
        return {**feeds, self.at: x}

    def _mask(self, feeds: dict[str, Tensor]) -> Tensor | None:
        """Which tokens later layers are told to leave out."""
        graph = self.network.graph
        [tokens] = graph.run(feeds, graph.sources(self.at))
        layer = graph.steps[self.at].layer
        return layer.compute_mask(tokens, None) if isinstance(layer, keras.Layer) else None


def gradient_at(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """The value of `function` at `x`, of any shape, and its gradient there, zeros where it has none."""
    value, found = backend.value_and_gradient(function, x)
    return value, ops.zeros_like(x) if found is None else found


def on_the_way(graph: Graph, start: str, end: str) -> list[str]:
    """The names of the steps by which `end` depends on `start`, in order, both among them."""
    found = [step_of(start)]
    for step in graph.ancestors((end,), (start,)):
        if set(graph.parents[step.name]) & set(found) and step.name not in found:
            found.append(step.name)
    return found


def _smooth(network: Network, name: str) -> str:
    """The input called `name`, or where it takes tokens the first step that makes numbers of each of them."""
    spec = network.inputs[name]
    if not spec.vocabulary and (spec.kind in ("picture", "sound") or "float" in spec.dtype):
        return name
    tokens = network.graph.symbol(name)
    for step in on_the_way(network.graph, name, network.output):
        made = network.graph.symbol(step)
        is_numbers_of_each = len(made.shape) == len(tokens.shape) + 1 and made.shape[-1] != 1
        if "float" in made.dtype and is_numbers_of_each:
            return step
    raise UserError(
        f"{network.name} takes tokens at its input {name} and makes no numbers of each of them, so its answer cannot be"
        " traced back to them: choose another network."
    )
