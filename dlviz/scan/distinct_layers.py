"""Layers that only pass on the maps of others: their units need not be looked at once more."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

import keras
import numpy as np

from dlviz.model.graph import Step
from dlviz.network import Network

_AS_THEY_CAME = (
    keras.layers.Dropout,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.SpatialDropout3D,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.Identity,
)


DistinctUnits = tuple[tuple[str, ...], np.ndarray]
"""Layers, and for each unit of these and of others that only pass them on its number (units,), counted through them."""


def distinct(network: Network, layers: Sequence[str]) -> DistinctUnits:
    """Those of some layers whose maps are not the maps of others of them, and for each unit of all the layers the
    number (units,) of the unit, counted through the distinct ones, whose map it has."""
    passed_on = {
        name: sources for name in layers if (sources := _passed_on(network, name)) and set(sources) <= set(layers)
    }
    read = tuple(name for name in layers if name not in passed_on)
    stops = list(accumulate((network.layers[name].units for name in read), initial=0))
    numbers = {name: np.arange(*bounds) for name, bounds in zip(read, pairwise(stops), strict=True)}

    def of(name: str) -> np.ndarray:
        return numbers[name] if name in numbers else np.concatenate([of(source) for source in passed_on[name]])

    return read, np.concatenate([of(name) for name in layers])


def _passed_on(network: Network, name: str) -> tuple[str, ...]:
    """The outputs that a layer puts one after another, or the one that it passes on as it came; none if it computes
    something."""
    step = network.graph.steps.get(name)
    if step is None or step.edits or not (isinstance(step.layer, _AS_THEY_CAME) or _joins_units(network, step)):
        return ()
    sources = tuple(network.graph.sources(name))
    alike = {network.layouts[of].unit_axis for of in (*sources, name) if of in network.layouts}
    return sources if len(alike) == 1 else ()


def _joins_units(network: Network, step: Step) -> bool:
    """Whether the layer puts the units of others one after another."""
    if not isinstance(step.layer, keras.layers.Concatenate):
        return False
    rank, axis = len(network.layers[step.name].shape), step.layer.axis
    return network.layouts[step.name].unit_axis == (axis - 1 if axis > 0 else axis + rank)
