"""Wrong steps of sequences: which class is taken for which, and at which steps."""

from __future__ import annotations

import numpy as np

from dlviz.feed import Feeds
from dlviz.network import Network
from dlviz.padding import read_steps
from dlviz.panels.answers.pixels import classes_of
from dlviz.panels.mistakes.tally import Found, Tally, confusion_matrix, counted
from dlviz.sheet import Curves
from dlviz_models.data.samples import Samples, target_of
from dlviz_models.errors import UserError


class Count(Tally):
    """Sequences may differ in length; neither what was fed beyond a sequence's end nor masked padding counts."""

    def __init__(self, network: Network, data: Samples) -> None:
        super().__init__(network, data)
        self._targets = self.targets("a class for each step")
        classes = max(2, network.answered.shape[-1] or 2)
        self.confusion = np.zeros((classes, classes), np.int64)
        self.accuracy = np.zeros(len(data))
        self._right: list[int] = []
        self._steps: list[int] = []
        self._padded = False

    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        said = classes_of(raw, self.network.answered.scale)  # (n, steps)
        read = read_steps(self.network, feeds, raw)
        self._padded |= not read.all()
        for n, row in enumerate(said):
            true = np.ravel(np.asarray(target_of(self._targets, start + n)))
            if true.dtype.kind not in "biu" or not 0 < len(true) <= len(row) or true.max() >= len(self.confusion):
                raise UserError(
                    f"The targets of {self.data.name} are not a class for each step of {self.network.name}: choose"
                    f" matching data."
                )
            known = (true >= 0) & read[n, : len(true)]
            counted(self.confusion, true[known], row[: len(true)][known])
            right = (row[: len(true)] == true) & known
            self.accuracy[start + n] = right.sum() / known.sum() if known.any() else np.nan
            self._count(right, known)

    def _count(self, right: np.ndarray, known: np.ndarray) -> None:
        more = [0] * (len(right) - len(self._steps))
        self._right += more
        self._steps += more
        for step, (is_right, is_known) in enumerate(zip(right, known, strict=True)):
            self._right[step] += int(is_right)
            self._steps[step] += int(is_known)

    def found(self, count: int) -> Found:
        counts = np.array(self._steps)
        steps = np.flatnonzero(counts)
        share = np.array(self._right)[steps] / counts[steps]
        worst = np.argsort(self.accuracy, kind="stable")
        wrong = worst[self.accuracy[worst] < 1]
        accuracy = self.confusion.diagonal().sum() / max(1, self.confusion.sum())
        padding = ", padding left out" if self._padded else ""
        return Found(
            [
                confusion_matrix(self.network.class_name, self.confusion),
                Curves(steps, {"right": share}, "step", "share correct", "By step"),
                *self.listed("Most steps wrong", wrong[:count], lambda i: f"{self.accuracy[i]:.0%} right"),
            ],
            f"{self.network.name} gets {accuracy:.2%} of the steps of {len(self.accuracy):,} {self.things} of"
            f" {self.data.name} right{padding}.",
            {
                "examples": np.array(len(self.accuracy)), "accuracy": np.array(accuracy),
                "confusion": self.confusion, "index": wrong, "sequence_accuracy": self.accuracy,
            },
        )  # fmt: skip
