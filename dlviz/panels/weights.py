"""Panels of a layer's weights: kernels as pictures, matrices as heat maps, vectors as bars or curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from dlviz.feeding.tokens import vocabulary_of
from dlviz.grammar import in_digits
from dlviz.model.weights import Weight
from dlviz.sheet import Bars, Curves, Matrix, Panel, Paragraph, ShownWeight, Tiles, retitled
from dlviz_models.layers.attention import HeadMixture, HeadWeights
from dlviz_models.layers.trees import TensorCell, TreeLSTMCell

if TYPE_CHECKING:
    from dlviz.network import Network

_PASSING = {"Flatten", "Reshape", "Dropout", "Rescaling", "Normalization", "Activation", "ReLU", "BatchNormalization"}
"""Layers between a map and a dense layer whose weights are shown in the shape of that map."""
MOST_BARS = 40
MOST_CURVES = 8
MOST_INPUTS = 128
"""The maximum number of inputs shown for one-dimensional convolutions."""
LSTM_GATES = ("input gate", "forget gate", "candidate", "output gate")
GRU_GATES = ("update gate", "reset gate", "candidate")
TREE_GATES = ("input gate", "forget gate (left)", "forget gate (right)", "output gate", "candidate")
LEGEND = "grey is 0, white excites, black inhibits"
COLOURED = "grey is 0, the colours shown excite, their opposites inhibit"
THREE_INPUTS = "inputs as red, green and blue: grey is 0, bright excites, dark inhibits"
"""Legends of the grey of weights, of weights of RGB inputs, and of weights of any three inputs."""


@dataclass(frozen=True)
class Excerpt:
    """The part of a weight that is shown.

    Attributes:
        units: the chosen units; empty: all.
        slices: the maximum number of inputs per unit.
        rows: the maximum number of units if each has many inputs.
        words: the tokens shown of an embedding; empty: the first ones.
    """

    units: tuple[int, ...] = ()
    slices: int = 16
    rows: int = 64
    words: tuple[str, ...] = ()

    def of(self, count: int, limited: bool = True) -> tuple[int, ...]:
        """The units shown out of `count`."""
        units = tuple(unit for unit in self.units if unit < count) or tuple(range(count))
        return units[: self.rows] if limited else units


@dataclass(frozen=True)
class Portion:
    """Elements of a weight in the arrangement in which they are shown.

    Attributes:
        places: the index of each element in the flattened weight, int32 (...).
    """

    layer: str
    weight: Weight
    places: np.ndarray

    @classmethod
    def whole(cls, layer: str, weight: Weight) -> Portion:
        """All elements of a weight in its own shape."""
        shape = weight.values.shape
        return cls(layer, weight, np.arange(weight.values.size, dtype=np.int32).reshape(shape))

    def laid_out(self, places: np.ndarray) -> Portion:
        """The elements at other indices, of any shape."""
        return replace(self, places=places)

    @property
    def values(self) -> np.ndarray:
        """The values, float32 of the same shape as `places`."""
        return self.weight.values.reshape(-1)[self.places]

    def shown(self) -> ShownWeight:
        """The elements in the form that panels take."""
        settable = type(self.weight) is Weight and not self.weight.is_quantised
        shape = self.weight.values.shape
        return ShownWeight(self.layer, self.weight.name, shape, self.values, self.places, settable)


def gates_of(owner: Any, name: str) -> tuple[str, ...]:
    """The gates whose weights are concatenated along the last axis of the weight called `name`; empty: none."""
    if isinstance(owner, TreeLSTMCell):
        return tuple(gate for gate in TREE_GATES if "forget" not in gate) if name.startswith("leaf") else TREE_GATES
    if isinstance(owner, keras.layers.LSTMCell) or type(owner).__name__ == "ConvLSTMCell":
        return LSTM_GATES
    return GRU_GATES if isinstance(owner, keras.layers.GRUCell) else ()


def panels_of(network: Network, layer: str, weight: Weight, excerpt: Excerpt) -> tuple[Panel, ...]:
    """The panels of one weight: one per gate, titled with the gate, if it has gates; else one."""
    whole = Portion.whole(layer, weight)
    gates = gates_of(weight.owner, weight.last_name)
    if not gates:
        return (_panel(network, whole, excerpt),)
    if whole.places.ndim > 2:
        return (_gated_convolution(whole, gates, excerpt),)
    parts = zip(gates, np.split(whole.places, len(gates), axis=-1), strict=True)
    return tuple(retitled(_panel(network, whole.laid_out(part), excerpt), gate) for gate, part in parts)


def panels_of_heads(layer: str, weight: Weight) -> tuple[Panel, ...]:
    """An attention kernel as one matrix per head, (places, inputs) or (outputs, places); empty without heads."""
    whole = Portion.whole(layer, weight)
    if not _has_heads(whole):
        return ()
    axis = 0 if _is_output(weight) else 1
    heads = np.moveaxis(whole.places, axis, 0)  # (heads, inputs, places), of the output (heads, places, outputs)
    row, column = ("output", "place") if axis == 0 else ("place", "input")
    return tuple(
        _matrix(whole.laid_out(head.T), range(head.shape[1]), f"head {n}", row, column) for n, head in enumerate(heads)
    )


def _panel(network: Network, portion: Portion, excerpt: Excerpt) -> Panel:
    """The panel of a weight, or of one gate of it."""
    weight, places, layer = portion.weight, portion.places, portion.layer
    name, last = weight.last_name, places.shape[-1:]
    if places.ndim == 0:
        return Paragraph(in_digits(float(portion.values), 4))
    if places.ndim == 1:
        return _vector(portion, excerpt)
    if name == "embeddings":
        return _embedding(network, portion, excerpt)
    if _has_heads(portion):
        flat = portion.laid_out(places.reshape((-1, *last) if _is_output(weight) else (len(places), -1)))
        return _units(flat, excerpt, *(("output", "head and place") if _is_output(weight) else ("head and place",)))
    if isinstance(weight.owner, TensorCell) and places.ndim == 3:
        slices = np.moveaxis(places, 1, -1)[:, :, None]  # (left, right, 1, units)
        return _kernels(network, portion.laid_out(slices), excerpt)
    if "Conv" in type(weight.owner).__name__ and "kernel" in name:
        return _convolution(network, portion.laid_out(_inputs_and_units(portion)), excerpt)
    flat = portion.laid_out(places.reshape(-1, *last))  # (inputs, units)
    if isinstance(weight.owner, keras.layers.Dense) or weight.owner is network.keras_layer(layer):
        kernels = flat.places.reshape(*_laid_out(network, layer, len(flat.places)), -1)
        return _kernels(network, flat.laid_out(kernels), excerpt)
    return _units(flat, excerpt)


# -- convolutions, and dense layers over maps ------------------------------------------------------------------------


def _inputs_and_units(portion: Portion) -> np.ndarray:
    """The element indices of a convolution's kernel as (*window, inputs, units)."""
    kind, name, places = type(portion.weight.owner).__name__, portion.weight.last_name, portion.places
    if name == "depthwise_kernel" or ("Depthwise" in kind and name == "kernel"):
        return places.reshape(*places.shape[:-2], 1, -1)  # each unit has one input
    return places.swapaxes(-1, -2) if "Transpose" in kind else places


