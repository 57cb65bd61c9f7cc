"""One example as a person knows it, and sets of them in stored order. Looking and training share these types."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """What all kinds of samples have.

    Attributes:
        name: how captions and messages call it.
        target: what is true of it: a class number, numbers, a text, a class for each node or pixel; None where
            nothing is known.
        made: whether it was made up because nothing suitable was given.
    """

    kind: ClassVar[str]
    name: str = ""
    target: Any = None
    made: bool = False


@dataclass(frozen=True, eq=False)
class Picture(Sample):
    """Pixels (height, width, channel) with any number of channels.

    Attributes:
        pixels: uint8 in 0..255, or other numbers in `range`.
        range: the values of black and white.
    """

    kind = "picture"
    pixels: np.ndarray
    range: tuple[float, float] = (0.0, 255.0)


@dataclass(frozen=True, eq=False)
class Text(Sample):
    """A text as people write it."""

    kind = "text"
    text: str


@dataclass(frozen=True, eq=False)
class Sound(Sample):
    """Samples in -1..1, float32 (time,), `rate` of them a second."""

    kind = "sound"
    samples: np.ndarray
    rate: int = 8000


@dataclass(frozen=True, eq=False)
class Tree(Sample):
    """A binary parse tree; `target` holds a class number for each node, int32 (2n - 1,).

    Nodes are numbered: words from left to right, then inner nodes, children first.

    Attributes:
        words: of the n leaves.
        children: the two nodes below each of the n - 1 inner nodes, int32 (n - 1, 2); the root stands last.
    """

    kind = "tree"
    words: tuple[str, ...]
    children: np.ndarray


@dataclass(frozen=True, eq=False)
class Numbers(Sample):
    """An array of any shape and number type: a row of a table, sensor readings, a video, a volume, token numbers.

    Attributes:
        values: the array, without a batch axis; fed as it stands.
        names: one for each entry of the last axis, such as the columns of a table, or empty.
    """

    kind = "numbers"
    values: np.ndarray
    names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Several(Sample):
    """One sample for each input of a network with several, by the input's name."""

    kind = "several"
    parts: dict[str, Sample]


KINDS = (Picture.kind, Text.kind, Sound.kind, Tree.kind, Numbers.kind, Several.kind)


def plural(kind: str) -> str:
    """Return what several samples of that kind are called."""
    return {Numbers.kind: "numbers", Several.kind: "several inputs"}.get(kind, f"{kind}s")


class Samples(ABC):
    """Samples of one kind in stored order.

    Attributes:
        kind: one of `KINDS`.
        name: how captions and messages call the set.
        targets: what is true of each sample: class numbers int64 (n,), numbers (n, ...), a sequence of texts or of
            arrays; None where nothing is known.
        class_names: one name a class where the targets are class numbers, or None.
        notes: sentences about what was left out or understood in a particular way when the set was read.
    """

    kind: ClassVar[str]
    name: str
    targets: Any = None
    class_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def sample(self, index: int) -> Sample:
        """Return sample number `index`, named "NAME:INDEX", with its target."""


class SelectedSamples(Samples):
    """Some samples of another set, in the given order."""

    def __init__(self, source: Samples, indices: np.ndarray) -> None:
        self.kind = source.kind  # type: ignore[misc]
        self.name = source.name
        self.class_names = source.class_names
        self.notes = source.notes
        if isinstance(source.targets, np.ndarray):
            self.targets = source.targets[indices]
        elif source.targets is not None:
            self.targets = [source.targets[int(i)] for i in indices]
        self.source = source
        self.indices = indices

    def __len__(self) -> int:
        return len(self.indices)

    def sample(self, index: int) -> Sample:
        return self.source.sample(int(self.indices[index]))
