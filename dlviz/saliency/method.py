"""The base class of saliency methods: a frozen dataclass of options."""

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
    """A saliency map.

    Attributes:
        values: the attribution of each place of the input, float32 (*places,): (height, width) of a picture, (time,) of
            a sound or text, (n,) of a row of numbers. Positive values support the answer.
        note: a sentence on how to read it; may be empty.
    """

    values: np.ndarray
    note: str = ""


@dataclass(frozen=True)
class Method(ABC):
    """One method; subclasses are listed in `dlviz.saliency.METHODS`."""

    name: ClassVar[str]
    title: ClassVar[str]
    """Its name in a sentence."""
    summary: ClassVar[str]
    """What it does, in a few words."""
    source: ClassVar[str]
    """The paper."""

    @abstractmethod
    def attribute(self, target: Target) -> Generator[Progress, None, Attribution]:
        """Return the attribution; yield progress at least every half second of work."""

    def coarse(self) -> Method:
        """A faster variant with nearly the same map, for comparing many maps."""
        return self


def largest_magnitude(values: np.ndarray) -> np.ndarray:
    """The largest magnitude over the channels, (*places, channel) -> (*places,), as shown by Simonyan et al."""
    found: np.ndarray = np.abs(values).max(axis=-1)
    return found


def total(values: np.ndarray) -> np.ndarray:
    """The sum over the channels, (*places, channel) -> (*places,)."""
    found: np.ndarray = values.sum(axis=-1)
    return found
