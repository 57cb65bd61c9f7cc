"""Apply changes to a network: edit units in its graph, or set weights."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from dlviz.grammar import number_of, one_of
from dlviz.model.changes import Edit, Off, SetWeight, described, edit, read_change
from dlviz.model.graph import step_of
from dlviz.model.maps import Layout
from dlviz.model.scales import scale_of
from dlviz.model.weights import weights_of
from dlviz.network import Network
from dlviz_models.errors import UserError

Tensor = Any


def changes_weights(changes: Sequence[str]) -> bool:
    """Whether any change sets a weight, which needs a separate copy of the model."""
    return any(isinstance(read_change(text), SetWeight) for text in changes)


def changed_in_memory(network: Network, changes: Sequence[str]) -> Network:
    """Apply changes to a network from a model in memory.

    Raises:
        UserError: as `apply_changes`; or a change sets a weight, which would alter the caller's model.
    """
    if changes_weights(changes):
        raise UserError(f"{network.name} is a model in memory, whose weights dlviz does not set: assign them in Keras.")
    return apply_changes(network, changes) if changes else network


def apply_changes(network: Network, changes: Sequence[str]) -> Network:
    """The network after changes in order; its name becomes "NAME with unit 3 of conv1 off".

    Units are edited in a copy of the graph; weights are set in the model itself.

    Raises:
        UserError: a text is not a change, or a layer, unit or weight does not exist.
    """
    edits: dict[str, Edit] = {}
    for change in map(read_change, changes):
        if isinstance(change, SetWeight):
            _set_weight(network, change)
        else:
            before = edits.get(change.layer) or edit(_units(network, change))
            edits[change.layer] = change.after(before)
    calls = {
        layer: partial(edited, network.layouts[layer], source=each.source, factor=each.factor)
        for layer, each in edits.items()
    }
    return network.with_edits(calls, tuple(changes), f"{network.name} {described(changes)}".strip())


def edited(layout: Layout, output: Tensor, source: Tensor, factor: Tensor) -> Tensor:
    """Edit a layer's output (n, ...): unit u becomes `factor[u]` times unit `source[u]`, both (units,). The Keras mask
    is kept."""
    ops = keras.ops
    maps = layout.batch_of_maps(output)  # (n, *axes, units)
    maps = ops.take(maps, source, axis=-1) * ops.cast(factor, maps.dtype)
    found = layout.batch_of_outputs(maps)
    if (mask := getattr(output, "_keras_mask", None)) is not None:
        found._keras_mask = mask
    return found


def _units(network: Network, change: Off) -> int:
    """The number of units of the layer of a change; UserError if its units cannot be changed or do not exist."""
    layer = network.layer(change.layer)
    if step_of(layer.name) in (step_of(network.output), *scale_of(network.graph, network.output).steps):
        raise UserError(f"{layer.name} gives the answer itself: choose a layer before it.")
    if not layer.units or network.keras_layer(layer.name) is None:
        raise UserError(f"{layer.name} has no units to change: choose a layer that computes something.")
    for unit in change.units:
        if unit >= layer.units:
            raise UserError(
                f"Layer {layer.name} has {number_of(layer.units, 'unit')}, numbered from 0: there is no {unit}."
            )
    if not any(network.graph.leads_to(layer.name, each) for each in network.graph.outputs.values()):
        others = [name for name in network.graph.steps[step_of(layer.name)].names if name != layer.name]
        choice = f"choose {one_of(others)}" if others else "choose another layer"
        raise UserError(f"Nothing takes what {layer.name} gives, so that changing it changes no answer: {choice}.")
    return layer.units


def _set_weight(network: Network, change: SetWeight) -> None:
    """Set one element of a weight in place; UserError if there is none."""
    layer = network.layer(change.layer)
    weights = weights_of(network.keras_layer(layer.name))
    if change.name not in weights:
        known = f"choose {one_of(list(weights))}" if weights else "choose a layer with weights"
        raise UserError(f"Layer {layer.name} has no weight called {change.name[:60]}: {known}.")
    weight = weights[change.name]
    if weight.is_quantised:
        raise UserError(
            f"{change.name} of {layer.name} is quantised, so single numbers cannot be set: choose another weight."
        )
    values = np.array(keras.ops.convert_to_numpy(weight.variable))
    if len(change.index) != values.ndim or not all(
        n < size for n, size in zip(change.index, values.shape, strict=True)
    ):
        sizes = "×".join(map(str, values.shape)) or "one number"
        raise UserError(
            f"{change.name} of {layer.name} is {sizes}: there is no [{', '.join(map(str, change.index))}];"
            " an index for each axis counts from 0."
        )
    with np.errstate(over="ignore"):  # infinity, which is remarked on
        values[change.index] = change.value
    weight.variable.assign(values)
