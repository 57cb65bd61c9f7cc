"""Layers as features: how well a linear classifier tells the classes apart by each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Bars, Curves, Sheet
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz_models.data.samples import Samples

MOST_LAYERS = 24


@dataclass(frozen=True)
class Features(View):
    """Accuracy layer by layer, also for classes that the network was never taught.

    >>> import dlviz
    >>> sheet = dlviz.show("features", "lenet5", data="digits", limit=300)
    >>> sheet.arrays["layer"][-1], bool(sheet.arrays["accuracy"].max() > 0.8)
    (np.str_('probabilities'), True)
    """

    name = "features"
    summary = "How well a linear classifier tells the classes of the data apart by what each layer makes of them."
    needs = frozenset({"network", "data"})
    order = 9

    classifier: str = option(
        "logistic", "what learns from the features", choices=("logistic", "svm"),
        labels=("logistic regression", "linear support vector machine"),
    )  # fmt: skip
    samples_used: int = option(600, "samples of the data, 70 % to learn from", low=20, high=10_000, label="samples")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.features import evenly, features, layers_with_weights, probe_accuracy

        network = scene.network
        data = evenly(scene.data, self.samples_used)
        labels = _labels(data)
        layers = layers_with_weights(network, MOST_LAYERS)
        found = yield from features(network, layers, data)
        accuracy = []
        for number, (name, x) in enumerate(found.items()):
            yield Progress(number, len(layers), f"learning from {name}")
            accuracy.append(probe_accuracy(x, labels, self.classifier))
        chance = float(np.bincount(labels).max() / len(labels))
        best = int(np.argmax(accuracy))
        how = "Logistic regression" if self.classifier == "logistic" else "A linear support vector machine"
        yield Sheet(
            f"{network.name} · features · {data.name}",
            f"{how} on the outputs of {layers[best]} gets {accuracy[best]:.1%} of {data.name} right, on those of"
            f" {layers[0]} {accuracy[0]:.1%}; always the commonest class would get {chance:.1%}.",
            (
                Bars(tuple(layers), np.array(accuracy), "Right on samples that it has not learned from", limit=1.0)
                if len(layers) <= 12
                else Curves(
                    np.arange(len(layers)), {"right": np.array(accuracy)}, "", "share that is right", x_labels=layers
                ),
            ),
            {"layer": np.array(layers), "accuracy": np.array(accuracy)},
            source="G. Alain, Y. Bengio, Understanding intermediate layers using linear classifier probes, 2016,"
            " arXiv 1610.01644",
        )


def _labels(data: Samples) -> np.ndarray:
    """The class number of each sample, int64 (n,).

    Raises:
        UserError: there are none, or all are the same.
    """
    labels = data.targets
    if not isinstance(labels, np.ndarray) or labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise UserError(f"{data.name} has no class for each sample to judge features by: choose labelled data.")
    if len(np.unique(labels)) < 2 or np.bincount(labels).max() == len(labels):
        raise UserError(f"All samples of {data.name} are of one class: choose data of several classes.")
    return labels.astype(np.int64)
