"""How an output is scaled: by a softmax, a sigmoid or not at all, whatever operations follow the last activation."""

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
"""Layers and operations that keep the values and at most reshape them; an `Activation` among them is linear."""
_NAMES = {"hard_sigmoid": "sigmoid", "hard_sigmoid_of_keras_2": "sigmoid", "log_softmax": "linear"}
"""Equivalent activations: the logarithm of a softmax counts as logits."""
SOFTMAX, SIGMOID, LINEAR, UNIT_LENGTH = "softmax", "sigmoid", "linear", "unit length"
TOLERANCE = 1e-3
TRIAL_SIZE = 3
"""The size of open axes in a trial run."""


@dataclass(frozen=True)
class Scale:
    """How a layer's output is scaled.

    Attributes:
        name: `softmax`: non-negative, sums to 1 over the last axis; `sigmoid`: independent values in 0..1; `unit
            length`: L2 norm 1 over the last axis, as of embeddings; `linear`; or another activation.
        steps: the steps whose activations determine it.
        is_plain: whether there is one such step, followed by reshaping only.
    """

    name: str
    steps: tuple[str, ...] = ()
    is_plain: bool = True


def scale_of(graph: Graph, layer: str) -> Scale:
    """Infer the scale of an output from the last activations and a trial run of what follows them."""
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
        return Scale(_scale_by_trial(graph, layer, found), tuple(found), is_plain=False)
    if names == {LINEAR} and _has_unit_length(graph, layer, tuple(found)):
        return Scale(UNIT_LENGTH, tuple(found), is_plain=False)
    others = names - {LINEAR, SOFTMAX, SIGMOID}
    return Scale(others.pop() if len(names) == len(others) == 1 else LINEAR, tuple(found), is_plain=False)


def activation_layer(step: Step) -> Any:
    """The layer whose activation a step applies, inside any wrappers."""
    layer = step.layer
    while isinstance(layer, keras.layers.Wrapper):
        layer = layer.layer
    return layer


def _activation(step: Step) -> str:
    """The name of a step's activation; `linear` for an input or a layer with weights; empty for other steps."""
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


def _scale_by_trial(graph: Graph, layer: str, found: dict[str, str]) -> str:
    """The scale of an output computed from softmax and sigmoid values, by a trial run with random ones.

    The trial includes all ones and all zeros, so that a sum of probabilities is not taken for a probability.
    """
    random = np.random.default_rng(0)
    feeds = {}
    for name, scale in found.items():
        shape = tuple(n or TRIAL_SIZE for n in graph.symbol(name).shape[1:])
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
    answer = _trial_output(graph, layer, feeds)
    if answer is None:
        return LINEAR
    if answer.ndim > 1 and not (answer.min() >= -TOLERANCE and answer.max() <= 1 + TOLERANCE):
        return LINEAR
    sizes = [n for n in answer.shape[1:] if n != 1]
    sums = answer.sum(axis=-1) if len(sizes) > 1 else answer.reshape(4, -1).sum(axis=1)
    return SOFTMAX if sizes and np.allclose(sums, 1, atol=TOLERANCE) else SIGMOID


def _has_unit_length(graph: Graph, layer: str, linear: tuple[str, ...]) -> bool:
    """Whether an output computed from linear outputs has unit length, by a trial run with random ones."""
    random = np.random.default_rng(0)
    shapes = {name: tuple(n or TRIAL_SIZE for n in graph.symbol(name).shape[1:]) for name in linear}
    answer = _trial_output(graph, layer, {name: random.normal(size=(4, *s)) for name, s in shapes.items()})
    return answer is not None and answer.ndim > 1 and np.allclose((answer**2).sum(axis=-1), 1, atol=TOLERANCE)


def _trial_output(graph: Graph, layer: str, feeds: dict[str, np.ndarray]) -> np.ndarray | None:
    """The output of `layer` for made-up outputs of other layers, float32; None if it cannot be run on them."""
    constants = {name: backend.constant(values.astype(np.float32)) for name, values in feeds.items()}
    try:
        return np.asarray(keras.ops.cast(graph.run(constants, (layer,))[0], "float32"))
    except Exception:  # layers raise all kinds of errors for unexpected sizes
        return None


def probabilities(answer: np.ndarray, scale: str, *, several: bool) -> np.ndarray:
    """Convert an output (n, ...) of the given scale to probabilities (n, classes).

    A single sigmoid or linear unit is a binary classifier. With `several`, for multi-label classifiers, each class has
    an independent probability.
    """
    answer = answer.reshape(len(answer), -1)
    if answer.shape[1] == 1:  # one unit for two classes
        p = answer if scale == SIGMOID else expit(answer)
        return np.concatenate([1 - p, p], axis=1)
    if scale != LINEAR:
        return answer
    found: np.ndarray = expit(answer) if several else softmax(answer, axis=1)
    return found
