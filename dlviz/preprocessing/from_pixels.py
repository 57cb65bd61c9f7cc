"""Preprocessing of pixels inside a compiled function."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import keras
import numpy as np

from dlviz import backend
from dlviz.preprocessing.modes import Preprocess


@cache
def from_pixels(mode: Preprocess, channels: int) -> Callable[[Any], Any]:
    """Return a compiled function from uint8 pixels (..., channels) to float32 ones as `mode` wants them.

    All networks share one, because what `jit` compiles stays in memory. The mean and the deviation are tensors:
    division by a constant would be less exact.
    """
    if mode.mode == "none":
        return lambda pixels: keras.ops.cast(pixels, "float32")
    like = np.zeros(channels)
    mean, deviation = (backend.constant(mode.per_channel(v, like)) for v in (mode.mean, mode.deviation))

    def convert(pixels: Any) -> Any:
        return (keras.ops.cast(pixels[..., ::-1] if mode.bgr else pixels, "float32") - mean) / deviation

    return backend.compiled(convert, jit=True)
