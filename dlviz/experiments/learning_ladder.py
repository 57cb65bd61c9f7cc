"""Digits told apart by their pixels, by oriented gradients, and by features that a CNN learns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.experiments import Experiment, Outcome, pictures
from dlviz.progress import Progress

if TYPE_CHECKING:
    import keras

RUNGS = ("pixels", "oriented gradients", "learned features")
SIZES = (300, 1000, 5000)
"""Digits to learn from."""
CELL, ORIENTATIONS = 4, 8
STEPS, EVERY = 400, 40
"""Steps of a training, and between two tests."""


def oriented_gradients(x: np.ndarray) -> np.ndarray:
    """How strong edges of each orientation are in each cell of pictures (n, height, width, 1), each cell's length 1.

    (n, height / CELL, width / CELL, ORIENTATIONS) float32. As scikit-image's `hog` with blocks of one cell: N. Dalal,
    B. Triggs, Histograms of oriented gradients for human detection, CVPR 2005, DOI 10.1109/CVPR.2005.177.
    """
    grey = x[..., 0].astype(np.float32)
    down, across = np.zeros_like(grey), np.zeros_like(grey)
    down[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    across[:, :, 1:-1] = grey[:, :, 2:] - grey[:, :, :-2]
    strength = np.hypot(down, across)
    bins = (np.rad2deg(np.arctan2(down, across)) % 180 // (180 / ORIENTATIONS)).astype(int) % ORIENTATIONS
    n, height, width = grey.shape
    found = np.zeros((n, height // CELL, width // CELL, ORIENTATIONS), np.float32)
    for orientation in range(ORIENTATIONS):
        of_this = np.where(bins == orientation, strength, 0)
        cells = of_this.reshape(n, height // CELL, CELL, width // CELL, CELL).sum(axis=(2, 4))
        found[..., orientation] = cells / CELL**2
    return found / np.sqrt((found**2).sum(axis=-1, keepdims=True) + 1e-10)


def linear(shape: tuple[int, ...], scale: float = 1.0) -> keras.Model:
    """Logistic regression on features of that shape, from weights of zero: what they become is what was learned."""
    from keras import layers

    from dlviz_models.networks.blocks import classifier

    inputs = layers.Input(shape)
    model = classifier(inputs, layers.Flatten()(layers.Rescaling(scale)(inputs)), 10, "linear")
    model.get_layer("logits").kernel.assign(np.zeros((math.prod(shape), 10)))
    return model


@dataclass(frozen=True)
class LearningLadder(Experiment):
    """Three ways to tell digits apart, the first two with logistic regression, the third with LeNet-5.

    Outcome: `accuracy`, (rungs, tests); `predicted`, uint8 (rungs, tests, test digits); of the last test so far
    `pixel_weights`, (28, 28, 10); `gradient_weights`, (7, 7, ORIENTATIONS, 10); `filters`, (5, 5, 6), of LeNet-5.
    """

    name = "learning_ladder"
    count: int = 5000

    @classmethod
    def grid(cls) -> Iterator[LearningLadder]:
        return (cls(count) for count in SIZES)

    def train(self) -> Iterator[Progress | Outcome]:
        tests = STEPS // EVERY
        yield Progress(0, tests, "starting")
        from dlviz.experiments.trainer import Trainer, keras
        from dlviz_models.networks import network

        x, y, x_test, y_test = pictures("digits")
        x, y = x[: self.count], y[: self.count]
        yield Progress(0, tests, "oriented gradients")
        sets = [(x, x_test), (oriented_gradients(x), oriented_gradients(x_test)), (x, x_test)]
        builds = (
            lambda: linear(x.shape[1:], 1 / 255),
            lambda: linear(sets[1][0].shape[1:]),
            network("lenet5").build,
        )
        trainers = []
        for build in builds:
            keras.utils.set_random_seed(0)
            trainers.append(Trainer(build()))
            yield Progress(0, tests, "building the nets")
        runs = [trainer.steps(given, y, STEPS, 0, EVERY) for trainer, (given, _) in zip(trainers, sets, strict=True)]
        accuracy = np.full((len(RUNGS), tests), np.nan, np.float32)
        predicted = np.zeros((len(RUNGS), tests, len(y_test)), np.uint8)
        for at in range(tests):
            for i, run in enumerate(runs):
                next(run)
                predicted[i, at] = trainers[i].probabilities(sets[i][1]).argmax(axis=1)
                yield Progress(at, tests, RUNGS[i])
            accuracy[:, at] = (predicted[:, at] == y_test).mean(axis=1)
            pixel, gradient = (np.array(t.model.get_layer("logits").kernel) for t in trainers[:2])
            yield {
                "accuracy": accuracy.copy(),
                "predicted": predicted.copy(),
                "pixel_weights": pixel.reshape(28, 28, 10).astype(np.float16),
                "gradient_weights": gradient.reshape(*sets[1][0].shape[1:], 10).astype(np.float16),
                "filters": np.array(trainers[2].model.get_layer("conv1").kernel)[:, :, 0].astype(np.float16),
            }
