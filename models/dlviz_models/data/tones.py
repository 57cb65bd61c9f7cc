"""Sounds made by code: tones that rise, fall, stay or tremble, in noise. The same at every call."""

import numpy as np

from dlviz_models.data.parts import Data
from dlviz_models.data.samples import ListedSamples, Sound

RATE, LENGTH = 8000, 4000
"""Samples a second, and in a sound."""
TRAIN, TEST = 1_600, 400
CLASSES = ("rising", "falling", "steady", "trembling")
GLIDE, TREMBLE = 1.8, 12.0
"""By what factor the pitch of a rising tone grows, and how often a second a trembling tone is loud."""


def tones() -> Data[ListedSamples]:
    """Return half a second of tone each, starting at 300 to 1,000 Hz, the classes in equal numbers."""
    random = np.random.default_rng(4)
    sounds = [_tone(number % len(CLASSES), random) for number in range(TRAIN + TEST)]
    parts = (
        ListedSamples("tones/train", Sound.kind, sounds[TEST:], CLASSES),
        ListedSamples("tones", Sound.kind, sounds[:TEST], CLASSES),
    )
    return Data.divided("tones", *parts)


def _tone(label: int, random: np.random.Generator) -> Sound:
    time = np.arange(LENGTH) / RATE  # (time,)
    low = random.uniform(300, 1000)
    start, stop = {"rising": (low, GLIDE * low), "falling": (GLIDE * low, low)}.get(CLASSES[label], (low, low))
    pitch = start + (stop - start) * time / time[-1]
    wave = np.sin(2 * np.pi * np.cumsum(pitch) / RATE + random.uniform(0, 2 * np.pi))
    if CLASSES[label] == "trembling":
        wave *= 0.5 + 0.5 * np.sin(2 * np.pi * TREMBLE * time + random.uniform(0, 2 * np.pi))
    noise = random.uniform(0.05, 0.3) * random.standard_normal(LENGTH)
    return Sound((0.5 * wave + 0.3 * noise).clip(-1, 1).astype(np.float32), RATE, target=label)
