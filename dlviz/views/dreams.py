"""What a deep belief net believes samples of each class to look like."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from dlviz.grammar import number_of
from dlviz.jobs import Description
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Sheet, Tiles
from dlviz.spacing import evenly_spaced
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

FRAMES = 12
"""Moments of the sampling that are shown."""


@dataclass(frozen=True)
class Dreams(View):
    """G. Hinton, S. Osindero, Y. Teh: A fast learning algorithm for deep belief nets, DOI 10.1162/neco.2006.18.7.1527.

    >>> from dlviz import show
    >>> show("dreams", "dbn", target="3", count=4, steps=10).arrays["dreams"].shape
    (1, 4, 28, 28, 1)

    >>> import dlviz
    >>> dlviz.show("dreams", "dbn", count=2, steps=5).arrays["dreams"].shape
    (10, 2, 28, 28, 1)
    """

    name = "dreams"
    summary = "What a deep belief net generates while the class is held fixed in its top layer."
    needs = frozenset({"network"})
    samples = frozenset({"picture"})
    answers = frozenset({"classes"})
    order = 5

    target: str = option(
        "", "one class, by its name or number; empty: every one", label="class", zero="every class",
        suggests="classes", formerly="only",
    )  # fmt: skip
    count: int = option(8, "pictures generated for each class", low=1, high=64, label="pictures per class")
    steps: int = option(
        200, "steps of Gibbs sampling between the top two layers", low=1, high=10_000, label="steps of sampling"
    )
    seed: int = option(0, "random seed; another one gives other pictures", low=0, high=2**31 - 1)

    @classmethod
    def obstacle(cls, network: Description) -> str:
        if any(layer.kind == "RBM" for layer in network.layers):
            return ""
        return f"{network.name} has no restricted Boltzmann machines, and {cls.name} is for deep belief nets."

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz_models.networks.dbn import gibbs_chain, machines, pass_down

        network = scene.network
        total = machines(network.model)[-1].labels
        if not total:
            raise UserError(
                f"The top layer of {network.name} was trained without classes, so no class can be held fixed."
            )
        names = network.classes if len(network.classes) == total else tuple(map(str, range(total)))
        labels = [self._chosen(names)] if self.target else list(range(total))
        told = [label for label in labels for _ in range(self.count)]
        random = np.random.default_rng(self.seed)
        chain = gibbs_chain(network.model, len(told), random, label=told)
        shown = evenly_spaced(self.steps, FRAMES) + 1
        for step in range(1, self.steps + 1):
            on = next(chain)
            yield Progress(step, self.steps, "sampling")
            if step in shown:
                pictures = pass_down(network.model, on, deepcopy(random))  # (class * count, height, width, channel)
                yield self._sheet(network.name, pictures, [names[label] for label in labels], step, len(shown))

    def _sheet(self, network: str, pictures: np.ndarray, names: list[str], step: int, frames: int) -> Sheet:
        return Sheet(
            title=f"{network} · dreams",
            summary=f"What {network} generates while the class is held fixed in its top layer, after"
            f" {number_of(step, 'step')} of sampling; a row for each class, white where a pixel is surely on.",
            panels=(
                Tiles(np.rint(255 * pictures).astype(np.uint8), "pixels", columns=self.count, row_labels=tuple(names)),
            ),
            arrays={"dreams": pictures.reshape(len(names), self.count, *pictures.shape[1:])},
            steps=frames,
        )

    def _chosen(self, names: tuple[str, ...]) -> int:
        if self.target in names:
            return names.index(self.target)
        if self.target.isdecimal() and int(self.target) < len(names):
            return int(self.target)
        raise UserError(f"Unknown class {self.target[:60]}: choose one of {', '.join(names)[:250]}.")
