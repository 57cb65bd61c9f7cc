"""Sets of samples that are numbers, and sets with a sample for each of several inputs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dlviz_models.data.samples import Numbers, Samples, Several, target_of


class ArrayNumbers(Samples):
    """Numbers of any shape and type held in one array (n, ...); `batch` is a view of it, not a copy.

    Attributes:
        values: (n, ...).
        names: of the entries of the last axis, such as the columns of a table, or empty.
    """

    kind = Numbers.kind

    def __init__(
        self,
        name: str,
        values: np.ndarray,
        targets: Any = None,
        class_names: tuple[str, ...] | None = None,
        names: tuple[str, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.values = values
        self.targets = targets
        self.class_names = class_names
        self.names = names
        self.notes = notes

    def __len__(self) -> int:
        return len(self.values)

    def batch(self, start: int, stop: int) -> np.ndarray:
        """Return the numbers of samples start..stop-1, (n, ...)."""
        return self.values[start:stop]

    def sample(self, index: int) -> Numbers:
        target = target_of(self.targets, index)
        return Numbers(self.values[index], self.names, name=f"{self.name}:{index}", target=target)


class SeveralSamples(Samples):
    """Sets of equal length that belong together, one for each input of a network, by the input's name."""

    kind = Several.kind

    def __init__(
        self,
        name: str,
        parts: Mapping[str, Samples],
        targets: Any = None,
        class_names: tuple[str, ...] | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.parts = dict(parts)
        self.targets = targets
        self.class_names = class_names
        self.notes = notes

    def __len__(self) -> int:
        return len(next(iter(self.parts.values())))

    def sample(self, index: int) -> Several:
        parts = {name: samples.sample(index) for name, samples in self.parts.items()}
        return Several(parts, name=f"{self.name}:{index}", target=target_of(self.targets, index))
