"""A scatter plot with thumbnails: pictures that do not overlap are shown, the others as points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from dlviz.sheet import Image

WIDTH, HEIGHT = 1800, 900
"""Pixels of the map."""
THUMBNAIL, FRAME, POINT = 132, 4, 9
"""The side of a picture, the width of its frame, and the radius of a point, in pixels."""


def on_map(places: np.ndarray) -> np.ndarray:
    """Scale points (n, 2), x and y, to the map: the centres of pictures in pixels, float (n, 2)."""
    low, high = places.min(axis=0), places.max(axis=0)
    room = np.array([WIDTH, HEIGHT]) - THUMBNAIL - 2 * FRAME
    return THUMBNAIL / 2 + FRAME + room * (places - low) / np.maximum(high - low, 1e-12)


def apart(middles: np.ndarray) -> list[int]:
    """The indices of pictures with these centres (n, 2) that do not overlap, chosen greedily in order.

    >>> apart(np.array([[100.0, 100.0], [150.0, 150.0], [300.0, 100.0]]))
    [0, 2]
    """
    shown: list[int] = []
    for number, middle in enumerate(middles):
        distance = np.abs(middles[shown] - middle).max(axis=1)
        if (distance >= THUMBNAIL + 2 * FRAME).all():
            shown.append(number)
    return shown


def thumbnail_map(
    middles: np.ndarray, shown: Mapping[int, np.ndarray], colours: Sequence[str] | np.ndarray, legend: Mapping[str, str]
) -> Image:
    """Draw a point for each sample, and pictures above them.

    Args:
        middles: the centres of the samples in pixels, (n, 2).
        shown: the pictures by sample index, uint8 (height, width, 1 or 3).
        colours: the colours of the n points and frames.
        legend: the meaning of the colours.
    """
    canvas = Pillow.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(canvas)
    for (x, y), colour in zip(middles, colours, strict=True):
        draw.ellipse((x - POINT, y - POINT, x + POINT, y + POINT), fill=colour, outline="white")
    for number, pixels in shown.items():
        left, top = (round(middle - THUMBNAIL / 2) for middle in middles[number])
        right, bottom = left + THUMBNAIL, top + THUMBNAIL
        draw.rectangle((left - FRAME, top - FRAME, right + FRAME - 1, bottom + FRAME - 1), fill=colours[number])
        coloured = Pillow.fromarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))
        canvas.paste(coloured.resize((THUMBNAIL, THUMBNAIL), Pillow.Resampling.LANCZOS), (left, top))
    return Image(np.asarray(canvas), role="main", legend=dict(legend))
