"""Between texts and the numbers of their tokens; the vocabulary is saved in the network."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import keras
import numpy as np
from keras import layers

Unit = Literal["characters", "words"]
PADDING, UNKNOWN, START, END = range(4)
SPECIAL = ("", "[unknown]", "[start]", "[end]")
_WORD = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")
_SPACE_BEFORE = re.compile(r" ([.,;:!?])")


@keras.saving.register_keras_serializable(package="dlviz")
class Text(layers.Layer):
    """What token numbers mean. Numbers (n, time) go through unchanged; `encode` and `decode` are for the outside.

    0 is padding, 1 an unknown token, 2 the start and 3 the end of a text; the tokens of `vocabulary` follow.

    Args:
        vocabulary: the tokens; a string stands for its characters.
        unit: what a text is split into: characters, or words ("don't" is one) and punctuation marks.

    >>> text = Text(["be", "not", "or", "to"], "words")
    >>> text.encode(["to be or not to be", "to go"])
    array([[7, 4, 6, 5, 7, 4],
           [7, 1, 0, 0, 0, 0]], dtype=int32)
    >>> text.decode(np.array([[7, 4, 3, 0]]))
    ['to be']
    """

    def __init__(self, vocabulary: str | Sequence[str] = (), unit: Unit = "characters", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vocabulary = list(vocabulary)
        self.unit = unit
        self.tokens = (*SPECIAL, *self.vocabulary)
        self._numbers = {token: number for number, token in enumerate(self.tokens)}

    def call(self, numbers: Any) -> Any:
        return keras.ops.cast(numbers, "int32")

    def encode(self, texts: Iterable[str | Sequence[str]], start: bool = False, end: bool = False) -> np.ndarray:
        """Return texts, or lists of tokens, as int32 (n, time), the shorter ones filled up with 0.

        Args:
            start, end: put the token of the start in front, of the end behind.
        """
        rows = [
            [START] * start
            + [self._numbers.get(t, UNKNOWN) for t in (split(text, self.unit) if isinstance(text, str) else text)]
            + [END] * end
            for text in texts
        ]
        numbers = np.zeros((len(rows), max(map(len, rows), default=0)), np.int32)
        for row, values in zip(numbers, rows, strict=True):
            row[: len(values)] = values
        return numbers

    def decode(self, numbers: np.ndarray) -> list[str]:
        """Return the texts that rows of numbers (n, time) stand for, up to the end token."""
        texts = []
        for row in numbers:
            stop = np.flatnonzero(row == END)
            tokens = [self.tokens[n] for n in row[: stop[0] if len(stop) else None] if n not in (PADDING, START)]
            text = ("" if self.unit == "characters" else " ").join(tokens)
            texts.append(text if self.unit == "characters" else _SPACE_BEFORE.sub(r"\1", text))
        return texts

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "vocabulary": self.vocabulary, "unit": self.unit}


def split(text: str, unit: Unit) -> list[str]:
    """Return the tokens of a text."""
    return list(text) if unit == "characters" else _WORD.findall(text)


def vocabulary(texts: Iterable[Sequence[str]], least: int = 1) -> tuple[str, ...]:
    """Return the tokens that occur at least `least` times in lists of tokens, or all where none does, in the order of
    their characters."""
    counts = Counter(token for tokens in texts for token in tokens)
    return tuple(sorted([token for token, often in counts.items() if often >= least] or counts))


def tokens(name: str, vocabulary: str | Sequence[str], unit: Unit) -> tuple[keras.KerasTensor, ...]:
    """Return an input `name` for numbers of tokens, the numbers themselves, and where they are not padding, all
    (n, time). The layer between is called `text`, or after its input where that is not called `tokens`."""
    inputs = layers.Input((None,), dtype="int32", name=name)
    numbers = Text(vocabulary, unit, name="text" if name == "tokens" else f"{name}_text")(inputs)
    return inputs, numbers, keras.ops.not_equal(numbers, PADDING)


def token_counts(tokens: np.ndarray) -> np.ndarray:
    """Return how many of each row's numbers (n, time) are tokens, not padding, (n,)."""
    return np.count_nonzero(tokens != PADDING, axis=1)


def trimmed(tokens: np.ndarray) -> np.ndarray:
    """Return numbers (n, time) without the columns at the end that are all padding; at least one column stays."""
    return tokens[:, : max(1, token_counts(tokens).max(initial=0))]
