"""Wrong steps of sequences: the confusion matrix, and the accuracy by step."""

from __future__ import annotations

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.feeding.padding import unmasked_steps
from dlviz.feeding.tokens import axis_labels
from dlviz.network import Network
from dlviz.panels.answers.pixels import classes_of
from dlviz.panels.mistakes.tally import Report, Tally, add_to_confusion, confusion_matrix
from dlviz.sheet import Curves, Panel, Passage, Passages
from dlviz.sheet.numerals import percent
from dlviz_models.data.samples import Samples, target_of
from dlviz_models.errors import UserError

SEQUENCES, EACH = 6, 2
"""The maximum number of sequences shown, and of wrong steps of each."""


class Count(Tally):
    """Sequences may differ in length; steps beyond the end of a sequence and masked padding are ignored."""

    def __init__(self, network: Network, data: Samples) -> None:
        super().__init__(network, data)
        self._targets = self.targets("a class for each step")
        classes = max(2, network.chosen_output.shape[-1] or 2)
        self.confusion = np.zeros((classes, classes), np.int64)
        self.accuracy = np.zeros(len(data))
        self._right: list[int] = []
        self._steps: list[int] = []
        self._padded = False
        self._wrong: dict[int, list[tuple[int, int, int]]] = {}  # step, true class and predicted one, by sample

    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        predicted = classes_of(raw, self.network.chosen_output.scale)  # (n, steps)
        read = unmasked_steps(self.network, feeds, raw)
        self._padded |= not read.all()
        for n, row in enumerate(predicted):
            true = np.ravel(np.asarray(target_of(self._targets, start + n)))
            if true.dtype.kind not in "biu" or not 0 < len(true) <= len(row) or true.max() >= len(self.confusion):
                raise UserError(
                    f"The targets of {self.data.name} are not a class for each step of {self.network.name}: choose"
                    f" matching data."
                )
            known = (true >= 0) & read[n, : len(true)]
            add_to_confusion(self.confusion, true[known], row[: len(true)][known])
            right = (row[: len(true)] == true) & known
            self.accuracy[start + n] = right.sum() / known.sum() if known.any() else np.nan
            self._count(right, known)
            wrong = np.flatnonzero(known & ~right)
            self._wrong[start + n] = [(int(step), int(true[step]), int(row[step])) for step in wrong]

    def _count(self, right: np.ndarray, known: np.ndarray) -> None:
        more = [0] * (len(right) - len(self._steps))
        self._right += more
        self._steps += more
        for step, (is_right, is_known) in enumerate(zip(right, known, strict=True)):
            self._right[step] += int(is_right)
            self._steps[step] += int(is_known)

    def report(self, count: int) -> Report:
        counts = np.array(self._steps)
        steps = np.flatnonzero(counts)
        share = np.array(self._right)[steps] / counts[steps]
        worst = np.argsort(self.accuracy, kind="stable")
        wrong = worst[self.accuracy[worst] < 1]
        accuracy = self.confusion.diagonal().sum() / max(1, self.confusion.sum())
        padding = ", padding left out" if self._padded else ""
        return Report(
            [
                confusion_matrix(self.network.class_name, self.confusion),
                Curves(steps, {"right": share}, "step", "share correct", "By step"),
                *self._worst(wrong[:count]),
            ],
            f"{self.network.name} gets {percent(accuracy)} of the steps of {self.examples}"
            f" right{padding}.",
            {
                "examples": np.array(len(self.accuracy)), "accuracy": np.array(accuracy),
                "confusion": self.confusion, "index": wrong, "sequence_accuracy": self.accuracy,
            },
            ("step accuracy", percent(accuracy)),
        )  # fmt: skip

    def _worst(self, samples: np.ndarray) -> list[Panel]:
        """The samples with the most wrong steps: a line for each wrong token, or the samples if they have no tokens."""
        rows: list[Passage] = []
        for number in map(int, samples[:SEQUENCES]):
            sample = self.data.sample(number)
            words = axis_labels(self.network, self.network.output, self.network.feed([sample]), sample)
            for step, true, predicted in self._wrong[number][:EACH] if words else ():
                name = self.network.class_name
                before, after = (" ".join(part) for part in (words[:step], words[step + 1 :]))
                rows.append(Passage(f"#{number}", before, words[step], after, f"{name(true)} → {name(predicted)}"))
        if rows:
            return [Passages(tuple(rows), "Wrong steps (true → predicted)")]
        return self.listed("Most steps wrong", samples, lambda i: f"{self.accuracy[i]:.0%} right")
