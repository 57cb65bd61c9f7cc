"""How much three networks learn from few examples and from many, tested on pictures in their place and shifted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.experiments import Experiment, Outcome, pictures
from dlviz.progress import Progress

NETWORKS = ("logistic", "mlp", "lenet5")
NAMES = ("logistic regression", "MLP 300-100", "LeNet-5 (CNN)")
SIZES = (20, 40, 80, 160, 310, 620, 1250, 2500, 5000)
SHIFTS = (0, 1, 2, 3, 4)
"""Pixels to the right and down."""
FEWEST_STEPS, EPOCHS, BATCH = 150, 4, 32


def steps(size: int) -> int:
    """How many steps are made on so many pictures."""
    return max(FEWEST_STEPS, EPOCHS * size // BATCH)


def shifted(x: np.ndarray, by: int) -> np.ndarray:
    """Pictures (n, height, width, channel) moved right and down by so many pixels, black where nothing was."""
    moved = np.zeros_like(x)
    moved[:, by:, by:] = x[:, : x.shape[1] - by, : x.shape[2] - by]
    return moved


@dataclass(frozen=True)
class SampleSizes(Experiment):
    """The accuracy of each network after `steps` on so many training pictures.

    Outcome: `accuracy`, (networks, sizes, shifts), on the test pictures.
    """

    name = "sample_sizes"
    data: str = "digits"
    seed: int = 0

    @classmethod
    def grid(cls) -> Iterator[SampleSizes]:
        return (cls(data, seed) for data in ("digits", "fashion") for seed in range(2))

    def train(self) -> Iterator[Progress | Outcome]:
        yield Progress(0, len(SIZES) * len(NETWORKS), "starting")
        from dlviz.experiments.trainer import Trainer, keras
        from dlviz_models.networks import network

        x, y, *test = pictures(self.data)
        order = np.random.default_rng(self.seed).permutation(len(y))
        keras.utils.set_random_seed(self.seed)
        trainers = [Trainer(network(name).build(), BATCH) for name in NETWORKS]
        accuracy = np.full((len(NETWORKS), len(SIZES), len(SHIFTS)), np.nan, np.float32)
        for j, size in enumerate(SIZES):
            chosen = order[:size]
            for i, trainer in enumerate(trainers):
                done = j * len(NETWORKS) + i
                for _ in trainer.steps(x[chosen], y[chosen], steps(size), self.seed):
                    yield Progress(done, len(SIZES) * len(NETWORKS), f"{NAMES[i]}, {size} pictures")
                accuracy[i, j] = [trainer.accuracy(shifted(test[0], by), test[1]) for by in SHIFTS]
            yield {"accuracy": accuracy.copy()}
