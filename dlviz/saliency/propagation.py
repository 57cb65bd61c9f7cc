"""How layer-wise relevance propagation divides an answer among the inputs of each layer, from the last to the first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from dlviz.model.graph import Step, linear, plain_call, step_of
from dlviz.saliency.score import Score, gradient_at, on_the_way

Tensor = Any
LEAST = 1e-12
_ACTIVATIONS = {
    "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Dropout", "Identity", "Relu", "Relu6", "LeakyRelu",
    "Elu", "Selu", "Gelu", "Silu", "Sigmoid", "Tanh", "Softplus",
}  # fmt: skip
"""Classes of layers and operations that hand on the relevance of each number to the number that it was made of."""
_PRODUCTS = {"Multiply", "Matmul", "Einsum", "Dot"}
"""Classes whose factors share the relevance equally."""


def propagated(score: Score, feeds: dict[str, Tensor], weights: Tensor, epsilon: float) -> Tensor:
    """The relevance of each number of the variable, of its shape, for what is fed and weights of the answers."""
    graph, end = score.network.graph, score.network.output
    way = on_the_way(graph, score.at, end)
    names = list(dict.fromkeys([end, *(source for name in way[1:] for source in graph.sources(name))]))
    outputs = dict(zip(names, graph.run(feeds, names), strict=True))
    found = {end: _of_the_answer(score.answers(feeds) * weights, outputs[end])}
    for name in reversed(way[1:]):
        step, sources = graph.steps[name], graph.sources(name)
        given = [found.get(output) for output in step.names]
        if all(relevance is None for relevance in given):
            continue
        on_way = {number for number, source in enumerate(sources) if step_of(source) in way}
        shared = {number for number in on_way if "float" in graph.symbol(sources[number]).dtype}
        for number, part in _divided(step, [outputs[s] for s in sources], shared, given, epsilon).items():
            source = sources[number]
            found[source] = found[source] + part if source in found else part
    return found[score.at]


def _of_the_answer(parts: Tensor, answer: Tensor) -> Tensor:
    """The relevance of a network's answer: the score's part in each of its numbers, of its shape."""
    size = int(np.prod(answer.shape[1:]))
    if size < int(np.prod(parts.shape[1:])):  # one unit, which counts as (-z, z)
        parts = ops.sum(parts, axis=-1)
    return ops.reshape(parts, (-1, *answer.shape[1:]))


def _divided(
    step: Step, inputs: list[Tensor], shared: set[int], relevances: list[Tensor | None], epsilon: float
) -> dict[int, Tensor]:
    """The relevance of each of a step's inputs that gets any (`shared`), given that of its outputs."""
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
    for number in shared:
        weighed = partial(_weighed, partial(before_activation, number), shares)
        _, slope = gradient_at(weighed, inputs[number])
        part = ops.cast(inputs[number], "float32") * ops.cast(slope, "float32")
        found[number] = part / (len(shared) if kind in _PRODUCTS else 1)
    return found


def _weighed(function: Callable[[Tensor], list[Tensor]], shares: list[Tensor], x: Tensor) -> Tensor:
    return sum(ops.sum(ops.cast(z, "float32") * share) for z, share in zip(function(x), shares, strict=True))


def _without_activation(step: Step, *args: Any, **kwargs: Any) -> Any:
    """What a step gives before its own activation."""
    if vars(step.layer).get("activation") is None:
        return plain_call(step, *args, **kwargs)
    with linear(step.layer):
        return plain_call(step, *args, **kwargs)
