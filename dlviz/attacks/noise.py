"""The control experiment of every attack: random noise of the same norm does not fool the network."""

from __future__ import annotations

import numpy as np

HALVINGS = 40


def noise_of_norm(
    values: np.ndarray, lengths: np.ndarray, limits: tuple[float, float] = (0.0, 1.0), seed: int = 0
) -> np.ndarray:
    """Add Gaussian noise to values (n, ...), clipped to the limits, so that the change has the given L2 norms (n,).

    The scale of the noise is found by bisection, since clipping shortens it; if no scale reaches the norm, the largest
    is used.
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


def noise_of_size(
    values: np.ndarray, size: float, is_linf: bool, limits: tuple[float, float] = (0.0, 1.0), seed: int = 0
) -> np.ndarray:
    """Add noise of one L∞ norm (`is_linf`: ±size in every number) or L2 norm to values (n, ...)."""
    if not is_linf:
        return noise_of_norm(values, np.full(len(values), size, np.float32), limits, seed)
    signs = np.random.default_rng(seed).integers(0, 2, values.shape) * 2 - 1
    return np.clip(values + size * signs, *limits, dtype=np.float32)


def norms(difference: np.ndarray) -> np.ndarray:
    """The L2 norm of each difference (n, ...): (n,)."""
    return np.linalg.norm(difference.reshape(len(difference), -1), axis=1)
