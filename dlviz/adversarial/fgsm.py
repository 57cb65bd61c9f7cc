"""The fast gradient sign method [1]: every pixel one step of the same size, in the direction of its gradient's sign.

[1] Goodfellow, Shlens, Szegedy (2015), Explaining and harnessing adversarial examples, arXiv:1412.6572.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from keras import ops

from dlviz import backend
from dlviz.adversarial.objective import Attempt, Objective

SCAN = np.geomspace(1 / 1024, 1, 31)
"""The steps tried in turn, a factor 1.26 apart, before the first that works is made smaller by halving."""
HALVINGS = 12


def fgsm(objective: Objective, pixels: np.ndarray, wanted: np.ndarray, epsilon: float = 0.0) -> Iterator[Attempt]:
    """clip(x - epsilon sign(gradient of the loss of `wanted`), 0, 1) for pixels 0..1 (n, height, width, channel).

    With `epsilon` 0, the smallest step that succeeds is sought for each picture; with another, that one is taken for
    all and the pictures are handed out whether it succeeds or not.
    """
    sign = np.asarray(_sign(objective, pixels, wanted))
    clear = objective.clearance(pixels)

    def stepped(size: np.ndarray) -> np.ndarray:
        return np.clip(pixels - size.astype(np.float32)[:, None, None, None] * sign, 0, 1)

    def works(size: np.ndarray) -> np.ndarray:
        return objective.gaps(stepped(size), wanted) < -clear

    if epsilon:
        size = np.full(len(pixels), epsilon)
        yield Attempt(stepped(size), works(size), 1, 1)
        return
    total = len(SCAN) + HALVINGS
    fails, good = np.zeros(len(pixels)), np.full(len(pixels), np.inf)
    for i, size in enumerate(SCAN):
        now = np.isinf(good) & works(np.full(len(pixels), size))
        good[now] = size
        fails[np.isinf(good)] = size
        yield Attempt(stepped(np.where(np.isinf(good), 0, good)), np.isfinite(good), i + 1, total)
        if np.isfinite(good).all():
            break
    found = np.isfinite(good)
    good[~found] = fails[~found] = 0
    for i in range(HALVINGS):
        middle = (fails + good) / 2
        now = works(middle)
        good, fails = np.where(now & found, middle, good), np.where(now, fails, middle)
        yield Attempt(stepped(good), found, len(SCAN) + i + 1, total)


def _sign(objective: Objective, pixels: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    wanted_classes = backend.constant(wanted)
    gradient = backend.value_and_gradient(lambda z: objective.judge(z, wanted_classes), backend.constant(pixels))[1]
    return np.asarray(ops.sign(gradient))
