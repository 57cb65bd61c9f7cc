"""A resumable attack on the user's samples and on data that the network gets right.

No framework is imported at the top, because the window calls `no_input_to_change`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dlviz.attacks.method import Method
from dlviz.progress import Progress
from dlviz.spacing import round_robin
from dlviz_models.data.samples import Sample, Several

if TYPE_CHECKING:
    from dlviz.attacks.criteria import Criterion
    from dlviz.attacks.objective import Objective
    from dlviz.attacks.outcome import Outcome
    from dlviz.feeding.feed import Feeds
    from dlviz.jobs import Description, Input
    from dlviz.view import Scene

SHEETS = 4
"""The number of intermediate outcomes per batch."""
STEPS = 1000
"""The resolution of progress."""
MAX_ATTACKS = 16
"""The number of attacks, each with its own options and inputs, that are cached."""
SPREAD_SAMPLES = 64
"""The number of samples used to estimate the spread of numeric inputs and outputs."""


def attack_on(
    scene: Scene, method: Method, target: str = "any", confidence: float = 0.0, change: float = 0.0, count: int = 0
) -> Attack:
    """The attack on a scene's network and samples by a method: the cached one, or a new one.

    Args:
        target, confidence, change: see `dlviz.attacks.criteria.Criterion`.
        count: the number of inputs to attack, which matters to universal methods.
    """
    from dlviz.attacks.criteria import criterion_for
    from dlviz.attacks.objective import Objective

    network, data = scene.network, scene.data
    spec = attacked_input(tuple(network.inputs.values()))
    assert spec is not None
    most = SPREAD_SAMPLES if spec.kind == "numbers" else 1
    feeds = network.feed([data.sample(n) for n in range(min(most, len(data)))])
    objective = scene.memory.recall(Objective) or scene.memory.keep(Objective(network, spec, feeds[spec.name]))
    contents = tuple(_contents(network.feed([sample]))[0] for sample in scene.samples)
    key = (method, target, confidence, change, contents, count if method.is_universal else 0)
    attacks = scene.memory.recall(Attacks) or scene.memory.keep(Attacks())
    if key not in attacks:
        criterion = criterion_for(network, target, confidence, change, network.answer(feeds))
        attacks[key] = Attack(scene, method, objective, criterion, frozenset(contents))
        if len(attacks) > MAX_ATTACKS:
            del attacks[next(iter(attacks))]
    return attacks[key]


def no_input_to_change(network: Description, view: str) -> str:
    """Why a network has no input that a view can change; empty if it has one."""
    if attacked_input(network.inputs) is not None:
        return ""
    return (
        f"{network.name} takes numbers of tokens, which cannot be changed a little, and {view} is for networks of"
        " pictures, sounds and numbers."
    )


def attacked_input(inputs: Sequence[Input]) -> Input | None:
    """The input to change: the first picture, else the first sound or numeric input; None if there is none."""
    pictures = [spec for spec in inputs if spec.kind == "picture"]
    others = [spec for spec in inputs if spec.kind in ("sound", "numbers") and not spec.vocabulary]
    return next((spec for spec in pictures + others if spec.kind == "picture" or "float" in spec.dtype), None)


def _contents(feeds: Feeds) -> list[bytes]:
    """What each sample is to the network, by which equal ones are recognised, (n,)."""
    return [b"".join(row.tobytes() for row in rows) for rows in zip(*feeds.values(), strict=True)]


class Attack:
    """An attack by one method, extended to more inputs on demand.

    The inputs are the user's samples, whatever the network answers, then others of the data that it gets right, round
    robin over the classes.

    Attributes:
        outcome: the outcome so far; None before the first.
        wrong, right: how many inputs tried so far the network gets wrong and right before the attack.
        kind: the kind of the input that is changed.
    """

    def __init__(
        self, scene: Scene, method: Method, objective: Objective, criterion: Criterion, fed: frozenset[bytes]
    ) -> None:
        self.network, self.samples, self.data = scene.network, scene.samples, scene.data
        self.method = method
        self.objective = objective
        self.criterion = criterion
        self.kind = self.network.inputs[objective.name].kind
        self.outcome: Outcome | None = None
        self.first = self._changed_part(self.sample(0))
        self.right = self.wrong = 0
        self._fed = fed
        self._order = self._input_order()
        self._next = self._among = 0
        self._outputs: np.ndarray | None = None

    def run(self, count: int, among: int) -> Iterator[tuple[Progress, Outcome | None]]:
        """Attack until `count` of the first `among` inputs are done, or no more remain.

        Yield progress, and now and then an intermediate outcome.
        """
        self._among = among
        batch = int(np.clip(2**20 // np.prod(self.objective.shape), 1, 128))
        while (have := len(self.outcome or ())) < count and self._next < among:
            before = self._next, self.right, self.wrong
            try:
                yield from self._attack_next(min(batch, count - have), count)
            except BaseException:  # cancelled, so these inputs must be attacked again
                self._next, self.right, self.wrong = before
                raise

    def _attack_next(self, most: int, count: int) -> Iterator[tuple[Progress, Outcome | None]]:
        """Attack the next inputs, at most `most`, or all `count` at once with a universal method."""
        chosen = self._next_inputs(most)
        while self.method.is_universal and chosen and len(chosen) < count and self._next < self._among:
            more = self._next_inputs(count - len(chosen))
            chosen = chosen.joined(more) if more else chosen
        if chosen is not None:
            yield from self._attack(chosen, count)
        else:
            yield self._progress(0, 0, count), None

    def sample(self, number: int) -> Sample:
        """Input `number`, counted through the user's samples, then the data."""
        fed = len(self.samples)
        return self.samples[number] if number < fed else self.data.sample(number - fed)

    def _input_order(self) -> np.ndarray:
        """The numbers of all inputs in the order of attack."""
        from dlviz.targets import labels_in

        labels, fed = labels_in(self.network, self.data), np.arange(len(self.samples))
        return np.concatenate([fed, len(fed) + (np.arange(len(self.data)) if labels is None else round_robin(labels))])

    def place(self, number: int) -> int:
        """The position of input `number` in the order of attack, from 0."""
        return int(np.flatnonzero(self._order == number)[0])

    def _changed_part(self, sample: Sample) -> Sample:
        """The part of a sample that is changed."""
        return sample.parts[self.objective.name] if isinstance(sample, Several) else sample

    def _next_inputs(self, most: int) -> Outcome | None:
        """The next inputs, at most `most`, as an outcome without changes; None if none of them qualifies."""
        from dlviz.attacks.outcome import Outcome

        size = int(np.clip(2**21 // np.prod(self.objective.shape), 4, 64))
        index = self._order[self._next : min(self._next + size, self._among)]
        samples = [self.sample(int(n)) for n in index]
        feeds = self.network.feed(samples)
        is_own = index < len(self.samples)
        is_repeated = ~is_own & [content in self._fed for content in _contents(feeds)]
        answers = self.criterion.answers(self.network.answer(feeds))
        labels = self.criterion.labels([self.target(s) for s in samples], answers)
        right = self.criterion.right(labels, answers)
        self.right, self.wrong = self.right + int(right.sum()), self.wrong + int((~right).sum())
        keep = np.flatnonzero(self.criterion.unmet(answers) & ~is_repeated & (right | is_own))
        self._next += int(keep[most - 1]) + 1 if len(keep) > most else len(index)
        keep = keep[:most]
        if not len(keep):
            return None
        x = feeds.pop(self.objective.name)[keep].astype(np.float32)
        others = {name: value[keep] for name, value in feeds.items()}
        before = answers[keep]
        return Outcome(self.objective, self.criterion, x, x.copy(), others, labels[keep], before, before, index[keep])

    def target(self, sample: Sample) -> Any:
        """The target of a sample, classes as the number of the output."""
        from dlviz.targets import outputs_of_classes, target_of

        target = target_of(self.network, sample)
        if self.network.chosen_output.kind != "classes":
            return target
        if not isinstance(target, int | np.integer):
            return None
        if self._outputs is None:
            self._outputs = outputs_of_classes(self.network, self.data)
        return self._outputs[target]

    def _attack(self, chosen: Outcome, count: int) -> Iterator[tuple[Progress, Outcome | None]]:
        objective, values = self.objective, self.objective.values(chosen.original)
        problem = self.criterion.problem(objective, values, chosen.others, chosen.before)
        before, shown, found = self.outcome, 0.0, chosen
        for attempt in self.method.attack(problem):
            share = attempt.done / attempt.total
            show = attempt.found.any() and shown + 1 / SHEETS <= share < 1
            if show or share == 1:
                shown = share
                moved = (problem.reshaped(values) != attempt.values).any(axis=tuple(range(1, attempt.values.ndim)))
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
    """The cached attacks, by method, criterion and samples."""
