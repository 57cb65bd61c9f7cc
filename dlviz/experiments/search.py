"""A small MLP is trained on digits with many learning rates and weight decays, in plain numpy, all at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.experiments import Experiment, Outcome, pictures
from dlviz.progress import Progress

LIMITS = (-4.0, 1.0, -6.0, -1.0)
"""Least and largest log10 of the learning rate and of the weight decay."""
FINE = (11, 26)
"""Decays and rates of the recorded plane."""
LEARNT, HELD_OUT = 400, 400
HIDDEN, STEPS, BATCH = 32, 150, 25


def trials(side: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """side^2 places of a grid and as many at random, (n, 2) each, in 0..1."""
    ticks = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(ticks, ticks)
    return np.stack([x.ravel(), y.ravel()], axis=1), np.random.default_rng(seed).random((side**2, 2))


def train(places: np.ndarray) -> np.ndarray:
    """The share of held-out digits that the MLPs are right about, (n,), trained by gradient descent with momentum 0.9.

    Args:
        places: (n, 2), in 0..1: along the learning rates and along the weight decays of `LIMITS`.
    """
    low, high = np.array(LIMITS[::2]), np.array(LIMITS[1::2])
    rates, decays = (10 ** (low + (high - low) * places)).T[:, :, None, None]
    x, y, *_ = pictures("digits")
    x = x[: LEARNT + HELD_OUT].reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196) / 255
    y = y[: LEARNT + HELD_OUT]
    rng = np.random.default_rng(0)
    first = [rng.normal(0, 1 / np.sqrt(before), (before, after)) for before, after in ((196, HIDDEN), (HIDDEN, 10))]
    w, v = (np.repeat(each[None], len(places), axis=0) for each in first)
    speeds = [np.zeros_like(w), np.zeros_like(v)]
    with np.errstate(over="ignore", invalid="ignore"):  # the largest rates diverge
        for _ in range(STEPS):
            chosen = rng.integers(0, LEARNT, BATCH)
            h, p = _answers(x[chosen], w, v)
            p[:, np.arange(BATCH), y[chosen]] -= 1
            back = (p @ v.swapaxes(1, 2)) * (h > 0)
            for weights, speed, slope in ((w, speeds[0], x[chosen].T @ back), (v, speeds[1], h.swapaxes(1, 2) @ p)):
                speed *= 0.9
                speed -= rates * (slope / BATCH + decays * weights)
                weights += speed
        _, p = _answers(x[LEARNT:], w, v)
    return np.asarray((np.nan_to_num(p).argmax(axis=2) == y[LEARNT:]).mean(axis=1))


def _answers(x: np.ndarray, w: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hidden units (n, digits, HIDDEN) and probabilities (n, digits, 10)."""
    h = np.maximum(x @ w, 0)
    z = h @ v
    powers = np.exp(z - z.max(axis=2, keepdims=True))
    return h, powers / powers.sum(axis=2, keepdims=True)


@dataclass(frozen=True)
class Search(Experiment):
    """How good each trial of a grid and of a random search is; with side 0, of a plane as fine as `FINE`.

    Outcome: `accuracy`, (grid and random, trials); of the plane (decays, rates), the least decay first.
    """

    name = "search"
    side: int = 0
    seed: int = 0

    @classmethod
    def grid(cls) -> Iterator[Search]:
        yield cls()

    def train(self) -> Iterator[Progress | Outcome]:
        searches = trials(self.side, self.seed) if self.side else plane()
        count = searches[0].shape[0]
        accuracy = np.full((len(searches), count), np.nan, np.float32)
        yield Progress(0, count, "starting")
        for at in range(count):
            accuracy[:, at] = train(np.stack([places[at] for places in searches]))
            yield Progress(at + 1, count, f"trial {at + 1}")
            yield {"accuracy": accuracy.copy()}


def plane() -> np.ndarray:
    """The places of the plane, (decays, rates, 2), in 0..1."""
    down, across = (np.linspace(0, 1, n) for n in FINE)
    return np.stack([np.broadcast_to(across, FINE), np.broadcast_to(down[:, None], FINE)], axis=2)
