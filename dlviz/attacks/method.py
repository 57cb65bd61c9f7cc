"""The base of all attacks: a frozen dataclass of options that looks for a small change. Needs no framework."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem


@dataclass(frozen=True)
class Attempt:
    """How far an attack has come.

    Attributes:
        values: the best inputs (n, ...) so far, in the problem's units; the originals where `found` is false.
        found: whether an input reaches what was asked for, (n,).
        done, total: evaluations of the network.
    """

    values: np.ndarray
    found: np.ndarray
    done: int
    total: int


@dataclass(frozen=True)
class Method(ABC):
    """One attack; subclasses are listed in `dlviz.attacks.METHODS`."""

    name: ClassVar[str]
    title: ClassVar[str]
    """As it is called in a sentence."""
    short: ClassVar[str]
    """As it is called beside a bar."""
    summary: ClassVar[str]
    """In a few words, what it does."""
    source: ClassVar[str]
    """The paper."""
    one_for_all: ClassVar[bool] = False
    """Whether it makes one change for all inputs, which have to be attacked together then."""

    @abstractmethod
    def attack(self, problem: Problem) -> Iterator[Attempt]:
        """Yield attempts, at least every half second of work; the last one is the result."""


def step_size() -> Any:
    """The option of methods that move no number further than a step."""
    return option(
        0.0,
        "the step size for pixels in 0..1; 0: the smallest that works for each input",
        low=0,
        high=1,
        zero="smallest",
        label="step (pixels 0 to 1)",
    )
