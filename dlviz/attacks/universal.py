"""One change for all inputs [1]: added to any of them, it fools the network.

As in [1] the inputs that are not fooled yet say in which direction the change goes on, each with equal weight, and it
is cut to the largest size that is allowed. They are asked together, not one after the other, and the change takes small
steps of the sign of their sum [2].

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
"""All steps together, as a multiple of the largest size that is allowed."""
ROUNDS = 8
"""The most sizes that are tried."""
CLOSE = 1.1
"""The smallest size is known when the one that works and the one that fails are within this factor."""
FIRST, MOST = 0.05, 1.0
"""The size that is tried first, and the largest where inputs have a range."""
TOGETHER = 2**20
"""The maximum of numbers in the inputs that are fed at once."""


@dataclass(frozen=True)
class Universal(Method):
    """A change of at most epsilon in every number, made from every second input and added to all."""

    name = "universal"
    title = "one change for all"
    short = "universal"
    summary = "one change for all inputs, made from every second one"
    source = "S. Moosavi-Dezfooli et al., Universal adversarial perturbations, 2017, arXiv 1610.08401"
    one_for_all = True

    epsilon: float = step_size()
    share: float = option(
        0.8, "which share of the inputs the one change shall fool", low=0.05, high=1, label="share to be fooled"
    )
    passes: int = option(50, "how often each input is asked for its direction", low=1, high=1000, label="passes")

    def attack(self, problem: Problem) -> Iterator[Attempt]:
        most = MOST if np.isfinite(problem.limits[1]) else 16 * MOST
        size, fails, works = self.epsilon or FIRST, 0.0, np.inf
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
        gaps = problem.gaps(values.reshape(origin.shape), problem.wanted, np.arange(len(origin)))
        yield Attempt(values, gaps < -problem.clear, 1, 1)

    def _within(self, problem: Problem, size: float) -> Iterator[tuple[float, np.ndarray, np.ndarray]]:
        """Yield how many passes are done, the change (d,) so far, no larger than `size`, and what it fools."""
        origin = problem.origin
        change, stride = np.zeros_like(origin[0]), np.float32(PATH * size / self.passes)
        rows = np.arange(0, len(origin), 2)
        parts = np.array_split(rows, -(-len(rows) * origin.shape[1] // TOGETHER))
        for number in range(self.passes):
            found, direction = np.zeros(len(origin), bool), np.zeros_like(change)
            for done, some in enumerate(parts, 1):
                values = np.clip(origin[some] + change, *problem.limits)
                judged = problem.judge(values, problem.wanted[some], some, np.ones(len(some), np.float32))
                found[some] = judged.gap < -problem.clear[some]
                length = np.maximum(np.linalg.norm(judged.gradient, axis=1), 1e-30)
                direction += (~found[some] / length).astype(np.float32) @ judged.gradient
                yield number + done / len(parts), change, found
            if found[rows].mean() >= self.share:
                return
            change = np.clip(change - stride * np.sign(direction), -size, size)


def _added(problem: Problem, change: np.ndarray) -> np.ndarray:
    return problem.shaped(np.clip(problem.origin + change, *problem.limits))
