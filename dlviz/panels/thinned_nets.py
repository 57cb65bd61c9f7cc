"""Drawings of a network with dropout."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from dlviz.style import BLUE

WIDTHS = (5, 7, 7, 3)
"""The number of units of each layer; dropout does not affect the first and last."""
SIZE = 240
"""The side of a drawing in pixels."""


def kept(rate: float, seed: int) -> list[np.ndarray]:
    """The dropout mask of each layer, bool (units,) each; hidden units are dropped with probability `rate`."""
    rng = np.random.default_rng(seed)
    return [
        np.ones(width, bool) if at in (0, len(WIDTHS) - 1) else rng.random(width) >= rate
        for at, width in enumerate(WIDTHS)
    ]


@lru_cache(maxsize=64)
def thinned_net(rate: float, seed: int) -> np.ndarray:
    """Draw a network with one dropout mask, uint8 (SIZE, SIZE, 3)."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (2 * SIZE, 2 * SIZE), "white")
    draw = ImageDraw.Draw(picture)
    layers = kept(rate, seed)
    places = [
        [(2 * SIZE * (at + 0.5) / len(WIDTHS), 2 * SIZE * (unit + 0.5) / width) for unit in range(width)]
        for at, width in enumerate(WIDTHS)
    ]
    for at, (before, after) in enumerate(pairwise(layers)):
        for i, j in np.argwhere(before[:, None] & after[None]):
            draw.line((*places[at][i], *places[at + 1][j]), fill="#9aa1ab", width=2)
    for layer, units in zip(places, layers, strict=True):
        for (x, y), stays in zip(layer, units, strict=True):
            box = (x - 16, y - 16, x + 16, y + 16)
            draw.ellipse(box, fill=BLUE if stays else "white", outline=BLUE if stays else "#c4c8ce", width=3)
            if not stays:
                draw.line((x - 10, y - 10, x + 10, y + 10), fill="#c4c8ce", width=4)
                draw.line((x - 10, y + 10, x + 10, y - 10), fill="#c4c8ce", width=4)
    return np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BOX))
