"""The decision boundary beyond which the goal is reached: its distance, its direction, and where a line crosses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks.goals import Goals

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem

SHARPNESS = np.float32(1000)
"""With scores multiplied by this, the smooth gap equals the difference of two scores up to rounding."""
HALVINGS = 10


def gap_and_gradient(
    problem: Problem, values: np.ndarray, goals: Goals, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The gap (m,), negative where the goal is reached, and its gradient (m, d).

    Args:
        values: (m, d), in place of the inputs `rows` (m,).
    """
    evaluation = problem.evaluate(values, goals, rows, np.full(len(rows), SHARPNESS))
    return evaluation.gap, evaluation.gradient / SHARPNESS


def bisect_to_boundary(problem: Problem, fooling: np.ndarray, goals: Goals) -> np.ndarray:
    """Bisect between each input and its adversarial example; return the first point beyond the boundary, (n, d)."""
    rows, origin = np.arange(len(fooling)), problem.origin
    ones = np.ones(len(fooling), np.float32)
    low, high = 0 * ones, ones

    def point(share: np.ndarray) -> np.ndarray:
        between: np.ndarray = origin + share[:, None] * (fooling - origin)
        return between

    for _ in range(HALVINGS):
        middle = (low + high) / 2
        reached = problem.gaps(point(middle), goals, rows) < -problem.margin
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return point(high)
