"""The goals of an attack, by kind of output: another class, a label more or less, another number."""

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
from dlviz.network import Network
from dlviz.targets import class_count, number_names, output_called

MOST_AIMS = 3
"""How many goals are tried for each input where any will do."""
ANY, SECOND, UP, DOWN = "any", "second", "up", "down"


@dataclass(frozen=True)
class Question(ABC):
    """What is asked of a network's answers (n, k): probabilities, or numbers.

    Asked for is another answer than the one before any change, whether that is right or not.

    Attributes:
        target: what it shall answer instead.
        confidence: how sure it is to be, 0..1; 0: only surer than of anything else.
        change: by how much a number is to move; 0: by a spread of the answers.
    """

    network: Network
    target: str
    confidence: float = 0.0
    change: float = 0.0

    @property
    def summary(self) -> str:
        """What an attack on a right answer does that reaches it, as a predicate."""
        return f"fools {self.network.name}"

    @abstractmethod
    def answers(self, raw: np.ndarray) -> np.ndarray:
        """The answers (n, k) in what the network gave, (n, ...)."""

    @abstractmethod
    def labels(self, targets: Any, answers: np.ndarray) -> np.ndarray:
        """What is true, (n, ...): class numbers, labels or numbers; the network's own answers where that is unknown."""

    def right(self, labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Which answers (n, k) are right, (n,)."""
        return np.ones(len(answers), bool)

    def open(self, before: np.ndarray) -> np.ndarray:
        """Which answers (n, k) are not the target yet, (n,)."""
        return np.ones(len(before), bool)

    @abstractmethod
    def aims(self, before: np.ndarray, scores: np.ndarray) -> list[Goals]:
        """Goals each of which is enough, for the answers before any change and their scores, (n, k) each."""

    def wanted(self, before: np.ndarray, scores: Callable[[], np.ndarray]) -> Goals:
        """All that counts as success, for answers (n, k); `scores` computes their scores (n, k), where they matter."""
        return self.aims(before, scores())[0]

    def posed(self, objective: Objective, values: np.ndarray, others: Feeds, before: np.ndarray) -> Problem:
        """The problem of inputs in the objective's units, (n, d), to which the answers are `before`, (n, k).

        Raises:
            UserError: no gradient comes back to them.
        """
        wanted = self.wanted(before, lambda: objective.scores(values, others))
        problem = Problem(objective, values, others, wanted, lambda scores: self.aims(before, scores))
        if not problem.start.gradient.any():
            raise objective.no_gradient()
        return problem

    @abstractmethod
    def success(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Whether the answers (n, k) after the attack are what was asked for, (n,)."""

    @abstractmethod
    def arrays(self, labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
        """What it answered before and after, by name, for `--out FILE.npz`: (n,) or (n, k) each."""

    @abstractmethod
    def caption(self, answer: np.ndarray) -> str:
        """One answer (k,) in a few words."""


@dataclass(frozen=True)
class AnotherClass(Question):
    """Of classes of which one is right, another one."""

    def answers(self, raw: np.ndarray) -> np.ndarray:
        return self.network.probabilities(raw)

    def labels(self, targets: Any, answers: np.ndarray) -> np.ndarray:
        own = answers.argmax(axis=1)
        return np.array([own[n] if t is None else int(t) for n, t in enumerate(targets)], np.int64)

    def right(self, labels: np.ndarray, answers: np.ndarray) -> np.ndarray:
        right: np.ndarray = answers.argmax(axis=1) == labels
        return right

    def open(self, before: np.ndarray) -> np.ndarray:
        return np.asarray(before.argmax(axis=1) != self._target(before.shape[1]))

    def aims(self, before: np.ndarray, scores: np.ndarray) -> list[Goals]:
        classes = np.arange(scores.shape[1])
        target = self._target(len(classes))
        if target >= 0:
            return [self._goals(np.broadcast_to(classes == target, scores.shape))]
        others = np.where(classes == before.argmax(axis=1)[:, None], -np.inf, scores)
        ranked = np.argsort(-others, axis=1, kind="stable")
        most = 1 if self.target == SECOND else min(MOST_AIMS, len(classes) - 1)
        return [self._goals(classes == ranked[:, [place]]) for place in range(most)]

    def wanted(self, before: np.ndarray, scores: Callable[[], np.ndarray]) -> Goals:
        if self.target == ANY:
            return self._goals(np.arange(class_count(self.network)) != before.argmax(axis=1)[:, None])
        return super().wanted(before, scores)

    def success(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        first, said = before.argmax(axis=1), after.argmax(axis=1)
        second = np.where(np.arange(before.shape[1]) == first[:, None], -1, before).argmax(axis=1)
        asked = first if self.target == ANY else second if self.target == SECOND else self._target(after.shape[1])
        reached = np.asarray((said == asked) != (self.target == ANY))
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

    def _goals(self, wanted: np.ndarray) -> Goals:
        level = np.full(len(wanted), log_odds(self.confidence), np.float32)
        return Goals(np.asarray(wanted, np.float32), level)

    def _target(self, classes: int) -> int:
        """The number of the class asked for, -1 where none is."""
        return -1 if self.target in (ANY, SECOND) else _number(self.network, self.target, classes)


@dataclass(frozen=True)
class AnotherLabel(Question):
    """Of labels of which several can be right, one more or one less."""

    def answers(self, raw: np.ndarray) -> np.ndarray:
        return self.network.probabilities(raw)

    def labels(self, targets: Any, answers: np.ndarray) -> np.ndarray:
        return answers > 0.5

    def aims(self, before: np.ndarray, scores: np.ndarray) -> list[Goals]:
        classes = np.arange(scores.shape[1])
        ranked = np.argsort(np.abs(scores), axis=1, kind="stable")
        chosen = [ranked[:, place] for place in range(min(MOST_AIMS, len(classes)))]
        if self.target != ANY:
            number = 1 if self.target == SECOND else _number(self.network, self.target, len(classes))
            chosen = [ranked[:, min(1, len(classes) - 1)] if self.target == SECOND else np.full(len(scores), number)]
        level = np.full(len(scores), log_odds(self.confidence) if self.confidence else 0, np.float32)
        flipped = np.where(before > 0.5, -1, 1)
        return [Goals(((classes == c[:, None]) * flipped).astype(np.float32), level) for c in chosen]

    def success(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        sure: np.ndarray = np.where(before > 0.5, 1 - after, after)
        if self.target not in (ANY, SECOND):
            sure = sure[:, [_number(self.network, self.target, after.shape[1])]]
        return np.asarray((sure > max(0.5, self.confidence - 1e-3)).any(axis=1))

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
class AnotherNumber(Question):
    """Of numbers, one that is larger or smaller by as much as asked for."""

    spread: np.ndarray = field(default_factory=lambda: np.ones(1))
    """(k,), by how much each is moved where `change` is 0."""

    @property
    def summary(self) -> str:
        names = number_names(self.network, self.spread.size)
        number, _ = self._asked(self.spread.size)
        return f"moves {names[number]} of {self.network.name} by {self._by(number):.3g}"

    def answers(self, raw: np.ndarray) -> np.ndarray:
        return raw.reshape(len(raw), -1)

    def labels(self, targets: Any, answers: np.ndarray) -> np.ndarray:
        given = [a if t is None or np.size(t) != a.size else np.ravel(t) for t, a in zip(targets, answers, strict=True)]
        return np.array(given, np.float32)

    def aims(self, before: np.ndarray, scores: np.ndarray) -> list[Goals]:
        n, k = scores.shape
        number, signs = self._asked(k)
        goals = []
        for sign in signs:
            weights = np.zeros((n, k), np.float32)
            weights[:, number] = sign
            goals.append(Goals(weights, (sign * scores[:, number] + self._by(number)).astype(np.float32)))
        return goals

    def success(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        number, signs = self._asked(after.shape[1])
        moved = after[:, number] - before[:, number]
        least = self._by(number) * (1 - 1e-3)
        far_enough: np.ndarray = np.max([sign * moved for sign in signs], axis=0) >= least
        return far_enough

    def arrays(self, labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
        return {"label": labels, "predicted_before": before, "predicted_after": after}

    def caption(self, answer: np.ndarray) -> str:
        number, _ = self._asked(answer.size)
        named = f"{number_names(self.network, answer.size)[number]} = " if answer.size > 1 else ""
        return f"{named}{answer[number]:.4g}"

    def _by(self, number: int) -> float:
        return self.change or float(self.spread[number])

    def _asked(self, count: int) -> tuple[int, tuple[int, ...]]:
        """The number that is to move, and in which directions it may."""
        if self.target in (ANY, UP, DOWN):
            return 0, {UP: (1,), DOWN: (-1,)}.get(self.target, (1, -1))
        return _number(self.network, self.target, count), (1, -1)


def question_of(network: Network, target: str, confidence: float, change: float, raw: np.ndarray) -> Question:
    """The question that suits what a network answers, `raw` (n, ...) being some of its answers."""
    if network.answered.kind == "classes":
        kind: type[Question] = AnotherLabel if network.answered.labels else AnotherClass
        return kind(network, target, confidence)
    numbers = raw.reshape(len(raw), -1)
    spread = numbers.std(axis=0)
    spread = np.where(spread > 0, spread, np.maximum(np.abs(numbers).mean(axis=0) / 10, 1e-3))
    return AnotherNumber(network, target, change=change, spread=spread)


def _number(network: Network, target: str, count: int) -> int:
    """The number of the class or number called `target`.

    Raises:
        UserError: there is none.
    """
    words = ("any", "up", "down") if network.answered.kind == "numbers" else ("any", "second")
    return output_called(network, target, count, words)
