"""The differences between two networks, in structure and in weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.model.weights import weights_of
from dlviz.network import Network


@dataclass(frozen=True)
class Differences:
    """The differences between two networks.

    Attributes:
        structure: a line for each layer that differs in more than the values of its weights.
        changes: the relative L2 distance of the weights of each layer with equal shapes; infinite if those of the first
            network are 0.
    """

    structure: tuple[str, ...]
    changes: dict[str, float]


def differences(one: Network, other: Network) -> Differences:
    """Compare layers of the same name by kind, weights and output shape."""
    structure, changes = [], {}
    for name in dict.fromkeys([*one.layers, *other.layers]):
        if name not in other.layers or name not in one.layers:
            first = name in one.layers
            layer = (one if first else other).layers[name]
            structure.append(f"{name}: {layer.kind} in {'the first' if first else 'the second'} alone")
            continue
        a, b = one.layers[name], other.layers[name]
        weights = [_weights(network, name) for network in (one, other)]
        shapes = [[w.shape for w in of_network] for of_network in weights]
        if a.kind != b.kind:
            structure.append(f"{name}: {a.kind}, {b.kind}")
        elif shapes[0] != shapes[1]:
            structure.append(f"{name}: weights {_sizes(shapes[0])}, {_sizes(shapes[1])}")
        elif a.shape != b.shape:
            structure.append(f"{name}: outputs {_size(a.shape)}, {_size(b.shape)}")
        elif shapes[0]:
            changes[name] = _change(*weights)
    return Differences(tuple(structure), changes)


def _weights(network: Network, name: str) -> list[np.ndarray]:
    return [weight.values for weight in weights_of(network.keras_layer(name)).values()]


def _change(before: list[np.ndarray], after: list[np.ndarray]) -> float:
    moved = np.sqrt(sum(float(((b - a) ** 2).sum()) for a, b in zip(before, after, strict=True)))
    length = np.sqrt(sum(float((a**2).sum()) for a in before))
    return float(moved / length) if length else float("inf") if moved else 0.0


def _sizes(shapes: list[tuple[int, ...]]) -> str:
    """The shapes of a layer's kernels, or of its other weights if it has none."""
    kernels = [shape for shape in shapes if len(shape) > 1]
    return " and ".join(map(_size, kernels or shapes)) or "none"


def _size(shape: tuple[int | None, ...]) -> str:
    return "×".join("?" if n is None else str(n) for n in shape) or "one number"
