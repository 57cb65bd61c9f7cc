"""What counts as a successful attack, by kind of answer: another class, a label flipped, a number moved."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlviz.attacks.goals import Goals, log_odds
from dlviz.attacks.objective import Objective
from dlviz.attacks.problem import Problem
from dlviz.feeding.feed import Feeds
from dlviz.grammar import in_digits
from dlviz.network import Network
from dlviz.targets import class_count, number_names, output_called

MAX_ALTERNATIVES = 3
"""The number of alternative goals per input if any will do."""
ANY, SECOND, UP, DOWN = "any", "second", "up", "down"


@dataclass(frozen=True)
class Criterion(ABC):
    """When an attack succeeds, judged by the answers (n, k) of a network: probabilities or numbers.

    The answer must differ from the one before the attack, whether or not that was right.

    Attributes:
        target: the answer to reach, or `any`, `second`, `up`, `down`.
        confidence: the minimum probability, 0..1; 0: the target only has to win.
        change: how far a number must move; 0: by one standard deviation of the answers.
    """

    network: Network
    target: str
    confidence: float = 0.0
    change: float = 0.0

    @property
    def summary(self) -> str:
        """The effect of a successful attack, a predicate for captions: "fools NETWORK"."""
        return f"fools {self.network.name}"

    @abstractmethod
    def answers(self, raw: np.ndarray) -> np.ndarray:
        """The answers (n, k) from the network's raw output (n, ...)."""

    @abstractmethod
    def labels(self, targets: Any, answers: np.ndarray) -> np.ndarray:
        """The true answers, (n, ...): class numbers, labels or numbers; the network's own where the target is None."""

    def right(self, labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Which answers (n, k) are right, bool (n,)."""
        return np.ones(len(answers), bool)

    def unmet(self, before: np.ndarray) -> np.ndarray:
        """Which answers (n, k) are not the target already, bool (n,)."""
        return np.ones(len(before), bool)

    @abstractmethod
    def alternatives(self, before: np.ndarray, scores: np.ndarray) -> list[Goals]:
        """Goals each of which suffices, from the answers and scores (n, k) before the attack."""

    def goals(self, before: np.ndarray, scores: Callable[[], np.ndarray]) -> Goals:
        """The goals that cover everything that counts as success.

        Args:
            before: the answers before the attack, (n, k).
            scores: computes their scores (n, k) if needed.
        """
        return self.alternatives(before, scores())[0]

    def problem(self, objective: Objective, values: np.ndarray, others: Feeds, before: np.ndarray) -> Problem:
        """The attack problem for inputs (n, d) in the objective's units with answers `before` (n, k).

        Raises:
            UserError: the gradient at the inputs is zero.
        """
        goals = self.goals(before, lambda: objective.scores(values, others))
        problem = Problem(objective, values, others, goals, lambda scores: self.alternatives(before, scores))
        if not problem.start.gradient.any():
            raise objective.no_gradient()
        return problem

    @abstractmethod
    def success(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Whether the answers (n, k) after the attack meet the criterion, bool (n,)."""

    @abstractmethod
    def arrays(self, labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
        """The arrays of `--out FILE.npz` about the answers, (n,) or (n, k) each."""

    @abstractmethod
    def caption(self, answer: np.ndarray) -> str:
        """One answer (k,) in a few words."""


@dataclass(frozen=True)
class ClassCriterion(Criterion):
    """Single-label classification: another class."""

    def answers(self, raw: np.ndarray) -> np.ndarray:
        return self.network.probabilities(raw)

    def labels(self, targets: Any, answers: np.ndarray) -> np.ndarray:
        own = answers.argmax(axis=1)
        return np.array([own[n] if t is None else int(t) for n, t in enumerate(targets)], np.int64)

    def right(self, labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
        right: np.ndarray = answers.argmax(axis=1) == labels
        return right

    def unmet(self, before: np.ndarray) -> np.ndarray:
        return np.asarray(before.argmax(axis=1) != self._target(before.shape[1]))

    def alternatives(self, before: np.ndarray, scores: np.ndarray) -> list[Goals]:
        classes = np.arange(scores.shape[1])
        target = self._target(len(classes))
        if target >= 0:
            return [self._goals(np.broadcast_to(classes == target, scores.shape))]
        others = np.where(classes == before.argmax(axis=1)[:, None], -np.inf, scores)
        ranked = np.argsort(-others, axis=1, kind="stable")
        most = 1 if self.target == SECOND else min(MAX_ALTERNATIVES, len(classes) - 1)
        return [self._goals(classes == ranked[:, [place]]) for place in range(most)]

    def goals(self, before: np.ndarray, scores: Callable[[], np.ndarray]) -> Goals:
        if self.target == ANY:
            return self._goals(np.arange(class_count(self.network)) != before.argmax(axis=1)[:, None])
        return super().goals(before, scores)

    def success(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        first, predicted = before.argmax(axis=1), after.argmax(axis=1)
        second = np.where(np.arange(before.shape[1]) == first[:, None], -1, before).argmax(axis=1)
        compared = first if self.target == ANY else second if self.target == SECOND else self._target(after.shape[1])
        reached = np.asarray((predicted == compared) != (self.target == ANY))
        fooled: np.ndarray = reached & (after.max(axis=1) >= self.confidence - 1e-3)
        return fooled

    def arrays(self, labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
        return {
            "label": labels,
            "predicted_before": before.argmax(axis=1),
            "predicted_after": after.argmax(axis=1),
            "confidence_before": before.max(axis=1),
            "confidence_after": after.max(axis=1),
        }

    def caption(self, answer: np.ndarray) -> str:
        return f"{self.network.class_name(int(answer.argmax()))}, {answer.max():.0%}"

    def _goals(self, targets: np.ndarray) -> Goals:
        """The goals to reach any of the target classes, bool (n, k)."""
        level = np.full(len(targets), log_odds(self.confidence), np.float32)
        return Goals(np.asarray(targets, np.float32), level)

    def _target(self, classes: int) -> int:
        """The number of the target class, -1 if none is named."""
        return -1 if self.target in (ANY, SECOND) else _number(self.network, self.target, classes)


@dataclass(frozen=True)
class LabelCriterion(Criterion):
    """Multi-label classification: one label flipped."""

    def answers(self, raw: np.ndarray) -> np.ndarray:
        return self.network.probabilities(raw)

    def labels(self, targets: Any, answers: np.ndarray) -> np.ndarray:
        return answers > 0.5

    def alternatives(self, before: np.ndarray, scores: np.ndarray) -> list[Goals]:
        classes = np.arange(scores.shape[1])
        ranked = np.argsort(np.abs(scores), axis=1, kind="stable")
        chosen = [ranked[:, place] for place in range(min(MAX_ALTERNATIVES, len(classes)))]
        if self.target != ANY:
            number = 1 if self.target == SECOND else _number(self.network, self.target, len(classes))
            chosen = [ranked[:, min(1, len(classes) - 1)] if self.target == SECOND else np.full(len(scores), number)]
        level = np.full(len(scores), log_odds(self.confidence) if self.confidence else 0, np.float32)
        flipped = np.where(before > 0.5, -1, 1)
        return [Goals(((classes == c[:, None]) * flipped).astype(np.float32), level) for c in chosen]

    def success(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        flipped: np.ndarray = np.where(before > 0.5, 1 - after, after)  # the probability of the opposite label
        if self.target not in (ANY, SECOND):
            flipped = flipped[:, [_number(self.network, self.target, after.shape[1])]]
        return np.asarray((flipped > max(0.5, self.confidence - 1e-3)).any(axis=1))

    def arrays(self, labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
        return {
            "label": labels,
            "predicted_before": before > 0.5,
            "predicted_after": after > 0.5,
            "confidence_before": before,
            "confidence_after": after,
        }

    def caption(self, answer: np.ndarray) -> str:
        most = np.argsort(-answer, kind="stable")[:3]
        return ", ".join(f"{self.network.class_name(int(n))} {answer[n]:.0%}" for n in most)


@dataclass(frozen=True)
class NumberCriterion(Criterion):
    """Regression: one number moved up or down."""

    spread: np.ndarray = field(default_factory=lambda: np.ones(1))
    """(k,), how far each number must move if `change` is 0."""

    @property
    def summary(self) -> str:
        names = number_names(self.network, self.spread.size)
        number, _ = self._number_and_signs(self.spread.size)
        return f"moves {names[number]} of {self.network.name} by {in_digits(self._by(number))}"

    def answers(self, raw: np.ndarray) -> np.ndarray:
        return raw.reshape(len(raw), -1)

    def labels(self, targets: Any, answers: np.ndarray) -> np.ndarray:
        true = [a if t is None or np.size(t) != a.size else np.ravel(t) for t, a in zip(targets, answers, strict=True)]
        return np.array(true, np.float32)

    def alternatives(self, before: np.ndarray, scores: np.ndarray) -> list[Goals]:
        n, k = scores.shape
        number, signs = self._number_and_signs(k)
        goals = []
        for sign in signs:
            weights = np.zeros((n, k), np.float32)
            weights[:, number] = sign
            goals.append(Goals(weights, (sign * scores[:, number] + self._by(number)).astype(np.float32)))
        return goals

    def success(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        number, signs = self._number_and_signs(after.shape[1])
        moved = after[:, number] - before[:, number]
        least = self._by(number) * (1 - 1e-3)
        far_enough: np.ndarray = np.max([sign * moved for sign in signs], axis=0) >= least
        return far_enough

    def arrays(self, labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
        return {"label": labels, "predicted_before": before, "predicted_after": after}

    def caption(self, answer: np.ndarray) -> str:
        number, _ = self._number_and_signs(answer.size)
        named = f"{number_names(self.network, answer.size)[number]} = " if answer.size > 1 else ""
        return f"{named}{in_digits(answer[number], 4)}"

    def _by(self, number: int) -> float:
        return self.change or float(self.spread[number])

    def _number_and_signs(self, count: int) -> tuple[int, tuple[int, ...]]:
        """The index of the number to move, and the allowed directions."""
        if self.target in (ANY, UP, DOWN):
            return 0, {UP: (1,), DOWN: (-1,)}.get(self.target, (1, -1))
        return _number(self.network, self.target, count), (1, -1)


def criterion_for(network: Network, target: str, confidence: float, change: float, raw: np.ndarray) -> Criterion:
    """The criterion for the kind of a network's answer.

    Args:
        raw: some outputs (n, ...), from which the spread of numbers is estimated.
    """
    if network.chosen_output.kind == "classes":
        kind: type[Criterion] = LabelCriterion if network.chosen_output.labels else ClassCriterion
        return kind(network, target, confidence)
    numbers = raw.reshape(len(raw), -1)
    spread = numbers.std(axis=0)
    spread = np.where(spread > 0, spread, np.maximum(np.abs(numbers).mean(axis=0) / 10, 1e-3))
    return NumberCriterion(network, target, change=change, spread=spread)


def _number(network: Network, target: str, count: int) -> int:
    """The index of the class or number called `target`; UserError if there is none."""
    words = ("any", "up", "down") if network.chosen_output.kind == "numbers" else ("any", "second")
    return output_called(network, target, count, words)
