"""One example as a person knows it, and sets of them in stored order. Looking and training share these types."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from dlviz_models.data.classes import class_title
from dlviz_models.grammar import article


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """What all kinds of samples have.

    Attributes:
        name: how captions and messages call it.
        target: what is true of it: a class number, numbers, a text, a class for each node or pixel; None where
            nothing is known.
        synthetic: whether it was made up because nothing suitable was given.
    """

    kind: ClassVar[str]
    name: str = ""
    target: Any = None
    synthetic: bool = False

    @property
    def title(self) -> str:
        """How sentences call it: "picture no. 7 of digits (a 0)", or by its name where it is of no set."""
        found = self._numbered()
        if not found:
            return self.name
        thing = self.kind if self.kind in ("picture", "text", "sound", "tree") else "sample"
        called = class_title(self.target.name) if isinstance(self.target, ClassNumber) else ""
        told = f" ({article(called) if called.isdigit() else called})" if called else ""
        return f"{thing} no. {found[2]} of {found[1]}{told}"

    @property
    def short(self) -> str:
        """How headings of little room call it: "digits 7", or by its name where it is of no set."""
        found = self._numbered()
        return f"{found[1]} {found[2]}" if found else self.name

    def _numbered(self) -> re.Match[str] | None:
        """The set that its name tells, and its number there."""
        source = r"[^\W\d]\S*" if self.kind in ("text", "tree") else ".+"  # what is typed may have a colon as well
        return re.fullmatch(f"({source}):(\\d+)", self.name)


@dataclass(frozen=True, eq=False)
class Picture(Sample):
    """Pixels (height, width, channel) with any number of channels.

    Attributes:
        pixels: uint8 in 0..255, or other numbers in `range`.
        range: the values of black and white; of numbers that are not pixels the least and the largest.
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

    @property
    def title(self) -> str:
        """How sentences call it: by its parts, where each was given on its own."""
        return ", ".join(part.title for part in self._given) or super().title

    @property
    def short(self) -> str:
        """How headings of little room call it, likewise."""
        return ", ".join(part.short for part in self._given) or super().short

    @property
    def _given(self) -> list[Sample]:
        """The parts, where the name is made of theirs."""
        named = [part for part in self.parts.values() if part.name]
        return named if self.name == ", ".join(part.name for part in named) else []


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
            arrays, a dict of these by the output's name; None where nothing is known.
        class_names: one name a class where the targets are class numbers, or None.
        notes: sentences about what was left out or understood in a particular way when the set was read.
        numbers: of a part of a larger set the number of each sample there, int64 (n,); None: they count from 0.
    """

    kind: str
    name: str
    targets: Any = None
    class_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    numbers: np.ndarray | None = None

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def sample(self, index: int) -> Sample:
        """Return the sample in place `index`, named "NAME:NUMBER", with its target."""

    def number(self, index: int) -> int:
        """Return the number of the sample in place `index`, by which people know it."""
        return index if self.numbers is None else int(self.numbers[index])

    def select(self, indices: np.ndarray, name: str = "") -> "Samples":
        """Return the samples in these places (n,), in the given order, as a part in which they keep their numbers, or
        as a set of its own that is called `name`."""
        return SelectedSamples(name or self.name, self, indices, None if name else self.numbers_at(indices))

    def without_targets(self) -> "Samples":
        """Return the same samples, of which it is not told what is true."""
        part = self.select(np.arange(len(self)))
        part.targets = part.class_names = None
        return part

    def numbers_at(self, indices: np.ndarray) -> np.ndarray:
        """Return the numbers of the samples in these places, int64 (n,)."""
        return indices if self.numbers is None else self.numbers[indices]


class SelectedSamples(Samples):
    """Some samples of another set, in the given order; read from it when asked for."""

    def __init__(self, name: str, source: Samples, indices: np.ndarray, numbers: np.ndarray | None = None) -> None:
        self.kind = source.kind
        self.name = name
        self.source = source
        self.indices = indices
        self.targets = targets_at(source.targets, indices)
        self.class_names = source.class_names
        self.notes = source.notes
        self.numbers = numbers

    def __len__(self) -> int:
        return len(self.indices)

    def sample(self, index: int) -> Sample:
        sample = self.source.sample(int(self.indices[index]))
        target = None if self.targets is None else sample.target
        return replace(sample, name=f"{self.name}:{self.number(index)}", target=target)


class ListedSamples(Samples):
    """Samples in a list."""

    def __init__(
        self,
        name: str,
        kind: str,
        samples: Sequence[Any],
        class_names: tuple[str, ...] | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.kind = kind
        self.samples: Sequence[Any] = samples
        self.class_names = class_names
        self.notes = notes
        targets = [sample.target for sample in samples]
        if targets and all(isinstance(target, int) for target in targets):
            self.targets = np.array(targets, np.int64)
        elif any(target is not None for target in targets):
            self.targets = targets

    def __len__(self) -> int:
        return len(self.samples)

    def sample(self, index: int) -> Sample:
        sample: Sample = replace(self.samples[index], name=f"{self.name}:{index}")
        return sample


def targets_at(targets: Any, indices: np.ndarray) -> Any:
    """Return the targets of the samples of these numbers (n,), in the form that `targets` have (see `Samples`)."""
    if targets is None:
        return None
    if isinstance(targets, dict):
        return {output: targets_at(values, indices) for output, values in targets.items()}
    return targets[indices] if isinstance(targets, np.ndarray) else [targets[int(index)] for index in indices]


class ClassNumber(int):
    """The number of a class that has a name, and so not a number that a network could be asked for."""

    names: tuple[str, ...]
    """Those of all classes."""

    def __new__(cls, number: int, names: tuple[str, ...]) -> "ClassNumber":
        made = super().__new__(cls, number)
        made.names = names
        return made

    @property
    def name(self) -> str:
        """Its own."""
        return self.names[self]


def target_of(targets: Any, index: int) -> Any:
    """Return the target of one sample: a plain number where it is one, an array, a text, a dict of these, or None."""
    if targets is None:
        return None
    if isinstance(targets, dict):
        return {output: target_of(values, index) for output, values in targets.items()}
    target = targets[index]
    return target.item() if isinstance(target, np.generic) else target
