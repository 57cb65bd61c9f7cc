"""An attack on what is fed and on data that a network gets right: it goes on where it was left.

No framework is imported at the top, because the window asks what can be attacked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dlviz.attacks.method import Method
from dlviz.progress import Progress
from dlviz.spacing import in_turns
from dlviz_models.data.samples import Sample, Several

if TYPE_CHECKING:
    from dlviz.attacks.objective import Objective
    from dlviz.attacks.outcome import Outcome
    from dlviz.attacks.questions import Question
    from dlviz.jobs import Description, Input
    from dlviz.view import Scene

SHEETS = 4
"""How often the work on a batch is shown."""
STEPS = 1000
"""How many steps progress is reported in."""
KEPT = 16
"""How many attacks, each with its own options and inputs, are remembered."""
LIKE = 64
"""The number of samples used to estimate the spread of numeric inputs and outputs."""


def attack_on(
    scene: Scene, method: Method, target: str = "any", confidence: float = 0.0, change: float = 0.0, together: int = 0
) -> Attack:
    """What was found out already by a method about what a scene holds, or a beginning of it.

    Args:
        target, confidence, change: what is asked for, as in `dlviz.attacks.questions.Question`.
        together: how many inputs are to be attacked, for a method that makes one change for all of them.
    """
    from dlviz.attacks.objective import Objective
    from dlviz.attacks.questions import question_of

    network, data = scene.network, scene.data
    spec = attacked_input(tuple(network.inputs.values()))
    assert spec is not None
    feeds = network.feed([data.sample(n) for n in range(min(LIKE if spec.kind == "numbers" else 1, len(data)))])
    objective = scene.memory.recall(Objective) or scene.memory.keep(Objective(network, spec, feeds[spec.name]))
    given = tuple(network.feed([s])[objective.name].tobytes() for s in scene.samples)
    key = (method, target, confidence, change, given, together if method.one_for_all else 0)
    attacks = scene.memory.recall(Attacks) or scene.memory.keep(Attacks())
    if key not in attacks:
        question = question_of(network, target, confidence, change, network.answer(feeds))
        attacks[key] = Attack(scene, method, objective, question)
        if len(attacks) > KEPT:
            del attacks[next(iter(attacks))]
    return attacks[key]


def no_input_to_change(network: Description, view: str) -> str:
    """Why a view has no input of a network to change; empty where it has."""
    if attacked_input(network.inputs) is not None:
        return ""
    return (
        f"{network.name} takes numbers of tokens, which cannot be changed a little, and {view} is for networks of"
        " pictures, sounds and numbers."
    )


def attacked_input(inputs: Sequence[Input]) -> Input | None:
    """The input that is changed: the first picture, else the first of sounds or numbers; None where there is none."""
    pictures = [spec for spec in inputs if spec.kind == "picture"]
    others = [spec for spec in inputs if spec.kind in ("sound", "numbers") and not spec.vocabulary]
    return next((spec for spec in pictures + others if spec.kind == "picture" or "float" in spec.dtype), None)


class Attack:
    """What one method found for the first inputs; more are attacked when asked for.

    The inputs are those that are fed, whatever the network answers to them, then those of the data that it gets right,
    one of each class in turn.

    Attributes:
        outcome: None before there is one.
        wrong, right: how many inputs so far the network got wrong and right; of these some may be the target already.
        kind: of the input that is changed.
    """

    def __init__(self, scene: Scene, method: Method, objective: Objective, question: Question) -> None:
        self.network, self.samples, self.data = scene.network, scene.samples, scene.data
        self.method = method
        self.objective = objective
        self.question = question
        self.kind = self.network.inputs[objective.name].kind
        self.outcome: Outcome | None = None
        self.first = self._changed(self.sample(0))
        self.right = self.wrong = 0
        self._order = self._ordered()
        self._next = self._among = 0
        self._outputs: np.ndarray | None = None

    def extended(self, count: int, among: int) -> Iterator[tuple[Progress, Outcome | None]]:
        """Attack until there are `count` of the first `among` inputs, or no more.

        Yield progress, and now and then what there is to see.
        """
        self._among = among
        batch = int(np.clip(2**20 // np.prod(self.objective.shape), 1, 128))
        while (have := len(self.outcome or ())) < count and self._next < among:
            before = self._next, self.right, self.wrong
            try:
                yield from self._attack_next(min(batch, count - have), count)
            except BaseException:  # given up on the way, so that these inputs have to be attacked again
                self._next, self.right, self.wrong = before
                raise

    def _attack_next(self, most: int, count: int) -> Iterator[tuple[Progress, Outcome | None]]:
        """Attack the next inputs, at most `most` of `count`, or for a method that makes one change for all of them
        `count`."""
        chosen = self._choose(most)
        while self.method.one_for_all and chosen and len(chosen) < count and self._next < self._among:
            more = self._choose(count - len(chosen))
            chosen = chosen.joined(more) if more else chosen
        if chosen is not None:
            yield from self._attack(chosen, count)
        else:
            yield self._progress(0, 0, count), None

    def sample(self, number: int) -> Sample:
        """The input of that number: those that are fed, then those of the data."""
        fed = len(self.samples)
        return self.samples[number] if number < fed else self.data.sample(number - fed)

    def _ordered(self) -> np.ndarray:
        """The numbers of all inputs in the order in which they are asked for."""
        from dlviz.targets import labels_in

        labels, fed = labels_in(self.network, self.data), np.arange(len(self.samples))
        return np.concatenate([fed, len(fed) + (np.arange(len(self.data)) if labels is None else in_turns(labels))])

    def place(self, number: int) -> int:
        """The place, from 0, of the input of that number among all in the order in which they are asked for."""
        return int(np.flatnonzero(self._order == number)[0])

    def _is_repeated(self, number: int, sample: Sample) -> bool:
        """Whether a sample of the data is one that is fed, and so came before."""
        return number >= len(self.samples) and any(sample.name == fed.name for fed in self.samples)

    def _changed(self, sample: Sample) -> Sample:
        """The part of a sample that is changed."""
        return sample.parts[self.objective.name] if isinstance(sample, Several) else sample

    def _choose(self, most: int) -> Outcome | None:
        """The next inputs, at most so many, as if they had been attacked in vain."""
        from dlviz.attacks.outcome import Outcome

        size = int(np.clip(2**21 // np.prod(self.objective.shape), 4, 64))
        index = self._order[self._next : min(self._next + size, self._among)]
        samples = [self.sample(int(n)) for n in index]
        is_new = np.array([not self._is_repeated(int(n), sample) for n, sample in zip(index, samples, strict=True)])
        feeds = self.network.feed(samples)
        answers = self.question.answers(self.network.answer(feeds))
        labels = self.question.labels([self.target(s) for s in samples], answers)
        right = self.question.right(labels, answers)
        self.right, self.wrong = self.right + int(right.sum()), self.wrong + int((~right).sum())
        keep = np.flatnonzero(self.question.open(answers) & is_new & (right | (index < len(self.samples))))
        self._next += int(keep[most - 1]) + 1 if len(keep) > most else len(index)
        keep = keep[:most]
        if not len(keep):
            return None
        x = feeds.pop(self.objective.name)[keep].astype(np.float32)
        others = {name: value[keep] for name, value in feeds.items()}
        before = answers[keep]
        return Outcome(self.objective, self.question, x, x.copy(), others, labels[keep], before, before, index[keep])

    def target(self, sample: Sample) -> Any:
        """What is true of a sample, in the numbers of the network's outputs."""
        from dlviz.targets import outputs_of_classes, target_of

        target = target_of(self.network, sample)
        if self.network.answered.kind != "classes":
            return target
        if not isinstance(target, int | np.integer):
            return None
        if self._outputs is None:
            self._outputs = outputs_of_classes(self.network, self.data)
        return self._outputs[target]

    def _attack(self, chosen: Outcome, count: int) -> Iterator[tuple[Progress, Outcome | None]]:
        objective, values = self.objective, self.objective.values(chosen.original)
        problem = self.question.posed(objective, values, chosen.others, chosen.before)
        before, drawn, found = self.outcome, 0.0, chosen
        for attempt in self.method.attack(problem):
            share = attempt.done / attempt.total
            show = attempt.found.any() and drawn + 1 / SHEETS <= share < 1
            if show or share == 1:
                drawn = share
                moved = (problem.shaped(values) != attempt.values).any(axis=tuple(range(1, attempt.values.ndim)))
                x = np.where(
                    moved.reshape(-1, *(1,) * len(objective.shape)), objective.input(attempt.values), chosen.original
                )
                found = replace(chosen, adversarial=x, after=chosen.answers(x))
            so_far = before.joined(found) if before is not None else found
            yield self._progress(len(chosen) * share, int(attempt.found.sum()), count), so_far if show else None
        self.outcome = before.joined(found) if before is not None else found

    def _progress(self, done: float, found: int, count: int) -> Progress:
        have = len(self.outcome or ())
        found += int(self.outcome.success.sum()) if self.outcome is not None else 0
        return Progress(int(STEPS * (have + done) / count), STEPS, f"{found} of {count} fool the network")


class Attacks(dict[object, Attack]):
    """The last attacks, by what they were asked to do."""
