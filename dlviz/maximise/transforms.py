"""What a picture is seen through at each step, so that it excites a unit wherever and however it lies.

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
    """How far pictures are moved at random.

    Attributes:
        jitter: pixels by which all are shifted at most, cyclically.
        scale: by which factor at most each is enlarged or made smaller, less 1.
        rotation: degrees by which each is turned at most, either way.
        blur: deviation in pixels of the Gaussian that they are blurred with at first; it falls to 0.
    """

    jitter: int = 0
    scale: float = 0.0
    rotation: float = 0.0
    blur: float = 0.0

    def drawn(self, n: int, size: tuple[int, ...], left: float, random: np.random.Generator) -> dict[str, np.ndarray]:
        """What `seen` needs for one step of n pictures of `size`, (height, width), when a share `left` is still to be
        done."""
        found: dict[str, np.ndarray] = {}
        if self.jitter:
            found["shift"] = random.integers(-self.jitter, self.jitter + 1, 2).astype(np.int32)
        if self.scale or self.rotation:
            found["matrix"] = self._matrices(n, size, random)
        if self.blur:
            radius = int(np.ceil(2 * self.blur))
            deviation = max(self.blur * left, 0.05)
            weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / deviation) ** 2)
            found["kernel"] = (weights / weights.sum()).astype(np.float32)
        return found

    def _matrices(self, n: int, size: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
        """Turns and scalings about the middle, (n, 8) as Keras's affine_transform takes them."""
        angle = np.deg2rad(random.uniform(-self.rotation, self.rotation, n))
        factor = (1 + self.scale) ** random.uniform(-1, 1, n)
        cos, sin = factor * np.cos(angle), factor * np.sin(angle)
        y, x = ((side - 1) / 2 for side in size)
        none = np.zeros(n)
        rows = (cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y, none, none)
        return np.stack(rows, axis=1).astype(np.float32)


def seen(pictures: Tensor, drawn: dict[str, Tensor]) -> Tensor:
    """Pictures (n, height, width, channel) as they are seen at one step; differentiable."""
    if "kernel" in drawn:
        pictures = _blurred(pictures, drawn["kernel"])
    if "matrix" in drawn:
        pictures = keras.ops.image.affine_transform(pictures, drawn["matrix"], fill_mode="reflect")
    if "shift" in drawn:
        pictures = ops.roll(pictures, drawn["shift"], (1, 2))
    return pictures


def _blurred(pictures: Tensor, kernel: Tensor) -> Tensor:
    channels, radius = pictures.shape[-1], kernel.shape[0] // 2
    x = ops.pad(pictures, ((0, 0), (radius, radius), (radius, radius), (0, 0)), mode="symmetric")
    for shape in ((-1, 1, 1, 1), (1, -1, 1, 1)):
        x = ops.depthwise_conv(x, ops.tile(ops.reshape(kernel, shape), (1, 1, channels, 1)), padding="valid")
    return x


def variation(pictures: Tensor) -> Tensor:
    """The total variation of each picture, (n,): the sum over its places of the length of the gradient there."""
    axes = tuple(range(1, len(pictures.shape) - 1))
    squares = 1e-6
    for axis in axes:
        size = pictures.shape[axis]
        steps = ops.take(pictures, range(1, size), axis) - ops.take(pictures, range(size - 1), axis)
        padding = [(0, int(a == axis)) for a in range(len(pictures.shape))]
        squares = squares + ops.pad(ops.square(steps), padding)
    return ops.sum(ops.sqrt(squares), axis=tuple(range(1, len(pictures.shape))))
