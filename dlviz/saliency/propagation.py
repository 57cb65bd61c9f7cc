"""The backward pass of layer-wise relevance propagation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from dlviz.model.graph import Step, linear, plain_call, step_of
from dlviz.saliency.score import Score, gradient_at, steps_between

Tensor = Any
LEAST = 1e-12
_ACTIVATIONS = {
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Dropout", "Identity", "Relu", "Relu6", "LeakyRelu",
    "Elu", "Selu", "Gelu", "Silu", "Sigmoid", "Tanh", "Softplus",
}  # fmt: skip
"""Elementwise layers and operations, which pass relevance on unchanged."""
_PRODUCTS = {"Multiply", "Matmul", "Einsum", "Dot"}
"""Products, whose factors share the relevance equally."""
_MORE_THAN_SUMS = (
    keras.layers.RNN, keras.layers.Bidirectional, keras.layers.Attention, keras.layers.MultiHeadAttention,
    keras.layers.GroupQueryAttention, keras.layers.LayerNormalization, keras.layers.RMSNormalization,
    keras.layers.GroupNormalization, keras.layers.UnitNormalization,
)  # fmt: skip
"""Layers that keep part of the relevance, also without biases."""


def propagate_relevance(score: Score, feeds: dict[str, Tensor], weights: Tensor, epsilon: float) -> Tensor:
    """The relevance of the variable, of its shape, for the weighted sum of the answers."""
    graph, end = score.network.graph, score.network.output
    path = steps_between(graph, score.variable, end)
    names = list(dict.fromkeys([end, *(source for name in path[1:] for source in graph.sources(name))]))
    outputs = dict(zip(names, graph.run(feeds, names), strict=True))
    relevance = {end: _output_relevance(score.answers(feeds) * weights, outputs[end])}
    for name in reversed(path[1:]):
        step, sources = graph.steps[name], graph.sources(name)
        of_outputs = [relevance.get(output) for output in step.names]
        if all(r is None for r in of_outputs):
            continue
        on_path = {number for number, source in enumerate(sources) if step_of(source) in path}
        relevant = {number for number in on_path if "float" in graph.symbol(sources[number]).dtype}
        parts = _redistribute(step, [outputs[s] for s in sources], relevant, of_outputs, epsilon)
        for number, part in parts.items():
            source = sources[number]
            relevance[source] = relevance[source] + part if source in relevance else part
    return relevance[score.variable]


def more_than_sums(score: Score) -> list[str]:
    """The layers from the variable to the answer that are more than weighted sums and activations."""
    graph = score.network.graph
    path = steps_between(graph, score.variable, score.network.output)[1:]
    return [name for name in path if isinstance(graph.steps[name].layer, _MORE_THAN_SUMS)]


def _output_relevance(parts: Tensor, answer: Tensor) -> Tensor:
    """The relevance of a network's output, of its shape: its summands in the score."""
    size = int(np.prod(answer.shape[1:]))
    if size < int(np.prod(parts.shape[1:])):  # one unit, which counts as (-z, z)
        parts = ops.sum(parts, axis=-1)
    return ops.reshape(parts, (-1, *answer.shape[1:]))


def _redistribute(
    step: Step, inputs: list[Tensor], relevant: set[int], relevances: list[Tensor | None], epsilon: float
) -> dict[int, Tensor]:
    """The relevance of the `relevant` inputs of a step, by number, from that of its outputs."""
    kind = type(step.layer).__name__
    if kind in _ACTIVATIONS and len(inputs) == 1:
        return {0: relevances[0]} if relevances[0] is not None else {}

    def before_activation(number: int, x: Tensor) -> list[Tensor]:
        values = {id(t): v for t, v in zip(step.tensors, inputs, strict=True)} | {id(step.tensors[number]): x}
        replaced = keras.tree.map_structure(lambda t: values.get(id(t), t), (step.args, dict(step.kwargs)))
        return keras.tree.flatten(_without_activation(step, *replaced[0], **replaced[1]))

    shares = []
    for z, relevance in zip(before_activation(0, inputs[0]), relevances, strict=True):
        z = ops.cast(z, "float32")
        small = epsilon * ops.sqrt(ops.mean(ops.square(z))) + LEAST
        shares.append(0 if relevance is None else relevance / (z + ops.where(z >= 0, small, -small)))
    found = {}
    for number in relevant:
        weighted = partial(_weighted_sum, partial(before_activation, number), shares)
        _, gradient = gradient_at(weighted, inputs[number])
        part = ops.cast(inputs[number], "float32") * ops.cast(gradient, "float32")
        found[number] = part / (len(relevant) if kind in _PRODUCTS else 1)
    return found


def _weighted_sum(function: Callable[[Tensor], list[Tensor]], shares: list[Tensor], x: Tensor) -> Tensor:
    return sum(ops.sum(ops.cast(z, "float32") * share) for z, share in zip(function(x), shares, strict=True))


def _without_activation(step: Step, *args: Any, **kwargs: Any) -> Any:
    """The output of a step before its own activation."""
    if vars(step.layer).get("activation") is None:
        return plain_call(step, *args, **kwargs)
    with linear(step.layer):
        return plain_call(step, *args, **kwargs)
