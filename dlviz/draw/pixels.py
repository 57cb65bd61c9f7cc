"""Numbers to colours: what every medium, the window included, shows of images and heat maps."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import numpy as np

from dlviz.sheet import Scale, Scatter
from dlviz.style import SERIES, tint

LEAST_SPAN, LARGEST = 1e-36, 1e30
"""What float32 can still divide by, and still double and add."""
NOT_A_NUMBER = (214, 39, 140)
"""The colour (red, green, blue) of a NaN, which no grey can be mistaken for."""
PLAIN_DIAGONAL = (226, 230, 235)
"""The colour of the diagonal of a matrix that gives it none (`Matrix.plain_diagonal`)."""
BLUES = np.array([[247, 251, 255], [107, 174, 214], [8, 48, 107]])
ORANGES = np.array([[247, 251, 255], [243, 154, 88], [127, 39, 4]])
"""The colours of 0, of half the largest magnitude and of the largest: numbers above 0, and below."""
LOWLAND, HIGHLAND = np.array([252, 252, 250]), np.array([150, 166, 190])
"""The colours of the lowest and of the highest band of a map."""
MAP = 480
"""Pixels along each side of a map."""
PALE = 0.3
"""The share of a class's colour in its region."""


def to_rgb(images: np.ndarray, scale: Scale) -> np.ndarray:
    """Images (n, height, width, 1 or 3) as colours, uint8 (n, height, width, 3).

    `pixels` takes 0..255 as they are, numbers beyond them cut off; `each` and `all` go from black, the smallest
    number of each image or of all, to white, the largest, and are black where all numbers are equal; `signed` is
    mid-grey, 128, at 0 and white or black at each image's largest magnitude. Infinities take the colour of the end
    that they lie at, and have no part in the range; a NaN takes `NOT_A_NUMBER`.

    Raises:
        ValueError: the shape is another, or the scale is unknown.
    """
    if images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(f"images of shape {images.shape}, not (n, height, width, 1 or 3)")
    if images.size == 0 or (images.dtype == np.uint8 and scale == "pixels"):
        return _three_channels(images.astype(np.uint8, copy=False))
    tame = max(-float(images.min()), float(images.max())) < LARGEST  # False where one is NaN
    values = images.astype(np.float32, copy=False) if tame else _moderate(images)
    axes = None if scale == "all" else (1, 2, 3)
    origin: np.ndarray | float
    origin, span, middle = 0.0, np.float32(255), 0.0
    if scale == "signed":
        span, middle = 2 * np.abs(values).max(axis=axes, keepdims=True), 127.5
    elif scale == "diverging":
        return np.stack([shades(image[..., 0]) for image in values.mean(axis=-1, keepdims=True)])
    elif scale in ("each", "all"):
        origin = values.min(axis=axes, keepdims=True)
        span = values.max(axis=axes, keepdims=True) - origin
    elif scale != "pixels":
        raise ValueError(f"unknown scale {scale}")
    factor = np.divide(255, span, out=np.zeros_like(span), where=span > LEAST_SPAN)
    levels = (values - origin) * factor  # (n, h, w, c)
    levels += middle
    np.rint(levels, out=levels)
    rgb = _three_channels(np.clip(levels, 0, 255, out=levels).astype(np.uint8))
    if not tame:
        rgb[(images == np.inf).any(axis=-1)] = 255
        rgb[(images == -np.inf).any(axis=-1)] = 0
        rgb[np.isnan(images).any(axis=-1)] = NOT_A_NUMBER
    return rgb


def colours(values: np.ndarray) -> np.ndarray:
    """Numbers 0..1, any shape, as uint8 (..., 3): black over red and yellow to white, even steps looking even.

    Matplotlib's `inferno` by Smith and van der Walt (2015, CC0).
    """
    return _inferno()[np.rint(np.clip(np.nan_to_num(values), 0, 1) * 255).astype(np.uint8)]


def shades(values: np.ndarray, limit: float | None = None) -> np.ndarray:
    """Numbers, any shape, as uint8 (..., 3): nearly white at 0, `BLUES` above and `ORANGES` below.

    The magnitude `limit`, or else the largest there is, has the full colour.
    """
    shares = np.nan_to_num(values.astype(np.float64))
    shares = np.clip(shares / (limit or np.abs(shares).max(initial=0) or 1.0), -1, 1)
    places = [0, 0.5, 1]
    channels = [
        np.where(shares < 0, np.interp(-shares, places, orange), np.interp(shares, places, blue))
        for blue, orange in zip(BLUES.T, ORANGES.T, strict=True)
    ]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)


