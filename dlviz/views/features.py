"""Layers as features: how well a linear model tells classes, or numbers, by each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Bars, Curves, Panel, Sheet
from dlviz.sheet.numerals import percent
from dlviz.spacing import thinned_samples
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.network import Network
    from dlviz_models.data.samples import Samples

MOST_LAYERS = 24
MOST_BARS = 12
SOURCE = "G. Alain, Y. Bengio, Understanding intermediate layers using linear classifier probes, 2016, arXiv 1610.01644"


@dataclass(frozen=True)
class Features(View):
    """Accuracy layer by layer, also for classes that the network was never taught; for numbers R².

    >>> import dlviz
    >>> sheet = dlviz.show("features", "lenet5", data="digits", limit=300)
    >>> sheet.arrays["layer"][-1], bool(sheet.arrays["accuracy"].max() > 0.8)
    (np.str_('probabilities'), True)
    """

    name = "features"
    summary = "How well a linear model tells the classes or numbers of the data from the outputs of each layer."
    needs = frozenset({"network", "data"})
    order = 9

    classifier: str = option(
        "logistic", "what learns classes from the features; numbers are learned by ridge regression",
        choices=("logistic", "svm"),
        labels=("logistic regression", "linear support vector machine"),
    )  # fmt: skip
    samples_used: int = option(600, "samples of the data, 70% to learn from", low=20, high=10_000, label="samples")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.analysis.features import features, layers_with_weights, probe_accuracy, probe_r2, split
        from dlviz.model.broken_weights import check_finite
        from dlviz.targets import numbers_in

        network = scene.network
        data = thinned_samples(scene.data, self.samples_used)
        numbers = numbers_in(network, data)
        targets = _labels(network, data) if numbers is None else numbers
        layers = layers_with_weights(network, MOST_LAYERS)
        found = yield from features(network, layers, data)
        scores = []
        for number, (name, x) in enumerate(found.items()):
            yield Progress(number, len(layers), f"learning from {name}")
            check_finite(network, name, x)
            scores.append(probe_accuracy(x, targets, self.classifier) if numbers is None else probe_r2(x, targets))
        title, values = f"{network.name} · features · {data.name}", np.array(scores)
        held_out = f"{len(split(len(data))[1]):,} held-out samples of {data.name}"
        if numbers is None:
            yield self._classes_sheet(title, held_out, layers, values, targets)
        else:
            yield _numbers_sheet(title, held_out, layers, values)

    def _classes_sheet(
        self, title: str, held_out: str, layers: tuple[str, ...], accuracy: np.ndarray, labels: np.ndarray
    ) -> Sheet:
        chance = float(np.bincount(labels).max() / len(labels))
        best, other = _best_and_other(accuracy)
        how = "Logistic regression" if self.classifier == "logistic" else "A linear support vector machine"
        return Sheet(
            title,
            f"{how} on the outputs of {layers[best]} gets {percent(accuracy[best])} of {held_out} right, on those"
            f" of {layers[other]} {percent(accuracy[other])}; always answering the commonest class would get"
            f" {percent(chance)}.",
            (_by_layer(layers, accuracy, "Right on samples that it has not learned from", "share that is right"),),
            {"layer": np.array(layers), "accuracy": accuracy},
            source=SOURCE,
        )


def _numbers_sheet(title: str, held_out: str, layers: tuple[str, ...], r2: np.ndarray) -> Sheet:
    best, other = _best_and_other(r2)
    return Sheet(
        title,
        f"Ridge regression on the outputs of {layers[best]} explains {percent(r2[best])} of the variance of the true"
        f" numbers of {held_out} (R²), on those of {layers[other]} {percent(r2[other])}; always answering their mean"
        " would explain nothing.",
        (_by_layer(layers, r2, "R² on samples that it has not learned from", "R²"),),
        {"layer": np.array(layers), "r2": r2},
        source=SOURCE,
    )


def _best_and_other(scores: np.ndarray) -> tuple[int, int]:
    """The layer with the best score (layers,), and the first for comparison, or the last where that is the best."""
    best = int(np.argmax(scores))
    return best, 0 if best else len(scores) - 1


def _by_layer(layers: tuple[str, ...], values: np.ndarray, title: str, axis: str) -> Panel:
    """A bar a layer (layers,); of many layers a curve."""
    if len(layers) <= MOST_BARS:
        return Bars(layers, values, title, limit=1.0)
    return Curves(np.arange(len(layers)), {axis: values}, "", axis, title, x_labels=layers)


def _labels(network: Network, data: Samples) -> np.ndarray:
    """The class number of each sample, int64 (n,).

    Raises:
        UserError: there are none, or all are the same.
    """
    from dlviz.targets import labels_in, unlabelled

    if data.targets is None:
        raise unlabelled(network, data)
    labels = labels_in(network, data)
    if labels is None:
        raise UserError(
            f"Features are judged by one class or number for each sample, and {data.name} has others: choose data"
            " with these, such as a folder with one subfolder per class."
        )
    if len(np.unique(labels)) < 2:
        raise UserError(f"All samples of {data.name} are of one class: choose data of several classes.")
    return labels
