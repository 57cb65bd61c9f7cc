"""Local contrast normalisation: what is left of a shadow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import Position, option, position
from dlviz.parsing.picture import grey_picture
from dlviz.progress import Progress
from dlviz.sheet import Formula, Image, Role, Scale, Sheet
from dlviz.sheet.numerals import number
from dlviz.view import Scene, View

SIDE = 128
"""Pixels of the longer side of the picture."""


def box_means(x: np.ndarray, size: int) -> np.ndarray:
    """The mean of the `size` by `size` window around each pixel of (height, width), mirrored at the border."""
    before = size // 2
    padded = np.pad(x, ((before + 1, size - 1 - before),) * 2, mode="symmetric")
    padded[0], padded[:, 0] = 0.0, 0.0
    total = padded.cumsum(axis=0).cumsum(axis=1)
    return (total[size:, size:] - total[:-size, size:] - total[size:, :-size] + total[:-size, :-size]) / size**2


def normalised(x: np.ndarray, size: int, epsilon: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local mean, local deviation, and (x - mean) / max(deviation, epsilon), each (height, width)."""
    x = x.astype(float)
    mean = box_means(x, size)
    deviation = np.sqrt(np.maximum(box_means(x**2, size) - mean**2, 0))
    return mean, deviation, (x - mean) / np.maximum(deviation, epsilon)


def shade(shape: tuple[int, ...], strength: float) -> np.ndarray:
    """The light on each pixel, (height, width): 1, and `1 - strength` below a slanting line."""
    down, right = np.mgrid[: shape[0], : shape[1]].astype(float)
    dark = right / shape[1] + 0.35 * down / shape[0] > 0.68
    return np.where(dark, 1 - strength, 1.0)


@dataclass(frozen=True)
class ContrastNormalisation(View):
    """The local mean goes, the local deviation becomes 1.

    >>> import dlviz
    >>> dlviz.lesson("contrast_normalisation").arrays["input"].shape
    (85, 128)
    """

    name = "contrast_normalisation"
    summary = "The local mean is subtracted from each pixel, and the rest is divided by the local deviation."
    group = "Convolution"
    order = 10

    picture: str = option("photos:4", "the picture: SOURCE:INDEX, such as digits:7, or an image file", label="picture")
    shadow: float = option(
        0.75, "how much light the shadow removes", low=0, high=0.95, label="darkness of the shadow (0 to 1)"
    )
    window: int = option(9, "pixels across the window", low=3, high=41, label="window (pixels across)")
    epsilon: float = option(0.02, "the smallest deviation to divide by", low=0.001, high=0.5, label="least deviation")
    at: Position = position(
        (66, 84), "row and column of the pixel that is worked out", low=0, label="pixel worked out (row, column)"
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        size = self.window // 2 * 2 + 1
        photograph = grey_picture(self.picture, SIDE)
        light = shade(photograph.shape, self.shadow)
        x = photograph * light
        mean, deviation, result = normalised(x, size, self.epsilon)
        row, column = (min(int(v), n - 1) for v, n in zip(self.at, x.shape, strict=True))
        half = size // 2
        box = np.array([[row - half, column - half, row + half + 1, column + half + 1]], float)
        here = [float(each[row, column]) for each in (x, mean, deviation, result)]
        side = "above" if here[3] >= 0 else "below"

        def image(values: np.ndarray, title: str, scale: Scale, role: Role = "main") -> Image:
            return Image(values[..., None], scale, title, boxes=box, role=role, sets="at")

        yield Sheet(
            "Local contrast normalisation",
            f"The grey {here[0]:.2f} lies {abs(here[3]):.2f} deviations {side} the mean of its window.",
            (
                image(np.round(x * 255).astype(np.uint8), "picture f", "pixels"),
                image(np.clip(result, -3, 3), "result, grey is 0", "signed"),
                image(np.round(mean * 255).astype(np.uint8), "mean μ", "pixels", "beside"),
                image(deviation, "deviation σ", "each", "beside"),
                Formula(
                    (
                        r"$\dfrac{f - \mu}{\max(\sigma,\ \varepsilon)}$"
                        f"  =  ({number(here[0])} − {number(here[1])}) / max({number(here[2], 3)}, "
                        f"{number(self.epsilon, 3)})  =  {number(here[3])}",
                    ),
                    role="legend",
                ),
            ),
            {"input": x, "mean": mean, "deviation": deviation, "result": result},
            question="What becomes of the shadow?",
            answer=_answer(x, result, light),
            explanation="Taking away the local mean and dividing by the local deviation makes every part of a picture "
            "equally bright and equally contrasty. Light and shadow change just these two, so what stays "
            "is what the things themselves look like. Where nothing varies, epsilon keeps noise from "
            "being blown up.",
            source="Local contrast normalisation: K. Jarrett et al., What is the best multi-stage architecture for "
            "object recognition?, ICCV 2009",
            values={"at": (row, column)},
        )  # fmt: skip


def _answer(x: np.ndarray, result: np.ndarray, light: np.ndarray) -> str:
    """How far apart the lit and the dark part are, before and after."""
    dark = light < 1
    if not dark.any() or dark.all():
        return "There is none: give the shadow some strength first."
    spread = [(float(each[~dark].std()), float(each[dark].std())) for each in (x, result)]
    return (
        f"Only its edge is left. In the light grey values vary by {spread[0][0]:.2f}, in the shadow by "
        f"{spread[0][1]:.2f}; afterwards by {spread[1][0]:.2f} and {spread[1][1]:.2f}. Inside the shadow mean and "
        "deviation shrink alike, and the factor cancels."
    )
