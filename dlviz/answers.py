"""What each output of a network answers: a class, numbers, a picture, a class for each pixel, step or node, a text.

Told by the loss that it was trained with where the file knows it, else by its last layers, its shape and its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import keras

from dlviz.graph import Graph, step_of
from dlviz.jobs import Input, Output, sample_kind
from dlviz_models.text import Text
from dlviz_models.trees import Recursive

_SAME_SCALE = {
    "Reshape", "Flatten", "Dropout", "Identity", "Cast", "Squeeze", "ExpandDims", "Transpose", "Permute", "Average",
    "GetItem", "Concatenate",
}  # fmt: skip
"""Layers and operations after which a distribution over classes is still one."""
_SCALES = {"softmax": "softmax", "sigmoid": "sigmoid", "hard_sigmoid": "sigmoid", "tanh": "tanh", "relu": "relu"}
_CLASS_WORDS = re.compile(r"logit|class|predictions?$|label|categor|^fc\d*$|head|species|digit", re.IGNORECASE)
_NUMBER_WORDS = re.compile(
    r"regress|box|bbox|coord|landmark|angle|age|price|value|score|offset|depth|pose|height|width|_xy|(^|_)mu$|q_?values?",
    re.IGNORECASE,
)
_REGRESSION = re.compile(r"mse|mae|mape|msle|squared|absolute|huber|log_?cosh|poisson|quantile", re.IGNORECASE)
_CLASSIFICATION = re.compile(r"cross_?entropy|hinge|focal|kl_?divergence", re.IGNORECASE)
FEW = 5
"""Of fewer linear numbers than this, nothing else being known, none is taken for the logit of a class."""


def outputs_of(
    graph: Graph, inputs: Mapping[str, Input], classes: int = 0, losses: Mapping[str, str] | None = None
) -> dict[str, Output]:
    """Each output of a graph by name, in the model's order.

    Args:
        classes: how many class names are known; 0: none.
        losses: the names of the losses that outputs were trained with, as far as they are known; "" stands for all.
    """
    losses = losses or {}
    return {
        name: _told(graph, inputs, name, layer, classes, losses.get(name, losses.get("", "")))
        for name, layer in graph.outputs.items()
    }


def scale_of(graph: Graph, layer: str) -> tuple[str, str]:
    """How a layer's answer is scaled: `softmax`, `sigmoid`, `tanh`, `relu` or `linear`, and the layer that does it."""
    while True:
        step = graph.steps[step_of(layer)]
        kind = type(step.layer).__name__
        if kind in _SAME_SCALE and graph.parents[step.name]:
            layer = graph.parents[step.name][0]
            continue
        inner = step.layer
        while isinstance(inner, keras.layers.Wrapper):
            inner = inner.layer
        if isinstance(inner, keras.layers.Activation) and inner.activation is keras.activations.linear:
            layer = graph.parents[step.name][0]
            continue
        activation = getattr(inner, "activation", None)
        name = getattr(activation, "__name__", "") if activation else type(inner).__name__.lower()
        return _SCALES.get(name, "linear"), step.name


def _told(graph: Graph, inputs: Mapping[str, Input], name: str, layer: str, classes: int, loss: str) -> Output:
    shape = tuple(graph.symbol(layer).shape[1:])
    scale, _ = scale_of(graph, layer)

    def answer(kind: str, told: str) -> Output:
        return Output(name, layer, kind, shape, told, scale)

    if _writes_text(graph, inputs):
        return answer("text", "it gives the next token of a text")
    if any(isinstance(step.layer, Recursive) for step in graph.steps.values()) and len(shape) == 2:
        return answer("nodes", "it answers at each node of a tree")
    main = next(iter(inputs.values()))
    if sample_kind(list(inputs.values())) == "picture" and _is_picture(main, shape, scale, loss):
        return answer("picture", "it has the shape of the picture that is fed")
    if len(shape) == 3:
        return answer("pixels", f"it answers with {shape[-1]} numbers at each of {shape[0]} × {shape[1]} places")
    if len(shape) == 2 and shape[0] != 1 and shape[-1] != 1:
        if scale == "softmax" or (scale != "linear" and _CLASSIFICATION.search(loss)):
            return answer("steps", "it answers with a distribution at each step")
        return answer("numbers", f"it answers with {shape[-1]} numbers at each step")
    if len(shape) >= 2 and any(n != 1 for n in shape[:-1]):
        return answer("numbers", f"it has the shape {shape}")
    return answer(*_vector(name, layer, shape, scale, classes, loss))


def _vector(
    name: str, layer: str, shape: tuple[int | None, ...], scale: str, classes: int, loss: str
) -> tuple[str, str]:
    """Whether one row of numbers is classes, and how that was told."""
    size = max((n or 0 for n in shape), default=1)
    if _REGRESSION.search(loss) and scale != "softmax":
        return "numbers", f"it was trained with the loss {loss}"
    if _CLASSIFICATION.search(loss):
        return "classes", f"it was trained with the loss {loss}"
    if scale in ("softmax", "sigmoid") and not (scale == "softmax" and size == 1):
        return "classes", f"its last activation is {scale}"
    if scale in ("tanh", "relu"):
        return "numbers", f"its last activation is {scale}"
    if classes and classes == size:
        return "classes", f"{classes} class names are known"
    for word in (name, layer):
        if _NUMBER_WORDS.search(word):
            return "numbers", f"it is called {word}"
        if _CLASS_WORDS.search(word) and size > 1:
            return "classes", f"it is called {word}"
    if size >= FEW:
        return "classes", f"its {size} linear numbers are taken for logits"
    return "numbers", "its last layer is linear"


def _writes_text(graph: Graph, inputs: Mapping[str, Input]) -> bool:
    texts = [step for step in graph.steps.values() if isinstance(step.layer, Text)]
    return len(texts) == 2 and set(inputs) == {"source", "target"}


def _is_picture(picture: Input, shape: tuple[int | None, ...], scale: str, loss: str) -> bool:
    """Whether a network answers with a picture like the one it is fed."""
    if scale == "softmax" or _CLASSIFICATION.search(loss.replace("binary_crossentropy", "")):
        return False
    if len(shape) == 3:
        sizes = zip(shape, picture.shape, strict=True)
        return all(a == b or a is None or b is None for a, b in sizes) and shape[-1] == picture.shape[-1]
    flat = 1
    for n in picture.shape:
        flat *= n or 0
    return len(shape) == 1 and shape[0] == flat > FEW
