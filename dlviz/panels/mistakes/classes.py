"""Wrong classes: the confusion matrix, the most confident wrong answers, the least sure right ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.network import Network
from dlviz.panels.mistakes.tally import Found, Tally, confusion_matrix, counted
from dlviz.sheet import Tiles
from dlviz.sheet.numerals import percent
from dlviz.targets import class_count, match_classes, true_outputs
from dlviz_models.data.samples import Samples

DOUBTFUL = 12
"""How many of the right answers that the network is least sure of are shown."""


class Count(Tally):
    def __init__(self, network: Network, data: Samples) -> None:
        super().__init__(network, data)
        self.true = true_outputs(network, data)
        self.match = match_classes(network, data)
        self.said = np.zeros(len(data), np.int64)
        self.sure = np.zeros(len(data), np.float32)

    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        probabilities = self.network.probabilities(raw)
        part = slice(start, start + len(raw))
        self.said[part], self.sure[part] = probabilities.argmax(axis=1), probabilities.max(axis=1)

    def found(self, count: int) -> Found:
        confusion = np.zeros((class_count(self.network),) * 2, np.int64)
        counted(confusion, self.true, self.said)
        wrong, right = np.flatnonzero(self.said != self.true), np.flatnonzero(self.said == self.true)
        wrong = wrong[np.argsort(-self.sure[wrong], kind="stable")]
        doubtful = right[np.argsort(self.sure[right], kind="stable")][:DOUBTFUL]
        examples, accuracy, name = len(self.true), 1 - len(wrong) / len(self.true), self.match.name

        def said(i: int) -> str:
            return f"{name(self.said[i])} · {self.sure[i]:.0%}"

        def doubted(i: int) -> str:
            return f"{name(self.said[i])} ({self.sure[i]:.0%})"

        mistakes = self.listed(
            "Wrong (true → predicted), most confident first",
            wrong[:count],
            lambda i: f"{name(self.true[i])} → {said(i)}",
        )
        matrix = confusion_matrix(name, confusion)
        number = f"{len(wrong):,}" if len(wrong) else "none"
        return Found(
            [
                matrix if mistakes else replace(matrix, role="main"),
                *(replace(panel, role="main") if isinstance(panel, Tiles) else panel for panel in mistakes),
                *self.listed("Right, but least confident", doubtful, doubted),
            ],
            f"{self.network.name} gets {number} of {examples:,} {self.things} of {self.data.name} wrong:"
            f" {percent(accuracy)} are right. Rows are the true classes, columns the predictions; the more errors, the"
            f" darker."
            f" {self.match.note}".rstrip(),
            {
                "examples": np.array(examples),
                "accuracy": np.array(accuracy),
                "confusion": confusion,
                "index": wrong,
                "label": self.true[wrong],
                "predicted": self.said[wrong],
                "confidence": self.sure[wrong],
            },
        )
