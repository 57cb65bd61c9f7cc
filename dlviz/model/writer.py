"""Decoding with an opened sequence-to-sequence network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_softmax

from dlviz_models.decoding import NEVER, search
from dlviz_models.layers.text import START, Text

if TYPE_CHECKING:
    from dlviz.network import Network

LONGEST = 64
"""The maximum number of tokens decoded."""


class Writer:
    """Greedy and beam-search decoding; the last greedy result is cached."""

    def __init__(self, network: Network, target: Text) -> None:
        self.network = network
        self.target = target
        self._last: tuple[np.ndarray, np.ndarray] | None = None

    def __call__(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Log probabilities (n, tokens) of the next token for `source` (n, source) and `target` (n, target) so far."""
        answer = self.network.answer({"source": source, "target": target})[:, -1]  # (n, tokens)
        if self.network.chosen_output.scale == "softmax":
            logs = np.log(np.maximum(answer, 1e-30)).astype(np.float64)
        else:
            logs = log_softmax(answer.astype(np.float64), axis=-1)
        logs[:, NEVER] = -np.inf
        return logs

    def written(self, source: np.ndarray) -> np.ndarray:
        """The greedily decoded tokens for `source` (n, source), int32 (n, length), 0 after the end token."""
        if self._last is None or not np.array_equal(self._last[0], source):
            best = search(self, source, LONGEST, width=1)
            self._last = source.copy(), np.stack([hypotheses[0].tokens for hypotheses in best])
        return self._last[1]

    def alternatives(self, source: np.ndarray, count: int) -> list[list[tuple[str, float]]]:
        """The texts found by a beam search of width `count` for each `source` (n, source), with probabilities."""
        found = search(self, source, LONGEST, width=count)
        return [
            [(self.target.decode(one.tokens[None])[0], float(np.exp(one.score))) for one in hypotheses]
            for hypotheses in found
        ]

    def decoder_input(self, source: np.ndarray) -> np.ndarray:
        """The decoder's input while it decodes `source` (n, source), int32 (n, target): the start token and all decoded
        tokens but the last."""
        written = self.written(source)
        length = max(1, int(np.count_nonzero(written, axis=1).max(initial=1)))
        start = np.full((len(source), 1), START, np.int32)
        return np.concatenate([start, written[:, : length - 1]], axis=1)

    def tokens_written(self, feeds: Mapping[str, np.ndarray]) -> tuple[str, ...]:
        """The token decoded after each input token of the decoder, for one sample: `source` (1, source), `target`
        (1, target)."""
        written = self.written(feeds["source"])[0, : feeds["target"].shape[1]]
        return tuple(self.target.tokens[number] for number in written)

    def texts(self, source: np.ndarray) -> list[str]:
        """The decoded texts for `source` (n, source)."""
        return self.target.decode(self.written(source))
