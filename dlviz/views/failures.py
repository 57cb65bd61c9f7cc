"""Inputs changed so little that nobody would notice, to which the network answers something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks import METHODS
from dlviz.attacks.attack import Attack, attack_on, no_input_to_change
from dlviz.grammar import in_digits, number_of
from dlviz.options import chosen_of, option, with_options_of
from dlviz.progress import Progress
from dlviz.sheet import Curves, Matrix, Sheet
from dlviz.view import Scene, View
from dlviz_models.data.samples import Numbers, Sound
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.attacks.outcome import Outcome
    from dlviz.jobs import Description

NOISE = "noise"
UNFED = 6
"""How many inputs are attacked where none is fed and no number is given."""
UNITS = {"picture": "pixels 0 to 1", "sound": "full scale as 1", "numbers": "standard deviations of the data"}


@dataclass(frozen=True)
@with_options_of(METHODS, "method")
class Failures(View):
    """Adversarial examples that one attack finds, each beside its original, with random noise as the control.

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
        "required confidence in the wrong class; 0.9: at least 90%",
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
        "how many inputs to attack: what is fed, then those of the data that the network gets right; 0: only what"
        f" is fed, or {UNFED} where nothing is or one change is for all",
        low=0,
        high=1000,
        zero="what is fed",
        label="inputs attacked",
    )
    amplify: float = option(
        0.0,
        "factor by which differences are amplified; 0: for each input the largest at which 99% of it is not clipped",
        low=0,
        high=1000,
        zero="automatic",
        label="amplify difference (times)",
    )
    control: bool = option(True, "also add random noise of the same L2 norm to each input", label="compare with noise")

    @classmethod
    def obstacle(cls, network: Description) -> str:
        return no_input_to_change(network, cls.name)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        method, fed = chosen_of(METHODS, "method", self), len(scene.samples)
        is_alone = bool(fed) and not self.count and not method.is_universal
        count = fed if is_alone else self.count or UNFED
        attack = attack_on(scene, method, self.target, self.confidence, self.change, count)
        for progress, outcome in attack.run(count, among=fed if is_alone else fed + len(scene.data)):
            yield progress
            if outcome is not None:
                yield self._sheet(scene, attack, outcome)
        outcome = attack.outcome
        if outcome is None:
            raise UserError(self._nothing_to_attack(scene, attack))
        outcome = outcome.part(slice(count))
        sheet = self._sheet(scene, attack, outcome)
        rounded = _when_rounded(outcome) if attack.kind == "picture" else ""
        yield replace(sheet, summary=sheet.summary + rounded, panels=(*sheet.panels, self._curves(outcome)))

    def _nothing_to_attack(self, scene: Scene, attack: Attack) -> str:
        """Why no input can be attacked, and what to do."""
        where = (scene.samples[0].name if scene.samples else scene.data.name)[-80:]
        other = f"another {attack.kind if attack.kind == 'picture' else 'input'}, or other data"
        if not (attack.right or scene.samples):
            return f"{attack.network.name} gets nothing of {where} right, so there is nothing to fool: choose {other}."
        some = f", but for {attack.wrong} that it gets wrong" if attack.wrong and not scene.samples else ""
        return (
            f"{attack.network.name} takes {where} for the target {self.target} already{some}: choose another target,"
            f" {other}."
        )

    # -- what is shown -----------------------------------------------------------------------------------------

    def _sheet(self, scene: Scene, attack: Attack, outcome: Outcome) -> Sheet:
        from dlviz.attacks.criteria import ClassCriterion
        from dlviz.panels.failures import MOST_SHOWN, Drawing, panels, single_case, wrong_before

        arrays = outcome.arrays() | (outcome.arrays_of_noise() if self.control else {})
        if len(outcome) == 1 and outcome.success.all() and isinstance(outcome.criterion, ClassCriterion):
            labelled = attack.target(attack.sample(int(outcome.index[0]))) is not None
            summary = single_case(outcome, attack.method.title, UNITS[attack.kind], self.control, labelled)
        else:
            summary = self._counted(attack, outcome)
        advice = "" if outcome.success.any() else " Choose another method, or allow it more or larger steps."
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
        cases = panels(outcome, attack.kind, drawing)
        table = isinstance(cases[0], Matrix)
        colours = " Colours: standard deviations from the mean, and of the change." if table else ""
        some = f" The first {MOST_SHOWN} are shown." if attack.kind != "picture" and len(outcome) > MOST_SHOWN else ""
        return Sheet(
            title=f"{scene.network.name} · failures · {source}",
            summary=f"{summary}.{some}{wrong_before(outcome)}{colours}{advice}{unchanged}{made}",
            panels=cases,
            arrays=arrays,
            source=attack.method.source,
        )

    def _counted(self, attack: Attack, outcome: Outcome) -> str:
        """On how many inputs the attack succeeds, of those that the network is right about, if there are any."""
        counted = outcome.right if outcome.right.any() else ~outcome.right
        fooled = int(outcome.success[counted].sum())
        does = outcome.criterion.summary if outcome.right.any() else f"changes the answer of {attack.network.name}"
        things = number_of(int(counted.sum()), "input" if attack.kind == "numbers" else attack.kind)
        title = attack.method.title
        summary = f"{title[0].upper()}{title[1:]} {does} on {fooled} of {things}"
        if self.control:
            by_noise = outcome.criterion.success(outcome.before, outcome.after_noise)[counted]
            summary += f", noise of the same norm on {by_noise.sum() or 'none'}"
        if fooled:
            median = np.median(outcome.l2[outcome.success & counted])
            norm = "L2 norm" if fooled == 1 else "median L2 norm"
            summary += f"; the {norm} of the change is {in_digits(median)} ({UNITS[attack.kind]})"
        return summary

    def _curves(self, outcome: Outcome) -> Curves:
        from dlviz.attacks.layers import LayerChanges

        changes = LayerChanges(outcome.objective)
        changed = {"adversarial": outcome.adversarial} | ({NOISE: outcome.noisy} if self.control else {})
        before = outcome.feeds(outcome.original)
        return Curves(
            x=np.arange(len(changes.layers)),
            series={name: np.median(changes(before, outcome.feeds(x)), axis=1) for name, x in changed.items()},
            x_labels=changes.layers,
            y_title="relative change",
            title="How far layers move",
            joined=changes.form_a_chain,
        )


def _when_rounded(outcome: Outcome) -> str:
    """How many pictures fool the network only until they are rounded, a sentence; empty if there are none."""
    lost = int((outcome.success & ~outcome.lasts_in_bytes).sum())
    if not lost:
        return ""
    which = "it" if len(outcome) == 1 else f"{lost} of {len(outcome)}"
    does = "does" if lost == 1 else "do"
    return f" Rounded to whole numbers 0 to 255, as in a file, {which} no longer {does}: ask for a confidence of 0.9."
