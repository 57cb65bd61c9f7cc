"""The states of recurrent layers after every step, and the activations of their gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from dlviz import backend
from dlviz_models.layers.trees import Recursive

Tensor = Any
MOST_PLAIN = 200
"""The cell is compiled for longer sequences than this."""


@dataclass(frozen=True)
class Run:
    """The run of a recurrent layer over one sample.

    Attributes:
        states: the state after each step by name, (time, *shape) each, in the order of the sequence; for trees
            (nodes, units).
        read: whether each step was read, bool (time,); masked steps leave the state unchanged.
        gates: the activation of each gate by name, 0..1, (time, units); only for LSTM and GRU.
        backwards: whether the sequence was read from the end.
    """

    states: Mapping[str, np.ndarray]
    read: np.ndarray
    gates: Mapping[str, np.ndarray]
    backwards: bool = False


def is_recurrent(layer: Any) -> bool:
    """Whether `recurrent_runs` supports the layer."""
    return isinstance(layer, keras.layers.RNN | keras.layers.Bidirectional | Recursive)


def recurrent_runs(layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Run]:
    """The run of the layer for each direction, "" if it has one, called with a batch of one sample."""
    if isinstance(layer, Recursive):
        return {"": _tree(layer, *args, **kwargs)}
    sequence, initial, mask = _bind(*args, **kwargs)
    if not isinstance(layer, keras.layers.Bidirectional):
        return {"": _run(layer, sequence, initial, mask)}
    half = len(initial) // 2
    return {
        "forward": _run(layer.forward_layer, sequence, initial[:half], mask),
        "backward": _run(layer.backward_layer, sequence, initial[half:], mask),
    }


def _bind(
    sequence: Tensor, initial_state: Any = None, mask: Tensor = None, **others: Any
) -> tuple[Tensor, list[Tensor], np.ndarray]:
    """The sequence (1, time, ...), the initial states (empty: the layer's own), and which steps are read, (time,)."""
    mask = getattr(sequence, "_keras_mask", None) if mask is None else mask
    read = np.ones(sequence.shape[1], bool) if mask is None else np.asarray(mask)[0].astype(bool)
    initial = [] if initial_state is None else initial_state
    return sequence, list(initial) if isinstance(initial, list | tuple) else [initial], read


def _run(layer: keras.layers.RNN, sequence: Tensor, initial: list[Tensor], read: np.ndarray) -> Run:
    """Run the layer's cell step by step."""
    cell, backwards = layer.cell, layer.go_backwards
    how = {"training": False} if cell._call_has_training_arg else {}
    state = keras.tree.map_structure(keras.ops.convert_to_tensor, initial or layer.get_initial_state(1))

    def step(state: Any, given: tuple[Tensor, Tensor]) -> tuple[Any, list[Tensor]]:
        frame, is_read = given
        before = keras.tree.flatten(state)
        after = keras.tree.flatten(cell(frame, state, **how)[1])
        kept = [keras.ops.where(is_read, new, old) for new, old in zip(after, before, strict=True)]
        return keras.tree.pack_sequence_as(state, kept), kept

    def steps(frames: Tensor, read: Tensor, *initial: Tensor) -> list[Tensor]:
        begin = keras.tree.pack_sequence_as(state, initial)
        return keras.tree.flatten(keras.ops.scan(step, begin, (frames, read), reverse=backwards)[1])

    start = keras.tree.flatten(state)
    frames = keras.ops.swapaxes(sequence, 0, 1)  # (time, 1, ...)
    call = backend.compiled(steps) if len(read) > MOST_PLAIN else steps
    found = [np.asarray(s, np.float32)[:, 0] for s in call(frames, keras.ops.convert_to_tensor(read), *start)]
    states = dict(zip(_names(cell, len(found)), found, strict=True))  # (time, ...) each
    before = np.roll(found[0], -1 if backwards else 1, axis=0)
    before[-1 if backwards else 0] = np.asarray(start[0])[0]
    gates = _gates(cell, np.asarray(sequence, np.float32)[0], before)
    return Run(states, read, gates, backwards)


def _names(cell: Any, count: int) -> list[str]:
    """The names of the states of a cell."""
    if isinstance(cell, keras.layers.StackedRNNCells):
        sizes = [len(keras.tree.flatten(inner.state_size)) for inner in cell.cells]
        return [
            f"cell {n}: {name}"
            for n, (inner, size) in enumerate(zip(cell.cells, sizes, strict=True), 1)
            for name in _names(inner, size)
        ]
    if count == 1:
        return ["hidden state"]
    if isinstance(cell, keras.layers.LSTMCell) or type(cell).__name__ == "ConvLSTMCell":
        return ["hidden state", "cell state"]
    return [f"state {n}" for n in range(1, count + 1)]


def _gates(cell: Any, x: np.ndarray, before: np.ndarray) -> dict[str, np.ndarray]:
    """The gate activations (time, units) for inputs `x` (time, features) and hidden states `before` each step.

    LSTM: F. Gers et al., 2000, DOI 10.1162/089976600300015015. GRU: K. Cho et al., 2014, arXiv 1406.1078.
    """
    if not isinstance(cell, keras.layers.LSTMCell | keras.layers.GRUCell):
        return {}
    kernel, recurrent = np.asarray(cell.kernel), np.asarray(cell.recurrent_kernel)
    bias = np.zeros(kernel.shape[1]) if cell.bias is None else np.asarray(cell.bias)

    def activation_of(z: np.ndarray) -> np.ndarray:
        return np.asarray(cell.recurrent_activation(keras.ops.convert_to_tensor(z.astype(np.float32))))

    if isinstance(cell, keras.layers.LSTMCell):
        i, f, _, o = np.split(x @ kernel + before @ recurrent + bias, 4, axis=1)
        return {"input gate": activation_of(i), "forget gate": activation_of(f), "output gate": activation_of(o)}
    update, reset, _ = np.split(x @ kernel + before @ recurrent + bias.reshape(-1, kernel.shape[1]).sum(0), 3, axis=1)
    return {"update gate": activation_of(update), "reset gate": activation_of(reset)}


def _tree(layer: Recursive, words: Tensor, left: Tensor, right: Tensor) -> Run:
    """The states of the nodes of one tree, words (1, leaves, width), children (1, inner)."""
    states = [np.asarray(state) for state in np.asarray(layer.leaf(words))[0]]
    for a, b in zip(np.asarray(left)[0], np.asarray(right)[0], strict=True):
        states.append(np.asarray(layer.compose(states[a][None], states[b][None]))[0])
    parts = np.split(np.stack(states).astype(np.float32), layer.parts, axis=1)
    names = ["state", "memory cell", *(f"part {n}" for n in range(3, layer.parts + 1))]
    return Run(dict(zip(names, parts, strict=False)), np.ones(len(states), bool), {})


def spatial_mean(states: np.ndarray) -> np.ndarray:
    """States (time, ..., units) averaged over spatial axes, (time, units)."""
    return states.mean(axis=tuple(range(1, states.ndim - 1))) if states.ndim > 2 else states
