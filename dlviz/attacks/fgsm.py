"""The fast gradient sign method [1]: every number one step of the same size, in the direction of its gradient's sign.

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
"""The steps tried in turn, a factor 1.26 apart, before the first that works is made smaller by halving."""
SCAN_UNBOUNDED = np.geomspace(1 / 1024, 16, 43)
"""The same for numbers without a range, in standard deviations."""
HALVINGS = 12


@dataclass(frozen=True)
class FGSM(Method):
    """clip(x - epsilon sign(gradient)), the gradient that of the gap to all that counts as success."""

    name = "fgsm"
    title = "the fast gradient sign method"
    short = "FGSM"
    summary = "one step of the gradient's sign"
    source = "I. Goodfellow et al., Explaining and harnessing adversarial examples, 2015, arXiv 1412.6572"

    epsilon: float = step_size()

    def attack(self, problem: Problem) -> Iterator[Attempt]:
        origin, rows = problem.origin, np.arange(len(problem.origin))
        sign = np.sign(problem.start.gradient)

        def stepped(size: np.ndarray) -> np.ndarray:
            moved: np.ndarray = np.clip(origin - size.astype(np.float32)[:, None] * sign, *problem.limits)
            return moved

        def works(size: np.ndarray) -> np.ndarray:
            reached: np.ndarray = problem.gaps(stepped(size), problem.wanted, rows) < -problem.clear
            return reached

        if self.epsilon:
            size = np.full(len(rows), self.epsilon)
            yield Attempt(problem.shaped(stepped(size)), works(size), 1, 1)
            return
        scan = SCAN if np.isfinite(problem.limits[1]) else SCAN_UNBOUNDED
        total = len(scan) + HALVINGS
        fails, good = np.zeros(len(rows)), np.full(len(rows), np.inf)
        for number, step in enumerate(scan, 1):
            good[np.isinf(good) & works(np.full(len(rows), step))] = step
            fails[np.isinf(good)] = step
            found = np.isfinite(good)
            yield Attempt(problem.shaped(stepped(np.where(found, good, 0))), found, number, total)
            if found.all():
                break
        good[~found] = fails[~found] = 0
        for number in range(len(scan) + 1, total + 1):
            middle = (fails + good) / 2
            now = works(middle)
            good, fails = np.where(now & found, middle, good), np.where(now, fails, middle)
            yield Attempt(problem.shaped(stepped(good)), found, number, total)
