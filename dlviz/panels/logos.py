"""Sequence logos: the frequency of each letter at each position of aligned windows, and its information content.

T. D. Schneider, R. M. Stephens, Sequence logos: a new way to display consensus sequences, Nucleic Acids Research 18
(1990) 6097-6100, DOI 10.1093/nar/18.20.6097.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def counts(windows: Sequence[Sequence[str]], letters: Sequence[str]) -> np.ndarray:
    """The number of times each letter occurs at each position of windows of equal width, (positions, letters)."""
    number = {letter: i for i, letter in enumerate(letters)}
    found = np.zeros((len(windows[0]), len(letters)), np.int64)
    for window in windows:
        for place, letter in enumerate(window):
            if letter in number:
                found[place, number[letter]] += 1
    return found


def heights(found: np.ndarray) -> np.ndarray:
    """The heights of letters in bits, (positions, letters), from their `counts`.

    A position has max(0, log2(letters) - H - e) bits, divided in proportion to frequency; H is the entropy of the
    frequencies and e = (letters - 1) / (2 ln 2 n) the small-sample correction for n windows.
    """
    n = found.sum(axis=1, keepdims=True)  # (places, 1)
    shares = found / np.maximum(n, 1)
    entropy = -(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=1, keepdims=True)
    letters = found.shape[1]
    correction = (letters - 1) / (2 * math.log(2) * np.maximum(n, 1))
    bits = np.maximum(math.log2(letters) - entropy - correction, 0)
    return np.where(n > 0, shares * bits, 0.0)
