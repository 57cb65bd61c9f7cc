"""What an attack is given: inputs to change, and the goal for each."""

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
class Judged:
    """What the network makes of m inputs.

    Attributes:
        gap: how far each is from its goal, (m,): negative where the goal is reached.
        steep: the same as a smooth function, times the goal's sharpness, (m,); its level lines follow the border.
        gradient: of `steep`, (m, d).
        scores: logits or numbers, (m, k).
    """

    gap: np.ndarray
    steep: np.ndarray
    gradient: np.ndarray
    scores: np.ndarray


@dataclass(frozen=True)
class Problem:
    """n inputs of d numbers each.

    Attributes:
        objective: the network.
        origin: (n, d) float32, in the objective's units.
        others: what the network's other inputs are fed, (n, ...) each.
        wanted: all that counts as success, one goal an input.
        enough: gives, for the scores (n, k) of the inputs, goals each of which is enough.
    """

    objective: Objective
    origin: np.ndarray
    others: Feeds
    wanted: Goals
    enough: Callable[[np.ndarray], Sequence[Goals]]

    @cached_property
    def start(self) -> Judged:
        """What the network makes of the inputs as they are, for all that counts as success."""
        ones = np.ones(len(self.origin), np.float32)
        return self.judge(self.origin, self.wanted, np.arange(len(ones)), ones)

    @cached_property
    def aims(self) -> Sequence[Goals]:
        """Goals each of which is enough, tried one by one where a method aims at a single one."""
        return self.enough(self.start.scores)

    @cached_property
    def clear(self) -> np.ndarray:
        """How far below 0 a gap has to be, so that rounding does not bring it back, (n,)."""
        scores = self.start.scores
        return self.objective.clear * (np.ptp(scores, axis=1) if scores.shape[1] > 1 else np.abs(scores[:, 0]))

    @property
    def limits(self) -> tuple[float, float]:
        """The least and largest value of each number."""
        return self.objective.limits

    def judge(self, values: np.ndarray, goals: Goals, rows: np.ndarray, sharpness: np.ndarray) -> Judged:
        """What the network makes of `values` (m, d), which replace the inputs of number `rows` (m,)."""
        return self.objective.judge(values, self._others(rows), goals, sharpness)

    def gaps(self, values: np.ndarray, goals: Goals, rows: np.ndarray) -> np.ndarray:
        """How far `values` (m, d), which replace the inputs of number `rows`, are from their goals: (m,)."""
        return self.objective.gaps(values, self._others(rows), goals)

    def shaped(self, values: np.ndarray) -> np.ndarray:
        """Values (n, d) in the shape of the input, (n, ...)."""
        return values.reshape(len(values), *self.objective.shape)

    def _others(self, rows: np.ndarray) -> Feeds:
        return {name: x[rows] for name, x in self.others.items()}
