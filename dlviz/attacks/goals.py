"""The goals of an attack as arrays, one goal per input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ANY = -1e9
"""The level of a goal among classes that asks for no confidence."""


@dataclass(frozen=True)
class Goals:
    """n goals for a network of k scores.

    Attributes:
        weights: (n, k) float32. Among classes, of which one is right, 1 for those wanted and 0 for the others; else the
            direction in which the scores are to be moved.
        level: (n,) float32. Among classes the log odds that the wanted one is to have at least, `ANY` where it only has
            to be the largest; else what weights times scores is to exceed.
    """

    weights: np.ndarray
    level: np.ndarray

    def __len__(self) -> int:
        return len(self.level)

    def __getitem__(self, rows: np.ndarray) -> Goals:
        return Goals(self.weights[rows], self.level[rows])


def joined(goals: list[Goals]) -> Goals:
    """Several lists of goals, one behind the other."""
    return Goals(np.concatenate([g.weights for g in goals]), np.concatenate([g.level for g in goals]))


def log_odds(confidence: float) -> float:
    """The level of a goal among classes for a confidence of 0..1; `ANY` for 0."""
    return float(np.log(confidence / (1 - confidence))) if confidence else ANY
