"""Random transforms of a picture at each step, so that it excites a unit robustly.

A. Mordvintsev, C. Olah, M. Tyka, Inceptionism, 2015 (jitter); C. Olah et al., 2017, doi 10.23915/distill.00007 (scale,
rotation); J. Yosinski et al., 2015, arXiv 1506.06579 (blur).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

Tensor = Any


@dataclass(frozen=True)
class Transforms:
    """The range of the random transforms.

    Attributes:
        jitter: the maximum cyclic shift of the batch, in pixels.
        scale: the maximum scale factor of a picture, up or down, minus 1.
        rotation: the maximum rotation of a picture, in degrees either way.
        blur: the initial sigma of a Gaussian blur, in pixels; it decays to 0.
    """

    jitter: int = 0
    scale: float = 0.0
    rotation: float = 0.0
    blur: float = 0.0

    def sampled(
        self, n: int, size: tuple[int, ...], remaining: float, random: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Sample the parameters of `transformed` for one step of n pictures.

        Args:
            size: (height, width).
            remaining: the share of the steps still to be done.
        """
        found: dict[str, np.ndarray] = {}
        if self.jitter:
            found["shift"] = random.integers(-self.jitter, self.jitter + 1, 2).astype(np.int32)
        if self.scale or self.rotation:
            found["matrix"] = self._matrices(n, size, random)
        if self.blur:
            radius = int(np.ceil(2 * self.blur))
            deviation = max(self.blur * remaining, 0.05)
            weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / deviation) ** 2)
            found["kernel"] = (weights / weights.sum()).astype(np.float32)
        return found

    def _matrices(self, n: int, size: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
        """Rotations and scalings about the centre, (n, 8), as for Keras's affine_transform."""
        angle = np.deg2rad(random.uniform(-self.rotation, self.rotation, n))
        factor = (1 + self.scale) ** random.uniform(-1, 1, n)
        cos, sin = factor * np.cos(angle), factor * np.sin(angle)
        y, x = ((side - 1) / 2 for side in size)
        none = np.zeros(n)
        rows = (cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y, none, none)
        return np.stack(rows, axis=1).astype(np.float32)


def transformed(pictures: Tensor, sampled: dict[str, Tensor]) -> Tensor:
    """Apply the sampled transforms to pictures (n, height, width, channel); differentiable."""
    if "kernel" in sampled:
        pictures = _blurred(pictures, sampled["kernel"])
    if "matrix" in sampled:
        pictures = keras.ops.image.affine_transform(pictures, sampled["matrix"], fill_mode="reflect")
    if "shift" in sampled:
        pictures = ops.roll(pictures, sampled["shift"], (1, 2))
    return pictures


def _blurred(pictures: Tensor, kernel: Tensor) -> Tensor:
    channels, radius = pictures.shape[-1], kernel.shape[0] // 2
    x = ops.pad(pictures, ((0, 0), (radius, radius), (radius, radius), (0, 0)), mode="symmetric")
    for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):
        x = ops.depthwise_conv(x, ops.tile(ops.reshape(kernel, shape), (1, 1, channels, 1)), padding="valid")
    return x


def total_variation(pictures: Tensor) -> Tensor:
    """The total variation of each picture, (n,): the sum of its gradient magnitudes."""
    axes = tuple(range(1, len(pictures.shape) - 1))
    squares = 1e-6
    for axis in axes:
        size = pictures.shape[axis]
        steps = ops.take(pictures, range(1, size), axis) - ops.take(pictures, range(size - 1), axis)
        padding = [(0, int(a == axis)) for a in range(len(pictures.shape))]
        squares = squares + ops.pad(ops.square(steps), padding)
    return ops.sum(ops.sqrt(squares), axis=tuple(range(1, len(pictures.shape))))