def _convolution(network: Network, portion: Portion, excerpt: Excerpt) -> Panel:
    """Kernels (*window, inputs, units) of one, two or three dimensions."""
    kernels = portion.places
    if kernels.ndim == 3:
        return _signals(portion, excerpt)
    if kernels.ndim == 5:  # depth goes to the inputs
        depth, height, width, inputs, units = kernels.shape
        kernels = np.moveaxis(kernels, 0, 2).reshape(height, width, depth * inputs, units)
        return _rows(portion.laid_out(kernels), excerpt.of(units), excerpt)
    return _kernels(network, portion, excerpt)


def _gated_convolution(portion: Portion, gates: Sequence[str], excerpt: Excerpt) -> Tiles:
    """A kernel (*window, inputs, gates · units) of a recurrent convolution: a row per unit, a column per gate input."""
    *window, inputs, last = portion.places.shape
    units = last // len(gates)
    kernels = portion.places.reshape(*[1] * (2 - len(window)), *window, inputs, len(gates), units)
    if len(window) == 3:
        kernels = np.moveaxis(kernels, 0, 2)  # (height, width, depth, inputs, gates, units)
    columns = np.moveaxis(kernels, -2, 2).reshape(*kernels.shape[:2], -1, units)
    each = columns.shape[2] // len(gates)
    excerpt = replace(excerpt, slices=max(excerpt.slices, len(gates)))
    tiles = _rows(portion.laid_out(columns), excerpt.of(units), excerpt)
    names = [f"{gate[0]}{n}" for gate in gates for n in range(each)]
    letters = ", ".join(f"{gate[0]}: {gate}" for gate in gates)
    return replace(tiles, title=f"Each row a unit, each column an input of a gate ({letters})",
                   column_labels=tuple(names[: tiles.columns]))  # fmt: skip


def _signals(portion: Portion, excerpt: Excerpt) -> Panel:
    """Kernels (steps, inputs, units): curves for a few units with one input, else heat maps."""
    kernels = portion.places
    steps, inputs, count = kernels.shape
    if steps == 1:
        return _units(portion.laid_out(kernels[0]), excerpt)
    units = excerpt.of(count)
    if inputs == 1 and len(units) <= MOST_CURVES:
        of_units = portion.laid_out(kernels[:, 0][:, list(units)].T)  # (units, steps)
        lines = {f"unit {unit}": line for unit, line in zip(units, of_units.values, strict=True)}
        return Curves(np.arange(steps), lines, "step", "weight", weight=of_units.shown())
    if inputs == 1:
        return _matrix(portion.laid_out(kernels[:, 0][:, list(units)].T), units, column="step")
    images = np.moveaxis(kernels[:, :MOST_INPUTS][..., list(units)], -1, 0)  # (units, steps, inputs)
    upright = images.shape[2] < 2 * steps
    title = "Rows are inputs, columns steps" if upright else "Rows are steps, columns inputs"
    images = images.swapaxes(1, 2) if upright else images
    return _signed(portion.laid_out(images[..., None]), units, f"{title}: {LEGEND}")


