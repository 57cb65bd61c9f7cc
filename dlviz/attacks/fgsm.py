"""The fast gradient sign method [1]: one step of the same size in every number, along the sign of its gradient.

[1] Goodfellow, Shlens, Szegedy (2015), Explaining and harnessing adversarial examples, arXiv:1412.6572.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks.method import Attempt, Method, step_size

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem

SCAN = np.geomspace(1 / 1024, 1, 31)
"""The step sizes tried in turn, a factor of 1.26 apart; bisection then refines the first that works."""
SCAN_UNBOUNDED = np.geomspace(1 / 1024, 16, 43)
"""The same for unbounded numbers, in standard deviations."""
HALVINGS = 8
"""To a thousandth of the step."""


@dataclass(frozen=True)
class FGSM(Method):
    """clip(x - epsilon sign(g)), g the gradient of the gap."""

    name = "fgsm"
    title = "the fast gradient sign method"
    short = "FGSM"
    summary = "one step of the gradient's sign"
    source = "I. Goodfellow et al., Explaining and harnessing adversarial examples, 2015, arXiv 1412.6572"

    epsilon: float = step_size()

    def attack(self, problem: Problem) -> Iterator[Attempt]:
        origin, rows = problem.origin, np.arange(len(problem.origin))
        sign = np.sign(problem.start.gradient)

        def step(size: np.ndarray) -> np.ndarray:
            moved: np.ndarray = np.clip(origin - size.astype(np.float32)[:, None] * sign, *problem.limits)
            return moved

        def succeeds(size: np.ndarray, rows: np.ndarray) -> np.ndarray:
            values = step(size)[rows]
            reached: np.ndarray = problem.gaps(values, problem.goals[rows], rows) < -problem.margin[rows]
            return reached

        if self.epsilon:
            size = np.full(len(rows), self.epsilon)
            yield Attempt(problem.reshaped(step(size)), succeeds(size, rows), 1, 1)
            return
        scan = SCAN if np.isfinite(problem.limits[1]) else SCAN_UNBOUNDED
        total = len(scan) + HALVINGS
        low, high = np.zeros(len(rows)), np.full(len(rows), np.inf)  # the largest that fails, the smallest that works
        for number, epsilon in enumerate(scan, 1):
            live = np.flatnonzero(np.isinf(high))
            works = succeeds(np.full(len(rows), epsilon), live)
            high[live[works]], low[live[~works]] = epsilon, epsilon
            found = np.isfinite(high)
            yield Attempt(problem.reshaped(step(np.where(found, high, 0))), found, number, total)
            if found.all():
                break
        high[~found], live = 0, np.flatnonzero(found)
        for number in range(len(scan), total) if found.any() else ():
            yield Attempt(problem.reshaped(step(high)), found, number, total)
            middle = (low + high) / 2
            works = succeeds(middle, live)
            high[live[works]], low[live[~works]] = middle[live[works]], middle[live[~works]]
        yield Attempt(problem.reshaped(step(high)), found, total, total)
