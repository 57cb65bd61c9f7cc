"""Wrong classes: the confusion matrix, the most confident wrong and the least confident right predictions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.network import Network
from dlviz.panels.mistakes.tally import Report, Tally, add_to_confusion, confusion_matrix
from dlviz.sheet import Tiles
from dlviz.sheet.numerals import percent
from dlviz.targets import class_count, match_classes, true_outputs
from dlviz_models.data.samples import Samples

DOUBTFUL = 12
"""The number of least confident right predictions shown."""


class Count(Tally):
    def __init__(self, network: Network, data: Samples) -> None:
        super().__init__(network, data)
        self.true = true_outputs(network, data)
        self.match = match_classes(network, data)
        self.predicted = np.zeros(len(data), np.int64)
        self.confidence = np.zeros(len(data), np.float32)

    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        probabilities = self.network.probabilities(raw)
        part = slice(start, start + len(raw))
        self.predicted[part], self.confidence[part] = probabilities.argmax(axis=1), probabilities.max(axis=1)

    def report(self, count: int) -> Report:
        confusion = np.zeros((class_count(self.network),) * 2, np.int64)
        add_to_confusion(confusion, self.true, self.predicted)
        wrong, right = np.flatnonzero(self.predicted != self.true), np.flatnonzero(self.predicted == self.true)
        wrong = wrong[np.argsort(-self.confidence[wrong], kind="stable")]
        doubtful = right[np.argsort(self.confidence[right], kind="stable")][:DOUBTFUL]
        examples, accuracy, name = len(self.true), 1 - len(wrong) / len(self.true), self.match.name

        def caption(i: int) -> str:
            return f"{name(self.predicted[i])} · {self.confidence[i]:.0%}"

        def short_caption(i: int) -> str:
            return f"{name(self.predicted[i])} ({self.confidence[i]:.0%})"

        mistakes = self.listed(
            "Wrong (true → predicted), most confident first",
            wrong[:count],
            lambda i: f"{name(self.true[i])} → {caption(i)}",
        )
        matrix = confusion_matrix(name, confusion)
        told = f"{f'{len(wrong):,}' if len(wrong) else 'none'} of {self.examples} wrong: {percent(accuracy)} are right"
        if examples == 1:
            told = f"the only {self.thing} of {self.data.name} {'wrong' if len(wrong) else 'right'}"
        return Report(
            [
                matrix if mistakes else replace(matrix, role="main"),
                *(replace(panel, role="main") if isinstance(panel, Tiles) else panel for panel in mistakes),
                *self.listed("Right, but least confident", doubtful, short_caption),
            ],
            f"{self.network.name} gets {told}. Rows are the true classes, columns the predictions; the more errors, the"
            f" darker."
            f" {self.match.note}".rstrip(),
            {
                "examples": np.array(examples),
                "accuracy": np.array(accuracy),
                "confusion": confusion,
                "index": wrong,
                "label": self.true[wrong],
                "predicted": self.predicted[wrong],
                "confidence": self.confidence[wrong],
            },
            ("accuracy", percent(accuracy)),
        )
