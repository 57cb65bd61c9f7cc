"""DeepFool [1]: the step to the nearest border of the network made linear, again and again until it is crossed.

On a linear network the first step is the shortest change. A step that leaves the box is cut at its walls.

[1] Moosavi-Dezfooli, Fawzi, Frossard (2016), DeepFool: a simple and accurate method to fool deep neural networks,
    arXiv:1511.04599.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks.border import gap_and_slope, nearest_on_line
from dlviz.attacks.goals import joined
from dlviz.attacks.method import Attempt, Method
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem


@dataclass(frozen=True)
class DeepFool(Method):
    """A short change in few steps, by the nearest of the borders that are aimed at."""

    name = "deepfool"
    title = "DeepFool"
    short = "DeepFool"
    summary = "steps to the nearest border of the network made linear"
    source = "S. Moosavi-Dezfooli et al., DeepFool, 2016, arXiv 1511.04599"

    overshoot: float = option(
        0.02, "by which share each step goes beyond the border", low=0, high=1, label="overshoot (share)"
    )
    most_steps: int = option(50, "the most steps that are taken", low=1, high=1000, label="steps at most")

    def attack(self, problem: Problem) -> Iterator[Attempt]:
        origin, n = problem.origin, len(problem.origin)
        values = origin.copy()
        found, live = np.zeros(n, bool), np.arange(n)
        for done in range(1, self.most_steps + 1):
            step = _to_nearest_border(problem, values[live], live)
            values[live] = np.clip(values[live] + (1 + self.overshoot) * step, *problem.limits)
            found[live] = problem.gaps(values[live], problem.wanted[live], live) < -problem.clear[live]
            live = np.flatnonzero(~found)
            yield Attempt(problem.shaped(np.where(found[:, None], values, origin)), found, done, self.most_steps)
            if not len(live):
                break
        nearest = nearest_on_line(problem, values, problem.wanted)
        yield Attempt(problem.shaped(np.where(found[:, None], nearest, origin)), found, 1, 1)


def _to_nearest_border(problem: Problem, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The shortest step (m, d) from values (m, d) to the border of one of the aims, as if the network were linear."""
    aims, m = problem.aims, len(values)
    many, numbers = np.tile(values, (len(aims), 1)), np.tile(rows, len(aims))
    gap, slope = gap_and_slope(problem, many, joined([aim[rows] for aim in aims]), numbers)
    square = np.maximum(np.einsum("md,md->m", slope, slope), 1e-20)
    missing = np.maximum(gap, 0) + problem.clear[numbers]
    nearest = (missing / np.sqrt(square)).reshape(len(aims), m).argmin(axis=0) * m + np.arange(m)
    step: np.ndarray = -(missing / square).astype(np.float32)[nearest, None] * slope[nearest]
    return step
