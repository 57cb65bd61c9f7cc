"""A LeNet-5 with far more weights than digits to learn from, with and without what is said to help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.experiments import Experiment, Outcome, pictures
from dlviz.progress import Progress

if TYPE_CHECKING:
    import keras

METHODS = ("dropout", "augmentation", "ensemble")
RATES = (0.3, 0.6)
COUNTS = (200, 1000)
"""Digits to learn from."""
MEMBERS = 5
STEPS, EVERY = 500, 25
"""Steps of a training, and between two tests."""
AUGMENT = "shift,rotate,zoom"
EXAMPLES = 12
"""Altered digits that are shown."""


def lenet5(rate: float = 0.0) -> keras.Model:
    """LeNet-5 with dropout before each of its dense layers."""
    from keras import layers

    from dlviz_models.networks.blocks import classifier
    from dlviz_models.networks.lenet import LeNet5

    plain = LeNet5()
    x = layers.Dropout(rate)(plain.get_layer("flatten").output)
    x = layers.Dropout(rate)(plain.get_layer("dense1")(x))
    return classifier(plain.input, x, 10, "lenet5_dropout")


@dataclass(frozen=True)
class Regularisation(Experiment):
    """Accuracy on the digits learned from and on the test digits, without a method and with it.

    Outcome: `accuracy`, (nets, training and test, tests); the nets are one without and one with; of an
    ensemble one net, the mean over all, and the first 2, 3, ... `MEMBERS` nets averaged. Of augmentation also
    `examples`, uint8 (EXAMPLES, 28, 28, 1).
    """

    name = "regularisation"
    method: str = "dropout"
    rate: float = 0.6
    count: int = 200

    @classmethod
    def grid(cls) -> Iterator[Regularisation]:
        for count in COUNTS:
            yield from (cls("dropout", rate, count) for rate in RATES)
            yield from (cls(method, 0.0, count) for method in METHODS[1:])

    def train(self) -> Iterator[Progress | Outcome]:
        tests = STEPS // EVERY
        yield Progress(0, tests, "starting")
        from dlviz.experiments.trainer import Trainer, keras

        x, y, *test = pictures("digits")
        x, y = x[: self.count], y[: self.count]
        nets = MEMBERS if self.method == "ensemble" else 2
        trainers = []
        for i in range(nets):
            keras.utils.set_random_seed(i if self.method == "ensemble" else 0)
            changed = i == 1
            model = lenet5(self.rate if changed and self.method == "dropout" else 0.0)
            trainers.append(Trainer(model, 32, AUGMENT if changed and self.method == "augmentation" else ""))
            yield Progress(0, tests, f"net {i + 1}")
        runs = [
            trainer.steps(x, y, STEPS, i if self.method == "ensemble" else 0, EVERY)
            for i, trainer in enumerate(trainers)
        ]
        accuracy = np.full((nets, 2, tests), np.nan, np.float32)
        more = {"examples": _altered(x)} if self.method == "augmentation" else {}
        for at in range(tests):
            for i, run in enumerate(runs):
                next(run)
                yield Progress(at, tests, f"step {(at + 1) * EVERY} of net {i + 1}")
            for j, (digits, labels) in enumerate(((x, y), test)):
                each = np.stack([trainer.probabilities(digits) for trainer in trainers])
                accuracy[:, j, at] = (each.argmax(axis=2) == labels).mean(axis=1)
                if self.method == "ensemble":
                    accuracy[0, j, at] = accuracy[:, j, at].mean()
                    accuracy[1:, j, at] = (each.cumsum(axis=0)[1:].argmax(axis=2) == labels).mean(axis=1)
            yield Progress(at + 1, tests, f"step {(at + 1) * EVERY}")
            yield {"accuracy": accuracy.copy(), **more}


def _altered(x: np.ndarray) -> np.ndarray:
    """The first digits, altered as while training; uint8 (EXAMPLES, 28, 28, 1)."""
    import keras

    from dlviz_models.training.augmentation import augmented

    keras.utils.set_random_seed(0)
    inputs = keras.Input(x.shape[1:])
    same = augmented(keras.Model(inputs, keras.layers.Flatten()(inputs)), AUGMENT)
    digits = np.repeat(x[:3], EXAMPLES // 3, axis=0).astype(np.float32)
    return np.clip(np.asarray(same(digits, training=True)), 0, 255).reshape(digits.shape).astype(np.uint8)
