"""The goals of an attack as arrays, one goal per input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ANY = -1e9
"""The level of a classification goal without a minimum confidence."""


@dataclass(frozen=True)
class Goals:
    """One goal for each of n inputs, for a network with k scores.

    Attributes:
        weights: (n, k) float32. Single-label classification: 1 for target classes, 0 for others. Otherwise the
            direction in which the scores are to move.
        level: (n,) float32. Single-label classification: the minimum log odds of the target class, `ANY` if it only has
            to win. Otherwise the value that `weights · scores` must exceed.
    """

    weights: np.ndarray
    level: np.ndarray

    def __len__(self) -> int:
        return len(self.level)

    def __getitem__(self, rows: np.ndarray) -> Goals:
        return Goals(self.weights[rows], self.level[rows])


def concatenated(goals: list[Goals]) -> Goals:
    """Concatenate several sets of goals."""
    return Goals(np.concatenate([g.weights for g in goals]), np.concatenate([g.level for g in goals]))


def log_odds(confidence: float) -> float:
    """The level of a classification goal for a confidence in 0..1; `ANY` for 0."""
    return float(np.log(confidence / (1 - confidence))) if confidence else ANY
