"""The incoming and outgoing connections of a unit, by the weights between units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.model.graph import step_of
from dlviz.model.weights import main_weight, weights_of

if TYPE_CHECKING:
    from dlviz.network import Network

_KERNELS = {"Conv1D", "Conv2D", "Conv3D", "Dense"}
"""Layers whose kernels are (..., inputs, units)."""
_NORMALISES = {"BatchNormalization"}
_MIXES = {"Permute", "Softmax"}
"""Layers without weights that mix or reorder units."""
UnitOf = tuple[str, int]
"""The name of a layer and the number of a unit."""


@dataclass(frozen=True)
class Connection:
    """A connection to a unit of another layer.

    Attributes:
        strength: the L2 norm of the weights between the two, with the sign of their sum; negative is inhibitory.
    """

    layer: str
    unit: int
    strength: float


def incoming(network: Network, layer: str, unit: int) -> tuple[Connection, ...]:
    """The connections into a unit, strongest first; empty if its layer has no plain kernel.

    Layers that only pass units on, such as pooling, are looked through.
    """
    layer, unit = _sources(network, layer)[unit]
    kernel = _kernel(network, layer)
    if kernel is None:
        return ()
    sources = _sources(network, network.graph.parents[step_of(layer)][0])
    return _strongest(sources, kernel[..., unit]) if len(sources) == kernel.shape[-2] else ()


def outgoing(network: Network, layer: str, unit: int) -> tuple[Connection, ...]:
    """The connections from a unit to the next layers with plain kernels, strongest first."""
    own = _sources(network, layer)[unit]
    found: list[Connection] = []
    for name in network.layers:
        kernel = _kernel(network, name)
        if kernel is None:
            continue
        sources = _sources(network, network.graph.parents[step_of(name)][0])
        rows = [row for row, source in enumerate(sources) if source == own]
        if rows and len(sources) == kernel.shape[-2]:
            weights = kernel[..., rows, :]  # (..., rows, units)
            found += _strongest([(name, u) for u in range(kernel.shape[-1])], np.moveaxis(weights, -2, 0))
    return tuple(sorted(found, key=lambda connection: -abs(connection.strength)))


def _kernel(network: Network, layer: str) -> np.ndarray | None:
    """The kernel (*window, inputs, units) of a layer; None if it has no plain one."""
    info = network.layers[layer]
    if info.kind not in _KERNELS or len(info.parents) != 1:
        return None
    weights = weights_of(network.keras_layer(layer))
    kernel = weights[main_weight(weights)].values
    return kernel if getattr(network.keras_layer(layer), "groups", 1) == 1 else None


def _strongest(units: list[UnitOf], weights: np.ndarray) -> tuple[Connection, ...]:
    """Connections to units with weights (..., len(units)), strongest first; weights to the same unit are combined."""
    numbers = {unit: i for i, unit in enumerate(dict.fromkeys(units))}
    owner = np.array([numbers[unit] for unit in units])
    flat = weights.reshape(-1, len(units)).astype(np.float64)
    sums = np.bincount(owner, flat.sum(axis=0))
    norms = np.sqrt(np.bincount(owner, np.square(flat).sum(axis=0)))
    strengths = np.where(sums < 0, -norms, norms)
    order = np.argsort(-norms, kind="stable")
    names = list(numbers)
    return tuple(Connection(names[i][0], names[i][1], float(strengths[i])) for i in order)


def _sources(network: Network, layer: str) -> list[UnitOf]:
    """For each unit of a layer the unit whose response it passes on, through layers that do not mix units."""
    info, own = network.layers[layer], [(layer, unit) for unit in range(network.layers[layer].units)]
    passes_on = (info.parameters == 0 or info.kind in _NORMALISES) and info.kind not in _MIXES
    if not info.parents or info.has_kernel or not passes_on:
        return own
    if info.kind == "Concatenate":
        joined = [unit for parent in info.parents for unit in _sources(network, parent)]
        return joined if len(joined) == len(own) else own
    if len(info.parents) > 1:
        return own
    inner = _sources(network, info.parents[0])
    if len(inner) == len(own):
        return inner
    are_last = not network.channels_first(info.parents[0])
    return inner * (len(own) // len(inner)) if inner and are_last and len(own) % len(inner) == 0 else own