def _kernels(network: Network, portion: Portion, excerpt: Excerpt) -> Panel:
    """Kernels (height, width, inputs, units): as pictures if they have one or three inputs, else a row per unit."""
    kernels = portion.places
    height, width, inputs, count = kernels.shape
    if (height, width) == (1, 1):
        return _units(portion.laid_out(kernels[0, 0]), excerpt)
    if inputs not in (1, 3):
        return _rows(portion, excerpt.of(count), excerpt)
    units = excerpt.of(count, limited=False)
    kernels = kernels[..., list(units)]
    of_colours = inputs == 3 and network.takes_pictures and reads_inputs(network, portion.layer)
    legend = LEGEND if inputs == 1 else COLOURED if of_colours else THREE_INPUTS
    flip = of_colours and network.preprocess.bgr
    tiles = np.moveaxis(kernels[:, :, ::-1] if flip else kernels, -1, 0)
    return _signed(portion.laid_out(tiles), units, legend)


def _rows(portion: Portion, units: Sequence[int], excerpt: Excerpt) -> Tiles:
    """Kernels (height, width, inputs, all units) in grey, a row per unit."""
    height, width, inputs, _ = portion.places.shape
    shown = min(inputs, excerpt.slices)
    kernels = portion.places[:, :, :shown][..., list(units)]
    rows = portion.laid_out(np.moveaxis(kernels, (3, 2), (0, 1)))  # (units, shown, h, w)
    images = rows.values
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
        weight=rows.laid_out(rows.places.reshape(-1, height, width, 1)).shown(),
    )


def _signed(portion: Portion, units: Sequence[int], title: str) -> Tiles:
    """A tile per unit, (units, height, width, channel)."""
    images = portion.values
    captions = tuple(
        f"{u}: {in_digits(w.min(), 2)} to {in_digits(w.max(), 2)}" for u, w in zip(units, images, strict=True)
    )
    return Tiles(images, "signed", title, captions, tuple(units), "unit", weight=portion.shown())


def _laid_out(network: Network, name: str, inputs: int) -> tuple[int, int, int]:
    """The shape (height, width, channels) of the map that is flattened into a dense layer, or (1, 1, inputs)."""
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
    """Whether no layer with weights precedes this one, so that it reads the network's input directly."""
    before = [step.name for step in network.graph.ancestors([name]) if step.name != name]
    return not any(network.layers[n].has_kernel for n in before)


# -- matrices and vectors ----------------------------------------------------------------------------------------------


def _units(portion: Portion, excerpt: Excerpt, row: str = "unit", column: str = "input") -> Matrix:
    """Weights (inputs, units) as a heat map, a row per unit."""
    units = excerpt.of(portion.places.shape[1])
    return _matrix(portion.laid_out(portion.places[:, list(units)].T), units, row=row, column=column)


def _matrix(portion: Portion, rows: Sequence[int], title: str = "", row: str = "unit", column: str = "input") -> Matrix:
    values = portion.values
    peak = float(np.abs(values).max(initial=0))
    decimals = 2 if peak == 0 else max(0, min(4, 1 - math.floor(math.log10(peak))))
    columns = tuple(map(str, range(values.shape[1])))
    return Matrix(values, tuple(map(str, rows)), columns, row, column, title, decimals, weight=portion.shown())


def _embedding(network: Network, portion: Portion, excerpt: Excerpt) -> Matrix:
    """The rows of an embedding (tokens, units), labelled with the tokens."""
    known, places = vocabulary_of(network, portion.layer), portion.places
    names = [known[n] if n < len(known) and known[n] else str(n) for n in range(len(places))]
    rows = [names.index(word) for word in excerpt.words if word in names] or range(min(len(places), excerpt.rows))
    matrix = _matrix(portion.laid_out(places[list(rows)]), rows, row="token", column="unit")
    return replace(matrix, row_labels=tuple(names[n] for n in rows))


def _vector(portion: Portion, excerpt: Excerpt) -> Panel:
    units = excerpt.of(len(portion.places), limited=False)
    chosen = portion.laid_out(portion.places[list(units)])
    if len(units) <= MOST_BARS:
        return Bars(tuple(map(str, units)), chosen.values, weight=chosen.shown())
    line = chosen.laid_out(chosen.places[None])  # (1, units)
    return Curves(np.array(units), {"weight": chosen.values}, "unit", "weight", weight=line.shown())


# -- attention ---------------------------------------------------------------------------------------------------------


def _has_heads(portion: Portion) -> bool:
    of_attention = HeadWeights | HeadMixture | keras.layers.EinsumDense
    return portion.places.ndim == 3 and isinstance(portion.weight.owner, of_attention)


def _is_output(weight: Weight) -> bool:
    """Whether an attention kernel is the output projection, (heads, places, outputs), not (inputs, heads, places)."""
    if isinstance(weight.owner, keras.layers.EinsumDense):
        inputs, rest = weight.owner.equation.split(",")
        return sum(letter in inputs for letter in rest.split("->")[0]) == 2
    return weight.last_name == "output_kernel"
