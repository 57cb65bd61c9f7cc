"""Scaled dot-product attention over a short sentence, every number visible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.by_hand.attention import WIDTH, attention, embedded, projections, softmax
from dlviz.options import Matrix, Position, matrix, option, position
from dlviz.progress import Progress
from dlviz.sheet import ArrayBox, Arrays, Bars, Formula, Sheet
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

MOST_WORDS, MOST_HEADS = 6, 4


@dataclass(frozen=True)
class AttentionByHand(View):
    """Queries, keys, values, scores, weights and their sum.

    >>> import dlviz
    >>> dlviz.lesson("attention_by_hand").arrays["scores"].shape
    (5, 5)
    """

    name = "attention_by_hand"
    summary = (
        "Each word asks with its query, all answer with their keys; the weights say how much of each value it gets."
    )
    group = "Sequences by hand"
    order = 3

    words: str = option(
        "the cat drank its milk", "a sentence of 2 to 6 words", resets=("queries", "at"), label="sentence"
    )
    at: Position = position(
        (1, 3),
        "row of the word whose query is followed, and column of a key",
        low=0,
        label="word followed (row, column)",
    )
    queries: Matrix = matrix(
        (),
        "a row of 4 numbers for each word; empty: computed from the words",
        low=-99,
        high=99,
        label="queries (a row a word)",
    )
    scaled: bool = option(True, "divide the scores by the root of the width", label="divide by the root of the width")
    temperature: float = option(
        1.0, "also divide the scores by this", low=0.1, high=10, label="temperature (divides the scores)"
    )
    masked: bool = option(False, "mask later words, as a decoder does", label="hide later words")
    heads: int = option(1, "number of heads", low=1, high=MOST_HEADS, label="heads")
    head: int = option(
        1, "which head is worked out", low=1, high=MOST_HEADS, resets=("queries",), label="head worked out"
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        words = self._words()
        head = min(self.head, self.heads) - 1
        x = embedded(words)
        w_query, w_key, w_value = projections(head)
        queries = self._queries(len(words)) if self.queries else x @ w_query
        keys, values = x @ w_key, x @ w_value
        divisor = (np.sqrt(WIDTH) if self.scaled else 1.0) * self.temperature
        scores, weights, sums = attention(queries, keys, values, divisor, self.masked)
        at = min(int(self.at[0]), len(words) - 1)
        key = min(int(self.at[1]), at if self.masked else len(words) - 1)
        best = int(weights[at].argmax())
        boxes = _boxes(words, queries, keys, values, scores, weights, sums, at, key)
        yield Sheet(
            "Attention by hand" + (f": head {head + 1} of {self.heads}" if self.heads > 1 else ""),
            f"“{words[at]}” attends most to “{words[best]}”: {weights[at, best]:.0%} of its sum is that word's value.",
            (
                Arrays(boxes, role="main"),
                Formula(_formula(queries[at], keys[key], divisor, scores[at], weights[at], key), role="legend"),
                *self._heads(words, x, at, divisor),
            ),
            {"queries": queries, "keys": keys, "values": values, "scores": scores, "weights": weights, "sums": sums},
            question="What happens without the division by the root of d?",
            answer=self._answer(words[at], queries[at], keys),
            explanation="Each word has a query, a key and a value. The dot product of a query with every key says how "
            "well they fit; the softmax makes shares of that, and the answer is the mean of the values in "
            "these shares. The division by the root of the width keeps one key from taking everything.",
            source="Attention: A. Vaswani et al., Attention is all you need, 2017, arXiv 1706.03762",
            values={"queries": tuple(map(tuple, queries.tolist())), "at": (at, key)},
        )  # fmt: skip

    def _words(self) -> list[str]:
        words = self.words.split()
        if not 2 <= len(words) <= MOST_WORDS:
            raise UserError(f"Option words has {len(words)} words: give 2 to {MOST_WORDS}, separated by spaces.")
        return [word[:12] for word in words]

    def _queries(self, count: int) -> np.ndarray:
        queries = np.array(self.queries)
        if queries.shape != (count, WIDTH):
            raise UserError(f"Option queries has the shape {queries.shape}: give {count} rows of {WIDTH} numbers.")
        return queries

    def _heads(self, words: list[str], x: np.ndarray, at: int, divisor: float) -> list[Bars]:
        """What the same word takes in each head, where there are several."""
        shown = []
        for head in range(self.heads if self.heads > 1 else 0):
            w_query, w_key, w_value = projections(head)
            weights = attention(x @ w_query, x @ w_key, x @ w_value, divisor, self.masked)[1]
            shown.append(Bars(tuple(words), weights[at], f"“{words[at]}” in head {head + 1}", 1.0, role="beside"))
        return shown

    def _answer(self, word: str, query: np.ndarray, keys: np.ndarray) -> str:
        with_, without = (softmax(query @ keys.T / d / self.temperature).max() for d in (np.sqrt(WIDTH), 1.0))
        return (
            f"One key takes (nearly) all: the largest weight of “{word}” goes from {with_:.0%} to {without:.0%}. The "
            "products grow with d, and a softmax of large numbers is flat: it hardly learns."
        )


def _boxes(
    words: list[str], queries: np.ndarray, keys: np.ndarray, values: np.ndarray, scores: np.ndarray,
    weights: np.ndarray, sums: np.ndarray, at: int, key: int,
) -> tuple[ArrayBox, ...]:  # fmt: skip
    """Queries, keys and values above; scores, weights and sums below."""
    names = tuple(words)
    row, cell = ((at, 0, at + 1, WIDTH),), ((at, key, at + 1, key + 1),)
    hidden = np.where(np.isinf(scores), np.nan, scores)
    return (
        ArrayBox("queries Q", queries, 0, 0, "", row, names, decimals=1, sets="queries", points="at"),
        ArrayBox("keys K", keys, 0, 1, "", ((key, 0, key + 1, WIDTH),), decimals=1),
        ArrayBox("values V", values, 0, 2, decimals=1),
        ArrayBox("scores Q·Kᵀ/√d", hidden, 1, 0, "", cell, names, points="at"),
        ArrayBox("weights softmax", weights, 1, 1, "→", cell, limit=1.0, points="at"),
        ArrayBox("sums weights·V", sums, 1, 2, "→", row, decimals=1),
    )


def _formula(
    query: np.ndarray, key: np.ndarray, divisor: float, scores: np.ndarray, weights: np.ndarray, at: int
) -> tuple[str, ...]:
    """Score and weight of the chosen query and key, with their numbers."""
    products = " + ".join(f"{_signed(q)}·{_signed(k)}" for q, k in zip(query, key, strict=True))
    others = " + ".join(f"exp({_number(s)})" for s in scores if np.isfinite(s))
    return (
        rf"$\dfrac{{q \cdot k}}{{\sqrt{{d}}}}$ = ({products}) / {_number(divisor)} = {_number(scores[at])}",
        rf"$\mathrm{{softmax}}$ = exp({_number(scores[at])}) / ({others}) = {weights[at]:.2f}",
    )


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−") if abs(value) > 5e-3 else "0"


def _signed(value: float) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)
