"""How many answers stay right as inputs are changed more and more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks import METHODS
from dlviz.attacks.attack import Attack, attack_on, no_input_to_change
from dlviz.attacks.noise import noise_of_size
from dlviz.grammar import in_digits
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Curves, Sheet, Tiles
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.attacks.outcome import Outcome
    from dlviz.jobs import Description

LARGEST, LENGTH = "largest", "length"
ATTACKS = {LARGEST: ("fgsm", "pgd"), LENGTH: ("deepfool", "lbfgs")}
"""By how the size of a change is measured, the attacks that look for the smallest."""
LARGEST_NAMES = {
    "picture": "largest change of a pixel",
    "sound": "largest change of the sound",
    "numbers": "largest change of a number",
}
POINTS = 80
NOISES = 8
"""At how many sizes noise is tried."""
SHOWN = 8
"""How many sizes of the change of one picture are drawn."""
UNITS = {"picture": "pixels 0 to 1", "sound": "full scale as 1", "numbers": "standard deviations of the data"}


@dataclass(frozen=True)
class Robustness(View):
    """Accuracy over the size of a change: the smallest that two attacks find, and random noise as the control.

    >>> import dlviz
    >>> sheet = dlviz.show("robustness", "lenet5", data="digits", count=10)
    >>> sheet.arrays["method"].tolist()
    ['FGSM', 'PGD', 'noise']
    """

    name = "robustness"
    summary = "How many answers stay right as inputs are changed more and more, by attacks and by noise."
    needs = frozenset({"network", "data"})
    samples = frozenset({"picture", "sound", "numbers", "several"})
    answers = frozenset({"classes"})
    order = 8

    size: str = option(
        LARGEST,
        "how a change is measured. largest: by the number that changes most (L∞ norm); length: by its L2 norm",
        choices=(LARGEST, LENGTH),
        labels=("largest change of a number", "Euclidean length"),
        label="size of a change",
    )
    count: int = option(
        60, "how many inputs that the network gets right are attacked", low=2, high=1000, label="inputs"
    )

    @classmethod
    def obstacle(cls, network: Description) -> str:
        return no_input_to_change(network, cls.name)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        attacks = {METHODS[name].short: attack_on(scene, METHODS[name]()) for name in ATTACKS[self.size]}
        for number, (short, attack) in enumerate(attacks.items()):
            for progress, _ in attack.run(self.count, among=len(scene.data)):
                done = number * progress.total + progress.done
                yield Progress(done, len(attacks) * progress.total, f"{short}: {progress.message}")
        if any(attack.outcome is None for attack in attacks.values()):
            raise UserError(
                f"{scene.network.name} gets nothing of {scene.data.name} right, so there is nothing to change:"
                " choose other data."
            )
        yield self._sheet(scene, attacks)

    def _sheet(self, scene: Scene, attacks: dict[str, Attack]) -> Sheet:
        from dlviz.panels.failures import unlabelled

        outcomes = {name: a.outcome.part(slice(self.count)) for name, a in attacks.items() if a.outcome}
        first, attack = next(iter(outcomes.values())), next(iter(attacks.values()))
        kind = attack.kind
        seen = attack.place(first.index[-1]) + 1 if len(first) == self.count else len(scene.data)
        sizes = {name: self._sizes(outcome) for name, outcome in outcomes.items()}
        x = _axis(np.concatenate(list(sizes.values())))
        accuracy = {name: (s[:, None] > x).sum(axis=0) / seen for name, s in sizes.items()}
        tried = np.linspace(0, x[-1], NOISES)
        accuracy["noise"] = np.interp(x, tried, [self._kept_under_noise(first, size) / seen for size in tried])
        strongest = min(sizes, key=lambda name: np.median(sizes[name]))
        half = float(np.median(sizes[strongest]))
        summary = f"{scene.network.name} is right on {len(first)} of {seen} {'input' if kind == 'numbers' else kind}s"
        if np.isfinite(half):
            broken = round(100 * (1 - np.interp(half, x, accuracy["noise"]) * seen / len(first)))
            summary += (
                f"; changes of {in_digits(half, 2)} ({UNITS[kind]}) by {strongest} make half of these answers wrong,"
                f" random changes of that size {f'{broken}% of them' if broken else 'none of them'}"
            )
        if rest := len(scene.data) - seen:
            summary += f". The other {rest:,} of {scene.data.name} are left out, as {self.count} are attacked (count)"
        name = LARGEST_NAMES[kind] if self.size == LARGEST else "Euclidean length of the change"
        curves = Curves(
            x, accuracy, f"{name} ({UNITS[kind]})", "share of right answers", "Accuracy under attack", role="main",
            limits=(0.0, 1.0),
        )  # fmt: skip
        shown = (self._pictures(outcomes[strongest], sizes[strongest]),) if kind == "picture" else ()
        arrays = {
            "size": x,
            "method": np.array(list(accuracy)),
            "accuracy": np.stack(list(accuracy.values())),
            "index": first.index,
            "smallest": np.stack(list(sizes.values())),
        }
        title = f"{scene.network.name} · robustness · {scene.data.name}"
        return Sheet(
            title=title,
            summary=f"{summary}.{unlabelled(scene.data)}",
            panels=(curves, *shown),
            arrays=arrays,
            source="; ".join(attack.method.source for attack in attacks.values()),
        )

    def _sizes(self, outcome: Outcome) -> np.ndarray:
        """The size of the smallest change that was found for each input; infinite where none was, (n,)."""
        sizes: np.ndarray = outcome.linf if self.size == LARGEST else outcome.l2
        return np.where(outcome.success, sizes, np.inf)

    def _kept_under_noise(self, outcome: Outcome, size: float) -> int:
        """How many inputs keep their answer under noise of that size."""
        values = outcome.objective.values(outcome.original)
        noisy = outcome.objective.input(noise_of_size(values, size, self.size == LARGEST, outcome.objective.limits))
        answers = outcome.answers(noisy)
        return int((~outcome.criterion.success(outcome.before, answers)).sum())

    def _pictures(self, outcome: Outcome, sizes: np.ndarray) -> Tiles:
        """The input in the middle, changed less and more than it takes to fool the network."""
        middle = int(np.argsort(sizes)[len(sizes) // 2])
        one = outcome.part(slice(middle, middle + 1))
        shares = np.linspace(0, 1.75, SHOWN)
        low, high = outcome.objective.limits
        values = one.objective.values(one.original) + shares[:, None] * one.difference.reshape(1, -1)
        x = one.objective.input(np.clip(values, low, high).astype(np.float32))
        many = {name: np.repeat(given, SHOWN, axis=0) for name, given in one.others.items()}
        answers = one.criterion.answers(one.objective.network.answer({**many, one.objective.name: x}))
        size = float(one.linf[0] if self.size == LARGEST else one.l2[0])
        images = one.objective.pixels(x)
        images = images[..., :3] if images.shape[-1] >= 3 else images[..., :1]
        return Tiles(
            images=np.rint(images.clip(0, 255)).astype(np.uint8),
            scale="pixels",
            title="One picture, changed more and more",
            captions=tuple(
                f"{one.criterion.caption(answer)} · {in_digits(share * size, 2)}"
                for share, answer in zip(shares, answers, strict=True)
            ),
            role="main",
        )


def _axis(sizes: np.ndarray) -> np.ndarray:
    """The sizes over which accuracies are drawn: from 0 to where nearly all changes that were found are smaller."""
    found = sizes[np.isfinite(sizes)]
    return np.linspace(0, 1.1 * np.quantile(found, 0.95) if len(found) else 1.0, POINTS)
