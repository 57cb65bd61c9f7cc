"""What a layer makes of one sample after each epoch of the training: a row an epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import number_of
from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Matrix, Panel, Sheet, Tiles
from dlviz.spacing import evenly_spaced
from dlviz.view import Scene, View

if TYPE_CHECKING:
    from dlviz.jobs import Description

MOST_ROWS = 5
"""Epochs that are shown, evenly spread."""


@dataclass(frozen=True)
class Epochs(View):
    """The maps of the same units beneath each other; where units have no maps, their responses as a matrix.

    >>> import dlviz
    >>> result = dlviz.train("logistic", "digits", "net.keras", epochs=2, limit=200, keep_epochs="run")
    >>> dlviz.show("epochs", "run", layer="probabilities", input="digits:7").arrays["activation"].shape
    (2, 10)
    """

    name = "epochs"
    summary = "What a layer makes of one sample after each epoch of the training that was kept."
    needs = frozenset({"network", "layer", "sample", "epochs"})
    one_sample = True
    chosen_units = True
    axes = (0, 2)
    order = 2.5

    shown: int = option(8, "units that are shown where none are chosen", low=1, high=64, label="units shown")

    @classmethod
    def obstacle(cls, network: Description) -> str:
        if network.epochs:
            return ""
        return (
            f"{network.name} is one network, and {cls.name} is for a folder with those that each epoch of a training"
            " left (dlviz train --keep-epochs)."
        )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        from dlviz.panels.samples import sample_panels

        network, sample = scene.network, scene.samples[0]
        states = scene.epochs
        numbers = evenly_spaced(len(states), MOST_ROWS)
        maps, names = [], []
        for done, number in enumerate(numbers):
            yield Progress(done, len(numbers), "opening the epochs")
            opened = states[number]()
            maps.append(opened.maps(opened.feed([sample]), scene.layer))
            names.append(f"epoch {network.epochs[number]}")
        found = np.stack(maps)  # (epochs, *axes, units)
        units = scene.units or tuple(range(min(self.shown, found.shape[-1])))
        moved = float(np.linalg.norm(found[-1] - found[0])) / max(float(np.linalg.norm(found[-1])), 1e-30)
        makes = f"{number_of(len(units), 'unit')} of {scene.layer} make{'s' * (len(units) == 1)}"
        yield Sheet(
            f"{network.name} · {scene.layer} · epochs · {sample.short}",
            f"What {makes} of {sample.title} {_when(names, moved)}.",
            (*sample_panels(network, sample), _panel(found[..., list(units)], units, tuple(names))),
            {"activation": found},
        )


def _when(names: Sequence[str], moved: float) -> str:
    """The epochs that are shown, and how far the last is from the first, as a share of its norm."""
    if len(names) == 1:
        return f"after {names[0]}, the first that was kept"
    return f"from {names[0]} to {names[-1]}: the first and the last differ by {moved:.0%} of the last"


def _panel(found: np.ndarray, units: tuple[int, ...], names: tuple[str, ...]) -> Panel:
    """Responses (epochs, *axes, units) with a row for each epoch."""
    if found.ndim == 2:
        return Matrix(found, names, tuple(map(str, units)), "", "unit", role="main")
    images = np.moveaxis(found, -1, 1)  # (epochs, units, height, width)
    return Tiles(
        images.reshape(-1, *images.shape[2:], 1),
        columns=len(units),
        row_labels=names,
        column_labels=tuple(map(str, units)),
        keys=units * len(names),
        selects="unit",
        role="main",
    )
