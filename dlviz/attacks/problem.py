"""The problem that an attack solves: inputs to change, and the goal for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks.goals import Goals

if TYPE_CHECKING:
    from dlviz.attacks.objective import Objective
    from dlviz.feeding.feed import Feeds


@dataclass(frozen=True)
class Evaluation:
    """The network evaluated at m inputs.

    Attributes:
        gap: the distance of the scores from the goal, (m,): negative where the goal is reached.
        smooth_gap: a differentiable version of `gap`, times the sharpness, (m,); 0 along the decision boundary.
        gradient: the gradient of `smooth_gap`, (m, d).
        scores: logits or numbers, (m, k).
    """

    gap: np.ndarray
    smooth_gap: np.ndarray
    gradient: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True)
class Problem:
    """n inputs of d numbers each.

    Attributes:
        objective: the network.
        origin: the original inputs, float32 (n, d), in the objective's units.
        others: the feeds of the network's other inputs, (n, ...) each.
        goals: one goal per input that covers everything that counts as success.
        alternatives_for: from the scores (n, k) of the inputs to narrower goals, each of which suffices.
    """

    objective: Objective
    origin: np.ndarray
    others: Feeds
    goals: Goals
    alternatives_for: Callable[[np.ndarray], Sequence[Goals]]

    @cached_property
    def start(self) -> Evaluation:
        """The network at the original inputs."""
        ones = np.ones(len(self.origin), np.float32)
        return self.evaluate(self.origin, self.goals, np.arange(len(ones)), ones)

    @cached_property
    def alternatives(self) -> Sequence[Goals]:
        """Goals each of which suffices, for methods that pursue a single class at a time."""
        return self.alternatives_for(self.start.scores)

    @cached_property
    def margin(self) -> np.ndarray:
        """How far below 0 a gap must be to count as success despite rounding, (n,)."""
        scores = self.start.scores
        return self.objective.margin * (np.ptp(scores, axis=1) if scores.shape[1] > 1 else np.abs(scores[:, 0]))

    @property
    def limits(self) -> tuple[float, float]:
        """The lower and upper bound of each number."""
        return self.objective.limits

    def evaluate(self, values: np.ndarray, goals: Goals, rows: np.ndarray, sharpness: np.ndarray) -> Evaluation:
        """Evaluate the network at `values` (m, d), in place of the inputs `rows` (m,)."""
        return self.objective.evaluate(values, self._others(rows), goals, sharpness)

    def gaps(self, values: np.ndarray, goals: Goals, rows: np.ndarray) -> np.ndarray:
        """The gaps (m,) at `values` (m, d), in place of the inputs `rows` (m,)."""
        return self.objective.gaps(values, self._others(rows), goals)

    def reshaped(self, values: np.ndarray) -> np.ndarray:
        """Values (n, d) in the shape of the input, (n, ...)."""
        return values.reshape(len(values), *self.objective.shape)

    def _others(self, rows: np.ndarray) -> Feeds:
        return {name: x[rows] for name, x in self.others.items()}
