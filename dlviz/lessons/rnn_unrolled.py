"""A recurrent net unrolled over a sentence: the same cell at every word."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import Matrix, matrix, option, step
from dlviz.progress import Progress
from dlviz.sheet import ArrayBox, Arrays, Formula, Sheet
from dlviz.sheet.numerals import number, products, signed
from dlviz.view import Scene, View
from dlviz_models.errors import UserError
from dlviz_models.options import LAST

WIDTH, UNITS, MOST_WORDS = 2, 3, 6
SEED = 2
"""Of the numbers that stand for a word."""
W_XH: Matrix = ((1, -0.5), (0.5, 1), (-1, 0.5))
W_HH: Matrix = ((0.5, -1, 0), (0, 0.5, 1), (1, 0, 0.5))


def embedded(word: str) -> np.ndarray:
    """Two halves between -1 and 1 for a word, the same for the same word, (WIDTH,)."""
    rng = np.random.default_rng(zlib.crc32(word.lower().encode()) + SEED)
    return np.asarray(rng.integers(-2, 3, WIDTH) / 2)


def states(x: np.ndarray, w_xh: np.ndarray, w_hh: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The state before the first word and after each: h' = tanh(W_xh x + W_hh h); (words + 1, UNITS).

    J. Elman, Finding structure in time, 1990, doi:10.1207/s15516709cog1402_1.
    """
    found = [start]
    for row in x:
        found.append(np.tanh(w_xh @ row + w_hh @ found[-1]))
    return np.stack(found)


@dataclass(frozen=True)
class RNNUnrolled(View):
    """A recurrent net, one word a step.

    >>> import dlviz
    >>> dlviz.lesson("rnn_unrolled").arrays["states"].shape
    (5, 3)
    """

    name = "rnn_unrolled"
    summary = "The same cell reads word after word: each state is made of the word and of the state before it."
    group = "Sequences by hand"
    order = 1

    words: str = option("I love CS !", "a sentence of 2 to 6 words", label="sentence")
    step: int = step(LAST, "how many words have been read")
    unit: int = option(1, "the unit of the state that is worked out", low=1, high=UNITS, label="unit worked out")
    w_xh: Matrix = matrix(
        W_XH, "3 rows of 2 weights: from a word to the state", low=-9, high=9, label="weights, word to state"
    )
    w_hh: Matrix = matrix(
        W_HH, "3 rows of 3 weights: from the state to the next", low=-9, high=9, label="weights, state to state"
    )
    start: Matrix = matrix(
        ((0,), (0,), (0,)),
        "the state before the first word, 3 rows of a number",
        low=-1,
        high=1,
        label="state at the start",
    )

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        words = self._words()
        w_xh, w_hh = self._weights("w_xh", (UNITS, WIDTH)), self._weights("w_hh", (UNITS, UNITS))
        start = self._weights("start", (UNITS, 1))
        x = np.stack([embedded(word) for word in words])
        h = states(x, w_xh, w_hh, start[:, 0])
        done = min(self.step, len(words))
        now = max(done - 1, 0)
        unit = self.unit - 1
        told = ", ".join(number(v) for v in h[done])
        yield Sheet(
            "A recurrent net, unrolled",
            f"After {f'“{words[now]}”' if done else 'no word'} the state is ({told}).",
            (
                _unrolled(words, x, h, done, unit),
                Arrays(
                    (
                        ArrayBox("W_xh", w_xh, 0, 0, marked=((unit, 0, unit + 1, WIDTH),), sets="w_xh", limit=2.0),
                        ArrayBox("W_hh", w_hh, 0, 1, marked=((unit, 0, unit + 1, UNITS),), sets="w_hh", limit=2.0),
                    ),
                    "the same weights always", role="beside",
                ),
                Formula(_formula(w_xh[unit], w_hh[unit], x[now], h[now], h[now + 1, unit]), role="legend"),
            ),
            {"x": x, "states": h, "W_xh": w_xh, "W_hh": w_hh},
            question="What does the state after the last word depend on?",
            answer=_answer(words, x, w_xh, w_hh, start[:, 0], h),
            explanation="A recurrent net has one cell with one set of weights and uses it at every word. Drawn side "
            "by side, its steps are a deep network whose layers share their weights. The state is all "
            "that it remembers, so the last state depends on all words and on their order.",
            source="Recurrent networks: J. Elman, Finding structure in time, Cognitive Science 14, 1990",
            steps=len(words) + 1,
            values={"step": done},
        )  # fmt: skip

    def _words(self) -> list[str]:
        words = self.words.split()
        if not 2 <= len(words) <= MOST_WORDS:
            raise UserError(f"Option words has {len(words)} words: give 2 to {MOST_WORDS}, separated by spaces.")
        return [word[:10] for word in words]

    def _weights(self, name: str, shape: tuple[int, int]) -> np.ndarray:
        weights = np.array(getattr(self, name), float)
        if weights.shape != shape:
            raise UserError(f"Option {name} has the shape {weights.shape}: give {shape[0]} rows of {shape[1]} numbers.")
        return weights


def _unrolled(words: list[str], x: np.ndarray, h: np.ndarray, done: int, unit: int) -> Arrays:
    """The words' numbers over the states that they make, from left to right."""
    lower = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
    boxes = [ArrayBox("h₀", h[:1].T, 1, 0, limit=1.0, sets="start")]
    for t, word in enumerate(words):
        known = h[t + 1] if t < done else np.full(UNITS, np.nan)
        marked = ((unit, 0, unit + 1, 1),) if t + 1 == done else ()
        boxes.append(ArrayBox(word, x[t][:, None], 0, t + 1, limit=1.0))
        boxes.append(ArrayBox(f"h{t + 1}".translate(lower), known[:, None], 1, t + 1, "→", marked, limit=1.0))
    return Arrays(tuple(boxes), role="main")


def _formula(w_x: np.ndarray, w_h: np.ndarray, x: np.ndarray, h: np.ndarray, result: float) -> tuple[str, ...]:
    """The rule, and the chosen unit's number in it."""
    total = float(w_x @ x + w_h @ h)
    return (
        r"$h_t = \tanh(W_{xh}\, x_t + W_{hh}\, h_{t-1})$",
        f"tanh({products(w_x, x)}  +  {products(w_h, h)})  =  tanh({signed(total)})  =  {number(result)}",
    )


def _answer(
    words: list[str], x: np.ndarray, w_xh: np.ndarray, w_hh: np.ndarray, start: np.ndarray, h: np.ndarray
) -> str:
    """How far the last state moves when the first two words change places."""
    swapped = states(x[[1, 0, *range(2, len(words))]], w_xh, w_hh, start)[-1]
    moved = float(np.linalg.norm(swapped - h[-1]))
    return (
        f"On all words and on their order: with “{words[1]} {words[0]}” in front the last state is "
        f"({', '.join(number(v) for v in swapped)}), {number(moved)} away."
    )
