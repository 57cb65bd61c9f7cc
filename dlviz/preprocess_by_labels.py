"""Which preprocessing is meant, told by which one makes a network right about labelled pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dlviz.preprocess import MODES, RANGES, Preprocess

MOST = 64
"""So many labelled pictures are tried."""
CLEAR = 0.15
"""A mode is only preferred to another if so much more, as a share of the pictures, is right."""

Answer = Callable[[Preprocess], np.ndarray]


def numbers_to_try(count: int) -> np.ndarray:
    """Return the numbers of at most `MOST` of `count` pictures, spread evenly because classes may be in order."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST)).round().astype(int))


def best_mode(answer: Answer, truth: np.ndarray, assumed: str, modes: Sequence[str] = tuple(MODES)) -> tuple[str, str]:
    """Return the mode under which most pictures are taken for what they are, and a sentence that says so.

    Args:
        answer: gives the probabilities (n, classes) for n labelled pictures, preprocessed in a given way.
        truth: the right class of each, (n,).
        assumed: the mode that stays where the pictures do not decide: where no other is clearly better, or where none
            is clearly better than chance.
        modes: those to be tried; `assumed` is tried as well.
    """
    right: dict[str, float] = {}
    likelihood: dict[str, float] = {}
    for mode in dict.fromkeys((assumed, *modes)):
        probabilities = np.nan_to_num(answer(MODES[mode]))
        right[mode] = float((probabilities.argmax(axis=1) == truth).mean())
        likelihood[mode] = float(np.log(probabilities[np.arange(len(truth)), truth] + 1e-7).mean())
    best = max(right, key=lambda mode: (right[mode], likelihood[mode]))
    chance = float(np.bincount(truth).max()) / len(truth)  # what is always answered is right so often
    tried = f"of {len(truth)} labelled pictures, as {RANGES[assumed]} {right[assumed]:.0%} are right"
    if best == assumed or right[best] < max(right[assumed] + CLEAR, min(chance + CLEAR, 1.0)):
        others = max(share for mode, share in right.items() if mode != assumed) if len(right) > 1 else 0.0
        return assumed, f"{tried}, fed in other ways at most {others:.0%}: {assumed} stays"
    return best, f"{tried}, as {RANGES[best]} {right[best]:.0%}: the second is meant"
