"""The weights of a layer and its sublayers by name, dequantised."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np

from dlviz.model.graph import linear

_OF_QUANTISED = {"kernel", "embeddings", "bias"}
"""The weights shown of a quantised layer; its other arrays hold scales and the like."""
_BITS = {"int8": 8, "int4": 4, "awq": 4}
ROWS = 1024
"""The number of unit vectors fed to a quantised layer at a time."""


@dataclass(frozen=True)
class Weight:
    """One weight.

    Attributes:
        name: the shortest suffix of its path that is unique in the layer, such as `kernel` or `query/kernel`.
        owner: the layer or sublayer that it belongs to.
        variable: the Keras variable.
    """

    name: str
    owner: keras.Layer
    variable: Any

    @property
    def last_name(self) -> str:
        """Its name within its owner."""
        return self.name.split("/")[-1].split("#")[0]

    @property
    def is_quantised(self) -> bool:
        """Whether it is stored as quantised integers."""
        return "int" in keras.backend.standardize_dtype(self.variable.dtype) and bool(self.owner.quantization_mode)

    @property
    def bits(self) -> int:
        """The number of bits per stored value."""
        if self.is_quantised:
            return _BITS.get(self.owner.quantization_mode) or int(self.owner.dtype_policy.weight_bits)
        width = re.search(r"\d+", keras.backend.standardize_dtype(self.variable.dtype))
        return int(width[0]) if width else 8

    @cached_property
    def values(self) -> np.ndarray:
        """The effective values, float32 in the weight's shape, dequantised."""
        if not self.is_quantised:
            return np.asarray(keras.ops.cast(self.variable, "float32"))
        if self.last_name == "embeddings":
            return np.asarray(self.owner(np.arange(self.owner.input_dim)), np.float32)
        if isinstance(self.owner, keras.layers.EinsumDense):
            return _einsum_kernel(self.owner)
        return np.concatenate(list(_answers(self.owner, (int(self.owner.input_spec.axes[-1]),))))


def weights_of(layer: Any) -> dict[str, Weight]:
    """The weights of a layer and its sublayers by name, in Keras's order; empty for an operation."""
    if not isinstance(layer, keras.Layer):
        return {}
    owners = {
        id(variable): inner
        for inner in layer._flatten_layers()
        for variable in inner._trainable_variables + inner._non_trainable_variables
    }
    found = [(w, owners[id(w)]) for w in layer.weights if _is_shown(w.name, owners[id(w)])]
    names = _short_names([_parts(w.path, w.name) for w, _ in found])
    return {name: Weight(name, owner, w) for name, (w, owner) in zip(names, found, strict=True)}


def main_weight(weights: Mapping[str, Weight]) -> str:
    """The name of a layer's main weight: its kernel or embeddings, else the first."""
    kernels = [n for n, w in weights.items() if w.last_name in ("kernel", "embeddings")]
    others = [n for n, w in weights.items() if "kernel" in w.last_name]
    return next(iter(kernels or others or weights))


def _is_shown(name: str, owner: keras.Layer) -> bool:
    return not owner.quantization_mode or name in _OF_QUANTISED


def _parts(path: str, name: str) -> list[str]:
    """The parts of a path, without the cells of recurrent layers."""
    return [part for part in path.split("/")[:-1] if not part.endswith("_cell")] + [name]


def _short_names(paths: list[list[str]]) -> list[str]:
    """For each path its shortest unique suffix; identical paths are numbered."""
    ends = Counter("/".join(path[-n:]) for path in paths for n in range(1, len(path) + 1))
    names: list[str] = []
    for path in paths:
        short = next((e for n in range(1, len(path) + 1) if ends[e := "/".join(path[-n:])] == 1), "/".join(path))
        same = sum(name.split("#")[0] == short for name in names)
        names.append(f"{short}#{same + 1}" if same else short)
    return names


def _answers(layer: Any, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """The outputs of a linear layer without bias for each unit vector of `shape`, (rows, ...) at a time."""
    size = int(np.prod(shape))
    with linear(layer):
        bias = np.asarray(layer(np.zeros((1, *shape), np.float32)))
        for start in range(0, size, ROWS):
            units = np.eye(min(ROWS, size - start), size, start, dtype=np.float32)
            yield np.asarray(layer(units.reshape(-1, *shape)), np.float32) - bias


def _einsum_kernel(layer: keras.layers.EinsumDense) -> np.ndarray:
    """The kernel of a quantised `EinsumDense`, recovered from its outputs for unit vectors."""
    inputs, rest = layer.equation.split(",")
    letters, outputs = rest.split("->")
    shape = layer.original_kernel_shape if hasattr(layer, "original_kernel_shape") else layer.kernel.shape
    sizes = dict(zip(letters, shape, strict=True))
    answers = np.concatenate(list(_answers(layer, tuple(sizes.get(letter, 1) for letter in inputs[1:]))))
    order = [c for c in inputs if c in sizes] + [c for c in outputs if c in sizes]
    laid_out = answers.reshape([sizes[letter] for letter in order])  # (summed axes..., others...)
    return laid_out.transpose([order.index(letter) for letter in letters])


def weights_digest(model: keras.Model) -> bytes:
    """The SHA-256 of a model's weights."""
    found = hashlib.sha256()
    for weight in model.weights:
        found.update(np.ascontiguousarray(keras.ops.convert_to_numpy(weight)).tobytes())
    return found.digest()
