"""Elastic distortion: pictures warped at random."""

from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("dlviz")
class ElasticDistortion(keras.layers.Layer):
    """While training, move every pixel by a random amount that changes smoothly across the picture.

    Pictures (n, height, width, channel) in and out. `smoothness` is the deviation of the Gaussian that smooths the
    displacements, `strength` what they are multiplied by, both in pixels of a picture 29 pixels high and in proportion
    for others. The defaults are the paper's: pixels move by 1.4 in either direction, on average.

    P. Simard, D. Steinkraus, J. Platt, Best practices for convolutional neural networks applied to visual document
    analysis, ICDAR 2003, DOI 10.1109/ICDAR.2003.1227801, section 2.
    """

    def __init__(self, smoothness: float = 4.0, strength: float = 34.0, seed: int | None = None, **keywords: Any):
        super().__init__(**keywords)
        self.smoothness, self.strength, self.seed = smoothness, strength, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, pictures: Any, training: bool = False) -> Any:
        if not training:
            return pictures
        _, height, width, _ = pictures.shape
        scale = height / 29
        drawn = keras.random.uniform((2, ops.shape(pictures)[0], height, width), -1, 1, seed=self.seed_generator)
        down, across = (_gaussian(size, self.smoothness * scale) for size in (height, width))
        return moved(pictures, self.strength * scale * ops.matmul(ops.matmul(down, drawn), across))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = {"smoothness": self.smoothness, "strength": self.strength, "seed": self.seed}
        return {**super().get_config(), **own}


def moved(pictures: Any, displacements: Any) -> Any:
    """Return pictures (n, height, width, channel) whose pixels come from where `displacements` say, interpolated.

    `displacements` are (2, n, height, width), down and to the right, in pixels; beyond the border the border goes on.
    """
    count, (_, height, width, channels) = ops.shape(pictures)[0], pictures.shape
    pixels = ops.reshape(pictures, (-1, channels))
    first = ops.reshape(ops.arange(count) * (height * width), (-1, 1, 1))  # the pixel that begins each picture
    y = ops.clip(displacements[0] + np.arange(height, dtype="float32")[:, None], 0, height - 1)  # (n, height, width)
    x = ops.clip(displacements[1] + np.arange(width, dtype="float32"), 0, width - 1)
    result = 0
    for row, row_share in _neighbours(y, height):
        for column, column_share in _neighbours(x, width):
            values = ops.take(pixels, first + row * width + column, axis=0)  # (n, height, width, channel)
            result += (row_share * column_share)[..., None] * ops.cast(values, displacements.dtype)
    return result


def _neighbours(place: Any, size: int) -> list[tuple[Any, Any]]:
    """Return the two whole numbers below `size` around each place and their shares in it."""
    low = ops.minimum(ops.floor(place), max(size - 2, 0))
    high = ops.minimum(low + 1, size - 1)
    return [(ops.cast(low, "int32"), 1 - (place - low)), (ops.cast(high, "int32"), place - low)]


def _gaussian(size: int, deviation: float) -> np.ndarray:
    """Return the matrix (size, size) that smooths a sequence; beyond its ends there is nothing."""
    away = np.subtract.outer(np.arange(size), np.arange(size))
    return (np.exp(-0.5 * (away / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))).astype("float32")
