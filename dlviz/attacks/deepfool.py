"""DeepFool [1]: steps to the nearest boundary of the linearised network, until the boundary is crossed.

On a linear network the first step is the shortest change. Steps are clipped to the box.

[1] Moosavi-Dezfooli, Fawzi, Frossard (2016), DeepFool: a simple and accurate method to fool deep neural networks,
    arXiv:1511.04599.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks.boundary import bisect_to_boundary, gap_and_gradient
from dlviz.attacks.goals import concatenated
from dlviz.attacks.method import Attempt, Method
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem


@dataclass(frozen=True)
class DeepFool(Method):
    """A short change in few steps, across the nearest boundary."""

    name = "deepfool"
    title = "DeepFool"
    short = "DeepFool"
    summary = "steps to the nearest border of the network made linear"
    source = "S. Moosavi-Dezfooli et al., DeepFool, 2016, arXiv 1511.04599"

    overshoot: float = option(
        0.02, "the share by which each step overshoots the border", low=0, high=1, label="overshoot (share)"
    )
    most_steps: int = option(50, "maximum number of steps", low=1, high=1000, label="steps at most")

    def attack(self, problem: Problem) -> Iterator[Attempt]:
        origin, n = problem.origin, len(problem.origin)
        values = origin.copy()
        found, live = np.zeros(n, bool), np.arange(n)
        for done in range(1, self.most_steps + 1):
            step = _step_to_boundary(problem, values[live], live)
            values[live] = np.clip(values[live] + (1 + self.overshoot) * step, *problem.limits)
            found[live] = problem.gaps(values[live], problem.goals[live], live) < -problem.margin[live]
            live = np.flatnonzero(~found)
            yield Attempt(problem.reshaped(np.where(found[:, None], values, origin)), found, done, self.most_steps)
            if not len(live):
                break
        nearest = bisect_to_boundary(problem, values, problem.goals)
        yield Attempt(problem.reshaped(np.where(found[:, None], nearest, origin)), found, 1, 1)


def _step_to_boundary(problem: Problem, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The shortest step (m, d) from values (m, d) to the linearised boundary of any alternative goal."""
    alternatives, m = problem.alternatives, len(values)
    tiled, numbers = np.tile(values, (len(alternatives), 1)), np.tile(rows, len(alternatives))
    goals = concatenated([goals[rows] for goals in alternatives])
    gap, gradient = gap_and_gradient(problem, tiled, goals, numbers)
    square = np.maximum(np.einsum("md,md->m", gradient, gradient), 1e-20)
    excess = np.maximum(gap, 0) + problem.margin[numbers]
    nearest = (excess / np.sqrt(square)).reshape(len(alternatives), m).argmin(axis=0) * m + np.arange(m)
    step: np.ndarray = -(excess / square).astype(np.float32)[nearest, None] * gradient[nearest]
    return step
