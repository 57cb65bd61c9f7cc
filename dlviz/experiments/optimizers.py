"""Six optimizers train one LeNet-5 from the same weights on the same batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz.by_hand.descent import OPTIMIZERS
from dlviz.experiments import Experiment, Outcome, pictures
from dlviz.progress import Progress

RULES = tuple(optimizer.name.lower() for optimizer in OPTIMIZERS)
STEPS, EVERY, BATCH = 200, 10, 64
"""Steps of each, steps between two reports, digits a step."""


def stepper(rule: str) -> Callable[[np.ndarray, np.ndarray], Any]:
    """What makes one step of a new LeNet-5 on a batch, at the usual rate of training, and returns the loss before.

    It takes pictures in 0..255, float32 (n, 28, 28, 1), and their classes (n,).
    """
    from dlviz_models.keras_settings import load_keras

    load_keras(for_views=True)
    import keras
    import tensorflow as tf

    from dlviz_models.networks import network
    from dlviz_models.training.recipe import Recipe

    keras.utils.set_random_seed(0)
    model = network("lenet5").build()
    optimizer = Recipe(optimizer=rule, schedule="constant").keras_optimizer(1, STEPS)  # type: ignore[arg-type]
    measure = keras.losses.SparseCategoricalCrossentropy()
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = measure(y, model(x, training=True))
        optimizer.apply(tape.gradient(loss, [v.value for v in model.trainable_variables]))
        return loss

    return step


def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Training digits in 0..255, float32 (BATCH, 28, 28, 1), and their classes (BATCH,), in one fixed order."""
    x, y, *_ = pictures("digits")
    order = np.random.default_rng(0).permutation(len(y))
    for first in range(0, STEPS * BATCH, BATCH):
        chosen = order[np.arange(first, first + BATCH) % len(y)]
        yield x[chosen].astype(np.float32), y[chosen]


@dataclass(frozen=True)
class OptimizersOnLeNet5(Experiment):
    """The loss of each batch before the step that it makes.

    Outcome: `losses`, (optimizers, steps).
    """

    name = "optimizers"

    @classmethod
    def grid(cls) -> Iterator[OptimizersOnLeNet5]:
        yield cls()

    def train(self) -> Iterator[Progress | Outcome]:
        yield Progress(0, STEPS, "starting")
        steppers = []
        for rule in RULES:
            steppers.append(stepper(rule))
            yield Progress(0, STEPS, rule)
        losses = np.full((len(RULES), STEPS), np.nan, np.float32)
        for at, batch in enumerate(batches()):
            for i, step in enumerate(steppers):
                losses[i, at] = step(*batch)
            yield Progress(at + 1, STEPS, f"batch {at + 1}")
            if (at + 1) % EVERY == 0:
                yield {"losses": losses.copy()}
