"""The control of every attack: random noise of the same length does not fool the network."""

from __future__ import annotations

import numpy as np

from dlviz.adversarial.objective import norms

HALVINGS = 40


def noise_of_norm(pixels: np.ndarray, lengths: np.ndarray, seed: int = 0) -> np.ndarray:
    """Pixels 0..1 (n, height, width, channel) plus Gaussian noise, cut to 0..1, of exactly the given Euclidean lengths.

    The noise is made larger until what is left of it after cutting has the length (n,) asked for; where even the
    largest does not reach it, that one is taken.
    """
    noise = np.random.default_rng(seed).standard_normal(pixels.shape).astype(np.float32)
    column = (-1,) + (1,) * (pixels.ndim - 1)

    def noisy(scale: np.ndarray) -> np.ndarray:
        return np.clip(pixels + scale.reshape(column) * noise, 0, 1, dtype=np.float32)

    low, high = np.zeros(len(pixels), np.float32), np.ones(len(pixels), np.float32)
    while (short := (norms(noisy(high) - pixels) < lengths) & (high < 1e6)).any():
        high[short] *= 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        short = norms(noisy(middle) - pixels) < lengths
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return noisy(high)
