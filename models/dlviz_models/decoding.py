"""Decoding with a network that predicts the next token: greedily, or with a beam."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
from scipy.special import log_softmax

from dlviz_models.layers.text import END, PADDING, START, UNKNOWN, token_counts, trimmed
from dlviz_models.training.buckets import buckets

NEVER = (PADDING, UNKNOWN, START)
"""Tokens that are not written."""
BATCH = 500


def greedy(model: keras.Model, source: np.ndarray, length: int) -> np.ndarray:
    """Write the likeliest token at each step.

    Args:
        model: a translator, as `Seq2Seq` and `Transformer` build it.
        source: numbers of tokens, int32 (n, source).
        length: tokens to write at most, the end token among them.

    Returns:
        int32 (n, length): what was written, 0 after the end token.
    """
    written = np.zeros((len(source), length), np.int32)
    next_token = NextToken(model)
    for rows in buckets(token_counts(source), BATCH):
        best = search(next_token, trimmed(source[rows]), length, width=1)
        written[rows] = [hypotheses[0].tokens for hypotheses in best]
    return written


class Hypothesis(NamedTuple):
    """A way to write it: numbers of tokens, int32 (length,), 0 after the end token, and the log of its probability."""

    tokens: np.ndarray
    score: float


def beam(model: keras.Model, source: np.ndarray, length: int, width: int) -> list[list[Hypothesis]]:
    """Keep the `width` likeliest beginnings at each step (Sutskever et al., 2014, arXiv 1409.3215, section 3.2).

    Arguments as in `greedy`, `source` (n, source) among them. A text that has not come to its end after `length` tokens
    counts as it stands.

    Returns:
        For each source its hypotheses, the likeliest first, at most `width`.
    """
    return search(NextToken(model), source, length, width)


class NextToken:
    """Return a translator's prediction of the token after those given; only the last step goes through its logits."""

    def __init__(self, model: keras.Model) -> None:
        logits = model.get_layer("logits")
        self.features = keras.Model(model.inputs, logits.input)
        self.kernel, self.bias = logits.get_weights()

    def __call__(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return log probabilities, float64 (n, tokens), for `source` (n, source) and `target` (n, target) so far."""
        last = np.asarray(self.features.predict_on_batch([source, target]))[:, -1]  # (n, features)
        logs = log_softmax((last @ self.kernel + self.bias).astype(np.float64), axis=-1)
        logs[:, NEVER] = -np.inf
        return logs


LogProbabilities = Callable[[np.ndarray, np.ndarray], np.ndarray]


def search(next_token: LogProbabilities, source: np.ndarray, length: int, width: int) -> list[list[Hypothesis]]:
    """As `beam`, with any function that gives log probabilities (n, tokens) of the next token as `NextToken` does."""
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
        logs = next_token(rows, target[:, : step + 1]).reshape(n, width, -1)  # (n, width, tokens)
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
