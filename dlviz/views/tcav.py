"""How much a class depends on a concept that is given as pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import number_of
from dlviz.options import most_predicted_class, option
from dlviz.progress import Progress
from dlviz.sheet import Bars, Panel, Sheet, Tiles
from dlviz.spacing import thinned_samples
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.analysis.tcav import Tcav
    from dlviz.network import Network

STRIPES = "stripes"
MOST = 60
"""The maximum number of pictures of the concept, and of the class."""
FEWEST = 6
SHOWN = 6
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class TcavView(View):
    """TCAV: concept activation vectors of a folder's pictures, tested against random pictures of the data.

    >>> import dlviz
    >>> sheet = dlviz.show("tcav", "lenet5", layer="conv2", data="digits", limit=100, sets=3)
    >>> sheet.arrays["score"].shape  # one for each random set
    (3,)
    """

    name = "tcav"
    summary = "How much a class depends on a concept, such as stripes, that is given as a folder of pictures."
    needs = frozenset({"network", "layer", "data"})
    samples = frozenset({"picture"})
    answers = frozenset({"classes"})
    single_label = True
    late = True
    order = 11.4

    concept: str = option(
        "", "a folder or file of pictures that show the concept; empty: stripes, made here", zero="stripes",
        label="concept (a folder)", suggests="folder",
    )  # fmt: skip
    target: str = most_predicted_class()
    sets: int = option(10, "how many sets of random pictures the concept is compared with", low=2, high=100)
    samples_used: int = option(300, "samples of the data", low=20, high=10_000, label="samples")

    def is_long(self) -> bool:
        return True

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.analysis.class_pictures import class_pictures
        from dlviz.analysis.concepts import Layer
        from dlviz.analysis.tcav import tcav
        from dlviz.model.broken_weights import check_finite

        network = scene.network
        shown = self._concept(network)
        found = yield from class_pictures(network, thinned_samples(scene.data, self.samples_used), self.target)
        if len(found.pictures) < 2 * FEWEST:
            raise UserError(
                f"{scene.data.name} has too few pictures to draw random sets: choose at least {2 * FEWEST}."
            )
        layer, of_class = Layer(network, scene.layer), found.of_class[:MOST]
        yield Progress(0, self.sets, "responses to the concept")
        concept, others = (_means(layer.maps(pictures)) for pictures in (shown, found.pictures))
        slopes = layer.gradients(of_class, found.number)
        check_finite(network, scene.layer, concept, others, slopes)
        slopes = slopes.reshape(len(slopes), -1, slopes.shape[-1]).sum(axis=1)
        result = yield from tcav(concept, others, slopes, self.sets)
        name, kind = network.class_in_words(found.number), self.concept.rstrip("/").rpartition("/")[2] or STRIPES
        made = "" if self.concept else " The stripes are made by a formula, since no folder was given as the concept."
        yield Sheet(
            f"{network.name} · {scene.layer} · “{kind}” for “{name}”",
            _summary(result, kind, name, scene.layer, len(of_class)) + made,
            _panels(result, kind, shown, of_class),
            {
                "score": result.scores, "random": result.random, "accuracy": result.accuracy,
                "p": np.array(result.p), "sensitivity": result.sensitivity,
            },
            source="B. Kim et al., Interpretability beyond feature attribution: quantitative testing with concept"
            " activation vectors, 2018, arXiv 1711.11279",
        )  # fmt: skip

    def _concept(self, network: Network) -> np.ndarray:
        """The concept's pictures, uint8 (m, height, width, channel)."""
        from dlviz.analysis.class_pictures import pixels_of
        from dlviz.inspect.data import load_pictures

        if not self.concept:
            return stripes(network.input_shape, MOST)
        given = load_pictures(self.concept)
        if len(given) < FEWEST:
            has = number_of(len(given), "picture")
            raise UserError(f"{self.concept[-100:]} has {has}: give at least {FEWEST} of the concept.")
        return pixels_of(network, thinned_samples(given, MOST))


def stripes(shape: tuple[int, int, int], count: int) -> np.ndarray:
    """Stripes of random width, direction and contrast, uint8 (count, *shape)."""
    rng = np.random.default_rng(0)
    height, width, channels = shape
    y, x = np.mgrid[:height, :width]
    found = []
    for _ in range(count):
        angle, period = rng.uniform(0, np.pi), rng.uniform(0.08, 0.3) * min(height, width)
        wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period + rng.uniform(0, 2 * np.pi))
        dark, light = rng.uniform(0, 80), rng.uniform(160, 255)
        found.append(np.where(wave > 0, light, dark))
    return np.repeat(np.stack(found)[..., None], channels, axis=-1).astype(np.uint8)


def _means(maps: np.ndarray) -> np.ndarray:
    """Maps (n, *axes, units) as the mean response of each unit, (n, units)."""
    return maps.reshape(len(maps), -1, maps.shape[-1]).mean(axis=1)


def _summary(result: Tcav, kind: str, name: str, layer: str, count: int) -> str:
    chance = "p < 0.001" if result.p < 0.001 else f"p = {result.p:.2g}"
    sure = f"the difference {'is significant' if result.p < SIGNIFICANT else 'may be chance'} ({chance})"
    return (
        f"A step towards “{kind}” in {layer} raises “{name}” in {result.scores.mean():.0%} of {count} pictures taken"
        f" for it, a step towards random pictures in {result.random.mean():.0%}: {sure}. A linear classifier can tell"
        f" the concept from random pictures in {result.accuracy.mean():.0%} of cases."
    )


def _panels(result: Tcav, kind: str, shown: np.ndarray, of_class: np.ndarray) -> tuple[Panel, ...]:
    from dlviz.panels.patch_tiles import as_colour

    order = np.argsort(-result.sensitivity, kind="stable")
    rows = [shown[:SHOWN], of_class[order[:SHOWN]], of_class[order[::-1][:SHOWN]]]
    columns = min(map(len, rows))
    scores = np.array([result.scores.mean(), result.random.mean()])
    images = as_colour(np.concatenate([row[:columns] for row in rows]))
    low, high = result.sensitivity.min(), result.sensitivity.max()
    names = (kind[:16], "rises most" if high > 0 else "falls least", "falls most" if low < 0 else "rises least")
    return (
        Tiles(images, "pixels", columns=columns, row_labels=names, role="main"),
        Bars((kind[:16], "random"), scores, "Share of pictures that rise", 1.0, role="beside"),
    )
