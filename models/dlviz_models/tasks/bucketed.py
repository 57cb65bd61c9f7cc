"""Training on sequences and trees of many lengths: each batch is as long as its longest example."""

from abc import abstractmethod
from typing import Any, ClassVar

import keras
import numpy as np

from dlviz_models.tasks.task import Part, Task
from dlviz_models.training.buckets import buckets, dataset

EVALUATION_BATCH = 100


class Bucketed(Task):
    """A task whose examples are filled up with padding in its parts, but not further than needed in each batch."""

    steps_per_execution: ClassVar[int] = 1

    @abstractmethod
    def lengths(self, part: Part) -> np.ndarray:
        """Return the length of each example without padding, (n,)."""

    @abstractmethod
    def cut(self, part: Part, rows: np.ndarray) -> Part:
        """Return the examples of these numbers (n,) with no more padding than the longest of them needs."""

    def fit_on(self, batch: int, start: int = 0) -> dict[str, Any]:
        """Return batches of like length in random order, drawn by numpy's global seed, and those held out; without the
        first `start` examples, whole batches."""
        random = np.random.default_rng(np.random.randint(2**31))  # noqa: NPY002
        batches = self._batches(self.train, batch, random, start // batch)
        return {"x": batches, "shuffle": False, "validation_data": self._batches(self.held_out)}

    def evaluate(self, trainer: keras.Model) -> dict[str, float]:
        """Return the loss and metrics on the test part."""
        return trainer.evaluate(self._batches(self.test), verbose=0, return_dict=True)

    def _batches(
        self, part: Part, batch: int = EVALUATION_BATCH, random: np.random.Generator | None = None, skipped: int = 0
    ) -> Any:
        def arrays(rows: np.ndarray) -> tuple:
            some = self.cut(part, rows)
            return (some.x, some.y) if some.weight is None else (some.x, some.y, some.weight)

        return dataset(buckets(self.lengths(part), batch, random)[skipped:], arrays)
