"""The base class of all attacks: a frozen dataclass of options. Needs no framework."""

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
    """The intermediate result of an attack.

    Attributes:
        values: the best inputs (n, ...) so far, in the problem's units; the originals where `found` is false.
        found: whether each input reaches its goal, bool (n,).
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
    """Its name in a sentence."""
    short: ClassVar[str]
    """Its name as a label."""
    summary: ClassVar[str]
    """What it does, in a few words."""
    source: ClassVar[str]
    """The paper."""
    is_universal: ClassVar[bool] = False
    """Whether it finds one change for all inputs, which must then be attacked together."""

    @abstractmethod
    def attack(self, problem: Problem) -> Iterator[Attempt]:
        """Yield attempts, at least every half second of work; the last one is the result."""


def step_size() -> Any:
    """The option `epsilon` of methods bounded in the L∞ norm."""
    return option(
        0.0,
        "the step size for pixels in 0..1; 0: the smallest that works for each input",
        low=0,
        high=1,
        zero="smallest",
        label="step (pixels 0 to 1)",
    )
