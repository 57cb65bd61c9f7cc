"""What a training needs to know about its data and aim: one small class per kind of task."""

from abc import ABC
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import keras
import numpy as np

from dlviz_models.training.recipe import Recipe

EVALUATION_BATCH, EVALUATION_BYTES = 500, 10_000_000
"""How many examples, or bytes of large ones, are evaluated at once."""


@dataclass(frozen=True)
class Part:
    """Examples as arrays with the example as first axis.

    Attributes:
        x: the network's input, or its inputs by name.
        y: the targets.
        weight: what each target counts, such as 0 for padding; None if all count 1.
    """

    x: np.ndarray | dict[str, np.ndarray]
    y: np.ndarray
    weight: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.y)


class Task(ABC):
    """Three parts of a data set and how a network is trained, chosen and measured on them. The defaults classify.

    Attributes:
        train, held_out, test: to learn from, to choose the epoch by, to measure on once.
        settings: the builder's options that follow from the data.
        class_names: one name an output, or empty.
        fit: how pictures of other sizes became the input, one of `cards.FITS`, or empty where all had its size.
        notes: sentences about how the data was understood, to be shown before the training.
        things: what one example is called, in the plural.
        output: the layer whose answer is trained.
        steps_per_execution: steps that the framework takes at once; 1 where batches differ in shape.
    """

    train: Part
    held_out: Part
    test: Part
    settings: dict[str, Any]
    class_names: tuple[str, ...] = ()
    fit: str = ""
    notes: tuple[str, ...] = ()
    things: ClassVar[str] = "pictures"
    output: ClassVar[str] = "logits"
    steps_per_execution: ClassVar[int] = 64

    def loss(self) -> keras.losses.Loss:
        """Return what is minimised, a mean over all targets that count."""
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="mean_with_sample_weight")

    def metrics(self) -> list[keras.metrics.Metric]:
        """Return what is measured beside the loss, anew for each compiled model.

        These have their variables already: a compiled step that made them, as for a metric's name, would be traced
        twice.
        """
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def prepare(  # noqa: B027
        self, model: keras.Model, recipe: Recipe, batch: int, after_epoch: Callable[[str, int, int], None]
    ) -> None:
        """Do what comes before the first epoch.

        Args:
            after_epoch: keeps the state of the model; is given what has been trained, and how many epochs
                of how many in all are done.
        """

    @property
    def evaluation_batch(self) -> int:
        """How many examples are evaluated at once."""
        arrays = self.train.x.values() if isinstance(self.train.x, dict) else [self.train.x]
        size = sum(array[0].nbytes for array in arrays)
        return max(1, min(EVALUATION_BATCH, EVALUATION_BYTES // max(1, size)))

    def fit_on(self, batch: int, start: int = 0) -> dict[str, Any]:
        """Return what `fit` is given to learn from, `batch` examples a step, and to choose the epoch by.

        `start` examples of the epoch have been seen (`epoch.can_start_within`).
        """
        train, held_out = self.train, self.held_out
        return {
            "x": train.x,
            "y": train.y,
            "sample_weight": train.weight,
            "batch_size": batch,
            **({"first": start} if start else {}),
            "validation_data": (held_out.x, held_out.y, held_out.weight),
            "validation_batch_size": self.evaluation_batch,
        }

    def score(self, measures: Mapping[str, float]) -> float:
        """Return how good an epoch is by its measures on the held-out part; the loss decides between equals."""
        return measures["val_accuracy"] - 1e-3 * measures["val_loss"]

    def measure(self, model: keras.Model, trainer: keras.Model) -> dict[str, float]:
        """Return the figures of `dlviz train --json` that fit the task, on the test part.

        Args:
            model: the whole network.
            trainer: the same up to `output`, compiled.
        """
        return self.evaluate(trainer)

    def evaluate(self, trainer: keras.Model) -> dict[str, float]:
        """Return the loss and metrics on the test part."""
        test = self.test
        return trainer.evaluate(
            test.x, test.y, sample_weight=test.weight, batch_size=self.evaluation_batch, verbose=0, return_dict=True
        )
