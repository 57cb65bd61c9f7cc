"""A layer's features as a map: samples that are alike to the network lie beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Image, Scatter, Sheet
from dlviz.view import Scene, View
from dlviz_models.data.classes import class_title

if TYPE_CHECKING:
    from dlviz_models.data.samples import Samples

SIZE = np.array([1800, 900])
"""Pixels along and down a map of pictures."""
THUMBNAIL = 44
MARGIN = 0.04
"""Of the map's width on each side."""


@dataclass(frozen=True)
class FeatureMap(View):
    """Pictures as thumbnails, other samples as points in the colours of their classes.

    >>> import dlviz
    >>> sheet = dlviz.show("feature_map", "lenet5", layer="dense1", data="digits", samples_used=50, method="pca")
    >>> sheet.arrays["place"].shape
    (50, 2)
    """

    name = "feature_map"
    summary = "A map of the data as a layer sees it: samples that are alike to it lie beside each other."
    needs = frozenset({"network", "layer", "data"})
    order = 10

    method: str = option(
        "tsne", "how the features are brought into a plane", choices=("tsne", "pca"),
        labels=("t-SNE: neighbours stay neighbours", "principal components"),
    )  # fmt: skip
    samples_used: int = option(400, "samples of the data", low=10, high=5000, label="samples")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.features import evenly, features, neighbour_map, principal_components

        data = evenly(scene.data, self.samples_used)
        found = yield from features(scene.network, (scene.layer,), data)
        x = found[scene.layer]
        yield Progress(0, 1, "bringing the features into a plane")
        if self.method == "pca":
            places, share = principal_components(x)
            how = f"its first two principal components hold {share:.0%} of the variance"
        else:
            places, how = neighbour_map(x), "t-SNE keeps neighbours; distances between groups mean little"
        panel = self._thumbnails(scene, data, places) if scene.network.takes_pictures else _points(data, places)
        yield Sheet(
            f"{scene.network.name} · {scene.layer} · map of {data.name}",
            f"{len(data):,} samples of {data.name} as {scene.layer} sees them: what is alike lies together; {how}.",
            (panel,),
            {"place": places, **({"label": data.targets} if isinstance(data.targets, np.ndarray) else {})},
            source="L. van der Maaten, G. Hinton, Visualizing data using t-SNE, JMLR 2008"
            if self.method == "tsne"
            else "",
        )

    @staticmethod
    def _thumbnails(scene: Scene, data: Samples, places: np.ndarray) -> Image:
        """Every picture, small, where its features lie; later ones on top."""
        from PIL import Image as Pillow

        from dlviz.panels.patch_tiles import shown_pixels

        low, high = places.min(axis=0), places.max(axis=0)
        shares = MARGIN + (1 - 2 * MARGIN) * (places - low) / np.maximum(high - low, 1e-12)
        canvas = np.full((*SIZE[::-1], 3), 255, np.uint8)
        corners = (shares * (SIZE - THUMBNAIL)).astype(int)
        for number, (left, top) in enumerate(corners):
            pixels = shown_pixels(scene.network, scene.network.input, data.sample(number))
            coloured = Pillow.fromarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))
            small = coloured.resize((THUMBNAIL, THUMBNAIL), Pillow.Resampling.LANCZOS)
            canvas[top : top + THUMBNAIL, left : left + THUMBNAIL] = np.asarray(small)
        return Image(canvas, role="main")


def _points(data: Samples, places: np.ndarray) -> Scatter:
    """A point a sample, in the colour of its class."""
    labels = data.targets
    names = data.class_names or ()
    groups = {"samples": places}
    if isinstance(labels, np.ndarray) and labels.ndim == 1 and labels.dtype.kind in "iu":
        groups = {
            class_title(names[c]) if c < len(names) else str(c): places[labels == c] for c in np.unique(labels)[:8]
        }
    (left, bottom), (right, top) = places.min(axis=0), places.max(axis=0)
    wide, high = MARGIN * (right - left) or 1, MARGIN * (top - bottom) or 1
    limits = (float(left - wide), float(right + wide), float(bottom - high), float(top + high))
    return Scatter({}, groups, None, limits, "", "", role="main")
