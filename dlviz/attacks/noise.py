"""The control experiment of every attack: random noise of the same norm does not fool the network."""

from __future__ import annotations

import numpy as np

HALVINGS = 40


def noise_of_norm(
    values: np.ndarray, lengths: np.ndarray, limits: tuple[float, float] = (0.0, 1.0), seed: int = 0
) -> np.ndarray:
    """Values (n, ...) plus Gaussian noise, cut to the limits, of exactly the given Euclidean lengths.

    The noise is made larger until what is left of it after cutting has the length (n,) asked for; where even the
    largest does not reach it, that one is taken.
    """
    noise = np.random.default_rng(seed).standard_normal(values.shape).astype(np.float32)
    column = (-1,) + (1,) * (values.ndim - 1)

    def noisy(scale: np.ndarray) -> np.ndarray:
        return np.clip(values + scale.reshape(column) * noise, *limits, dtype=np.float32)

    low, high = np.zeros(len(values), np.float32), np.ones(len(values), np.float32)
    while (short := (norms(noisy(high) - values) < lengths) & (high < 1e6)).any():
        high[short] *= 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        short = norms(noisy(middle) - values) < lengths
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return noisy(high)


def noise_within(
    values: np.ndarray, size: float, by_largest: bool, limits: tuple[float, float] = (0.0, 1.0), seed: int = 0
) -> np.ndarray:
    """Values (n, ...) plus noise of one size: by the largest number +size or -size each, else of that length."""
    if not by_largest:
        return noise_of_norm(values, np.full(len(values), size, np.float32), limits, seed)
    signs = np.random.default_rng(seed).integers(0, 2, values.shape) * 2 - 1
    return np.clip(values + size * signs, *limits, dtype=np.float32)


def norms(difference: np.ndarray) -> np.ndarray:
    """The Euclidean length of each difference (n, ...): (n,)."""
    return np.linalg.norm(difference.reshape(len(difference), -1), axis=1)
