"""Pictures changed so little that nobody would notice, which the network gets wrong."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.options import option
from dlviz.sheet import Bars, Curves, Progress, Sheet, Tiles
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz.adversarial import Attempt, LayerChanges, Outcome
    from dlviz.network import Network

METHODS = {"lbfgs": "L-BFGS", "fgsm": "the fast gradient sign method"}
SHORT = {"lbfgs": "L-BFGS", "fgsm": "FGSM"}
NOISE = "noise"
SHEETS = 4
"""How often the work on a batch is shown."""
LEAST_DRAWN = 1e-6
"""A smaller difference, pixels as 0..1, is drawn as none."""
STEPS = 1000
"""In how many steps progress is told."""


@dataclass(frozen=True)
class Chosen:
    """The n pictures to attack: input (n, height, width, channel), right class, probabilities (n, classes), and number
    in the data, or among the given ones."""

    x: np.ndarray
    label: np.ndarray
    before: np.ndarray
    index: np.ndarray


@dataclass(frozen=True)
class Failures(View):
    name = "failures"
    says = "Pictures changed so little that nobody would notice, which the network takes for something else."
    needs = frozenset({"network", "data"})
    optional = frozenset({"sample"})
    samples = frozenset({"picture"})
    answers = frozenset({"classes"})
    order = 4

    method: str = option(
        "lbfgs", "lbfgs: the smallest change, by box-constrained L-BFGS; fgsm: one step of the gradient's sign",
        choices=tuple(METHODS),
    )  # fmt: skip
    target: str = option(
        "any",
        "what it shall be taken for: any wrong class, the second likeliest (second), or a class by name or number",
    )
    count: int = option(6, "how many pictures are attacked: the first that the network gets right", low=1, high=1000)
    epsilon: float = option(
        0.0,
        "the step of fgsm, pixels as 0..1; 0: the smallest that works for each picture",
        low=0,
        high=1,
        zero="smallest",
    )
    evaluations: int = option(60, "how often lbfgs may ask the network about each picture and class", low=10, high=1000)
    amplify: float = option(
        0.0,
        "how many times stronger the difference is drawn; 0: as strong as 99 % of it allows",
        low=0,
        high=1000,
        zero="as fits",
    )
    control: bool = option(True, "add random noise of the same L2 norm to each picture and see what it does")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.adversarial import LBFGS, LayerChanges, Objective, Outcome, fgsm

        network = scene.network
        if "attack" not in scene.memory:
            objective = Objective(network)
            scene.memory["attack"] = objective, LBFGS(objective), LayerChanges(network)
        objective, lbfgs, changes = scene.memory["attack"]

        def attack(pixels: np.ndarray, wanted: np.ndarray) -> Iterator[Attempt]:
            if self.method == "fgsm":
                return fgsm(objective, pixels, wanted, self.epsilon)
            return lbfgs(pixels, wanted, self.evaluations)

        chosen = yield from self._choose(scene)
        wanted = self._wanted(network, chosen)
        adversarial, found = chosen.x.copy(), np.zeros(len(chosen.x), bool)

        def so_far(stop: int) -> Outcome:
            c, upto = chosen, slice(stop)
            return Outcome(
                objective, c.x[upto], adversarial[upto], c.label[upto], wanted[upto], c.before[upto], c.index[upto]
            )

        batch = int(np.clip(2**20 // np.prod(network.input_shape), 1, 128))
        for start in range(0, len(found), batch):
            part = slice(start, start + batch)
            pixels, drawn = objective.pixels(chosen.x[part]), 0.0
            for attempt in attack(pixels, wanted[part]):
                moved = (attempt.pixels != pixels).any(axis=(1, 2, 3), keepdims=True)
                adversarial[part] = np.where(moved, objective.input(attempt.pixels), chosen.x[part])
                found[part] = attempt.found
                share = attempt.done / attempt.total
                yield Progress(
                    int(STEPS * (start + share * len(pixels)) / len(found)), STEPS,
                    f"{found.sum()} of {len(found)} pictures fool the network",
                )  # fmt: skip
                if found.any() and drawn + 1 / SHEETS <= share < 1:
                    drawn = share
                    yield self._sheet(scene, so_far(start + batch))
        outcome = so_far(len(found))
        sheet = self._sheet(scene, outcome)
        yield replace(sheet, panels=(*sheet.panels, self._curves(outcome, changes)))

    # -- what is attacked --------------------------------------------------------------------------------------

    def _choose(self, scene: Scene) -> Generator[Progress, None, Chosen]:
        """The given pictures, or the first of the data, that the network gets right; without labels, its own answer
        counts as right."""
        from dlviz.truth import class_count, labels_in, outputs_of_classes

        network, data = scene.network, scene.pictures
        class_count(network)
        of_data = labels_in(network, data)
        outputs = None if of_data is None else outputs_of_classes(network, data)
        labels = [s.target for s in scene.fed_pictures] if scene.fed_pictures else of_data
        total = len(scene.fed_pictures or data)
        batch = int(np.clip(2**21 // np.prod(network.input_shape), 4, 64))
        kept: list[Chosen] = []
        count = 0
        for start in range(0, total, batch):
            index = np.arange(start, min(start + batch, total))
            x = network.feed([scene.fed_pictures[i] if scene.fed_pictures else data.sample(int(i)) for i in index])[
                network.input
            ]
            before = network.predict(x)
            label = before.argmax(axis=1)
            right = label != self._target(network)
            if outputs is not None and labels is not None:
                known = [labels[i] for i in index]
                truth = [said if k is None else outputs[k] for k, said in zip(known, label, strict=True)]
                right &= label == truth
            keep = np.flatnonzero(right)[: self.count - count]
            kept.append(Chosen(x[keep], label[keep], before[keep], index[keep]))
            count += len(keep)
            yield Progress(0, STEPS, f"{count} pictures that the network gets right")
            if count == self.count:
                break
        if not count:
            where = scene.fed_pictures[0].name if scene.fed_pictures else data.name
            raise UserError(
                f"{network.name} already gets {where[-80:]} wrong, or takes it for the target {self.target}:"
                " choose another picture, or other data."
            )
        chosen = (np.concatenate(parts) for parts in zip(*(astuple(c) for c in kept), strict=True))
        return Chosen(*chosen)

    def _target(self, network: Network) -> int:
        """The number of the class asked for, -1 where none is."""
        from dlviz.truth import class_count

        if self.target in ("any", "second"):
            return -1
        if self.target in network.classes:
            return network.classes.index(self.target)
        if self.target.isdecimal() and int(self.target) < class_count(network):
            return int(self.target)
        raise UserError(
            f"Option target={self.target[:60]} is no class of {network.name}: give any, second, or a class by its name"
            f" or a number from 0 to {class_count(network) - 1}."
        )

    def _wanted(self, network: Network, chosen: Chosen) -> np.ndarray:
        """The answers that count as success (n, classes)."""
        classes = np.arange(chosen.before.shape[1])
        right = classes == chosen.label[:, None]
        if self.target == "any":
            return ~right
        second = np.where(right, -1, chosen.before).argmax(axis=1)[:, None]
        return np.broadcast_to(classes == (second if self.target == "second" else self._target(network)), right.shape)

    # -- what is shown -----------------------------------------------------------------------------------------

    def _sheet(self, scene: Scene, outcome: Outcome) -> Sheet:
        fooled, pictures = int(outcome.success.sum()), len(outcome.label)
        rates = {SHORT[self.method]: fooled / pictures}
        says = f"{METHODS[self.method]} fools {scene.network.name} on {fooled} of {pictures} pictures"
        if fooled:
            says += (
                f"; the median L2 norm of the change is {np.median(outcome.l2[outcome.success]):.3g} (pixels 0 to 1)"
            )
        arrays = outcome.arrays()
        if self.control:
            by_noise = outcome.after_noise.argmax(axis=1) != outcome.label
            rates[NOISE] = float(by_noise.mean())
            says += f"; noise of the same norm does so on {by_noise.sum()}"
            arrays |= outcome.arrays_of_noise()
        bars = Bars(tuple(rates), np.array(list(rates.values())), title="Fooled by", limit=1.0)
        source = scene.pictures.name if not scene.fed_pictures else ", ".join(p.name for p in scene.fed_pictures[:3])
        return Sheet(
            title=f"{scene.network.name} · failures · {source}",
            says=f"{says[0].upper()}{says[1:]}.",
            panels=(self._tiles(outcome, from_data=not scene.fed_pictures), bars),
            arrays=arrays,
        )

    def _curves(self, outcome: Outcome, changes: LayerChanges) -> Curves:
        changed = {"adversarial": outcome.adversarial} | ({NOISE: outcome.noisy} if self.control else {})
        return Curves(
            x=np.arange(len(changes.layers)),
            series={name: np.median(changes(outcome.original, x), axis=1) for name, x in changed.items()},
            x_labels=changes.layers,
            y_title="relative change",
            title="How far layers move",
        )

    def _tiles(self, o: Outcome, *, from_data: bool) -> Tiles:
        """A row a picture: original, difference, adversarial, and the noisy one."""
        network = o.objective.network
        largest = float(np.quantile(np.abs(o.difference), 0.99))
        amplify = self.amplify or (float(f"{0.5 / largest:.1g}") if largest > LEAST_DRAWN else 1.0)
        difference = o.difference[..., ::-1] if network.preprocess.bgr else o.difference
        columns = [
            ("original", network.preprocess.pixels(o.original), _answers(network, o.before)),
            ("difference", 127.5 + 255 * amplify * difference, [f"L2 {d:.2f}" for d in o.l2]),
            ("adversarial", network.preprocess.pixels(o.adversarial), _answers(network, o.after)),
        ]
        if self.control:
            columns.append(("noise", network.preprocess.pixels(o.noisy), _answers(network, o.after_noise)))
        images = np.stack([images for _, images, _ in columns], axis=1)  # (n, columns, H, W, C)
        captions = zip(*(captions for _, _, captions in columns), strict=True)
        return Tiles(
            images=np.rint(images.clip(0, 255)).astype(np.uint8).reshape(-1, *images.shape[2:]),
            scale="pixels",
            title=f"Failure cases (difference × {amplify:g})",
            captions=tuple(caption for row in captions for caption in row),
            keys=tuple(int(number) for number in o.index for _ in columns) if from_data else (),
            selects="input" if from_data else "",
            columns=len(columns),
            column_labels=tuple(title for title, _, _ in columns),
        )


def _answers(network: Network, probabilities: np.ndarray) -> list[str]:
    return [f"{network.class_name(int(p.argmax()))} {p.max():.0%}" for p in probabilities]
