"""A bank of Gabor filters, and the response of each to a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dlviz.by_hand.shipped_weights import first_filters
from dlviz.options import Position, option, position
from dlviz.parsing.picture import grey_picture
from dlviz.progress import Progress
from dlviz.sheet import Formula, Image, Sheet, Tiles
from dlviz.sheet.numerals import number, signed
from dlviz.view import Scene, View

ANGLES = tuple(22.5 * k for k in range(8))
"""Orientations of the bank, in degrees."""
MOST_RADIUS = 20


def gabor(orientation: float, wavelength: float, phase: float, sigma: float) -> np.ndarray:
    """A Gabor filter (size, size): a wave of `wavelength` pixels under a Gaussian bell of deviation `sigma`.

    Orientation, in degrees, is the direction in which the wave runs, from right to down; phase is in degrees, 0 a light
    bar in the middle. The bell sums to about 1. J. Daugman, 1985, doi:10.1364/JOSAA.2.001160.
    """
    radius = min(int(np.ceil(3 * sigma)), MOST_RADIUS)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(float)
    theta = np.deg2rad(orientation)
    along = x * np.cos(theta) + y * np.sin(theta)
    bell = np.exp(-(x**2 + y**2) / (2 * sigma**2)) / (2 * np.pi * sigma**2)
    return np.asarray(bell * np.cos(2 * np.pi * along / wavelength + np.deg2rad(phase)))


@lru_cache(maxsize=2)
def _spectrum(picture: str) -> tuple[np.ndarray, np.ndarray]:
    """The picture in -1..1 less its mean, and its spectrum once it is mirrored by MOST_RADIUS pixels all round."""
    x = grey_picture(picture, 96).astype(float)
    return x, np.fft.rfft2(np.pad(x - x.mean(), MOST_RADIUS, mode="symmetric"))


def answers(picture: str, kernels: list[np.ndarray]) -> np.ndarray:
    """The map of each kernel, unflipped, over a picture mirrored at its border; (kernels, height, width)."""
    x, spectrum = _spectrum(picture)
    height, width = (n + 2 * MOST_RADIUS for n in x.shape)
    maps = []
    for kernel in kernels:
        radius = len(kernel) // 2
        placed = np.zeros((height, width))
        placed[: len(kernel), : len(kernel)] = kernel
        placed = np.roll(placed, (-radius, -radius), axis=(0, 1))
        found = np.fft.irfft2(spectrum * np.conj(np.fft.rfft2(placed)), s=(height, width))
        maps.append(found[MOST_RADIUS:-MOST_RADIUS, MOST_RADIUS:-MOST_RADIUS])
    return np.stack(maps)


@dataclass(frozen=True)
class GaborFilters(View):
    """A bank of Gabor filters with their maps.

    >>> import dlviz
    >>> dlviz.lesson("gabor_filters").arrays["maps"].shape
    (8, 64, 96)
    """

    name = "gabor_filters"
    summary = "A wave under a Gaussian envelope responds to edges and bars of one direction and one width."
    group = "Convolution"
    order = 7.5

    orientation: float = option(
        0.0,
        "direction of the wave in degrees; 0: to the right",
        low=0,
        high=180,
        label="orientation (degrees)",
    )
    wavelength: float = option(8.0, "pixels from crest to crest", low=3, high=24, label="wavelength (pixels)")
    phase: float = option(
        90.0, "phase in degrees: 0 is a light bar in the middle, 90 an edge", low=0, high=360, label="phase (degrees)"
    )
    variance: float = option(
        9.0, "variance of the Gaussian, in pixels squared", low=1, high=40, label="variance (pixels²)"
    )
    picture: str = option("photos:3", "the picture: SOURCE:INDEX, such as digits:7, or an image file", label="picture")
    at: Position = position(
        (48, 48), "row and column of the map that is worked out", low=0, label="place worked out (row, column)"
    )

    learned: bool = option(
        True,
        "show the first filters of a network that learned from pictures, AlexNet for CIFAR-10",
        label="learned filters",
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        sigma = float(np.sqrt(self.variance))
        shape = (self.wavelength, self.phase, sigma)
        kernel = gabor(self.orientation, *shape)
        bank = [gabor(angle, *shape) for angle in ANGLES]
        maps = answers(self.picture, [kernel, *bank])
        x = grey_picture(self.picture, 96)
        row, column = (min(int(v), n - 1) for v, n in zip(self.at, x.shape, strict=True))
        half = len(kernel) // 2
        box = np.array([[row - half, column - half, row + half + 1, column + half + 1]], float)
        here = maps[1:, row, column]
        best = int(np.abs(here).argmax())
        pixel = np.array([[row, column, row + 1, column + 1]], float)
        names = tuple(f"{number(angle, 1)}°" for angle in ANGLES)
        yield Sheet(
            "Gabor filters",
            f"At the frame its response is {number(maps[0, row, column], 3)}; of the bank, {names[best]} responds"
            f" most: "
            f"{number(here[best], 3)}.",
            (
                Image(np.round(x * 255).astype(np.uint8)[..., None], "pixels", "picture", boxes=box, role="main",
                      sets="at"),
                Image(maps[0][..., None], "signed", "map of the filter", boxes=pixel, role="main", sets="at"),
                Tiles(_beside(bank, maps[1:]), "signed", "the bank, each filter with its map", names, columns=4,
                      role="main"),
                Image(kernel[..., None], "signed", "filter, grey is 0", role="beside"),
                *([Tiles(_learned(), "signed", "learned: AlexNet, layer 1", role="beside")] if self.learned else []),
                Formula((_formula(self.orientation, *shape),), role="legend"),
            ),
            {"input": x, "filter": kernel, "map": maps[0], "bank": np.stack(bank), "maps": maps[1:]},
            question="What does a unit of AlexNet's first layer look like beside these?",
            answer="Much the same: most become edges and bars of one direction and width, some of "
            "them coloured: those on the right were learned.",
            explanation="A Gabor filter is a wave under a bell: it answers where the picture changes in its "
            "direction, with its wavelength, inside the bell. Cells in the visual cortex answer in much "
            "this way, and networks that learn from pictures find such filters by themselves in their "
            "first layer.",
            source="Gabor filters: J. Daugman, Uncertainty relation for resolution in space, spatial frequency and "
            "orientation, 1985",
            values={"at": (row, column)},
        )  # fmt: skip


def _beside(bank: list[np.ndarray], maps: np.ndarray) -> np.ndarray:
    """Each filter, enlarged, to the left of its map, both scaled to -1..1; (filters, height, width, 1)."""
    height = maps.shape[1]
    nearest = np.arange(height) * len(bank[0]) // height
    tiles = [
        np.hstack([kernel[nearest][:, nearest] / np.abs(kernel).max(), found / max(float(np.abs(found).max()), 1e-9)])
        for kernel, found in zip(bank, maps, strict=True)
    ]
    return np.stack(tiles)[..., None]


def _learned() -> np.ndarray:
    """The first filters of a network, (filters, height, width, 3)."""
    return np.moveaxis(first_filters("alexnet32"), -1, 0)


def _formula(orientation: float, wavelength: float, phase: float, sigma: float) -> str:
    """The filter with its numbers."""
    theta = np.deg2rad(orientation)
    along = f"({number(np.cos(theta))}·x + {signed(np.sin(theta))}·y)"
    return (
        rf"$g(x, y) = e^{{-(x^2 + y^2)\,/\,2 \cdot {sigma**2:.3g}}}\; \cos$"
        f"(2π·{along} / {number(wavelength, 1)} + {number(phase, 0)}°)"
    )
