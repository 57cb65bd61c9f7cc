"""Layers that only pass on the maps of others, such as Dropout and Concatenate, and so need no scan of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import keras
import numpy as np

from dlviz.model.graph import Step
from dlviz.network import Network

_IDENTITY = (
    keras.layers.Dropout,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.SpatialDropout3D,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.Identity,
)


DistinctUnits = tuple[tuple[str, ...], np.ndarray]
"""The names of distinct layers, and for each unit of all layers the index (units,) of its map among their units."""


def distinct(network: Network, layers: Sequence[str]) -> DistinctUnits:
    """The layers that do not merely repeat the maps of other layers in `layers`, and for each unit of all layers the
    index (units,) of its map among the units of the distinct ones."""
    passed_on = {
        name: sources for name in layers if (sources := _passed_on(network, name)) and set(sources) <= set(layers)
    }
    kept = tuple(name for name in layers if name not in passed_on)
    stops = list(accumulate((network.layers[name].units for name in kept), initial=0))
    indices = {name: np.arange(*bounds) for name, bounds in zip(kept, pairwise(stops), strict=True)}

    def indices_of(name: str) -> np.ndarray:
        if name in indices:
            return indices[name]
        return np.concatenate([indices_of(source) for source in passed_on[name]])

    return kept, np.concatenate([indices_of(name) for name in layers])


def _passed_on(network: Network, name: str) -> tuple[str, ...]:
    """The outputs that a layer concatenates along the units, or the one that it returns unchanged; else none."""
    step = network.graph.steps.get(name)
    if step is None or step.edits or not (isinstance(step.layer, _IDENTITY) or _joins_units(network, step)):
        return ()
    sources = tuple(network.graph.sources(name))
    unit_axes = {network.layouts[output].unit_axis for output in (*sources, name) if output in network.layouts}
    return sources if len(unit_axes) == 1 else ()


def _joins_units(network: Network, step: Step) -> bool:
    """Whether the layer concatenates its inputs along the axis of the units."""
    if not isinstance(step.layer, keras.layers.Concatenate):
        return False
    rank, axis = len(network.layers[step.name].shape), step.layer.axis
    return network.layouts[step.name].unit_axis == (axis - 1 if axis > 0 else axis + rank)
