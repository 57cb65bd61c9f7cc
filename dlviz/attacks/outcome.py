"""The result of an attack on a batch of inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from dlviz.attacks.criteria import Criterion
from dlviz.attacks.noise import noise_of_norm, norms
from dlviz.attacks.objective import Objective
from dlviz.feeding.feed import Feeds

ARRAYS = ("original", "adversarial", "labels", "before", "after", "index")
"""The arrays of an `Outcome` with one entry per input."""


@dataclass(frozen=True)
class Outcome:
    """n inputs before and after an attack.

    Attributes:
        original, adversarial: (n, ...), as fed.
        others: the feeds of the other inputs, (n, ...) each.
        labels: the true answers, (n, ...); see `Criterion.labels`.
        before, after: the outputs, probabilities or numbers, (n, k).
        index: (n,), counted through the samples that the user gave, then the data.
    """

    objective: Objective
    criterion: Criterion
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
        """The outcome for some of the inputs."""
        some: dict[str, Any] = {name: getattr(self, name)[rows] for name in ARRAYS}
        return replace(self, **some, others={name: x[rows] for name, x in self.others.items()})

    def joined(self, more: Outcome) -> Outcome:
        """Both outcomes, concatenated."""
        both: dict[str, Any] = {n: np.concatenate([getattr(self, n), getattr(more, n)]) for n in ARRAYS}
        others = {name: np.concatenate([x, more.others[name]]) for name, x in self.others.items()}
        return replace(self, **both, others=others)

    @cached_property
    def success(self) -> np.ndarray:
        """Whether the goal was reached, bool (n,)."""
        return self.criterion.success(self.before, self.after)

    @cached_property
    def lasts_in_bytes(self) -> np.ndarray:
        """Whether pictures rounded to 256 levels a channel, as files hold them, are taken for the same class, bool
        (n,)."""
        levels = np.round(255 * (self.adversarial - self.objective.low) / self.objective.span)
        rounded = self.objective.low + self.objective.span * levels / 255
        same: np.ndarray = self.answers(rounded.astype(np.float32)).argmax(axis=1) == self.after.argmax(axis=1)
        return same

    @cached_property
    def right(self) -> np.ndarray:
        """Whether the network was right before the change, bool (n,)."""
        return self.criterion.right(self.labels, self.before)

    @cached_property
    def difference(self) -> np.ndarray:
        """Adversarial minus original, (n, ...), in the units of the attack: pixels 0..1, channels as the model's."""
        change: np.ndarray = (self.adversarial - self.original) / self.objective.span
        return change

    @cached_property
    def l2(self) -> np.ndarray:
        """The L2 norm of the difference, (n,)."""
        return norms(self.difference)

    @cached_property
    def linf(self) -> np.ndarray:
        """The L∞ norm of the difference, (n,)."""
        largest: np.ndarray = np.abs(self.difference).reshape(len(self), -1).max(axis=1)
        return largest

    @cached_property
    def noisy(self) -> np.ndarray:
        """The originals plus random noise of the same L2 norm, (n, ...), as fed."""
        values = self.objective.values(self.original)
        return self.objective.input(noise_of_norm(values, self.l2, self.objective.limits))

    @cached_property
    def after_noise(self) -> np.ndarray:
        """The outputs for the noisy inputs, (n, k)."""
        return self.answers(self.noisy)

    def answers(self, x: np.ndarray) -> np.ndarray:
        """The outputs (n, k) for `x` (n, ...) in place of the originals."""
        return self.criterion.answers(self.objective.network.answer(self.feeds(x)))

    def feeds(self, x: np.ndarray) -> Feeds:
        """The feeds by input name, (n, ...) each, with `x` (n, ...) in place of the originals."""
        return {**self.others, self.objective.name: x}

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays of `--out FILE.npz`, (n, ...) each."""
        return {
            "index": self.index,
            "original": self.original,
            "adversarial": self.adversarial,
            **self.criterion.arrays(self.labels, self.before, self.after),
            "l2": self.l2,
            "linf": self.linf,
            "success": self.success,
        }

    def arrays_of_noise(self) -> dict[str, np.ndarray]:
        """The arrays of the control experiment: the noisy inputs and the answers to them, (n, ...) each."""
        found = self.criterion.arrays(self.labels, self.before, self.after_noise)
        renamed = {"predicted_after": "predicted_noisy", "confidence_after": "confidence_noisy"}
        return {"noisy": self.noisy} | {renamed[name]: x for name, x in found.items() if name in renamed}
