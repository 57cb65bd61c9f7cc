"""Features that people designed, oriented gradients and keypoints, beside filters that a network learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from dlviz.by_hand.shipped_weights import first_filters
from dlviz.options import Position, option, position
from dlviz.parsing.picture import grey_picture
from dlviz.progress import Progress
from dlviz.sheet import Formula, Image, Sheet, Stems, Tiles
from dlviz.style import FRAME
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

SIDE, ZOOM = 128, 6
"""Pixels of the longer side, and how much larger the drawings are."""
NETWORKS = ("alexnet32", "squeezenet")


@lru_cache(maxsize=16)
def cells(picture: str, cell: int, orientations: int) -> np.ndarray:
    """How strong edges of each orientation are in each cell; (rows, columns, orientations), each cell's length 1.

    N. Dalal, B. Triggs, Histograms of oriented gradients for human detection, CVPR 2005, doi:10.1109/CVPR.2005.177.
    """
    from skimage.feature import hog

    x = grey_picture(picture, SIDE)
    found = hog(x, orientations, (cell, cell), (1, 1), "L2", feature_vector=False)
    return np.asarray(found[:, :, 0, 0], float)


@lru_cache(maxsize=4)
def keypoints(picture: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places (n, 2), scales and orientations in radians (n,) of keypoints, the largest first.

    D. Lowe, Distinctive image features from scale-invariant keypoints, 2004, doi:10.1023/B:VISI.0000029664.99615.94.
    """
    from skimage.feature import SIFT

    found = SIFT(upsampling=1)
    try:
        found.detect(grey_picture(picture, SIDE))
    except RuntimeError:  # what it raises where there is none
        return np.zeros((0, 2)), np.zeros(0), np.zeros(0)
    order = np.argsort(-found.sigmas, kind="stable")
    return found.positions[order], found.sigmas[order], found.orientations[order]


