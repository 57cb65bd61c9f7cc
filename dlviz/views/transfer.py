"""Inputs changed to fool one network, shown to another that has never been asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks import METHODS
from dlviz.attacks.attack import Attack, attack_on, no_input_to_change
from dlviz.attacks.noise import noise_of_norm
from dlviz.grammar import number_of
from dlviz.memory import Memory
from dlviz.options import chosen_of, option, with_options_of
from dlviz.progress import Progress
from dlviz.sheet import Curves, Sheet, Tiles
from dlviz.view import Scene, View
from dlviz_models.data.samples import Numbers, Picture, Sample, Sound
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.attacks.outcome import Outcome
    from dlviz.jobs import Description
    from dlviz.network import Network

TIMES = np.linspace(0, 4, 9)
"""How many times the change of the first network is applied."""
SHOWN = 3
"""How many pictures are drawn, each changed once, twice and four times."""
DRAWN = (0, 2, 4, 8)
"""Which of `TIMES` are drawn."""


@dataclass(frozen=True)
@with_options_of(METHODS, "method")
class Transfer(View):
    """The view `transfer`: Szegedy et al. (2014), arXiv:1312.6199, section 4.2.

    >>> import dlviz
    >>> sheet = dlviz.show("transfer", "lenet5", other="dbn", data="digits", count=5)
    >>> sheet.arrays["network"].tolist()
    ['lenet5', 'dbn', 'dbn, noise']
    """

    name = "transfer"
    summary = "Inputs changed to fool one network, shown to a second one that has never been asked."
    needs = frozenset({"network", "data", "other"})
    samples = frozenset({"picture", "sound", "numbers"})
    answers = frozenset({"classes"})
    order = 8.2

    method: str = option(
        "pgd",
        "; ".join(f"{name}: {method.summary}" for name, method in METHODS.items()),
        choices=tuple(METHODS),
        labels=tuple(method.short for method in METHODS.values()),
    )
    count: int = option(
        40, "how many inputs that the first network gets right are changed", low=1, high=1000, label="inputs"
    )

    @classmethod
    def obstacle(cls, network: Description) -> str:
        return no_input_to_change(network, cls.name)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        _check_classes(scene.network, scene.other)
        attack = attack_on(scene, chosen_of(METHODS, "method", self), count=self.count)
        for progress, _ in attack.run(self.count, among=len(scene.data)):
            yield progress
        memory = scene.memory.recall(Memory, scene.other) or scene.memory.keep(Memory(), scene.other)
        second = attack_on(Scene({"network": scene.other, "data": scene.data}, memory=memory), METHODS["fgsm"]())
        if attack.outcome is None:
            raise UserError(f"{scene.network.name} gets nothing of {scene.data.name} right: choose other data.")
        yield self._sheet(scene, attack, second, attack.outcome.part(slice(self.count)))

    def _sheet(self, scene: Scene, attack: Attack, second: Attack, outcome: Outcome) -> Sheet:
        from dlviz.panels.failures import unlabelled

        first, other = scene.network.name, scene.other.name
        other = other if other != first else f"{other}, the second"
        x, noisy = ([self._times(outcome, t, noise) for t in TIMES] for noise in (False, True))
        before = self._answers(attack, second, outcome, x[0])
        labels = second.criterion.labels([second.target(attack.sample(int(n))) for n in outcome.index], before)
        both = outcome.success & second.criterion.right(labels, before)
        if not both.any():
            raise UserError(
                f"None of the {len(outcome)} inputs that fool {first} is one that {other} gets right: attack more of"
                " them (count), or choose another second network."
            )
        fooled = {first: [outcome.criterion.success(outcome.before, outcome.answers(v)) for v in x]}
        answers = [self._answers(attack, second, outcome, v) for v in x]
        fooled[other] = [second.criterion.success(before, a) for a in answers]
        fooled[f"{other}, noise"] = [
            second.criterion.success(before, self._answers(attack, second, outcome, v)) for v in noisy
        ]
        rates = {name: np.array([f[both].mean() for f in found]) for name, found in fooled.items()}
        one, twice = (rates[other][list(TIMES).index(t)] for t in (1.0, 2.0))
        summary = (
            f"{attack.method.title} changes {number_of(int(both.sum()), 'input')} that both get right so that they fool"
            f" {first}; {other}, which the attack never asked, is fooled by {one:.0%} of these, and by {twice:.0%}"
            " where the change is twice as large"
        )
        curves = Curves(
            TIMES, rates, "times the change that fools the first", "share fooled", "Fooled by the same changes",
            role="main",
        )  # fmt: skip
        tiles: tuple[Tiles, ...] = ()
        if attack.kind == "picture":
            tiles = (self._tiles(outcome, x, answers, second, np.flatnonzero(both)[:SHOWN], (first, other)),)
        arrays = {
            "times": TIMES,
            "network": np.array(list(rates)),
            "fooled": np.stack(list(rates.values())),
            "index": outcome.index[both],
            "original": outcome.original[both],
            "adversarial": outcome.adversarial[both],
        }
        summary = f"{summary[0].upper()}{summary[1:]}.{unlabelled(scene.data)}"
        return Sheet(f"{first} · transfer · {other}", summary, (curves, *tiles), arrays, source=attack.method.source)

    def _times(self, outcome: Outcome, times: float, noise: bool) -> np.ndarray:
        """The inputs with the change so many times as large, or noise of that length, as the first network is fed."""
        values = outcome.objective.values(outcome.original)
        if noise:
            return outcome.objective.input(noise_of_norm(values, times * outcome.l2, outcome.objective.limits))
        moved = np.clip(values + times * outcome.difference.reshape(values.shape), *outcome.objective.limits)
        return outcome.objective.input(moved.astype(np.float32))

    def _answers(self, attack: Attack, second: Attack, outcome: Outcome, x: np.ndarray) -> np.ndarray:
        """What the second network answers to what the first is fed."""
        samples = [_as_sample(attack.sample(int(n)), outcome, one) for n, one in zip(outcome.index, x, strict=True)]
        return second.criterion.answers(second.network.answer(second.network.feed(samples)))

    def _tiles(
        self,
        outcome: Outcome,
        x: list[np.ndarray],
        answers: list[np.ndarray],
        second: Attack,
        rows: np.ndarray,
        names: tuple[str, str],
    ) -> Tiles:
        images = np.stack([outcome.objective.pixels(x[t][rows]) for t in DRAWN], axis=1)
        images = images[..., :3] if images.shape[-1] >= 3 else images[..., :1]
        firsts = [outcome.answers(x[t])[rows] for t in DRAWN]
        named = [attack.network.class_name for attack in (outcome.objective, second)]
        captions = [
            f"{named[0](int(firsts[column][n].argmax()))} | {named[1](int(answers[t][row].argmax()))}"
            for n, row in enumerate(rows)
            for column, t in enumerate(DRAWN)
        ]
        return Tiles(
            images=np.rint(images.clip(0, 255)).astype(np.uint8).reshape(-1, *images.shape[2:]),
            scale="pixels",
            title=f"What {names[0]} | {names[1]} see",
            captions=tuple(captions),
            columns=len(DRAWN),
            column_labels=tuple(f"× {TIMES[t]:g}" if TIMES[t] else "before" for t in DRAWN),
        )


def _check_classes(first: Network, second: Network) -> None:
    """Raise UserError where both networks have names for their classes, and none in common."""
    if first.classes and second.classes and not set(first.classes) & set(second.classes):
        raise UserError(
            f"{second.name} distinguishes other classes ({', '.join(second.classes[:3])}, ...) than {first.name}"
            f" ({', '.join(first.classes[:3])}, ...): choose a second network with the same ones."
        )


def _as_sample(sample: Sample, outcome: Outcome, x: np.ndarray) -> Sample:
    """A sample with what a network is fed in its place, so that another can be fed the same."""
    if isinstance(sample, Picture):
        return replace(sample, pixels=outcome.objective.pixels(x[None])[0].astype(np.float32), range=(0.0, 255.0))
    if isinstance(sample, Sound):
        return replace(sample, samples=x.reshape(-1))
    assert isinstance(sample, Numbers)
    return replace(sample, values=x)
