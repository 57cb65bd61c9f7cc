"""The border beyond which a network answers what is asked for: how far it is, in which direction, where it is met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks.goals import Goals

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem

SHARPNESS = np.float32(1000)
"""With scores so many times as large, the smooth gap is the difference of two scores, rounding apart."""
HALVINGS = 10


def gap_and_slope(
    problem: Problem, values: np.ndarray, goals: Goals, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How far values (m, d), which replace the inputs of number `rows`, are from their goals, and the gradient of that.

    Returns:
        The gap (m,), in scores: negative where the goal is reached; its gradient (m, d).
    """
    judged = problem.judge(values, goals, rows, np.full(len(rows), SHARPNESS))
    return judged.gap, judged.gradient / SHARPNESS


def nearest_on_line(problem: Problem, fooling: np.ndarray, goals: Goals) -> np.ndarray:
    """The point between each input and the one that fools at which the border is crossed, on its far side: (n, d)."""
    rows, origin = np.arange(len(fooling)), problem.origin
    ones = np.ones(len(fooling), np.float32)
    low, high = 0 * ones, ones

    def point(share: np.ndarray) -> np.ndarray:
        between: np.ndarray = origin + share[:, None] * (fooling - origin)
        return between

    for _ in range(HALVINGS):
        middle = (low + high) / 2
        reached = problem.gaps(point(middle), goals, rows) < -problem.clear
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return point(high)
