"""Trainings that lessons show: an experiment is a file, its result at some settings is recorded in `recorded/`.

`python -m dlviz.experiments [NAME ...]` records them anew. No framework is imported before something is trained.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from importlib.resources import files
from typing import ClassVar, Self

import numpy as np

from dlviz.progress import Progress

Outcome = Mapping[str, np.ndarray]
"""What has been measured, by name; NaN: not yet."""
MOST_FINISHED = 8
"""Trainings whose outcomes are kept as long as the process lasts."""


@dataclass(frozen=True)
class Experiment(ABC):
    """Small nets to be trained; the fields of a subclass are its settings."""

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def grid(cls) -> Iterator[Self]:
        """The settings at which it is recorded."""

    @abstractmethod
    def train(self) -> Iterator[Progress | Outcome]:
        """Yield progress and outcomes, each with more in it than the one before; the last one is complete."""

    @property
    def key(self) -> str:
        """Its settings in a line, as a recorded file names them."""
        return ",".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))

    def recorded(self) -> Outcome:
        """The outcome that was recorded.

        Raises:
            KeyError: it has not been recorded at these settings.
        """
        return _recording(self.name)[self.key]

    def trained(self) -> Iterator[Progress | Outcome]:
        """Train here and now, as `train`; the outcome at once where this process has done it already."""
        if self in _finished:
            yield _finished[self]
            return
        outcome: Outcome = {}
        for found in self.train():
            outcome = outcome if isinstance(found, Progress) else found
            yield found
        while len(_finished) >= MOST_FINISHED:
            del _finished[next(iter(_finished))]
        _finished[self] = outcome


_finished: dict[Experiment, Outcome] = {}


@cache
def _recording(name: str) -> dict[str, Outcome]:
    """The outcomes in the file of an experiment, by the key of its settings."""
    found: dict[str, dict[str, np.ndarray]] = {}
    with files("dlviz.experiments").joinpath("recorded", f"{name}.npz").open("rb") as file, np.load(file) as arrays:
        for member in arrays.files:
            key, _, measure = member.rpartition("/")
            found.setdefault(key, {})[measure] = arrays[member]
    return dict(found)


@lru_cache(maxsize=4)
def pictures(source: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A shipped data set: pictures uint8 (n, 28, 28, 1) and classes (n,) to learn from, and the same to test on."""
    from dlviz_models.data.sources import open_data

    data = open_data(source)
    train, test = (np.asarray(part.batch(0, len(part)), np.uint8) for part in (data.train, data.test))
    return train, np.asarray(data.train.labels), test, np.asarray(data.test.labels)
