"""Writing with a network that gives the probabilities of the next token: greedily, or with a beam."""

from typing import NamedTuple

import keras
import numpy as np

from dlviz_models.text import END, PADDING, START

NEVER = (PADDING, START)
"""Tokens that are not written."""
BATCH = 500


def greedy(model: keras.Model, source: np.ndarray, length: int) -> np.ndarray:
    """Write the likeliest token at each step.

    Args:
        model: gives (n, target, tokens) for `source` (n, source) and `target` (n, target), as `Seq2Seq` does.
        source: numbers of tokens, int32 (n, source).
        length: tokens to write at most, the end token among them.

    Returns:
        int32 (n, length): what was written, 0 after the end token.
    """
    written = [beam(model, rows, length, 1) for rows in np.split(source, range(BATCH, len(source), BATCH))]
    return np.stack([best[0].tokens for part in written for best in part])


class Hypothesis(NamedTuple):
    """A way to write it: numbers of tokens, int32 (length,), 0 after the end token, and the log of its probability."""

    tokens: np.ndarray
    score: float


def beam(model: keras.Model, source: np.ndarray, length: int, width: int) -> list[list[Hypothesis]]:
    """Keep the `width` likeliest beginnings at each step (Sutskever et al., 2014, arXiv 1409.3215, section 3.2).

    Arguments as in `greedy`. A text that has not come to its end after `length` tokens counts as it stands.

    Returns:
        For each source its hypotheses, the likeliest first, at most `width`.
    """
    n = len(source)
    rows = np.repeat(source, width, axis=0)  # (n width, source)
    target = np.zeros((n * width, length + 1), np.int32)
    target[:, 0] = START
    scores = np.full((n, width), -np.inf)
    scores[:, 0] = 0  # one beginning to start with
    ended = np.zeros((n, width), bool)
    for step in range(length):
        if ended.all():
            break
        logs = _log_probabilities(model, rows, target[:, :-1], step).reshape(n, width, -1)  # (n, width, tokens)
        logs[ended] = -np.inf
        logs[ended, PADDING] = 0  # what has ended goes on as it is
        total = scores[..., None] + logs
        tokens = total.shape[-1]
        best = np.argsort(-total.reshape(n, -1), axis=1, kind="stable")[:, :width]  # (n, width)
        scores = np.take_along_axis(total.reshape(n, -1), best, axis=1)
        parent, token = np.divmod(best, tokens)
        target = target.reshape(n, width, -1)[np.arange(n)[:, None], parent]
        target[:, :, step + 1] = token
        target = target.reshape(n * width, -1)
        ended = np.take_along_axis(ended, parent, axis=1) | (token == END)
    written = target[:, 1:].reshape(n, width, length)
    return [
        [Hypothesis(text, float(score)) for text, score in zip(texts, of, strict=True) if np.isfinite(score)]
        for texts, of in zip(written, scores, strict=True)
    ]


def _log_probabilities(model: keras.Model, source: np.ndarray, target: np.ndarray, step: int) -> np.ndarray:
    """Return the log probabilities of the token after step `step`, float64 (n, tokens)."""
    probabilities = np.asarray(model.predict_on_batch([source, target]))[:, step].astype(np.float64)
    probabilities[:, NEVER] = 0
    with np.errstate(divide="ignore"):
        return np.log(probabilities)
