"""Projected gradient descent [1]: small steps along the sign of the gradient, within epsilon of the input in L∞.

With momentum the steps follow a running sum of gradients, each normalised to L1 norm 1 [2]. An input that reaches its
goal is not moved further.

[1] Madry et al. (2018), Towards deep learning models resistant to adversarial attacks, arXiv:1706.06083.
[2] Dong et al. (2018), Boosting adversarial attacks with momentum, doi:10.1109/CVPR.2018.00957.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks.boundary import bisect_to_boundary, gap_and_gradient
from dlviz.attacks.method import Attempt, Method, step_size
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem

PATH = 2.5
"""The sum of all steps in units of epsilon: enough to cross the box."""
ROUNDS = 10
"""The maximum number of values of epsilon tried for each input."""
CLOSE = 1.05
"""The search for the smallest epsilon ends when one that works and one that fails are within this factor."""
MIN_EPSILON, MAX_EPSILON = 1 / 1024, 1.0
"""The range of epsilon for bounded inputs."""


@dataclass(frozen=True)
class PGD(Method):
    """Inputs within `epsilon` in the L∞ norm, or within the smallest epsilon that works."""

    name = "pgd"
    title = "projected gradient descent"
    short = "PGD"
    summary = "many small steps of the gradient's sign"
    source = (
        "A. Madry et al., Towards deep learning models resistant to adversarial attacks, 2018, arXiv 1706.06083;"
        " momentum: Y. Dong et al., 2018, arXiv 1710.06081"
    )

    epsilon: float = step_size()
    steps: int = option(20, "how many small steps are taken within the largest", low=1, high=1000, label="small steps")
    momentum: float = option(
        0.0, "how much of the earlier directions each small step keeps; 1: all of them", low=0, high=1
    )
    random_start: bool = option(True, "begin at a random place within the step", label="random start")

    def attack(self, problem: Problem) -> Iterator[Attempt]:
        rows = np.arange(len(problem.origin))
        if self.epsilon:
            epsilon = np.full(len(rows), self.epsilon, np.float32)
            for done, (values, found) in enumerate(self.within(problem, rows, epsilon), 1):
                yield Attempt(problem.reshaped(values), found, min(done, self.steps), self.steps)
            yield Attempt(problem.reshaped(values), found, 1, 1)
        else:
            yield from self._smallest(problem)

    def within(
        self, problem: Problem, rows: np.ndarray, epsilon: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield after each step the inputs `rows`, changed by at most epsilon (m,), (m, d), and which succeed, (m,)."""
        origin = problem.origin[rows]
        low, high = (np.clip(origin + sign * epsilon[:, None], *problem.limits) for sign in (-1, 1))
        values = origin.copy()
        if self.random_start:
            values = low + np.random.default_rng(0).random(origin.shape, np.float32) * (high - low)
        found, live = np.zeros(len(rows), bool), np.arange(len(rows))
        direction = np.zeros_like(origin)
        stride = (PATH / self.steps * epsilon)[:, None]
        for _ in range(self.steps):
            evaluation = problem.evaluate(
                values[live], problem.goals[rows[live]], rows[live], np.ones(len(live), np.float32)
            )
            reached = evaluation.gap < -problem.margin[rows[live]]
            found[live[reached]] = True
            yield values, found
            live = live[~reached]
            if not len(live):
                return
            gradient = evaluation.gradient[~reached]
            if self.momentum:
                gradient /= np.maximum(np.abs(gradient).sum(axis=1, keepdims=True), 1e-30)
                gradient += self.momentum * direction[live]
                direction[live] = gradient
            moved = values[live] - stride[live] * np.sign(gradient)
            values[live] = np.clip(moved, low[live], high[live])
        found[live] = problem.gaps(values[live], problem.goals[rows[live]], rows[live]) < -problem.margin[rows[live]]
        yield values, found

    def _smallest(self, problem: Problem) -> Iterator[Attempt]:
        origin, n = problem.origin, len(problem.origin)
        gap, gradient = gap_and_gradient(problem, origin, problem.goals, np.arange(n))
        most = MAX_EPSILON if np.isfinite(problem.limits[1]) else 16 * MAX_EPSILON
        linear = gap / np.maximum(np.abs(gradient).sum(axis=1), 1e-12)  # what a linear network would need
        epsilon = np.clip(linear, MIN_EPSILON, most).astype(np.float32)
        fails, works = np.zeros(n, np.float32), np.full(n, np.inf, np.float32)
        best, total = origin.copy(), ROUNDS * (self.steps + 1)
        for number in range(ROUNDS):
            rows = np.flatnonzero((works > CLOSE * fails) & (fails < most))
            if not len(rows):
                break
            done = number * (self.steps + 1)
            for values, found in self.within(problem, rows, epsilon[rows]):  # noqa: B007, the last pair is used below
                yield Attempt(problem.reshaped(best), np.isfinite(works), done, total)
                done += 1
            size = np.abs(values - origin[rows]).max(axis=1)
            best[rows[found]], works[rows[found]] = values[found], size[found]
            fails[rows[~found]] = epsilon[rows[~found]]
            with np.errstate(invalid="ignore"):
                between = np.where(fails > 0, np.sqrt(fails * works), works / 2)
            epsilon = np.where(np.isfinite(works), between, np.minimum(2 * fails, most)).astype(np.float32)
        found = np.isfinite(works)
        nearest = bisect_to_boundary(problem, best, problem.goals)
        yield Attempt(problem.reshaped(np.where(found[:, None], nearest, origin)), found, 1, 1)
