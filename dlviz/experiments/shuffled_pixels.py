"""A fully connected net and a convolutional one learn digits, and the same digits with their pixels shuffled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.experiments import Experiment, Outcome, pictures
from dlviz.progress import Progress

NETWORKS = ("mlp", "lenet5")
NAMES = ("MLP 300-100", "LeNet-5 (CNN)")
SHARES = (25, 50, 100)
"""Per cent of the pixels that change places."""
STEPS, EVERY = 600, 60
"""Steps of a training, and between two tests."""


def permutation(pixels: int, share: int, seed: int) -> np.ndarray:
    """Where each pixel comes from: `share` per cent of them have changed places at random, (pixels,)."""
    rng = np.random.default_rng(seed)
    moved = rng.permutation(pixels)[: round(pixels * share / 100)]
    order = np.arange(pixels)
    order[np.sort(moved)] = moved
    return order


def shuffled(x: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Pictures (n, height, width, channel), the pixels of each in another order."""
    return x.reshape(len(x), -1)[:, order].reshape(x.shape)


@dataclass(frozen=True)
class ShuffledPixels(Experiment):
    """The accuracy of both nets on test digits while they learn, plain and shuffled.

    Outcome: `accuracy`, (networks, plain and shuffled, tests).
    """

    name = "shuffled_pixels"
    share: int = 100
    seed: int = 0

    @classmethod
    def grid(cls) -> Iterator[ShuffledPixels]:
        return (cls(share, seed) for share in SHARES for seed in range(2))

    def train(self) -> Iterator[Progress | Outcome]:
        tests = STEPS // EVERY
        yield Progress(0, tests, "starting")
        from dlviz.experiments.trainer import Trainer, keras
        from dlviz_models.networks import network

        x, y, x_test, y_test = pictures("digits")
        order = permutation(x[0].size, self.share, self.seed)
        sets = [(x, x_test), (shuffled(x, order), shuffled(x_test, order))]
        trainers, runs = [], []
        for name in NETWORKS:
            for train, _ in sets:
                keras.utils.set_random_seed(0)
                trainers.append(Trainer(network(name).build()))
                runs.append(trainers[-1].steps(train, y, STEPS, 0, EVERY))
                yield Progress(0, tests, name)
        accuracy = np.full((len(NETWORKS), 2, tests), np.nan, np.float32)
        for at in range(tests):
            for i, run in enumerate(runs):
                next(run)
                accuracy[i // 2, i % 2, at] = trainers[i].accuracy(sets[i % 2][1], y_test)
                yield Progress(at, tests, f"{NAMES[i // 2]}, {('plain', 'shuffled')[i % 2]} digits")
            yield {"accuracy": accuracy.copy()}
