"""The layout of a layer's output: named axes and the axis of the units, for any rank and channel order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from dlviz.model.graph import Step
from dlviz_models.layers.attention import AlignmentWeights, HeadWeights
from dlviz_models.layers.trees import Recursive

MOST_AXES = 4
"""Outputs with more axes are not shown."""


@dataclass(frozen=True)
class Layout:
    """The meaning of the axes of a layer's output, without the batch axis.

    Attributes:
        axes: the names of the axes except the units', such as ("height", "width"), ("time",), ("query", "key") or ().
        unit_axis: the index of the units' axis; None if the whole output is the map of a single unit.
        channels_first: whether the units come first because of Keras's data_format.
    """

    axes: tuple[str, ...]
    unit_axis: int | None
    channels_first: bool = False

    def units(self, shape: tuple[int | None, ...]) -> int:
        """The number of units of an output of `shape`, without the batch axis."""
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
        """The outputs (n, ...) with these maps (n, *axes, unit): the inverse of `batch_of_maps`."""
        return maps[..., 0] if self.unit_axis is None else keras.ops.moveaxis(maps, -1, self.unit_axis + 1)


def layout_of(step: Step, number: int, shape: tuple[int | None, ...], parents: list[Layout]) -> Layout | None:
    """The layout of output `number` of a step, of `shape` without the batch axis; None if it has too many axes."""
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
    """The names of the axes, except the units', of an output with `rank` axes including the units'."""
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
