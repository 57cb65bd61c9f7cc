"""A classifier that is trained a few steps at a time, from its first weights again and again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlviz_models.keras_settings import load_keras

load_keras(for_views=True)

import keras  # noqa: E402

from dlviz_models.training.augmentation import augmented  # noqa: E402
from dlviz_models.training.epoch import fastest_kind, seed_order  # noqa: E402
from dlviz_models.training.recipe import LEARNING_RATES, Recipe  # noqa: E402

HEIGHT = LEARNING_RATES["adam"]
"""The learning rate at first."""
CHUNK = 50
"""Steps between two reports, a fraction of a second."""


class Trainer:
    """Trains a classifier with cross-entropy by Adam, the learning rate falling along a cosine to zero.

    Args:
        model: gives probabilities, from its layer `logits`.
        batch: examples a step.
        augment: names of `augmentation.AUGMENTATIONS`, with commas between them.
    """

    def __init__(self, model: keras.Model, batch: int = 32, augment: str = "") -> None:
        self.model, self.batch = model, batch
        network = keras.Model(model.input, model.get_layer("logits").output)
        if augment:
            network = augmented(network, augment)
        kind = fastest_kind()
        self._learner, self._by_numpy = kind(network.input, network.output), kind is not keras.Model
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self._learner.compile(Recipe(schedule="constant").keras_optimizer(1, 1), loss)
        self._learner.optimizer.build(self._learner.trainable_variables)
        self._first = [np.array(each) for each in self._learner.variables]
        self._rest = [np.array(each) for each in self._learner.optimizer.variables]

    def steps(self, x: np.ndarray, y: np.ndarray, count: int, seed: int, chunk: int = CHUNK) -> Iterator[int]:
        """Train from the first weights, and yield the number of steps done after every `chunk` of them.

        Args:
            x, y: examples (n, ...) and their classes (n,); each is seen once before any is seen a second time.
            count: steps of the training.
            seed: of their order and of what else is drawn.
        """
        for variable, value in zip(self._learner.variables, self._first, strict=True):
            variable.assign(value)
        for variable, value in zip(self._learner.optimizer.variables, self._rest, strict=True):
            variable.assign(value)
        rng = np.random.default_rng(seed)
        rounds = -(-count * self.batch // len(y))
        order = np.concatenate([rng.permutation(len(y)) for _ in range(rounds)])
        for done in range(0, count, chunk):
            chosen = order[done * self.batch : min(done + chunk, count) * self.batch]
            self._learner.optimizer.learning_rate = HEIGHT * 0.5 * (1 + np.cos(np.pi * done / count))
            seed_order(seed + done, self._by_numpy)  # so that trainings may take turns
            self._learner.fit(x[chosen], y[chosen], batch_size=self.batch, verbose=0)
            yield min(done + chunk, count)

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """What it answers to pictures (n, ...), (n, classes)."""
        return _softmax(np.concatenate([self._learner.predict_on_batch(x[i : i + 500]) for i in range(0, len(x), 500)]))

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float:
        """The share of pictures (n, ...) with classes (n,) that it is right about."""
        return float((self.probabilities(x).argmax(axis=1) == y).mean())


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
