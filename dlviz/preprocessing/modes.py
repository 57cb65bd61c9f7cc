"""How pixels 0..255 become a model's input, in Keras's own terms, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz_models.errors import UserError


@dataclass(frozen=True)
class Preprocess:
    """x = (pixels - mean) / deviation for each channel, the channels turned round first where `bgr`."""

    mode: str
    mean: tuple[float, ...] = (0.0,)
    deviation: tuple[float, ...] = (1.0,)
    bgr: bool = False

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels (..., channel) in 0..255, RGB, to the model's input, float32 of the same shape."""
        ordered = pixels[..., ::-1] if self.bgr else pixels
        x = (ordered.astype(np.float32) - self.per_channel(self.mean, ordered)) / self.per_channel(
            self.deviation, ordered
        )
        return np.ascontiguousarray(x, dtype=np.float32)

    def pixels(self, x: np.ndarray) -> np.ndarray:
        """The model's input (..., channel) back to pixels in 0..255, RGB, float32."""
        values = x * self.per_channel(self.deviation, x) + self.per_channel(self.mean, x)
        return values[..., ::-1] if self.bgr else values

    def limits(self, channels: int) -> tuple[np.ndarray, np.ndarray]:
        """What black and white become: two arrays (channels,)."""
        both = self.apply(np.array([[0] * channels, [255] * channels]))
        return both[0], both[1]

    def span(self, channels: int) -> np.ndarray:
        """The model's range for pixels 0..1 in each channel (channels,), by which differences are divided."""
        low, high = self.limits(channels)
        return high - low

    @staticmethod
    def per_channel(values: tuple[float, ...], like: np.ndarray) -> np.ndarray:
        """One value for each channel of `like` (..., channel), or their mean where the picture is grey."""
        channels = like.shape[-1]
        return np.array(values if len(values) in (1, channels) else np.mean(values), np.float32)


MODES = {
    "none": Preprocess("none"),
    "unit": Preprocess("unit", (0.0,), (255.0,)),
    "tf": Preprocess("tf", (127.5,), (127.5,)),
    "torch": Preprocess("torch", (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "caffe": Preprocess("caffe", (103.939, 116.779, 123.68), (1.0,), bgr=True),
}
"""`caffe` has its mean in the order blue, green, red."""

RANGES = {
    "none": "0..255", "unit": "0..1", "tf": "-1..1", "torch": "0..1, less ImageNet's mean, over its deviation",
    "caffe": "0..255, blue first, less ImageNet's mean",
}  # fmt: skip
"""What pixels become by each mode, in words."""


def named(mode: str) -> Preprocess:
    """The mode called `mode`; UserError where there is none."""
    try:
        return MODES[mode]
    except KeyError:
        raise UserError(f"Option --preprocess {mode} is unknown: choose one of auto, {', '.join(MODES)}.") from None
