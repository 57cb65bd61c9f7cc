"""Moments of a training that can be gone back to, in memory."""

from collections import deque
from dataclasses import dataclass

import keras
import numpy as np

from dlviz_models.training.recipe import Recipe
from dlviz_models.training.run import TrainingRun, save_network

EVERY_SECONDS = 1.0
"""Of training, between two snapshots."""
MOST_BYTES = 500_000_000
"""Of all snapshots; beyond these the oldest are forgotten."""


@dataclass(frozen=True)
class Snapshot:
    """All that a training has come to.

    Attributes:
        seconds: of training until then.
        seen: examples of the epoch.
        arrays: weights, the optimizer's variables and the states of random layers.
        best: the weights of the best epoch so far, shared by all snapshots that have the same; empty before the first.
        points, changes: how many there were (`LiveTraining`).
    """

    seconds: float
    seen: int
    arrays: list[np.ndarray]
    history: list[dict[str, float]]
    scores: list[float]
    best: list[np.ndarray]
    recipe: Recipe
    batch: int
    points: int
    changes: int

    def restore(self, run: TrainingRun) -> None:
        """Bring a training back to this moment, and the file of its best epoch."""
        if self.best:
            run.model.set_weights(self.best)
            save_network(run.model, run.plan.path, run.plan.card)
        run.history, run.scores, run.seen = list(self.history), list(self.scores), self.seen
        if (run.recipe, run.plan.batch) != (self.recipe, self.batch):
            run.change(self.recipe, self.batch)
        for variable, value in zip(run.checkpoint.variables, self.arrays, strict=True):
            variable.assign(value)


class Snapshots:
    """Those of one training, as many as there is room for."""

    def __init__(self) -> None:
        self._kept: deque[Snapshot] = deque()

    def take(self, run: TrainingRun, seconds: float, best: list[np.ndarray], points: int, changes: int) -> None:
        """Keep the present moment, unless the last one is too near; `best` are the weights of the best epoch, each in
        its own shape."""
        if self._kept and seconds - self._kept[-1].seconds < EVERY_SECONDS:
            return
        arrays = [np.array(keras.ops.convert_to_numpy(variable)) for variable in run.checkpoint.variables]
        self._kept.append(
            Snapshot(
                seconds, run.seen, arrays, list(run.history), list(run.scores), best, run.recipe, run.plan.batch,
                points, changes,
            )
        )  # fmt: skip
        size = sum(array.nbytes for array in arrays)
        while len(self._kept) > max(1, MOST_BYTES // max(1, size)):
            self._kept.popleft()

    def back(self, until: float) -> Snapshot | None:
        """Return the newest from when at most `until` seconds had been trained, or else the oldest; forget those after
        it. None where there are none."""
        while len(self._kept) > 1 and self._kept[-1].seconds > until:
            self._kept.pop()
        return self._kept[-1] if self._kept else None
