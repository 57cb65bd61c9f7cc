"""A layer's weights as panels: kernels as pictures, matrices as heat maps, vectors as bars or curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from dlviz.feeding.tokens import vocabulary_of
from dlviz.model.weights import Weight
from dlviz.sheet import Bars, Curves, Matrix, Panel, Paragraph, Tiles, retitled
from dlviz_models.layers.attention import HeadMixture, HeadWeights
from dlviz_models.layers.trees import TensorCell, TreeLSTMCell

if TYPE_CHECKING:
    from dlviz.network import Network

_PASSING = {"Flatten", "Reshape", "Dropout", "Rescaling", "Normalization", "Activation", "ReLU", "BatchNormalization"}
"""What may stand between a map and the dense layer whose weights are laid out as that map."""
MOST_BARS = 40
MOST_CURVES = 8
MOST_INPUTS = 128
"""The maximum number of inputs of which the kernels of a one-dimensional convolution are shown."""
LSTM_GATES = ("input gate", "forget gate", "candidate", "output gate")
GRU_GATES = ("update gate", "reset gate", "candidate")
TREE_GATES = ("input gate", "forget gate (left)", "forget gate (right)", "output gate", "candidate")
LEGEND = "grey is 0, white excites, black inhibits"
"""What the grey of weights means."""


@dataclass(frozen=True)
class Excerpt:
    """Which part of a weight is shown.

    Attributes:
        units: the chosen ones; empty: all.
        slices: of how many inputs each unit's kernel is shown, where it has many.
        rows: how many units are shown, where each has many inputs.
        words: of an embedding, the tokens whose rows are shown; empty: the first ones.
    """

    units: tuple[int, ...] = ()
    slices: int = 16
    rows: int = 64
    words: tuple[str, ...] = ()

    def of(self, count: int, limited: bool = True) -> tuple[int, ...]:
        """The units that are shown of `count`."""
        units = tuple(unit for unit in self.units if unit < count) or tuple(range(count))
        return units[: self.rows] if limited else units


def gates_of(owner: Any, name: str) -> tuple[str, ...]:
    """The gates whose weights stand side by side along the last axis of the weight called `name`; empty: none."""
    if isinstance(owner, TreeLSTMCell):
        return tuple(gate for gate in TREE_GATES if "forget" not in gate) if name.startswith("leaf") else TREE_GATES
    if isinstance(owner, keras.layers.LSTMCell) or type(owner).__name__ == "ConvLSTMCell":
        return LSTM_GATES
    return GRU_GATES if isinstance(owner, keras.layers.GRUCell) else ()


def panels_of(network: Network, layer: str, weight: Weight, excerpt: Excerpt) -> tuple[Panel, ...]:
    """One weight of the layer called `layer`; one panel for each gate where it has gates, with the gate as title."""
    values = weight.values
    gates = gates_of(weight.owner, weight.last_name)
    if not gates:
        return (_panel(network, layer, weight, values, excerpt),)
    if values.ndim > 2:
        return (_gated_convolution(values, gates, excerpt),)
    parts = zip(gates, np.split(values, len(gates), axis=-1), strict=True)
    return tuple(retitled(_panel(network, layer, weight, part, excerpt), gate) for gate, part in parts)


def panels_of_heads(weight: Weight) -> tuple[Panel, ...]:
    """A kernel of attention as one matrix a head, (places, inputs) or (outputs, places); empty: it has no heads."""
    values = weight.values
    if not _has_heads(weight, values):
        return ()
    axis = 0 if _is_output(weight) else 1
    heads = np.moveaxis(values, axis, 0)  # (heads, inputs, places), of the output (heads, places, outputs)
    row, column = ("output", "place") if axis == 0 else ("place", "input")
    return tuple(_matrix(head.T, range(head.shape[1]), f"head {n}", row, column) for n, head in enumerate(heads))


def _panel(network: Network, layer: str, weight: Weight, values: np.ndarray, excerpt: Excerpt) -> Panel:
    """A weight, or the part of it that is a gate's."""
    name = weight.last_name
    if values.ndim == 0:
        return Paragraph(f"{float(values):.4g}")
    if values.ndim == 1:
        return _vector(values, excerpt)
    if name == "embeddings":
        return _embedding(network, layer, values, excerpt)
    if _has_heads(weight, values):
        flat = values.reshape(-1, values.shape[-1]) if _is_output(weight) else values.reshape(len(values), -1)
        return _units(flat, excerpt, *(("output", "head and place") if _is_output(weight) else ("head and place",)))
    if isinstance(weight.owner, TensorCell) and values.ndim == 3:
        slices = np.moveaxis(values, 1, -1)[:, :, None]  # (left, right, 1, units)
        return _kernels(network, layer, slices, excerpt)
    if "Conv" in type(weight.owner).__name__ and "kernel" in name:
        return _convolution(network, layer, _inputs_and_units(weight, values), excerpt)
    flat = values.reshape(-1, values.shape[-1])  # (inputs, units)
    if isinstance(weight.owner, keras.layers.Dense) or weight.owner is network.keras_layer(layer):
        return _kernels(network, layer, flat.reshape(*_laid_out(network, layer, len(flat)), -1), excerpt)
    return _units(flat, excerpt)


