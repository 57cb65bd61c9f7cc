"""A small network that learns to separate two classes in the plane, with every step recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOMENTUM = 0.9


@dataclass(frozen=True)
class Weights:
    """Of a hidden layer of tanh units, w1 (2, hidden) and b1 (hidden,), and of a sigmoid unit over it,
    w2 (hidden or 2, 1) and b2 (1,)."""

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """All four: (2, hidden), (hidden,), (hidden or 2, 1) and (1,)."""
        return self.w1, self.b1, self.w2, self.b2


def first_weights(hidden: int, seed: int) -> Weights:
    """Weights drawn from a normal distribution of deviation 1; without hidden units the last unit sees the inputs."""
    rng = np.random.default_rng(seed)
    return Weights(
        rng.normal(size=(2, hidden)), rng.normal(size=hidden), rng.normal(size=(hidden or 2, 1)), np.zeros(1)
    )


def answer(x: np.ndarray, weights: Weights) -> tuple[np.ndarray, np.ndarray]:
    """How sure the net is of class 1, (n,), and what its last unit sees, (n, hidden or 2), for `x` (n, 2)."""
    seen = np.tanh(x @ weights.w1 + weights.b1) if weights.b1.size else x
    z = (seen @ weights.w2)[:, 0] + weights.b2[0]
    return 1 / (1 + np.exp(-np.clip(z, -60, 60))), seen


def loss(p: np.ndarray, y: np.ndarray) -> float:
    """The mean cross-entropy of `p`, how sure the net is of class 1, for the classes `y`, 0 or 1; (n,) each."""
    return float(-np.log(np.where(y == 1, p, 1 - p) + 1e-12).mean())


def gradients(x: np.ndarray, y: np.ndarray, weights: Weights) -> tuple[np.ndarray, ...]:
    """Of the loss, one for each of `Weights.arrays`, for places `x` (n, 2) and their classes `y` (n,), 0 or 1."""
    p, seen = answer(x, weights)
    dz = ((p - y) / len(y))[:, None]  # (n, 1)
    if not weights.b1.size:
        return np.zeros_like(weights.w1), np.zeros_like(weights.b1), seen.T @ dz, dz.sum(axis=0)
    inner = dz @ weights.w2.T * (1 - seen**2)  # (n, hidden)
    return x.T @ inner, inner.sum(axis=0), seen.T @ dz, dz.sum(axis=0)


def learn(x: np.ndarray, y: np.ndarray, hidden: int, rate: float, steps: int, seed: int) -> list[Weights]:
    """The weights before each step of gradient descent with momentum on all examples, and after the last; the examples
    are places `x` (n, 2) and their classes `y` (n,), 0 or 1."""
    weights = first_weights(hidden, seed)
    speeds = [np.zeros_like(a) for a in weights.arrays]
    found = [weights]
    for _ in range(steps):
        speeds = [MOMENTUM * s - rate * g for s, g in zip(speeds, gradients(x, y, weights), strict=True)]
        weights = Weights(*(a + s for a, s in zip(weights.arrays, speeds, strict=True)))
        found.append(weights)
    return found
