"""What is not pictures: pairs of texts, recordings and parse trees, each in two parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Self, TypeVar

import numpy as np

E = TypeVar("E")
EVERY = 5
"""Every fifth example of a source that is not divided is for testing."""


@dataclass(frozen=True)
class Sequences(Generic[E]):
    """Examples to learn from and to test on, in stored order."""

    name: str
    train: Sequence[E]
    test: Sequence[E]

    @classmethod
    def undivided(cls, name: str, examples: Sequence[E]) -> Self:
        """Lend every fifth example to `test`, the others to `train`."""
        last = EVERY - 1
        train = [example for number, example in enumerate(examples) if number % EVERY != last]
        return cls(name, train, examples[last::EVERY])


class Pair(NamedTuple):
    """A text and what is to be made of it: its translation, or the name of its class."""

    source: str
    target: str


class PairData(Sequences[Pair]):
    """Pairs of texts."""


class Sound(NamedTuple):
    """A recording: samples -1..1, float32 (time,), and its class number."""

    samples: np.ndarray
    label: int


class SoundData(Sequences[Sound]):
    """Recordings of spoken digits, 8,000 samples a second."""


class Tree(NamedTuple):
    """A binary parse tree. Nodes are numbered: words from left to right, then inner nodes, children first.

    Attributes:
        words: of the n leaves.
        children: the two nodes below each of the n - 1 inner nodes, int32 (n - 1, 2); the root stands last.
        labels: class number of each node, int32 (2n - 1,).
    """

    words: tuple[str, ...]
    children: np.ndarray
    labels: np.ndarray


class TreeData(Sequences[Tree]):
    """Parse trees with a class number at every node."""
