"""Noise that a network is sure to recognise: one picture of noise, changed a little towards each of several classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks.attack import attacked_input, no_input_to_change
from dlviz.attacks.goals import Goals, log_odds
from dlviz.attacks.lbfgs import LBFGS
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Sheet, Tiles
from dlviz.spacing import evenly_spaced
from dlviz.view import Scene, View

if TYPE_CHECKING:
    from dlviz.attacks.objective import Objective
    from dlviz.jobs import Description

TOGETHER = 2**20
"""The maximum of numbers in the pictures that are changed at once."""
EVALUATIONS = 200
"""Of the network, at most, for each class."""


@dataclass(frozen=True)
class Fooling(View):
    """The view `fooling`: Nguyen, Yosinski, Clune (2015), Deep neural networks are easily fooled, arXiv:1412.1897.

    The paper climbs from noise by gradients or by evolution; here L-BFGS looks for the smallest change of the noise.

    >>> import dlviz
    >>> dlviz.show("fooling", "lenet5", count=2).arrays["confidence"].round(2)
    array([0.99, 0.99], dtype=float32)
    """

    name = "fooling"
    summary = "Noise, changed too little to be noticed, in which the network is sure to see each of several classes."
    needs = frozenset({"network", "data"})
    samples = frozenset({"picture"})
    answers = frozenset({"classes"})
    single_label = True
    order = 8.4

    count: int = option(
        10, "how many classes the noise is to be taken for, evenly spread over all", low=1, high=100, label="classes"
    )
    confidence: float = option(
        0.99, "how sure the network is to be of each class", low=0.01, high=0.999, label="confidence (0 to 1)"
    )
    seed: int = option(0, "random seed of the noise", low=0)

    @classmethod
    def obstacle(cls, network: Description) -> str:
        return no_input_to_change(network, cls.name)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.attacks.objective import Objective

        network = scene.network
        spec = attacked_input(tuple(network.inputs.values()))
        assert spec is not None
        like = network.feed([scene.data.sample(0)])[spec.name]
        objective = scene.memory.recall(Objective) or scene.memory.keep(Objective(network, spec, like))
        noise = np.random.default_rng(self.seed).random(np.prod(objective.shape), np.float32)
        classes = evenly_spaced(objective.size, self.count)
        pictures = np.tile(noise, (len(classes), 1))
        together = max(1, TOGETHER // noise.size)
        for start in range(0, len(classes), together):
            part = slice(start, start + together)
            for share, changed in self._changed(objective, pictures[part], classes[part]):
                pictures[part] = changed
                done = 1000 * (start + share * len(pictures[part])) / len(classes)
                yield Progress(int(done), 1000, f"{min(start + together, len(classes))} of {len(classes)} classes")
        yield self._sheet(scene, objective, noise, pictures, classes)

    def _changed(
        self, objective: Objective, noise: np.ndarray, classes: np.ndarray
    ) -> Iterator[tuple[float, np.ndarray]]:
        """Yield how far the search is, and the pictures (n, d) so far; what is seen already stays as it is."""
        from dlviz.attacks.problem import Problem

        wanted = np.eye(objective.size, dtype=np.float32)[classes]
        goals = Goals(wanted, np.full(len(classes), log_odds(self.confidence), np.float32))
        missed = np.flatnonzero(objective.gaps(noise, {}, goals) >= 0)
        if not len(missed):
            return
        origin, open = noise[missed], goals[missed]
        problem = Problem(objective, origin, {}, open, lambda _: [open])
        for attempt in LBFGS(evaluations=EVALUATIONS).attack(problem):
            pictures = noise.copy()
            pictures[missed] = attempt.values.reshape(origin.shape)
            yield attempt.done / attempt.total, pictures

    def _sheet(
        self, scene: Scene, objective: Objective, noise: np.ndarray, values: np.ndarray, classes: np.ndarray
    ) -> Sheet:
        network = scene.network
        fed = objective.input(np.concatenate([noise[None], values]))
        answers = network.probabilities(network.answer({objective.name: fed}))
        said, confidence = answers.argmax(axis=1), answers.max(axis=1)
        fooled = (said[1:] == classes) & (confidence[1:] >= self.confidence - 1e-3)
        length = np.linalg.norm(values - noise, axis=1)
        already = fooled & (length == 0)
        made = fooled & ~already
        images = objective.pixels(fed)
        images = images[..., :3] if images.shape[-1] >= 3 else images[..., :1]
        captions = [
            f"{network.class_name(int(k))}, {p:.0%}{' · unchanged' * bool(same)}"
            for k, p, same in zip(said, confidence, [False, *already], strict=True)
        ]
        summary = (
            f"The same noise, changed a little: {network.name} is {self.confidence:.0%} sure to see the class asked for"
            f" in {made.sum()} of {(~already).sum()} cases"
        )
        if made.any():
            norm = "L2 norm" if made.sum() == 1 else "median L2 norm"
            summary += (
                f"; the {norm} of the change is {np.median(length[made]):.2g}, of the noise"
                f" {np.linalg.norm(noise - noise.mean()):.3g} (pixels 0 to 1)"
            )
        if already.any():
            plain = f"{network.name} takes the noise as it was drawn for {network.class_in_words(int(said[0]))} already"
            summary = plain if already.all() else f"{summary}. {plain}"
        return Sheet(
            title=f"{network.name} · fooling",
            summary=f"{summary}.",
            panels=(
                Tiles(
                    images=np.rint(images.clip(0, 255)).astype(np.uint8),
                    scale="pixels",
                    title="First the noise as it was drawn, then changed towards each class",
                    captions=tuple(captions),
                    role="main",
                ),
            ),
            arrays={
                "noise": fed[0],
                "image": fed[1:],
                "class": classes,
                "predicted": said[1:],
                "confidence": confidence[1:],
                "l2": length,
            },
            source="A. Nguyen et al., Deep neural networks are easily fooled, 2015, arXiv 1412.1897",
        )
