"""What every view is: a frozen dataclass of options whose `run` turns a scene into sheets.

A view's module imports no framework at its top, because the window reads the options without one: what needs Keras is
asked of `scene.network` or imported inside `run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from dlviz.sheet import Progress, Sheet

if TYPE_CHECKING:
    from dlviz.cache import Entry
    from dlviz.network import Network
    from dlviz_models.data import Pictures

Need = Literal["layer", "input", "data"]


@dataclass(frozen=True)
class Picture:
    """One picture to feed to a network: uint8 (height, width, channel) with 1 or 3 channels."""

    pixels: np.ndarray
    name: str
    label: int | None = None


def nowhere(*what: object) -> None:
    """Nothing is kept on disk."""


@dataclass(frozen=True)
class Scene:
    """What is looked at."""

    network: Network
    layer: str = ""
    """The chosen layer, resolved: empty only where the view needs none."""
    units: tuple[int, ...] = ()
    """The chosen units; empty: all of them."""
    inputs: tuple[Picture, ...] = ()
    data: Pictures | None = None
    """The pictures to scan, already cut to the limit asked for."""
    memory: dict[Any, Any] = field(default_factory=dict)
    """Kept as long as the network and the data stay open: what one view found and another can use."""
    kept: Callable[..., Entry | None] = nowhere
    """Where on disk to keep what depends on the network, on the pictures given first and on the words after them."""


class View:
    """One visualisation; subclasses are frozen dataclasses, one in each module of `dlviz.views`."""

    name: ClassVar[str]
    says: ClassVar[str]
    """One sentence: what is seen."""
    needs: ClassVar[frozenset[Need]] = frozenset()
    one_input: ClassVar[bool] = False
    """Whether it looks at one picture, however many there are to choose from."""

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        """Yield progress and sheets; each sheet replaces the one before it, the last one stays."""
        raise NotImplementedError
