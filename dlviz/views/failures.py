"""Inputs changed so little that nobody would notice, which the network gets wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dlviz.attacks import METHODS, Method
from dlviz.options import chosen_of, option, with_options_of
from dlviz.progress import Progress
from dlviz.sheet import Bars, Curves, Sheet
from dlviz.view import Scene, View
from dlviz_models.data.samples import Numbers, Sample, Several, Sound
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.attacks.layers import LayerChanges
    from dlviz.attacks.objective import Objective
    from dlviz.attacks.outcome import Outcome
    from dlviz.attacks.questions import Question
    from dlviz.jobs import Description, Input

NOISE = "noise"
SHEETS = 4
"""How often the work on a batch is shown."""
STEPS = 1000
"""How many steps progress is reported in."""
UNFED = 6
"""How many inputs are attacked where none is fed and no number is given."""
KEPT = 16
"""How many attacks, each with its own options and inputs, are remembered."""
LIKE = 64
"""The number of samples used to estimate the spread of numeric inputs and outputs."""
UNITS = {"picture": "pixels 0 to 1", "sound": "their whole range as 1", "numbers": "standard deviations of the data"}


@dataclass(frozen=True)
@with_options_of(METHODS, "method")
class Failures(View):
    """The view `failures`.

    >>> import dlviz
    >>> dlviz.show("failures", "lenet5", input="digits:7", method="fgsm").arrays["success"]
    array([ True])
    """

    name = "failures"
    summary = "Inputs changed so little that nobody would notice, yet the network mistakes them for something else."
    needs = frozenset({"network", "data"})
    optional = frozenset({"sample"})
    samples = frozenset({"picture", "sound", "numbers", "several"})
    answers = frozenset({"classes", "numbers"})
    order = 4

    method: str = option(
        "lbfgs",
        "; ".join(f"{name}: {method.summary}" for name, method in METHODS.items()),
        choices=tuple(METHODS),
        labels=tuple(method.short for method in METHODS.values()),
    )
    target: str = option(
        "any",
        "the goal: any wrong class, the second likeliest (second), or a class by name or number; for a predicted"
        " number: larger or smaller (any, up, down)",
        label="taken for",
        suggests="target",
    )
    confidence: float = option(
        0.0,
        "required confidence in the wrong class; 0.9: at least 90 %",
        low=0,
        high=0.999,
        zero="just above the others",
        label="confidence (0 to 1)",
        answers=("classes",),
    )
    change: float = option(
        0.0,
        "how far a predicted number is to move",
        low=0,
        zero="the spread of its outputs",
        label="change of the output",
        answers=("numbers",),
    )
    count: int = option(
        0,
        "how many inputs to attack: what is fed, then the first of the data that the network gets right; 0: only what"
        f" is fed, or {UNFED} where nothing is or one change is for all",
        low=0,
        high=1000,
        zero="what is fed",
        label="inputs attacked",
    )
    amplify: float = option(
        0.0,
        "factor by which the difference is amplified; 0: as much as 99 % of it allows",
        low=0,
        high=1000,
        zero="automatic",
        label="amplify difference (times)",
    )
    control: bool = option(True, "also add random noise of the same L2 norm to each input", label="compare with noise")

    @classmethod
    def obstacle(cls, network: Description) -> str:
        if attacked_input(network.inputs) is None:
            return (
                f"{network.name} takes numbers of tokens, which cannot be changed a little, and failures is for"
                " networks of pictures, sounds and numbers."
            )
        return ""

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        attack = self._attack(scene)
        fed = len(scene.samples)
        is_alone = bool(fed) and not self.count and not attack.method.one_for_all
        count = fed if is_alone else self.count or UNFED
        for progress, outcome in attack.extended(count, among=fed if is_alone else fed + len(scene.data)):
            yield progress
            if outcome is not None:
                yield self._sheet(scene, attack, outcome)
        outcome = attack.outcome
        if outcome is None:
            wanted = "" if self.target == "any" else f", or takes it for the target {self.target}"
            where = scene.samples[0].name if scene.samples else scene.data.name
            raise UserError(
                f"{scene.network.name} already gets {where[-80:]} wrong{wanted}:"
                f" choose another {attack.kind if attack.kind == 'picture' else 'input'}, or other data."
            )
        outcome = outcome.part(slice(count))
        sheet = self._sheet(scene, attack, outcome)
        yield replace(sheet, panels=(*sheet.panels, self._curves(outcome, attack.changes)))

    def _attack(self, scene: Scene) -> Attack:
        """What was found out already with these options, or a beginning of it."""
        from dlviz.attacks.layers import LayerChanges
        from dlviz.attacks.objective import Objective
        from dlviz.attacks.questions import question_of

        network, data = scene.network, scene.data
        spec = attacked_input(tuple(network.inputs.values()))
        assert spec is not None
        feeds = network.feed([data.sample(n) for n in range(min(LIKE if spec.kind == "numbers" else 1, len(data)))])
        objective, changes = scene.memory.recall(Objective), scene.memory.recall(LayerChanges)
        if objective is None or changes is None:
            objective = scene.memory.keep(Objective(network, spec, feeds[spec.name]))
            changes = scene.memory.keep(LayerChanges(network, spec.name))
        method = chosen_of(METHODS, "method", self)
        given = tuple(network.feed([s])[objective.name].tobytes() for s in scene.samples)
        together = self.count if method.one_for_all else 0
        key = (method, self.target, self.confidence, self.change, given, together)
        attacks = scene.memory.recall(Attacks) or scene.memory.keep(Attacks())
        if key not in attacks:
            question = question_of(network, self.target, self.confidence, self.change, network.answer(feeds))
            attacks[key] = Attack(scene, method, objective, question, changes)
            if len(attacks) > KEPT:
                del attacks[next(iter(attacks))]
        return attacks[key]

    # -- what is shown -----------------------------------------------------------------------------------------

    def _sheet(self, scene: Scene, attack: Attack, outcome: Outcome) -> Sheet:
        from dlviz.panels.failures import Drawing, panels

        method, fooled = attack.method, int(outcome.success.sum())
        thing = "input" if attack.kind == "numbers" else attack.kind
        things = thing if len(outcome) == 1 else f"{thing}s"
        summary = f"{method.title} {outcome.question.summary} on {fooled} of {len(outcome)} {things}"
        if fooled:
            median = np.median(outcome.l2[outcome.success])
            summary += f"; the median L2 norm of the change is {median:.3g} ({UNITS[attack.kind]})"
        arrays, rates = outcome.arrays(), {method.short: fooled / len(outcome)}
        if self.control:
            by_noise = outcome.question.success(outcome.labels, outcome.before, outcome.after_noise)
            rates[NOISE] = float(by_noise.mean())
            summary += f"; noise of the same norm does so on {by_noise.sum()}"
            arrays |= outcome.arrays_of_noise()
        others = " and ".join(outcome.others)
        stay = "stays as it is" if len(outcome.others) == 1 else "stay as they are"
        unchanged = f" Only {attack.objective.name} is changed; {others} {stay}." if others else ""
        sample = attack.first
        drawing = Drawing(
            self.amplify, self.control, () if scene.samples else tuple(map(int, outcome.index)),
            sample.names if isinstance(sample, Numbers) else (), sample.rate if isinstance(sample, Sound) else 8000,
        )  # fmt: skip
        source = ", ".join(s.short for s in scene.samples[:3]) if scene.samples else scene.data.name
        made = " The inputs are made up." if sample.synthetic else ""
        return Sheet(
            title=f"{scene.network.name} · failures · {source}",
            summary=f"{summary[0].upper()}{summary[1:]}.{unchanged}{made}",
            panels=(
                *panels(outcome, attack.kind, drawing),
                Bars(tuple(rates), np.array(list(rates.values())), title="Fooled by", limit=1.0),
            ),
            arrays=arrays,
        )

    def _curves(self, outcome: Outcome, changes: LayerChanges) -> Curves:
        changed = {"adversarial": outcome.adversarial} | ({NOISE: outcome.noisy} if self.control else {})
        before = outcome.feeds(outcome.original)
        return Curves(
            x=np.arange(len(changes.layers)),
            series={name: np.median(changes(before, outcome.feeds(x)), axis=1) for name, x in changed.items()},
            x_labels=changes.layers,
            y_title="relative change",
            title="How far layers move",
        )


def attacked_input(inputs: Sequence[Input]) -> Input | None:
    """The input that is changed: the first picture, else the first of sounds or numbers; None where there is none."""
    pictures = [spec for spec in inputs if spec.kind == "picture"]
    others = [spec for spec in inputs if spec.kind in ("sound", "numbers") and not spec.vocabulary]
    return next((spec for spec in pictures + others if spec.kind == "picture" or "float" in spec.dtype), None)


class Attack:
    """What one method found for the first inputs that the network gets right; more are attacked when asked for.

    The inputs are those that are fed, then the others of the data.

    Attributes:
        outcome: None before there is one.
        kind: of the input that is changed.
    """

    def __init__(
        self, scene: Scene, method: Method, objective: Objective, question: Question, changes: LayerChanges
    ) -> None:
        self.network, self.samples, self.data = scene.network, scene.samples, scene.data
        self.method = method
        self.objective = objective
        self.question = question
        self.changes = changes
        self.kind = self.network.inputs[objective.name].kind
        self.outcome: Outcome | None = None
        self.first = self._changed(self._sample(0))
        self._next = self._among = 0
        self._outputs: np.ndarray | None = None

    def extended(self, count: int, among: int) -> Iterator[tuple[Progress, Outcome | None]]:
        """Attack until there are `count` of the first `among` inputs, or no more.

        Yield progress, and now and then what there is to see.
        """
        self._among = among
        batch = int(np.clip(2**20 // np.prod(self.objective.shape), 1, 128))
        while (have := len(self.outcome or ())) < count and self._next < among:
            chosen = self._choose(min(batch, count - have))
            while self.method.one_for_all and chosen and len(chosen) < count and self._next < among:
                more = self._choose(count - len(chosen))
                chosen = chosen.joined(more) if more else chosen
            if chosen is not None:
                yield from self._attack(chosen, count)
            else:
                yield self._progress(0, 0, count), None

    def _sample(self, number: int) -> Sample:
        fed = len(self.samples)
        return self.samples[number] if number < fed else self.data.sample(number - fed)

    def _is_repeated(self, number: int, sample: Sample) -> bool:
        """Whether a sample of the data is one that is fed, and so came before."""
        return number >= len(self.samples) and any(sample.name == fed.name for fed in self.samples)

    def _changed(self, sample: Sample) -> Sample:
        """The part of a sample that is changed."""
        return sample.parts[self.objective.name] if isinstance(sample, Several) else sample

    def _choose(self, most: int) -> Outcome | None:
        """The next inputs, at most so many, that the network gets right, as if they had been attacked in vain."""
        from dlviz.attacks.outcome import Outcome

        size = int(np.clip(2**21 // np.prod(self.objective.shape), 4, 64))
        index = np.arange(self._next, min(self._next + size, self._among))
        samples = [self._sample(int(n)) for n in index]
        is_new = np.array([not self._is_repeated(int(n), sample) for n, sample in zip(index, samples, strict=True)])
        feeds = self.network.feed(samples)
        answers = self.question.answers(self.network.answer(feeds))
        labels = self.question.labels([self._target(s) for s in samples], answers)
        keep = np.flatnonzero(self.question.open(labels, answers) & is_new)
        self._next = int(index[keep[most - 1]]) + 1 if len(keep) > most else int(index[-1]) + 1
        keep = keep[:most]
        if not len(keep):
            return None
        x = feeds.pop(self.objective.name)[keep].astype(np.float32)
        others = {name: value[keep] for name, value in feeds.items()}
        before = answers[keep]
        return Outcome(self.objective, self.question, x, x.copy(), others, labels[keep], before, before, index[keep])

    def _target(self, sample: Sample) -> Any:
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
        problem = self.question.posed(objective, values, chosen.others, chosen.labels)
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