def bands(heights: np.ndarray, count: int = 18) -> np.ndarray:
    """Heights (rows, columns) as a map, uint8 (MAP, MAP, 3): `count` bands of equal area, light where it is low.

    The line between two bands is a contour; between the given heights they rise evenly.
    """
    heights = _enlarged(heights)
    edges = np.quantile(heights, np.linspace(0, 1, count + 1)[1:-1])
    band = np.searchsorted(edges, heights)
    share = (np.arange(count) / (count - 1))[:, None]
    return _with_borders(band, (1 - share) * LOWLAND + share * HIGHLAND)


def regions(scores: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Scores (classes, rows, columns) as a map, uint8 (MAP, MAP, 3), with the colour (classes, 3) of the highest."""
    return _with_borders(np.stack([_enlarged(each) for each in scores]).argmax(axis=0), colours)


def backdrop(panel: Scatter) -> np.ndarray | None:
    """What lies behind a plane, uint8 (MAP, MAP, 3): its surface, its regions, or nothing."""
    if panel.surface is not None:
        return bands(panel.surface)
    if panel.regions is None:
        return None
    names = panel.names
    pale = [tint(SERIES[names.index(name) % len(SERIES)], PALE) for name in panel.points]
    return regions(panel.regions, np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in pale]))


def _enlarged(heights: np.ndarray) -> np.ndarray:
    """Heights (rows, columns), rising evenly in between, as (MAP, MAP)."""
    for axis in (0, 1):
        along = np.linspace(0, heights.shape[axis] - 1, MAP)
        below = np.minimum(along.astype(int), max(heights.shape[axis] - 2, 0))
        share = np.expand_dims(along - below, 1 - axis)
        above = np.minimum(below + 1, heights.shape[axis] - 1)
        heights = heights.take(below, axis) * (1 - share) + heights.take(above, axis) * share
    return heights


def _with_borders(numbers: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Numbers of colours (rows, columns) as uint8 (rows, columns, 3), darker where another number begins."""
    border = np.zeros(numbers.shape, bool)
    border[:-1] |= numbers[:-1] != numbers[1:]
    border[:, :-1] |= numbers[:, :-1] != numbers[:, 1:]
    palette = np.rint(np.concatenate([colours, colours * 0.82])).astype(np.uint8)
    return palette[numbers + len(colours) * border]


def is_light(rgb: np.ndarray) -> np.ndarray:
    """Say which colours, uint8 (..., 3), are light enough for dark ink."""
    return rgb @ (0.299, 0.587, 0.114) > 140


def overlay(rgb: np.ndarray, heat: np.ndarray, opacity: float = 0.6) -> np.ndarray:
    """A picture, uint8 (height, width, 3), under a heat map (height, width) of 0..1 that hides `opacity` of it."""
    mixed = (1 - opacity) * rgb + opacity * colours(heat)
    return np.rint(mixed).astype(np.uint8)


def mosaic(
    tiles: np.ndarray, columns: int, gap: int = 1, background: tuple[int, int, int] = (255, 255, 255)
) -> np.ndarray:
    """Tiles, uint8 (n, height, width, 3), row by row in one picture (H, W, 3), `gap` pixels between them."""
    n, height, width, _ = tiles.shape
    rows = -(-n // columns)
    canvas = np.empty((rows, height + gap, columns, width + gap, 3), np.uint8)
    canvas.reshape(rows * (height + gap), -1)[:] = np.tile(np.array(background, np.uint8), columns * (width + gap))
    full = n // columns
    canvas[:full, :height, :, :width] = tiles[: full * columns].reshape(full, columns, height, width, 3).swapaxes(1, 2)
    if full < rows:
        canvas[full, :height, : n - full * columns, :width] = tiles[full * columns :].swapaxes(0, 1)
    return canvas.reshape(rows * (height + gap), columns * (width + gap), 3)[: -gap or None, : -gap or None]


def _moderate(images: np.ndarray) -> np.ndarray:
    """The same numbers as float32 up to `LARGEST`; NaN and infinities become the least number of their image."""
    finite = np.isfinite(images)
    least = images.astype(np.float64).min(axis=(1, 2, 3), keepdims=True, initial=np.inf, where=finite)
    least = np.where(np.isfinite(least), least, least.min())
    inside = np.where(finite, images, np.where(np.isfinite(least), least, 0)).astype(np.float64)
    return (inside * min(1, LARGEST / max(np.abs(inside).max(), 1))).astype(np.float32)


def _three_channels(levels: np.ndarray) -> np.ndarray:
    return np.repeat(levels, 3, axis=-1) if levels.shape[-1] == 1 else levels


@cache
def _inferno() -> np.ndarray:
    with as_file(files("dlviz.draw") / "inferno.npy") as path:
        return np.load(path)
