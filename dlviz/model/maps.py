"""The output of a layer as maps of named axes with the units last, whatever its rank and channel order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from dlviz.model.graph import Step
from dlviz_models.layers.attention import AlignmentWeights, HeadWeights
from dlviz_models.layers.trees import Recursive

MOST_AXES = 4
"""Answers of more axes are not shown."""


@dataclass(frozen=True)
class Layout:
    """Which axis of a layer's output, the batch axis left out, holds the units, and what the others are.

    Attributes:
        axes: such as ("height", "width"), ("time",), ("query", "key") or (), without the units'.
        unit_axis: its number; None where the whole output is the map of a single unit.
        channels_first: whether the units come first because Keras was told so.
    """

    axes: tuple[str, ...]
    unit_axis: int | None
    channels_first: bool = False

    def units(self, shape: tuple[int | None, ...]) -> int:
        """How many units an output of `shape`, without the batch axis, has."""
        return 1 if self.unit_axis is None else shape[self.unit_axis] or 0

    def maps(self, output: np.ndarray) -> np.ndarray:
        """An output without the batch axis as maps (*axes, unit)."""
        return output[..., None] if self.unit_axis is None else np.moveaxis(output, self.unit_axis, -1)

    def batch_of_maps(self, output: Any) -> Any:
        """A batch of outputs, a tensor (n, ...), as maps (n, *axes, unit)."""
        if self.unit_axis is None:
            return keras.ops.expand_dims(output, -1)
        if self.unit_axis == len(self.axes):
            return output
        return keras.ops.moveaxis(output, self.unit_axis + 1, -1)

    def batch_of_outputs(self, maps: Any) -> Any:
        """The batch of outputs (n, ...) with these maps (n, *axes, unit): what `batch_of_maps` took apart."""
        return maps[..., 0] if self.unit_axis is None else keras.ops.moveaxis(maps, -1, self.unit_axis + 1)


def layout_of(step: Step, number: int, shape: tuple[int | None, ...], parents: list[Layout]) -> Layout | None:
    """The layout of output `number` of a step, `shape` without the batch axis; None where it has too many axes."""
    layer = step.layer
    rank = len(shape)
    if isinstance(layer, AlignmentWeights | HeadWeights):
        return Layout(("query", "key"), 0)
    if isinstance(layer, keras.layers.MultiHeadAttention | keras.layers.GroupQueryAttention) and number == 1:
        return Layout(("query", "key"), 0)
    if isinstance(layer, keras.layers.Attention) and number == 1:
        return Layout(("query", "key"), None)
    if not 1 <= rank <= MOST_AXES:
        return None
    first = rank > 1 and _channels_first(step, rank, parents)
    return Layout(_axes(layer, rank, parents), 0 if first else rank - 1, first)


def _channels_first(step: Step, rank: int, parents: list[Layout]) -> bool:
    data_format = getattr(step.layer, "data_format", None)
    if isinstance(step.layer, keras.layers.Wrapper):
        return False
    if data_format is not None and not isinstance(step.layer, keras.layers.Flatten):
        return bool(data_format == "channels_first")
    if isinstance(step.layer, keras.layers.Permute):
        return step.name == "channels_first"
    same_rank = [p for p in parents if len(p.axes) + 1 == rank]
    return any(p.channels_first for p in same_rank) and not isinstance(step.layer, keras.layers.Reshape)


def _axes(layer: Any, rank: int, parents: list[Layout]) -> tuple[str, ...]:
    """The names of the axes of an output that has `rank` of them, the units' among them."""
    if isinstance(layer, Recursive):
        return ("node",)
    for parent in parents:
        if (
            len(parent.axes) == rank - 1
            and parent.axes[-1:] != ("key",)
            and not isinstance(layer, keras.layers.Reshape)
        ):
            return parent.axes
    time_first = isinstance(layer, keras.layers.TimeDistributed) or "ConvLSTM" in type(layer).__name__
    if rank == MOST_AXES:
        return ("time" if time_first else "depth", "height", "width")
    return {1: (), 2: ("time",), 3: ("time", "width") if time_first else ("height", "width")}[rank]
