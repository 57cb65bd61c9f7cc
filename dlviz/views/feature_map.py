"""A layer's features as a map: samples that are alike to the network lie beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import in_digits, number_of
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Image, Scatter, Sheet
from dlviz.spacing import thinned_samples
from dlviz.style import CLASSES, SERIES, STEPS
from dlviz.view import Scene, View
from dlviz_models.data.classes import class_title

if TYPE_CHECKING:
    from dlviz.network import Network
    from dlviz_models.data.samples import Samples

MARGIN = 0.04
"""Of the width of a map of points on each side."""


@dataclass(frozen=True)
class FeatureMap(View):
    """Samples as points in the colours of their classes or numbers; of pictures those that stand apart are shown.

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
            places, how = neighbour_map(x), "t-SNE keeps neighbours, distances between groups mean little"
        groups = Groups.of(scene.network, data)
        panel, said = (
            _thumbnails(scene.network, data, places, groups)
            if scene.network.takes_pictures
            else (_points(places, groups), "")
        )
        targets = targets_of(scene.network, data)
        yield Sheet(
            f"{scene.network.name} · {scene.layer} · map of {data.name}",
            f"{number_of(len(data), 'sample')} of {data.name} as {scene.layer} sees them: what is alike lies together;"
            f" {how}.{said}{groups.said}",
            (panel,),
            {"place": places, **({"label": targets} if isinstance(targets, np.ndarray) else {})},
            source="L. van der Maaten, G. Hinton, Visualizing data using t-SNE, JMLR 2008"
            if self.method == "tsne"
            else "",
        )


def _thumbnails(network: Network, data: Samples, places: np.ndarray, groups: Groups) -> tuple[Image, str]:
    """The pictures that stand apart, over points for all of them, and a sentence that says how many they are."""
    from dlviz.panels.patch_tiles import shown_pixels
    from dlviz.panels.thumbnail_map import apart, on_map, thumbnail_map

    middles = on_map(places)
    shown = {number: shown_pixels(network, network.input, data.sample(number)) for number in apart(middles)}
    colours = np.full(len(data), SERIES[0], dtype=object)
    for of_group, colour in zip(groups.members.values(), groups.colours, strict=False):
        colours[of_group] = colour
    legend = dict(zip(groups.members, groups.colours, strict=False)) if len(groups.members) > 1 else {}
    said = f" {len(shown)} of them are shown as pictures." if len(shown) < len(data) else ""
    return thumbnail_map(middles, shown, colours.tolist(), legend), said


def _points(places: np.ndarray, groups: Groups) -> Scatter:
    """A point a sample."""
    (left, bottom), (right, top) = places.min(axis=0), places.max(axis=0)
    wide, high = MARGIN * (right - left) or 1, MARGIN * (top - bottom) or 1
    limits = (float(left - wide), float(right + wide), float(bottom - high), float(top + high))
    points = {name: places[numbers] for name, numbers in groups.members.items()}
    return Scatter({}, points, None, limits, role="main", colours=groups.colours)


@dataclass(frozen=True)
class Groups:
    """The numbers of the samples in each colour, by its name, and a sentence on what the colours mean."""

    members: dict[str, np.ndarray]
    colours: tuple[str, ...]
    said: str = ""

    @classmethod
    def of(cls, network: Network, data: Samples) -> Groups:
        """By their classes or true numbers, where they have such."""
        from dlviz.targets import labels_in, numbers_in

        labels, numbers = labels_in(network, data), numbers_in(network, data)
        if numbers is not None and numbers.shape[1] == 1:
            return cls(_by_number(numbers[:, 0]), STEPS, " Colours: their true numbers.")
        if labels is not None:
            return cls(_by_class(labels, data.class_names or ()), CLASSES)
        return cls({"samples": np.arange(len(data))}, SERIES)


def _by_class(labels: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The samples of each class (n,); of more classes than colours the rarest together."""
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) > len(CLASSES):
        classes = np.sort(classes[np.argsort(-counts, kind="stable")[: len(CLASSES) - 1]])
    groups = {class_title(names[c]) if c < len(names) else str(c): np.flatnonzero(labels == c) for c in classes}
    others = np.flatnonzero(~np.isin(labels, classes))
    return groups | ({"other classes": others} if len(others) else {})


def _by_number(numbers: np.ndarray) -> dict[str, np.ndarray]:
    """The samples of the numbers (n,) in ranges that hold about as many each, from small to large."""
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, len(STEPS) + 1)))
    part = np.searchsorted(edges[1:-1], numbers, side="right")
    groups = (np.flatnonzero(part == p) for p in np.unique(part))
    return {f"{in_digits(numbers[some].min(), 4)} to {in_digits(numbers[some].max(), 4)}": some for some in groups}
