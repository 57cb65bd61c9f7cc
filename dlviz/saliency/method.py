"""What every saliency method is: a frozen dataclass of options that says how much each input number counts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dlviz.progress import Progress

if TYPE_CHECKING:
    from dlviz.saliency.target import Target


@dataclass(frozen=True)
class Attribution:
    """What a method found.

    Attributes:
        values: how much each place of the input counts, float32 (*places,): (height, width) of a picture, (time,) of a
            sound or text, (n,) of a row of numbers. Above 0 speaks for the answer, below against it.
        note: what is to be known of it, a sentence; empty where there is nothing.
    """

    values: np.ndarray
    note: str = ""


@dataclass(frozen=True)
class Method(ABC):
    """One method; subclasses are listed in `dlviz.saliency.METHODS`."""

    name: ClassVar[str]
    title: ClassVar[str]
    """As it is called in a sentence."""
    summary: ClassVar[str]
    """In a few words, what it does."""
    source: ClassVar[str]
    """The paper."""

    @abstractmethod
    def attribute(self, target: Target) -> Generator[Progress, None, Attribution]:
        """Return how much each place of the target's input counts; yield at least every half second of work."""

    def coarse(self) -> Method:
        """The method in as few steps as find much the same map, for where many maps are compared."""
        return self


def largest_magnitude(values: np.ndarray) -> np.ndarray:
    """Of numbers (*places, channel) the largest magnitude at each place, (*places,), as Simonyan et al. show them."""
    found: np.ndarray = np.abs(values).max(axis=-1)
    return found


def total(values: np.ndarray) -> np.ndarray:
    """Of numbers (*places, channel) the sum at each place, (*places,)."""
    found: np.ndarray = values.sum(axis=-1)
    return found