# -- convolutions, and dense layers over maps ------------------------------------------------------------------------


def _inputs_and_units(weight: Weight, values: np.ndarray) -> np.ndarray:
    """A convolution's kernel as (*places, inputs, units)."""
    kind = type(weight.owner).__name__
    if weight.last_name == "depthwise_kernel" or ("Depthwise" in kind and weight.last_name == "kernel"):
        return values.reshape(*values.shape[:-2], 1, -1)  # each unit has one input
    return values.swapaxes(-1, -2) if "Transpose" in kind else values


def _convolution(network: Network, layer: str, kernels: np.ndarray, excerpt: Excerpt) -> Panel:
    """Kernels (*places, inputs, units) of one, two or three dimensions."""
    if kernels.ndim == 3:
        return _signals(kernels, excerpt)
    if kernels.ndim == 5:  # depth goes to the inputs
        depth, height, width, inputs, units = kernels.shape
        kernels = np.moveaxis(kernels, 0, 2).reshape(height, width, depth * inputs, units)
        return _rows(kernels, excerpt.of(units), excerpt)
    return _kernels(network, layer, kernels, excerpt)


def _gated_convolution(values: np.ndarray, gates: Sequence[str], excerpt: Excerpt) -> Tiles:
    """A kernel (*places, inputs, gates units) of a recurrent convolution: a row a unit, a column a gate's input."""
    *places, inputs, last = values.shape
    units = last // len(gates)
    kernels = values.reshape(*[1] * (2 - len(places)), *places, inputs, len(gates), units)
    if len(places) == 3:
        kernels = np.moveaxis(kernels, 0, 2)  # (height, width, depth, inputs, gates, units)
    columns = np.moveaxis(kernels, -2, 2).reshape(*kernels.shape[:2], -1, units)
    each = columns.shape[2] // len(gates)
    tiles = _rows(columns, excerpt.of(units), replace(excerpt, slices=max(excerpt.slices, len(gates))))
    names = [f"{gate[0]}{n}" for gate in gates for n in range(each)]
    letters = ", ".join(f"{gate[0]}: {gate}" for gate in gates)
    return replace(tiles, title=f"Each row a unit, each column an input of a gate ({letters})",
                   column_labels=tuple(names[: tiles.columns]))  # fmt: skip


def _signals(kernels: np.ndarray, excerpt: Excerpt) -> Panel:
    """Kernels (steps, inputs, units): curves of a few units with one input, else heat maps."""
    steps, inputs, count = kernels.shape
    if steps == 1:
        return _units(kernels[0], excerpt)
    units = excerpt.of(count)
    if inputs == 1 and len(units) <= MOST_CURVES:
        series = {f"unit {unit}": kernels[:, 0, unit] for unit in units}
        return Curves(np.arange(steps), series, "step", "weight")
    if inputs == 1:
        return _matrix(kernels[:, 0][:, list(units)].T, units, column="step")
    images = np.moveaxis(kernels[:, :MOST_INPUTS][..., list(units)], -1, 0)  # (units, steps, inputs)
    upright = images.shape[2] < 2 * steps
    title = "Rows are inputs, columns steps" if upright else "Rows are steps, columns inputs"
    return _signed((images.swapaxes(1, 2) if upright else images)[..., None], units, title)


def _kernels(network: Network, layer: str, kernels: np.ndarray, excerpt: Excerpt) -> Panel:
    """Kernels (height, width, inputs, units): as pictures where they have one or three inputs, else a row each."""
    height, width, inputs, count = kernels.shape
    if (height, width) == (1, 1):
        return _units(kernels[0, 0], excerpt)
    if inputs not in (1, 3):
        return _rows(kernels, excerpt.of(count), excerpt)
    units = excerpt.of(count, limited=False)
    kernels = kernels[..., list(units)]
    flip = inputs == 3 and network.preprocess.bgr and reads_inputs(network, layer)
    return _signed(np.moveaxis(kernels[:, :, ::-1] if flip else kernels, -1, 0), units)


