"""Taking white noise away from recordings."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import keras
import numpy as np

from dlviz_models.data import Data
from dlviz_models.data.samples import Sound
from dlviz_models.tasks.sequences import parts, stacked
from dlviz_models.tasks.task import Part, Task

TRAIN_LENGTH = 4096
"""Samples that a longer recording is cut to for training."""
MULTIPLE = 512
"""Recordings are filled up to so many samples, or twice, thrice, ... as many."""
BATCH = 50


class Denoise(Task):
    """Recordings of mean square 1 in, the same out: noise of the same power (0 dB) is added by the network in training,
    and here, drawn by the seed, to the parts that it is chosen and measured on."""

    things: ClassVar[str] = "recordings"
    output: ClassVar[str] = "clean"

    def __init__(self, data: Data[Any], settings: Mapping[str, Any], limit: int | None, seed: int) -> None:
        train, held_out, test = parts(data, limit, seed)
        random = np.random.default_rng(seed)
        length = min(TRAIN_LENGTH, _length(train))
        self.train = _part(train, length)
        self.held_out = _noisy(_part(held_out, length), random)
        self.test = _noisy(_part(test, _length(test)), random)
        self.settings = {}

    def loss(self) -> keras.losses.Loss:
        return keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")

    def metrics(self) -> list[keras.metrics.Metric]:
        return []

    def score(self, measures: Mapping[str, float]) -> float:
        return -measures["val_loss"]

    def measure(self, model: keras.Model, trainer: keras.Model) -> dict[str, float]:
        """Return the loss and by how many decibels the ratio of signal to noise rises, a mean over recordings."""
        cleaned = model.predict(self.test.x, batch_size=BATCH, verbose=0)
        return {"snr_gain_db": snr_gain_db(self.test, cleaned), "loss": self.evaluate(trainer)["loss"]}

    def evaluate(self, trainer: keras.Model) -> dict[str, float]:
        test = self.test
        return trainer.evaluate(
            test.x, test.y, sample_weight=test.weight, batch_size=BATCH, verbose=0, return_dict=True
        )


def snr_gain_db(noisy: Part, cleaned: np.ndarray) -> float:
    """Return the mean over recordings of 10 log10(power of the noise before / after), within the recording only.

    Args:
        noisy: noisy and clean recordings, (n, time, 1), and where there is one, (n, time).
        cleaned: (n, time, 1).
    """

    def error(x: Any) -> Any:
        return (np.square(x - noisy.y)[..., 0] * noisy.weight).sum(axis=1)  # (n,)

    return float(np.mean(10 * np.log10(error(noisy.x) / error(cleaned))))


def _length(sounds: Sequence[Sound]) -> int:
    return -(-max(len(sound.samples) for sound in sounds) // MULTIPLE) * MULTIPLE


def _part(sounds: Sequence[Sound], length: int) -> Part:
    """Return recordings of mean square 1 as what goes in and what comes out."""
    samples = [sound.samples / (np.sqrt(np.mean(np.square(sound.samples))) + 1e-9) for sound in sounds]
    clean = stacked(samples, length)
    weight = (np.arange(length) < np.array([len(sound) for sound in samples])[:, None]).astype(np.float32)
    return Part(clean, clean, weight)


def _noisy(part: Part, random: np.random.Generator) -> Part:
    noise = random.standard_normal(part.y.shape, np.float32)
    return Part(part.y + noise * part.weight[..., None], part.y, part.weight)  # type: ignore[index]
