"""A network's score as a differentiable function of one of its inputs, compiled once."""

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
Computation = Callable[..., Any]
"""A function of the feeds by name, the weights of the answers, and perhaps further tensors."""


class Score:
    """A weighted sum of a network's answers as a function of one input.

    Answers are the logits of classes, (n, classes), with (-z, z) for a binary classifier with one unit; the logits of
    segmentation masks, (n, *places, classes); or the predicted numbers, (n, k).

    Attributes:
        variable: the step whose output is the variable: the input itself, or for tokens, which are not differentiable,
            their embedding or one-hot encoding.

    Raises:
        UserError: the input takes tokens that are neither embedded nor one-hot encoded.
    """

    def __init__(self, network: Network, name: str) -> None:
        self.network = network
        self.variable = _differentiable_step(network, name)
        self._compiled: dict[Hashable, Callable[..., Any]] = {}

    def values_of(self, feeds: Feeds) -> np.ndarray:
        """The values of the variable for the given feeds, float32 (n, ...)."""
        if self.variable in feeds:
            return feeds[self.variable].astype(np.float32)
        tensors = {name: backend.constant(x) for name, x in feeds.items()}
        [found] = self.network.function((self.variable,))(tensors)
        return np.asarray(ops.cast(found, "float32"))

    def compute(
        self, key: Hashable, function: Computation, x: np.ndarray, others: Feeds, weights: np.ndarray, *more: np.ndarray
    ) -> list[np.ndarray]:
        """Evaluate `function`, compiled once for each key and shape; its results, flattened.

        Args:
            x: values of the variable, (n, ...).
            others: the feeds of the other inputs for one sample.
            weights: the weights of the answers for one sample, (1, ...).
            more: further arguments of the function, float32 (n, ...) each.
        """

        def from_values(x: Tensor, others: dict[str, Tensor], weights: Tensor, *more: Tensor) -> Any:
            return function(self._feeds(x, others), weights, *more)

        arguments = (
            backend.constant(x.astype(np.float32)),
            {name: backend.constant(value) for name, value in others.items()},
            backend.constant(weights.astype(np.float32)),
            *map(backend.constant, more),
        )
        signature = (key, tuple(tuple(t.shape[1:]) for t in keras.tree.flatten(arguments)))
        if signature not in self._compiled:
            self._compiled[signature] = backend.compiled_for_batches(from_values, *arguments)
        return [np.asarray(t) for t in keras.tree.flatten(self._compiled[signature](*arguments))]

    def answers(self, feeds: dict[str, Tensor]) -> Tensor:
        """The answers, float32: logits (n, classes) or (n, *places, classes), or numbers (n, k)."""
        network, kind = self.network, self.network.chosen_output.kind
        if kind == "numbers":
            [answer] = network.graph.run(feeds, (network.output,))
            return ops.reshape(ops.cast(answer, "float32"), (-1, int(np.prod(answer.shape[1:]))))
        logits = network.logits(feeds)
        if kind == "pixels":
            [answer] = network.graph.run(feeds, (network.output,))
            logits = ops.reshape(logits, (-1, *answer.shape[1:]))
            return ops.concatenate([-logits, logits], axis=-1) if answer.shape[-1] == 1 else logits
        units = network.graph.symbol(network.output).shape[1:]
        return logits - ops.flip(logits, axis=1) if set(units) == {1} else logits

    def score(self, feeds: dict[str, Tensor], weights: Tensor) -> Tensor:
        """The sum of the answers times the weights, (n,)."""
        answers = self.answers(feeds) * weights
        return ops.sum(answers, axis=tuple(range(1, len(answers.shape))))

    def gradient(self, feeds: dict[str, Tensor], weights: Tensor) -> tuple[Tensor, Tensor]:
        """The score (n,) and its gradient with respect to the variable, of the variable's shape."""
        return gradient_at(lambda x: self.score({**feeds, self.variable: x}, weights), feeds[self.variable])

    def _feeds(self, x: Tensor, others: dict[str, Tensor]) -> dict[str, Tensor]:
        """All feeds for n values of the variable."""
        feeds = {name: ops.repeat(value, ops.shape(x)[0], axis=0) for name, value in others.items()}
        if self.variable not in self.network.inputs:
            x._keras_mask = self._mask(feeds)
        return {**feeds, self.variable: x}

    def _mask(self, feeds: dict[str, Tensor]) -> Tensor | None:
        """The mask that the embedding computes from the tokens, if any."""
        graph = self.network.graph
        [tokens] = graph.run(feeds, graph.sources(self.variable))
        layer = graph.steps[self.variable].layer
        return layer.compute_mask(tokens, None) if isinstance(layer, keras.Layer) else None


def gradient_at(function: Callable[[Tensor], Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
    """The value of `function` at `x`, of any shape, and its gradient there; zeros if `x` has no influence."""
    value, gradient = backend.value_and_gradient(function, x)
    return value, ops.zeros_like(x) if gradient is None else gradient


def steps_between(graph: Graph, start: str, end: str) -> list[str]:
    """The names of all steps on the paths from `start` to `end`, both included, in order of computation."""
    found = [step_of(start)]
    for step in graph.ancestors((end,), (start,)):
        if set(graph.parents[step.name]) & set(found) and step.name not in found:
            found.append(step.name)
    return found


def _differentiable_step(network: Network, name: str) -> str:
    """The input called `name`, or if it takes tokens, the first step that embeds or one-hot encodes them."""
    spec = network.inputs[name]
    if not spec.vocabulary and (spec.kind in ("picture", "sound") or "float" in spec.dtype):
        return name
    tokens = network.graph.symbol(name)
    for step in steps_between(network.graph, name, network.output):
        output = network.graph.symbol(step)
        is_vector_per_token = len(output.shape) == len(tokens.shape) + 1 and output.shape[-1] != 1
        if "float" in output.dtype and is_vector_per_token:
            return step
    raise UserError(
        f"{network.name} takes tokens at its input {name} and makes no numbers of each of them, so its answer cannot be"
        " traced back to them: choose another network."
    )
