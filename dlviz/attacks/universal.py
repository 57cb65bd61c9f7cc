"""Universal adversarial perturbations [1]: one change that fools the network when added to any input.

As in [1], the inputs that are not yet fooled determine the direction, with equal weight, and the change is clipped to
the allowed size. Their gradients are summed over all inputs at once, and the change follows the sign of the sum [2].

[1] Moosavi-Dezfooli et al. (2017), Universal adversarial perturbations, arXiv:1610.08401.
[2] Shafahi et al. (2020), Universal adversarial training, arXiv:1811.11304.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks.method import Attempt, Method, step_size
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem

PATH = 2.5
"""The sum of all steps in units of the allowed size."""
ROUNDS = 8
"""The maximum number of sizes tried."""
CLOSE = 1.1
"""The search for the smallest size ends when one that works and one that fails are within this factor."""
FIRST_SIZE, MAX_SIZE = 0.05, 1.0
"""The size tried first, and the largest for bounded inputs."""
BATCH_NUMBERS = 2**20
"""The maximum number of input values in a batch."""


@dataclass(frozen=True)
class Universal(Method):
    """A change of at most epsilon in the L∞ norm, fitted to every second input and added to all."""

    name = "universal"
    title = "one change for all"
    short = "universal"
    summary = "one change for all inputs, made from every second one"
    source = "S. Moosavi-Dezfooli et al., Universal adversarial perturbations, 2017, arXiv 1610.08401"
    is_universal = True

    epsilon: float = step_size()
    share: float = option(
        0.8, "the share of the inputs that the one change is to fool", low=0.05, high=1, label="share to be fooled"
    )
    passes: int = option(50, "maximum number of passes over the inputs", low=1, high=1000, label="passes")

    def attack(self, problem: Problem) -> Iterator[Attempt]:
        most = MAX_SIZE if np.isfinite(problem.limits[1]) else 16 * MAX_SIZE
        size, fails, works = self.epsilon or FIRST_SIZE, 0.0, np.inf
        origin, rounds = problem.origin, 1 if self.epsilon else ROUNDS
        best, found = np.zeros_like(origin[0]), np.zeros(len(origin), bool)
        for number in range(rounds):
            change, fooled = best, np.zeros_like(found)
            for passed, tried, now in self._within(problem, size):
                if now.sum() > fooled.sum():
                    change, fooled = tried, now
                yield Attempt(_added(problem, best), found, int(number * self.passes + passed), rounds * self.passes)
            reached = fooled[::2].mean() >= self.share
            if reached or (np.isinf(works) and fooled.sum() > found.sum()):
                best, found = change, fooled
            works, fails = (size, fails) if reached else (works, size)
            if works <= CLOSE * fails or fails >= most:
                break
            size = min(2 * fails, most) if np.isinf(works) else (fails * works) ** 0.5 if fails else works / 2
        values = _added(problem, best)
        gaps = problem.gaps(values.reshape(origin.shape), problem.goals, np.arange(len(origin)))
        yield Attempt(values, gaps < -problem.margin, 1, 1)

    def _within(self, problem: Problem, size: float) -> Iterator[tuple[float, np.ndarray, np.ndarray]]:
        """Yield the passes done, the change (d,) so far, at most `size` in L∞, and which inputs it fools, (n,)."""
        origin = problem.origin
        change, stride = np.zeros_like(origin[0]), np.float32(PATH * size / self.passes)
        rows = np.arange(0, len(origin), 2)
        parts = np.array_split(rows, -(-len(rows) * origin.shape[1] // BATCH_NUMBERS))
        for number in range(self.passes):
            found, direction = np.zeros(len(origin), bool), np.zeros_like(change)
            for done, some in enumerate(parts, 1):
                values = np.clip(origin[some] + change, *problem.limits)
                evaluation = problem.evaluate(values, problem.goals[some], some, np.ones(len(some), np.float32))
                found[some] = evaluation.gap < -problem.margin[some]
                length = np.maximum(np.linalg.norm(evaluation.gradient, axis=1), 1e-30)
                direction += (~found[some] / length).astype(np.float32) @ evaluation.gradient
                yield number + done / len(parts), change, found
            if found[rows].mean() >= self.share:
                return
            change = np.clip(change - stride * np.sign(direction), -size, size)


def _added(problem: Problem, change: np.ndarray) -> np.ndarray:
    return problem.reshaped(np.clip(problem.origin + change, *problem.limits))
