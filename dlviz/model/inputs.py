"""What each input of a network takes, inferred from its first layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import keras

from dlviz.grammar import number_of
from dlviz.jobs import Input
from dlviz.model.graph import Graph, Step
from dlviz_models.layers.text import Text
from dlviz_models.layers.trees import Recursive

_PASSING = {
    "Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "Dropout", "GaussianNoise", "Identity",
    "Activation", "Masking", "Cast", "Multiply", "Divide", "TrueDivide", "Add", "Subtract", "ZeroPadding1D", "Power",
    "RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "RandomTranslation", "Resizing", "CenterCrop",
    "ZeroPadding2D", "GetItem", "Concatenate", "Stack", "SpatialDropout1D", "SpatialDropout2D",
}  # fmt: skip
"""Layers and operations that say nothing about the kind of the input."""
_IMAGE_LAYERS = ("2D", "RandomFlip", "RandomRotation", "RandomZoom", "Resizing", "CenterCrop")
_SEQUENCE_LAYERS = ("1D", "LSTM", "GRU", "RNN", "Bidirectional", "TimeDistributed", "Attention")
_SOUND_LAYERS = {"MelSpectrogram", "STFTSpectrogram"}
SOUND_LENGTH = 1000
"""The minimum number of steps for a single feature to be a sound."""
FLAT_PICTURES = {784: (28, 28, 1), 3072: (32, 32, 3)}
"""Vector lengths taken for pictures: MNIST and CIFAR-10."""
ROWS = (28, 28)
"""(steps, features) taken for the rows of an MNIST digit."""


def inputs_of(graph: Graph) -> dict[str, Input]:
    """Each input of a graph by name, in the model's order."""
    is_tree = any(isinstance(step.layer, Recursive) for step in graph.steps.values()) and len(graph.inputs) == 3
    found = {}
    for name in graph.inputs:
        spec = _spec_of(graph.steps[name], list(_first_uses(graph, name)))
        found[name] = replace(spec, kind="tree", evidence="it is fed to a recursive layer") if is_tree else spec
    return found


def _first_uses(graph: Graph, name: str) -> Iterator[Step]:
    """The first steps after an input, looking through `_PASSING`, that reveal what it is."""
    after: dict[str, list[Step]] = {}
    for step in graph.steps.values():
        for parent in graph.parents[step.name]:
            after.setdefault(parent, []).append(step)
    queue, seen = [name], {name}
    while queue:
        for step in after.get(queue.pop(0), []):
            if step.name in seen:
                continue
            seen.add(step.name)
            if type(step.layer).__name__ in _PASSING:
                queue.append(step.name)
            else:
                yield step


def _spec_of(step: Step, uses: list[Step]) -> Input:
    shape = tuple(step.outputs.shape[1:])
    dtype = keras.backend.standardize_dtype(step.outputs.dtype)
    kinds = [type(use.layer).__name__ for use in uses]

    def as_kind(kind: str, evidence: str, shape: tuple[int | None, ...] = shape, vocabulary: int = 0) -> Input:
        return Input(step.name, kind, shape, evidence, dtype, vocabulary)

    if dtype == "string":
        return as_kind("text", "it is of type string")
    for use in uses:
        if isinstance(use.layer, Text):
            return as_kind("text", "its vocabulary is in the network", vocabulary=len(use.layer.tokens))
        if isinstance(use.layer, keras.layers.Embedding):
            size = use.layer.input_dim
            return as_kind("numbers", f"it is fed to an Embedding of {size:,} tokens", vocabulary=size)
    if _SOUND_LAYERS & set(kinds):
        return as_kind("sound", "its spectrum is computed first")
    match len(shape):
        case 1:
            return _vector(as_kind, shape, uses)
        case 2:
            return _rows(as_kind, shape, kinds)
        case 3:
            if _uses(kinds, ("ConvLSTM1D", "TimeDistributed")):
                return as_kind("numbers", f"it is fed to {kinds[0]}")
            if any(getattr(use.layer, "data_format", "") == "channels_first" for use in uses):
                return as_kind("picture", "it is convolved with the channels first", (*shape[1:], shape[0]))
            if _uses(kinds, _IMAGE_LAYERS) or shape[-1] in (1, 3, 4) or not _uses(kinds, _SEQUENCE_LAYERS):
                return as_kind("picture", f"it has the shape {_text(shape)}")
    return as_kind("numbers", f"it has the shape {_text(shape)}")


def _vector(as_kind, shape: tuple[int | None, ...], uses: list[Step]) -> Input:
    (size,) = shape
    for use in uses:
        reshaped = tuple(use.outputs.shape[1:]) if type(use.layer).__name__ == "Reshape" else ()
        if len(reshaped) == 3 and reshaped[-1] in (1, 3):
            return as_kind("picture", f"it is reshaped to {_text(reshaped)}", reshaped)
        if len(reshaped) == 2 and reshaped[-1] == 1 and (size or 0) >= SOUND_LENGTH:
            return as_kind("sound", f"it holds {size:,} samples in a row")
    if size in FLAT_PICTURES:
        picture = FLAT_PICTURES[size]
        return as_kind("picture", f"it holds {size} numbers, as pictures of {_text(picture)} do", picture)
    return as_kind("numbers", f"it holds {number_of(size, 'number')}" if size else "it holds numbers")


def _rows(as_kind, shape: tuple[int | None, ...], kinds: list[str]) -> Input:
    steps, features = shape
    is_as_long = steps >= SOUND_LENGTH if steps else _uses(kinds, ("Conv1D",))  # recurrent layers read any series
    if features == 1 and is_as_long and _uses(kinds, _SEQUENCE_LAYERS):
        return as_kind("sound", "it holds one number per step, " + (f"{steps:,} of them" if steps else "however many"))
    if shape == ROWS:
        return as_kind("picture", "it has 28 rows of 28, as MNIST's digits have", (*shape, 1))
    is_like_a_picture = steps and features and steps >= 8 and features >= 8 and 1 / 4 <= steps / features <= 4
    if is_like_a_picture and not _uses(kinds, _SEQUENCE_LAYERS):
        return as_kind(
            "picture", f"it has {steps} rows of {features} numbers that are not read as a sequence", (*shape, 1)
        )
    return as_kind("numbers", f"it is a sequence of {features} numbers per step")


def _uses(kinds: list[str], words: tuple[str, ...]) -> bool:
    return any(word in kind for kind in kinds for word in words)


def _text(shape: tuple[int | None, ...]) -> str:
    return " × ".join("?" if n is None else str(n) for n in shape)
