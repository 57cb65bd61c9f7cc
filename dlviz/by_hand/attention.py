"""Attention over a short sentence, and position encodings, in plain numpy.

A. Vaswani et al., Attention is all you need, 2017, arXiv 1706.03762.
"""

from __future__ import annotations

import zlib

import numpy as np

WIDTH = 4
"""Numbers a word, a query, a key and a value have."""
BASE = 10_000
"""The longest wave is this many times 2 pi long."""


def embedded(words: list[str]) -> np.ndarray:
    """A row of whole numbers -2..2 for each word, the same for the same word; (words, WIDTH)."""
    return np.array(
        [np.random.default_rng(zlib.crc32(w.lower().encode())).integers(-2, 3, WIDTH) for w in words], float
    )


def projections(head: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The weights of a head for queries, keys and values, in halves; (WIDTH, WIDTH) each."""
    query, key, value = np.random.default_rng(head + 7).integers(-1, 2, (3, WIDTH, WIDTH)) / 2
    return query, key, value


def softmax(scores: np.ndarray) -> np.ndarray:
    """The shares of each row of scores (..., keys), which sum to 1; 0 where the score is minus infinity."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def attention(
    queries: np.ndarray, keys: np.ndarray, values: np.ndarray, divisor: float, causal: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores and weights (queries, keys), and the weighted sums of the values (queries, width).

    A. Vaswani et al., Attention is all you need, 2017, arXiv 1706.03762, equation 1; `causal` hides later words.
    """
    scores = queries @ keys.T / divisor
    if causal:
        scores = np.where(np.tri(*scores.shape) > 0, scores, -np.inf)
    weights = softmax(scores)
    return scores, weights, weights @ values


def encoding(length: int, width: int) -> np.ndarray:
    """A row for each place: sin(t / BASE^(2i / width)) and its cosine in turn; (length, width).

    A. Vaswani et al., Attention is all you need, 2017, arXiv 1706.03762, section 3.5.
    """
    rates = BASE ** (-2 * np.arange(width // 2) / width)
    angles = np.arange(length)[:, None] * rates  # (length, width / 2)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(length, width)
