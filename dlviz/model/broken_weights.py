"""Weights that are NaN or infinite, as a diverged training leaves them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.network import Network


def broken_weights(model: keras.Model) -> str:
    """Return a clause about the first weight array with NaN or infinity; empty if there is none.

    Such as: layer bn's moving_variance holds NaN in 3 of 4 places.
    """
    for layer, weight in _weights(model, ""):
        values = keras.ops.convert_to_numpy(weight)
        broken = int(values.size - np.isfinite(values).sum())
        if broken:
            what = "NaN" if np.isnan(values).any() else "infinity"
            return f"layer {layer}'s {weight.name} holds {what} in {broken:,} of {values.size:,} entries"
    return ""


def check_finite(network: Network, layer: str, *responses: np.ndarray) -> None:
    """Raise a `UserError` if any responses of a layer, arrays of any shape, are NaN or infinite."""
    if not all(np.isfinite(some).all() for some in responses):
        raise UserError(
            f"Layer {layer} of {network.name} answers NaN or infinity, so nothing can be learned of it:"
            f" {broken_weights(network.model) or 'check how pixels are preprocessed'}."
        )


def _weights(model: keras.Model, prefix: str) -> Iterator[tuple[str, Any]]:
    """Each layer's name, with the names of its parent models as prefix, and each of its weights."""
    for layer in model.layers:
        if isinstance(layer, keras.Sequential | keras.src.models.Functional):
            yield from _weights(layer, f"{prefix}{layer.name}/")
        else:
            for weight in layer.weights:
                yield prefix + layer.name, weight
