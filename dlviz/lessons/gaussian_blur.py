"""Gaussian blur of each colour channel, the kernel's reach shown on the picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dlviz.options import Position, option, position
from dlviz.parsing.picture import read_picture
from dlviz.progress import Progress
from dlviz.sheet import Formula, Image, Sheet, Tiles
from dlviz.sheet.numerals import number
from dlviz.view import Scene, View

SIDE = 128
"""Pixels of the longer side of the picture."""
TRUNCATE = 4
"""Deviations after which the kernel is cut off."""


def gaussian(variance: float) -> np.ndarray:
    """The weights exp(-x^2 / 2 variance) for x from -r to r, summing to 1, with r four deviations; (2r + 1,)."""
    radius = max(1, round(TRUNCATE * np.sqrt(variance)))
    x = np.arange(-radius, radius + 1)
    weights = np.exp(-(x**2) / (2 * variance))
    return np.asarray(weights / weights.sum())


def blurred(x: np.ndarray, variance: float) -> np.ndarray:
    """Each channel of (height, width, channel) blurred along columns, then along rows, mirrored at the border."""
    kernel = gaussian(variance)
    radius = len(kernel) // 2
    for axis in (0, 1):
        around = [(radius, radius) if each == axis else (0, 0) for each in range(3)]
        windows = sliding_window_view(np.pad(x, around, mode="symmetric"), len(kernel), axis=axis)
        x = np.einsum("hwck,k->hwc", windows, kernel)
    return x


def pixels(x: np.ndarray) -> np.ndarray:
    """Numbers 0..1 as pixels 0..255, uint8 of the same shape."""
    return np.round(x * 255).clip(0, 255).astype(np.uint8)


@lru_cache(maxsize=4)
def colour_picture(given: str) -> np.ndarray:
    """The picture as float (height, width, 3) in 0..1, its longer side at most SIDE pixels."""
    from PIL import Image as Pillow

    read = read_picture(given)
    image = Pillow.fromarray(read.squeeze(-1) if read.shape[-1] == 1 else read).convert("RGB")
    scale = min(1.0, SIDE / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    found = np.asarray(image.resize(size, Pillow.Resampling.BOX), float) / 255
    found.setflags(write=False)
    return found


@dataclass(frozen=True)
class GaussianBlur(View):
    """One kernel, the same for red, green and blue.

    >>> import dlviz
    >>> dlviz.lesson("gaussian_blur").arrays["input"].shape
    (85, 128, 3)
    """

    name = "gaussian_blur"
    summary = "A Gaussian blurs red, green and blue alike; the frame extends two deviations to each side."
    group = "Convolution"
    order = 7

    picture: str = option("photos:4", "the picture: SOURCE:INDEX, such as digits:7, or an image file", label="picture")
    variance: float = option(
        9.0, "variance of the Gaussian, in pixels squared", low=0.25, high=100, label="variance (pixels²)"
    )
    at: Position = position(
        (42, 62), "row and column of the frame's middle", low=0, label="middle of the frame (row, column)"
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        x = colour_picture(self.picture)
        result = blurred(x, self.variance)
        sigma = float(np.sqrt(self.variance))
        row, column = (min(int(v), n - 1) for v, n in zip(self.at, x.shape, strict=False))
        reach = 2 * sigma
        box = np.array([[row + 0.5 - reach, column + 0.5 - reach, row + 0.5 + reach, column + 0.5 + reach]])
        kernel = gaussian(self.variance)
        channels = np.stack([pixels(result * (np.arange(3) == c)) for c in range(3)])
        before, after = (", ".join(f"{v:.2f}" for v in each[row, column]) for each in (x, result))

        def image(values: np.ndarray, title: str) -> Image:
            return Image(pixels(values), "pixels", title, boxes=box, role="main", sets="at")

        yield Sheet(
            f"Gaussian blur with variance {number(self.variance)}",
            f"Red, green and blue in the frame's middle: {before} become {after}.",
            (
                image(x, "picture and the bell"),
                image(result, "blurred"),
                Tiles(channels, "pixels", "channels", ("red", "green", "blue"), columns=1, role="beside"),
                Formula(
                    (
                        r"$g(x) = \dfrac{1}{Z}\; e^{-x^2 / 2\sigma^2}$"
                        f",   σ² = {number(self.variance)},   σ = {number(sigma)} px,   g(0) = {kernel.max():.3f}",
                    ),
                    role="legend",
                ),
            ),
            {"input": x, "blurred": result, "kernel": kernel},
            question="The variance is quadrupled. How much wider is the blur?",
            answer=_answer(self.variance, kernel),
            explanation="Each pixel becomes a weighted mean of those around it, and the weights fall off like a bell. "
            "The bell's variance says how far that reaches: a large one leaves only what is large. Red, "
            "green and blue are treated alike, each by itself.",
            source="Gaussian blur: R. Szeliski, Computer Vision: Algorithms and Applications, Springer 2022, section "
            "3.2",
            values={"at": (row, column)},
        )  # fmt: skip


def _answer(variance: float, kernel: np.ndarray) -> str:
    n = len(kernel)
    return (
        f"Twice: the width is the deviation, the root of the variance, from {number(np.sqrt(variance))} to "
        f"{number(2 * np.sqrt(variance))} pixels. Rows first and then columns take {2 * n} products a pixel "
        f"instead of {n * n}."
    )