@dataclass(frozen=True)
class HandmadeFeatures(View):
    """HOG cells, keypoints and learned filters.

    >>> import dlviz
    >>> dlviz.lesson("handmade_features").arrays["filters"].shape
    (48, 5, 5, 3)
    """

    name = "handmade_features"
    summary = "People designed oriented gradients and keypoints; a network's first layer learns its filters from data."
    group = "Convolution"
    order = 12

    picture: str = option("photos:2", "the picture: SOURCE:INDEX, such as digits:7, or an image file", label="picture")
    cell: int = option(8, "pixels across a cell", low=4, high=24, label="cell (pixels across)")
    orientations: int = option(9, "number of orientations", low=3, high=12, label="orientations")
    points: int = option(25, "maximum number of keypoints, largest first", low=0, high=200, label="keypoints at most")
    network: str = option(
        "alexnet32", "the network whose first layer is shown", choices=NETWORKS, label="network compared"
    )
    at: Position = position(
        (40, 60),
        "row and column of a pixel of the cell that is worked out",
        low=0,
        label="cell worked out (row, column)",
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        x = grey_picture(self.picture, SIDE)
        if min(x.shape) < max(self.cell, 16):
            raise UserError(f"Option picture={self.picture[-80:]} has {x.shape[1]} by {x.shape[0]} pixels, too few.")
        found = cells(self.picture, self.cell, self.orientations)
        row, column = (min(int(v) // self.cell, n - 1) for v, n in zip(self.at, found.shape, strict=False))
        places, scales, turns = (each[: self.points] for each in keypoints(self.picture))
        frame = np.array([[row, column, row + 1, column + 1]], float) * self.cell * ZOOM
        filters = np.moveaxis(first_filters(self.network), -1, 0)
        strongest = int(found[row, column].argmax())
        step = 180 / self.orientations
        how: dict[str, Any] = {"boxes": frame, "role": "main", "sets": "at", "spacing": 1 / ZOOM}
        yield Sheet(
            "Handmade and learned features",
            f"{len(places)} keypoints, {found.size:,} numbers of oriented gradients, {len(filters)} learned filters.",
            (
                Image(_with_keypoints(self.picture, self.points), "pixels", "keypoints", **how),
                Image(_with_cells(self.picture, self.cell, self.orientations), "pixels", "oriented gradients", **how),
                Tiles(filters / np.abs(filters).max(), "signed", f"learned by {self.network}", role="beside"),
                Stems(found[row, column], f"the framed cell: a stem each {step:.3g}°", role="beside"),
                Formula(
                    (
                        rf"$m = \sqrt{{g_x^2 + g_y^2}},\quad \theta = \mathrm{{atan2}}(g_y, g_x)$:   "
                        f"{self.orientations} bins of 180° / {self.orientations} = {step:.3g}°, the strongest here "
                        f"{strongest * step:.3g}° to {(strongest + 1) * step:.3g}°",
                    ),
                    role="legend",
                ),
            ),
            {"cells": found, "positions": places, "scales": scales, "orientations": turns, "filters": filters},
            question="Which of these did nobody design?",
            answer="The learned filters: they came out of training. Edges of all directions are among them, as in the "
            "cells, and spots of colour, which nobody had asked for.",
            explanation="Before networks learned them, people designed features: histograms of the directions of "
            "edges, and keypoints with a size and a direction that are found again in other pictures. A "
            "convolutional network starts from noise and ends with similar edges in its first layer, and "
            "more that nobody had thought of.",
            source="Hand-made features: N. Dalal, B. Triggs, CVPR 2005; D. Lowe, IJCV 2004; A. Krizhevsky et "
            "al., NIPS 2012",
            values={"at": tuple(min(v, n * self.cell - 1) for v, n in zip(self.at, found.shape, strict=False))},
        )  # fmt: skip


@lru_cache(maxsize=8)
def _with_keypoints(picture: str, most: int) -> np.ndarray:
    """The picture, ZOOM times larger, with a circle of twice the scale and a radius for each keypoint; uint8."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    x = grey_picture(picture, SIDE)
    grey = Pillow.fromarray(np.round(x * 255).astype(np.uint8))
    large = grey.resize((x.shape[1] * ZOOM, x.shape[0] * ZOOM), Pillow.Resampling.BICUBIC).convert("RGB")
    draw = ImageDraw.Draw(large)
    for (row, column), scale, turn in zip(*(each[:most] for each in keypoints(picture)), strict=True):
        middle = np.array([column + 0.5, row + 0.5]) * ZOOM
        radius = 2 * scale * ZOOM
        end = middle + radius * np.array([np.sin(turn), np.cos(turn)])
        draw.ellipse((*(middle - radius), *(middle + radius)), outline=FRAME, width=3)
        draw.line((*middle, *end), fill=FRAME, width=3)
    return np.asarray(large)


@lru_cache(maxsize=16)
def _with_cells(picture: str, cell: int, orientations: int) -> np.ndarray:
    """A star in each cell, uint8 (height, width, 1): a line along the edges of each orientation, as light as strong."""
    from PIL import Image as Pillow
    from PIL import ImageDraw

    found = cells(picture, cell, orientations)
    height, width = grey_picture(picture, SIDE).shape
    drawing = Pillow.new("L", (width * ZOOM, height * ZOOM))
    draw = ImageDraw.Draw(drawing)
    radius = cell * ZOOM / 2 - 1
    theta = np.pi * (np.arange(orientations) + 0.5) / orientations
    along = radius * np.stack([np.sin(theta), -np.cos(theta)], axis=1)  # an edge is across its gradient: (x, y)
    light = np.round(255 * found / max(float(found.max()), 1e-9)).astype(int)
    for row, column in np.ndindex(*found.shape[:2]):
        middle = (np.array([column, row]) + 0.5) * cell * ZOOM
        for i in np.argsort(light[row, column]):
            draw.line((*(middle - along[i]), *(middle + along[i])), fill=int(light[row, column, i]), width=3)
    return np.asarray(drawing)[..., None]
