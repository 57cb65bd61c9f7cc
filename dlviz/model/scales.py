"""How an answer is scaled: whether it is a distribution over classes already, whatever stands behind the softmax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from scipy.special import expit, softmax

from dlviz import backend
from dlviz.model.graph import Graph, Step, step_of

_RESHAPING = {
    "Reshape", "Flatten", "Dropout", "Identity", "Cast", "Squeeze", "ExpandDims", "Transpose", "Permute", "Activation",
    "SpatialDropout1D", "SpatialDropout2D", "ActivityRegularization",
}  # fmt: skip
"""Layers and operations after which the numbers are the same ones, perhaps in another shape; an `Activation` that gets
this far is linear."""
_NAMES = {"hard_sigmoid": "sigmoid", "hard_sigmoid_of_keras_2": "sigmoid", "log_softmax": "linear"}
"""What some activations count as: the logarithm of a softmax is as good as any logits."""
SOFTMAX, SIGMOID, LINEAR, UNIT_LENGTH = "softmax", "sigmoid", "linear", "unit length"
CLOSE = 1e-3
OPEN_SIZE = 3
"""The size that axes are given for the trial where the network leaves them open."""


@dataclass(frozen=True)
class Scale:
    """How a layer's answer is scaled.

    Attributes:
        name: `softmax`: over the last axis it is at least 0 and sums to 1; `sigmoid`: each number is a share of its
            own; `unit length`: over the last axis its squares sum to 1, as embeddings are often scaled; `linear`; or
            the name of another activation.
        steps: those whose activation makes it so.
        is_plain: whether behind the one step the numbers are only brought into another shape.
    """

    name: str
    steps: tuple[str, ...] = ()
    is_plain: bool = True


def scale_of(graph: Graph, layer: str) -> Scale:
    """Return how the output `layer` is scaled, judged by the last activations and a trial run of what follows."""
    found: dict[str, str] = {}
    passed: set[str] = set()
    queue, seen = [step_of(layer)], set()
    while queue:
        step = graph.steps[queue.pop()]
        if step.name in seen:
            continue
        seen.add(step.name)
        name = _activation(step)
        if name:
            found[step.name] = name
        else:
            passed.add(type(step.layer).__name__)
            queue.extend(graph.parents[step.name])
    names = set(found.values())
    if len(found) == 1 and passed <= _RESHAPING:
        return Scale(names.pop(), tuple(found))
    if names <= {SOFTMAX, SIGMOID}:
        return Scale(_tried(graph, layer, found), tuple(found), is_plain=False)
    if names == {LINEAR} and _has_unit_length(graph, layer, tuple(found)):
        return Scale(UNIT_LENGTH, tuple(found), is_plain=False)
    others = names - {LINEAR, SOFTMAX, SIGMOID}
    return Scale(others.pop() if len(names) == len(others) == 1 else LINEAR, tuple(found), is_plain=False)


def activation_layer(step: Step) -> Any:
    """The layer whose activation a step applies: of a wrapper the wrapped one."""
    layer = step.layer
    while isinstance(layer, keras.layers.Wrapper):
        layer = layer.layer
    return layer


def _activation(step: Step) -> str:
    """The name of a step's activation, `linear` for an input or a layer with weights; empty where it has neither."""
    layer = activation_layer(step)
    if layer is None:
        return LINEAR
    activation = getattr(layer, "activation", None)
    if activation is None:
        name = type(layer).__name__.lower()
        known = name in (SOFTMAX, SIGMOID, "relu") or hasattr(keras.activations, name)
    else:
        name = getattr(activation, "__name__", type(activation).__name__.lower())
        known = name != LINEAR
    if known:
        return _NAMES.get(name, name)
    return LINEAR if getattr(layer, "weights", ()) else ""


def _tried(graph: Graph, layer: str, found: dict[str, str]) -> str:
    """The scale of what is computed from distributions and probabilities, judged by a trial run with random ones.

    Among these, all shares are 1 once and 0 once, so that a sum of them is not taken for a share.
    """
    random = np.random.default_rng(0)
    feeds = {}
    for name, scale in found.items():
        shape = tuple(n or OPEN_SIZE for n in graph.symbol(name).shape[1:])
        axis = getattr(activation_layer(graph.steps[name]), "axis", -1)
        values = random.uniform(size=(4, *shape)).astype(np.float32)
        if scale == SOFTMAX:
            values = np.moveaxis(values, axis, -1)
            values[2:] = 0
            values[2, ..., 0] = values[3, ..., -1] = 1
            values = np.moveaxis(values / values.sum(axis=-1, keepdims=True), -1, axis)
        else:
            values[2], values[3] = 0, 1
        feeds[name] = values
    answer = _answer(graph, layer, feeds)
    if answer is None:
        return LINEAR
    if answer.ndim > 1 and not (answer.min() >= -CLOSE and answer.max() <= 1 + CLOSE):
        return LINEAR
    sizes = [n for n in answer.shape[1:] if n != 1]
    sums = answer.sum(axis=-1) if len(sizes) > 1 else answer.reshape(4, -1).sum(axis=1)
    return SOFTMAX if sizes and np.allclose(sums, 1, atol=CLOSE) else SIGMOID


def _has_unit_length(graph: Graph, layer: str, linear: tuple[str, ...]) -> bool:
    """Whether what is computed from linear outputs is scaled to unit length, judged by a trial run with random ones."""
    random = np.random.default_rng(0)
    shapes = {name: tuple(n or OPEN_SIZE for n in graph.symbol(name).shape[1:]) for name in linear}
    answer = _answer(graph, layer, {name: random.normal(size=(4, *s)) for name, s in shapes.items()})
    return answer is not None and answer.ndim > 1 and np.allclose((answer**2).sum(axis=-1), 1, atol=CLOSE)


def _answer(graph: Graph, layer: str, feeds: dict[str, np.ndarray]) -> np.ndarray | None:
    """What `layer` answers to made-up outputs of other layers, float32; None where it cannot be run on them."""
    constants = {name: backend.constant(values.astype(np.float32)) for name, values in feeds.items()}
    try:
        return np.asarray(keras.ops.cast(graph.run(constants, (layer,))[0], "float32"))
    except Exception:  # layers raise whatever made-up sizes make them stumble over
        return None


def probabilities(answer: np.ndarray, scale: str, *, several: bool) -> np.ndarray:
    """The probabilities (n, classes) that an answer (n, ...) of this scale stands for.

    One sigmoid or linear unit stands for two classes; where `several` classes can be right at once, each has a
    probability of its own.
    """
    answer = answer.reshape(len(answer), -1)
    if answer.shape[1] == 1:  # one unit for two classes
        p = answer if scale == SIGMOID else expit(answer)
        return np.concatenate([1 - p, p], axis=1)
    if scale != LINEAR:
        return answer
    found: np.ndarray = expit(answer) if several else softmax(answer, axis=1)
    return found
