"""Wrong nodes of parse trees: the confusion matrix, and the sentences whose root is wrong."""

from __future__ import annotations

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.network import Network
from dlviz.panels.answers.nodes import answers_of
from dlviz.panels.mistakes.tally import Report, Tally, add_to_confusion, confusion_matrix
from dlviz.sheet.numerals import percent
from dlviz_models.data.samples import Samples, Tree, target_of
from dlviz_models.errors import UserError


class Count(Tally):
    def __init__(self, network: Network, data: Samples) -> None:
        super().__init__(network, data)
        self._targets = self.targets("a class for each node")
        classes = network.chosen_output.shape[-1] or 2
        self.confusion = np.zeros((classes, classes), np.int64)
        self.true = np.zeros(len(data), np.int64)  # of the roots
        self.predicted = np.zeros(len(data), np.int64)
        self.confidence = np.zeros(len(data), np.float32)

    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        for n, padded in enumerate(raw):
            tree, true = self.data.sample(start + n), np.asarray(target_of(self._targets, start + n))
            assert isinstance(tree, Tree)
            answer = answers_of(padded, tree, raw.shape[1])
            if true.shape != answer.shape[:1] or true.max() >= len(self.confusion):
                raise UserError(
                    f"The nodes of {self.data.name} are not labelled with the {len(self.confusion)} classes of"
                    f" {self.network.name}: choose a treebank that is."
                )
            add_to_confusion(self.confusion, true, answer.argmax(axis=1))
            self.true[start + n], self.predicted[start + n] = true[-1], answer[-1].argmax()
            self.confidence[start + n] = answer[-1].max()

    def report(self, count: int) -> Report:
        name, examples = self.network.class_name, len(self.true)
        wrong = np.flatnonzero(self.true != self.predicted)
        wrong = wrong[np.argsort(-self.confidence[wrong], kind="stable")]
        nodes = self.confusion.diagonal().sum() / max(1, self.confusion.sum())
        return Report(
            [
                confusion_matrix(name, self.confusion),
                *self.listed(
                    "Wrong roots (true → predicted), most confident first",
                    wrong[:count],
                    lambda i: f"{name(int(self.true[i]))} → {name(int(self.predicted[i]))} · {self.confidence[i]:.0%}",
                ),
            ],
            f"{self.network.name} gets {percent(nodes)} of all nodes of {self.examples} right,"
            f" and {percent(1 - len(wrong) / examples)} of their roots. Rows are the true classes, columns the"
            f" predictions.",
            {
                "examples": np.array(examples), "accuracy": np.array(1 - len(wrong) / examples),
                "node_accuracy": np.array(nodes), "confusion": self.confusion, "index": wrong,
                "label": self.true[wrong], "predicted": self.predicted[wrong], "confidence": self.confidence[wrong],
            },
            ("node accuracy", percent(nodes)),
        )  # fmt: skip