def _rows(kernels: np.ndarray, units: Sequence[int], excerpt: Excerpt) -> Tiles:
    """Kernels (height, width, inputs, all units) in grey, a row a unit."""
    height, width, inputs, _ = kernels.shape
    shown = min(inputs, excerpt.slices)
    images = np.moveaxis(kernels[..., list(units)], (3, 2), (0, 1))[:, :shown]  # (units, shown, h, w)
    peak = np.abs(images).max(axis=(1, 2, 3), keepdims=True)
    grey = np.rint(127.5 + 127.5 * images / np.where(peak > 0, peak, 1)).astype(np.uint8)
    part = "" if shown == inputs else f", the first {shown} of {inputs}"
    return Tiles(
        grey.reshape(-1, height, width, 1),
        "pixels",
        title=f"{LEGEND}; rows are units, columns inputs{part}; a row has its own scale",
        keys=tuple(u for u in units for _ in range(shown)),
        selects="unit",
        columns=shown,
        row_labels=tuple(map(str, units)),
        column_labels=tuple(map(str, range(shown))),
    )


def _signed(images: np.ndarray, units: Sequence[int], title: str = "") -> Tiles:
    """A tile a unit, (units, height, width, channel)."""
    captions = tuple(f"{u}: {w.min():.2g} to {w.max():.2g}" for u, w in zip(units, images, strict=True))
    return Tiles(images, "signed", f"{title}: {LEGEND}" if title else LEGEND, captions, tuple(units), "unit")


def _laid_out(network: Network, name: str, inputs: int) -> tuple[int, int, int]:
    """The (height, width, channels) of the map that a dense layer's inputs are, or (1, 1, inputs)."""
    while len(parents := network.layers[name].parents) == 1:
        name = parents[0]
        shape = network.layers[name].shape
        if len(shape) == 3 and None not in shape:
            height, width, channels = (int(n or 0) for n in shape)
            fits = height * width * channels == inputs and not network.channels_first(name)
            return (height, width, channels) if fits else (1, 1, inputs)
        if network.layers[name].kind not in _PASSING:
            break
    return 1, 1, inputs


def reads_inputs(network: Network, name: str) -> bool:
    """Whether no layer with weights stands before this one, so that it reads what is fed: colours, or columns."""
    before = [step.name for step in network.graph.ancestors([name]) if step.name != name]
    return not any(network.layers[n].has_kernel for n in before)


# -- matrices and vectors ----------------------------------------------------------------------------------------------


def _units(values: np.ndarray, excerpt: Excerpt, row: str = "unit", column: str = "input") -> Matrix:
    """Weights (inputs, units) as a heat map, a row a unit."""
    units = excerpt.of(values.shape[1])
    return _matrix(values[:, list(units)].T, units, row=row, column=column)


def _matrix(
    values: np.ndarray, rows: Sequence[int], title: str = "", row: str = "unit", column: str = "input"
) -> Matrix:
    peak = float(np.abs(values).max(initial=0))
    decimals = 2 if peak == 0 else max(0, min(4, 1 - math.floor(math.log10(peak))))
    columns = tuple(map(str, range(values.shape[1])))
    return Matrix(values, tuple(map(str, rows)), columns, row, column, title, decimals)


def _embedding(network: Network, layer: str, values: np.ndarray, excerpt: Excerpt) -> Matrix:
    """The rows of an embedding (tokens, units) with their words."""
    known = vocabulary_of(network, layer)
    names = [known[n] if n < len(known) and known[n] else str(n) for n in range(len(values))]
    rows = [names.index(word) for word in excerpt.words if word in names] or range(min(len(values), excerpt.rows))
    matrix = _matrix(values[list(rows)], rows, row="token", column="unit")
    return replace(matrix, row_labels=tuple(names[n] for n in rows))


def _vector(values: np.ndarray, excerpt: Excerpt) -> Panel:
    units = excerpt.of(len(values), limited=False)
    if len(units) <= MOST_BARS:
        return Bars(tuple(map(str, units)), values[list(units)])
    return Curves(np.array(units), {"weight": values[list(units)]}, "unit", "weight")


# -- attention ---------------------------------------------------------------------------------------------------------


def _has_heads(weight: Weight, values: np.ndarray) -> bool:
    of_attention = HeadWeights | HeadMixture | keras.layers.EinsumDense
    return values.ndim == 3 and isinstance(weight.owner, of_attention)


def _is_output(weight: Weight) -> bool:
    """Whether the kernel brings the heads together, (heads, places, outputs), and is not (inputs, heads, places)."""
    if isinstance(weight.owner, keras.layers.EinsumDense):
        inputs, rest = weight.owner.equation.split(",")
        return sum(letter in inputs for letter in rest.split("->")[0]) == 2
    return weight.last_name == "output_kernel"
