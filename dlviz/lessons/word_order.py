"""The same words in another order: attention without positions does not see the difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.by_hand.attention import WIDTH, attention, embedded, encoding, projections
from dlviz.options import Position, option, position
from dlviz.progress import Progress
from dlviz.sheet import ArrayBox, Arrays, Formula, Sheet
from dlviz.sheet.numerals import number, products
from dlviz.view import Scene, View
from dlviz_models.errors import UserError

MOST_WORDS = 5


@dataclass(frozen=True)
class Attended:
    """What a sentence gives: its inputs, weights (words, words) and sums (words, WIDTH)."""

    words: list[str]
    x: np.ndarray
    weights: np.ndarray
    sums: np.ndarray


def attended(words: list[str], strength: float) -> Attended:
    """Attention of each word to all of them, `strength` times their positions added first."""
    x = embedded(words) + strength * encoding(len(words), WIDTH)
    w_query, w_key, w_value = projections(0)
    _, weights, sums = attention(x @ w_query, x @ w_key, x @ w_value, np.sqrt(WIDTH))
    return Attended(words, x, weights, sums)


@dataclass(frozen=True)
class WordOrder(View):
    """A sentence and its words turned round, with and without positions.

    >>> import dlviz
    >>> dlviz.lesson("word_order").arrays["sums"].shape
    (3, 4)
    """

    name = "word_order"
    summary = "Without positions a word gets the same sum in whatever order the words stand; with them it does not."
    group = "Sequences by hand"
    order = 4.5

    words: str = option("dog bites man", "a sentence of 2 to 5 different words", label="sentence")
    positions: bool = option(False, "add sine positions to the words", label="add positions")
    strength: float = option(1.0, "factor on the positions", low=0, high=5, label="positions times")
    at: Position = position(
        (0, 0), "row of the first sentence's word that is followed", low=0, label="word followed (row)"
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        words = self._words()
        strength = self.strength if self.positions else 0.0
        first, second = attended(words, strength), attended(words[::-1], strength)
        at = min(int(self.at[0]), len(words) - 1)
        there = len(words) - 1 - at
        moved = np.abs(first.sums - second.sums[::-1]).max(axis=1)
        same = bool(moved.max() < 1e-9)
        told = "is the same in both sentences" if moved[at] < 1e-9 else f"differs by up to {number(moved[at])}"
        yield Sheet(
            f"Word order, {'with' if self.positions else 'without'} positions",
            f"What “{words[at]}” gets from attention {told}.",
            (
                Arrays((*_boxes(first, at, 0), *_boxes(second, there, 1)), role="main"),
                Formula(
                    (
                        r"$\mathrm{sum} = \mathrm{softmax}(q K^T / \sqrt{d})\, V$,   "
                        f"its first number for “{words[at]}”:",
                        *(_numbers(each, place) for each, place in ((first, at), (second, there))),
                    ),
                    role="legend",
                ),
            ),
            {"weights": first.weights, "sums": first.sums, "turned:weights": second.weights,
             "turned:sums": second.sums, "moved": moved},
            question="Which two sentences are the same to it?",
            answer=_answer(words, same, float(moved.max())),
            explanation="Attention is a sum over words, and a sum does not depend on the order of its terms. So "
            "without positions “dog bites man” and “man bites dog” give each word the same. With "
            "positions added the keys differ, and so do the sums.",
            source="Word order: A. Vaswani et al., Attention is all you need, 2017, arXiv 1706.03762, section 3.5",
            values={"at": (at, int(min(self.at[1], len(words) - 1)))},
        )  # fmt: skip

    def _words(self) -> list[str]:
        words = [word[:10] for word in self.words.split()]
        if not 2 <= len(words) <= MOST_WORDS:
            raise UserError(f"Option words has {len(words)} words: give 2 to {MOST_WORDS}, separated by spaces.")
        return words


def _boxes(sentence: Attended, at: int, row: int) -> tuple[ArrayBox, ...]:
    """Inputs, weights and sums of one sentence in a row."""
    names, count = tuple(sentence.words), len(sentence.words)
    points = "" if row else "at"
    return (
        ArrayBox("input x", sentence.x, row, 0, "", ((at, 0, at + 1, WIDTH),), names, decimals=1, points=points),
        ArrayBox("weights", sentence.weights, row, 1, "→", ((at, 0, at + 1, count),), limit=1.0, points=points),
        ArrayBox("sums", sentence.sums, row, 2, "→", ((at, 0, at + 1, WIDTH),), points=points),
    )


def _numbers(sentence: Attended, at: int) -> str:
    """The first number of a word's sum as products of weights and values."""
    values = sentence.x @ projections(0)[2]
    return (
        f"{' '.join(sentence.words)}:   {products(sentence.weights[at], values[:, 0])} = {number(sentence.sums[at, 0])}"
    )


def _answer(words: list[str], same: bool, moved: float) -> str:
    turned = f"“{' '.join(words)}” and “{' '.join(words[::-1])}”"
    if same:
        return f"{turned}, and every other order: each word asks all words, and a sum does not depend on the order."
    return f"With positions none: {turned} now give sums up to {number(moved)} apart."
