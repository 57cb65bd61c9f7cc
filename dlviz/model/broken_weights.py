"""Weights that are NaN or infinite, as a diverged training leaves them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np


def broken_weights(model: keras.Model) -> str:
    """Return which array of weights is the first to hold NaN or infinity, as a clause; empty where none does.

    Such as: layer bn's moving_variance holds NaN in 3 of 4 places.
    """
    for layer, weight in _weights(model, ""):
        values = keras.ops.convert_to_numpy(weight)
        broken = int(values.size - np.isfinite(values).sum())
        if broken:
            what = "NaN" if np.isnan(values).any() else "infinity"
            return f"layer {layer}'s {weight.name} holds {what} in {broken:,} of {values.size:,} entries"
    return ""


def _weights(model: keras.Model, prefix: str) -> Iterator[tuple[str, Any]]:
    """Each layer's name, after those of the models that it is in, with each of its arrays."""
    for layer in model.layers:
        if isinstance(layer, keras.Sequential | keras.src.models.Functional):
            yield from _weights(layer, f"{prefix}{layer.name}/")
        else:
            for weight in layer.weights:
                yield prefix + layer.name, weight
