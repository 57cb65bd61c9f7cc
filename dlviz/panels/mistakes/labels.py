"""Errors of multi-label classifiers: precision and recall of each label, and the samples with the most wrong ones."""

from __future__ import annotations

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.network import Network
from dlviz.panels.mistakes.tally import Report, Tally
from dlviz.sheet import Matrix
from dlviz.sheet.numerals import percent
from dlviz_models.data.samples import Samples


class Count(Tally):
    def __init__(self, network: Network, data: Samples) -> None:
        super().__init__(network, data)
        self._targets = self.targets("its labels")
        self.true: list[np.ndarray] = []
        self.confidence: list[np.ndarray] = []

    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        probabilities = self.network.probabilities(raw)
        self.true.append(self.arrays_of(self._targets, start, probabilities, "labels") > 0.5)
        self.confidence.append(probabilities)

    def report(self, count: int) -> Report:
        true, confidence = np.concatenate(self.true), np.concatenate(self.confidence)  # (n, labels)
        predicted = confidence > 0.5
        mistakes = (predicted != true).sum(axis=1)
        hits = (predicted & true).sum(axis=0)
        with np.errstate(invalid="ignore"):
            precision, recall = hits / predicted.sum(axis=0), hits / true.sum(axis=0)
        names = tuple(self.network.class_name(n) for n in range(true.shape[1]))
        table = np.nan_to_num(np.stack([true.mean(axis=0), predicted.mean(axis=0), precision, recall], axis=1))
        wrong = np.flatnonzero(mistakes)
        wrong = wrong[np.argsort(-mistakes[wrong], kind="stable")]

        def caption(i: int) -> str:
            missing = [names[n] for n in np.flatnonzero(true[i] & ~predicted[i])]
            extra = [names[n] for n in np.flatnonzero(predicted[i] & ~true[i])]
            return ", ".join([*(f"no {name}" for name in missing), *(f"{name}?" for name in extra)])

        columns = ("have it", "predicted", "precision", "recall")
        exact = float((mistakes == 0).mean())
        return Report(
            [
                Matrix(table, names, columns, "label", "", "How often each label is found"),
                *self.listed("Most labels wrong", wrong[:count], caption),
            ],
            f"{self.network.name} gets {percent((predicted == true).mean())} of the labels of {self.examples}"
            f" right, and all labels of {percent(exact)} of them.",
            {
                "examples": np.array(len(true)), "accuracy": np.array((predicted == true).mean()),
                "exact": np.array(exact), "precision": precision, "recall": recall, "index": wrong,
                "label": true[wrong], "predicted": predicted[wrong],
            },
            ("label accuracy", percent((predicted == true).mean())),
        )  # fmt: skip
