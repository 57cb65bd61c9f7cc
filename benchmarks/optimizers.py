"""Six optimizers train one LeNet-5 from the same weights on the same batches: the losses that the lesson shows.

python -m benchmarks.optimizers     # writes dlviz/lessons/optimizers_lenet5.csv, in a minute on a CPU
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from dlviz.descent import OPTIMIZERS
from dlviz_models.data import open_data
from dlviz_models.files import atomic_path
from dlviz_models.networks import network
from dlviz_models.recipe import LEARNING_RATES, Recipe

STEPS, BATCH, SEED = 200, 64, 0
OUT = Path(__file__).parents[1] / "dlviz" / "lessons" / "optimizers_lenet5.csv"


def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Training digits as the network takes them, and their classes, in one fixed order."""
    train = open_data("digits").train
    order = np.random.default_rng(SEED).permutation(len(train))
    for step in range(STEPS):
        chosen = [order[i % len(order)] for i in range(step * BATCH, (step + 1) * BATCH)]
        yield np.stack([train[int(i)] for i in chosen]).astype(np.float32), train.labels[chosen]


def losses(rule: str, steps: int = STEPS) -> list[float]:
    """The loss of each batch before the step that it makes, at the usual learning rate of training."""
    keras.utils.set_random_seed(SEED)
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

    return [float(step(x, y)) for x, y, _ in zip(*zip(*batches(), strict=True), range(steps), strict=False)]


def main() -> None:
    """Write a row a step and a column an optimizer."""
    rules = [optimizer.name.lower() for optimizer in OPTIMIZERS]
    assert set(rules) == LEARNING_RATES.keys()
    columns = [losses(rule) for rule in rules]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([optimizer.name for optimizer in OPTIMIZERS])
    writer.writerows([[f"{value:.4g}" for value in row] for row in zip(*columns, strict=True)])
    with atomic_path(OUT) as path:
        path.write_text(text.getvalue(), "utf-8")


if __name__ == "__main__":
    main()
