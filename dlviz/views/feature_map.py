"""A layer's features as a map: samples that are alike to the network lie beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Image, Scatter, Sheet
from dlviz.spacing import thinned_samples
from dlviz.style import SERIES, STEPS
from dlviz.view import Scene, View
from dlviz_models.data.classes import class_title

if TYPE_CHECKING:
    from dlviz.network import Network
    from dlviz_models.data.samples import Samples

SIZE = np.array([1800, 900])
"""Pixels along and down a map of pictures."""
THUMBNAIL = 44
MARGIN = 0.04
"""Of the map's width on each side."""


@dataclass(frozen=True)
class FeatureMap(View):
    """Pictures as thumbnails, other samples as points in the colours of their classes or numbers.

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
        from dlviz.analysis.features import features, neighbour_map, principal_components
        from dlviz.model.broken_weights import check_finite
        from dlviz.targets import targets_of

        data = thinned_samples(scene.data, self.samples_used)
        found = yield from features(scene.network, (scene.layer,), data)
        x = found[scene.layer]
        check_finite(scene.network, scene.layer, x)
        yield Progress(0, 1, "bringing the features into a plane")
        if self.method == "pca":
            places, share = principal_components(x)
            how = f"its first two principal components hold {share:.0%} of the variance"
        else:
            places, how = neighbour_map(x), "t-SNE keeps neighbours; distances between groups mean little"
        if scene.network.takes_pictures:
            panel: Image | Scatter = self._thumbnails(scene, data, places)
            colours = ""
        else:
            panel, colours = _points(scene.network, data, places)
        targets = targets_of(scene.network, data)
        yield Sheet(
            f"{scene.network.name} · {scene.layer} · map of {data.name}",
            f"{len(data):,} samples of {data.name} as {scene.layer} sees them: what is alike lies together;"
            f" {how}.{colours}",
            (panel,),
            {"place": places, **({"label": targets} if isinstance(targets, np.ndarray) else {})},
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


def _points(network: Network, data: Samples, places: np.ndarray) -> tuple[Scatter, str]:
    """A point a sample, in the colour of its class or number, and a sentence on what the colours mean."""
    from dlviz.targets import labels_in, numbers_in

    labels, numbers = labels_in(network, data), numbers_in(network, data)
    groups, told = {"samples": places}, ""
    colours: tuple[str, ...] = SERIES
    if numbers is not None and numbers.shape[1] == 1:
        groups, colours, told = _by_number(places, numbers[:, 0]), STEPS, " Colours: their true numbers."
    elif labels is not None:
        groups, told = _by_class(places, labels, data.class_names or ()), ""
    (left, bottom), (right, top) = places.min(axis=0), places.max(axis=0)
    wide, high = MARGIN * (right - left) or 1, MARGIN * (top - bottom) or 1
    limits = (float(left - wide), float(right + wide), float(bottom - high), float(top + high))
    return Scatter({}, groups, None, limits, role="main", colours=colours), told


def _by_class(places: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The places (n, 2) of each class; of more classes than colours the rarest together."""
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) > len(SERIES):
        classes = np.sort(classes[np.argsort(-counts, kind="stable")[: len(SERIES) - 1]])
    groups = {class_title(names[c]) if c < len(names) else str(c): places[labels == c] for c in classes}
    others = places[~np.isin(labels, classes)]
    return groups | ({"other classes": others} if len(others) else {})


def _by_number(places: np.ndarray, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """The places (n, 2) of the numbers (n,) in ranges that hold about as many each, from small to large."""
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, len(STEPS) + 1)))
    part = np.searchsorted(edges[1:-1], numbers, side="right")
    groups = ((numbers[part == p], places[part == p]) for p in np.unique(part))
    return {f"{some.min():.4g} to {some.max():.4g}": of_them for some, of_them in groups}
