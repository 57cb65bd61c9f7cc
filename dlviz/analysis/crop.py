"""Inputs cut to the receptive field of a unit, in which its response and gradient are those in the whole input.

A crop starts at a multiple of the product of all strides, and its size is that of the whole input modulo this product,
so that every window of every layer before falls on the same pixels. Where the field is cut by a border, the crop ends
there, and the layers' padding is that of the whole input.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from keras import layers

from dlviz.analysis.receptive_field import ReceptiveField, inputs_seen, receptive_fields, source
from dlviz.model.graph import Step
from dlviz.network import Network
from dlviz_models.layers.local_response_normalization import LocalResponseNormalization

SMALL = 0.7
"""A crop covers at most this share of the input; otherwise the whole input is as quick."""
_EQUIVARIANT = (
    layers.Conv1D, layers.Conv2D, layers.Conv3D, layers.DepthwiseConv1D, layers.DepthwiseConv2D,
    layers.SeparableConv1D, layers.SeparableConv2D, layers.MaxPooling1D, layers.MaxPooling2D, layers.MaxPooling3D,
    layers.AveragePooling1D, layers.AveragePooling2D, layers.AveragePooling3D, layers.ZeroPadding1D,
    layers.ZeroPadding2D, layers.ZeroPadding3D, layers.BatchNormalization, layers.Activation, layers.ReLU,
    layers.LeakyReLU, layers.ELU, layers.Dropout, layers.Rescaling, layers.Add, layers.Average, layers.Maximum,
    layers.Concatenate, LocalResponseNormalization,
)  # fmt: skip
"""Layers that compute the same at every position, but for their padding."""


@dataclass(frozen=True)
class Crop:
    """How an input is cut to the receptive field of any position of a layer's map.

    Attributes:
        field: the receptive fields in the whole input.
        whole, size: of the input and of the crop, without the feature axis.
        step: what a crop's start is a multiple of, along each axis.
        strides: pixels from one position of the map to the next.
    """

    field: ReceptiveField
    whole: tuple[int, ...]
    size: tuple[int, ...]
    step: tuple[int, ...]
    strides: tuple[int, ...]

    def starts(self, positions: np.ndarray) -> np.ndarray:
        """The start of the crop for each of `positions` (n, axes of the map), (n, axes)."""
        first = self.field.boxes(positions)[:, : len(self.size)]
        return np.minimum(first // self.step * self.step, np.subtract(self.whole, self.size))

    def shifted(self, positions: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """The same positions (n, axes of the map) in the map of the crop."""
        shifted: np.ndarray = positions - starts // self.strides
        return shifted


def crop_for(network: Network, layer: str, name: str) -> Crop | None:
    """The crop of the input `name` for `layer`; None if it cannot be cut, or would hardly be smaller."""
    steps = [step for step in network.graph.ancestors((layer,)) if step.layer is not None]
    shape = network.inputs[name].shape
    known = all(_is_equivariant(step) for step in steps)
    if not known or None in shape or inputs_seen(network, layer) != (name,) or source(network, name)[0] != name:
        return None
    names = [step.name for step in steps]
    if layer not in names:  # an input, or a further output of a layer
        return None
    fields = receptive_fields(network, names, name)
    field = fields[layer]
    if not all(each.is_local for each in fields.values()) or [s.axis for s in field.seen] != [*range(len(field.seen))]:
        return None
    whole = tuple(int(n or 0) for n in shape[: len(field.seen)])
    step = tuple(math.lcm(*(_stride(each, axis) for each in fields.values())) for axis in range(len(whole)))
    size = tuple(map(_size, field.size, step, whole))
    if math.prod(size) > SMALL * math.prod(whole):
        return None
    cut = receptive_fields(network, names, name, {name: (*size, *(int(n or 0) for n in shape[len(size) :]))})
    if not all(_same(fields[n], cut[n], np.subtract(whole, size)) for n in names):
        return None
    fewer = np.subtract(field.shape, cut[layer].shape)
    strides = [(n - s) // f if f else step_ for n, s, f, step_ in zip(whole, size, fewer, step, strict=True)]
    return Crop(field, whole, size, step, tuple(map(int, strides)))


def _is_equivariant(step: Step) -> bool:
    """Whether a step computes the same at every position, but for its padding."""
    layer = step.layer
    if type(layer) not in _EQUIVARIANT or step.edits:
        return False
    return not isinstance(layer, layers.BatchNormalization) or layer.axis in (-1, len(step.outputs.shape) - 1)


def _stride(field: ReceptiveField, axis: int) -> int:
    """Pixels between neighbouring positions of a map, along one axis of the input."""
    intervals = field.seen[axis].intervals
    seeing = intervals[intervals[:, 0] < intervals[:, 1]]  # others see padding alone
    return int(np.diff(seeing, axis=0).max(initial=1))


def _size(seen: int, step: int, whole: int) -> int:
    """The least size that holds a field of `seen` pixels wherever it starts, and equals the whole one modulo `step`."""
    least = min(seen + step - 1, whole)
    return least + (whole - least) % step


def _same(whole: ReceptiveField, cut: ReceptiveField, shift: np.ndarray) -> bool:
    """Whether the fields in the crop are those in the whole input, at its start and, shifted, at its end."""
    for all_, some, by in zip(whole.seen, cut.seen, shift, strict=True):
        n, end = len(some.intervals), int(some.intervals[:, 1].max())
        sees = some.intervals[:, 0] < some.intervals[:, 1]
        first, last = sees & (some.intervals[:, 1] < end), sees & (some.intervals[:, 0] > 0)
        at_start, at_end = all_.intervals[:n], all_.intervals[len(all_.intervals) - n :] - by
        if n > len(all_.intervals) or not (at_start[first] == some.intervals[first]).all():
            return False
        if not (at_end[last] == some.intervals[last]).all():
            return False
    return True
