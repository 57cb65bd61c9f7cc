"""The result of an attack on a batch of inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from dlviz.attacks.noise import noise_of_norm, norms
from dlviz.attacks.objective import Objective
from dlviz.attacks.questions import Question
from dlviz.feeding.feed import Feeds

ARRAYS = ("original", "adversarial", "labels", "before", "after", "index")
"""What of an `Outcome` has one entry an input."""


@dataclass(frozen=True)
class Outcome:
    """n inputs before and after.

    Attributes:
        original, adversarial: (n, ...), as the network is fed.
        others: what its other inputs are fed, (n, ...) each.
        labels: what is true of each, (n, ...).
        before, after: the outputs (n, k), probabilities or numbers.
        index: each input's number, (n,), among those that are fed and then those of the data.
    """

    objective: Objective
    question: Question
    original: np.ndarray
    adversarial: np.ndarray
    others: Feeds
    labels: np.ndarray
    before: np.ndarray
    after: np.ndarray
    index: np.ndarray

    def __len__(self) -> int:
        return len(self.index)

    def part(self, rows: slice) -> Outcome:
        """Some of them."""
        some: dict[str, Any] = {name: getattr(self, name)[rows] for name in ARRAYS}
        return replace(self, **some, others={name: x[rows] for name, x in self.others.items()})

    def joined(self, more: Outcome) -> Outcome:
        """These and more of the same."""
        both: dict[str, Any] = {n: np.concatenate([getattr(self, n), getattr(more, n)]) for n in ARRAYS}
        others = {name: np.concatenate([x, more.others[name]]) for name, x in self.others.items()}
        return replace(self, **both, others=others)

    @cached_property
    def success(self) -> np.ndarray:
        """Whether the goal was reached, bool (n,)."""
        return self.question.success(self.before, self.after)

    @cached_property
    def right(self) -> np.ndarray:
        """Whether the network was right before the change, bool (n,)."""
        return self.question.right(self.labels, self.before)

    @cached_property
    def difference(self) -> np.ndarray:
        """Adversarial minus original, (n, ...), in the units of the attack: pixels as 0..1, in the order of the
        channels."""
        change: np.ndarray = (self.adversarial - self.original) / self.objective.span
        return change

    @cached_property
    def l2(self) -> np.ndarray:
        """The Euclidean length of the difference (n,)."""
        return norms(self.difference)

    @cached_property
    def linf(self) -> np.ndarray:
        """The largest number of the difference (n,)."""
        largest: np.ndarray = np.abs(self.difference).reshape(len(self), -1).max(axis=1)
        return largest

    @cached_property
    def noisy(self) -> np.ndarray:
        """The inputs with random noise of the same length instead, (n, ...), as the network is fed."""
        values = self.objective.values(self.original)
        return self.objective.input(noise_of_norm(values, self.l2, self.objective.limits))

    @cached_property
    def after_noise(self) -> np.ndarray:
        """The outputs for the noisy inputs, (n, k)."""
        return self.answers(self.noisy)

    def answers(self, x: np.ndarray) -> np.ndarray:
        """The output of the network, (n, k), where the originals are replaced by `x` (n, ...)."""
        return self.question.answers(self.objective.network.answer(self.feeds(x)))

    def feeds(self, x: np.ndarray) -> Feeds:
        """What the network is fed, (n, ...) by input name, where the originals are replaced by `x` (n, ...)."""
        return {**self.others, self.objective.name: x}

    def arrays(self) -> dict[str, np.ndarray]:
        """What `--out FILE.npz` holds by name: (n, ...) each, one entry an input."""
        return {
            "index": self.index,
            "original": self.original,
            "adversarial": self.adversarial,
            **self.question.arrays(self.labels, self.before, self.after),
            "l2": self.l2,
            "linf": self.linf,
            "success": self.success,
        }

    def arrays_of_noise(self) -> dict[str, np.ndarray]:
        """What it holds of the control, random noise: the inputs and the answers to them, (n, ...) each."""
        found = self.question.arrays(self.labels, self.before, self.after_noise)
        renamed = {"predicted_after": "predicted_noisy", "confidence_after": "confidence_noisy"}
        return {"noisy": self.noisy} | {renamed[name]: x for name, x in found.items() if name in renamed}
