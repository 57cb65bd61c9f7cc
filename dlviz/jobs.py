"""What can be asked of a session, and what it answers: plain dataclasses that travel between processes.

No framework is imported here: the window speaks in these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from dlviz.options import Value
from dlviz.wire import register
from dlviz_models.cards import Card


@dataclass(frozen=True)
class Request:
    """One view of one network, in the words of the command line."""

    view: str
    model: str
    """A path, or the name of a shipped network."""
    layer: str = ""
    units: tuple[int, ...] = ()
    inputs: tuple[str | np.ndarray, ...] = ()
    """Image files, `SOURCE:INDEX`, or pixels, uint8 (height, width, channel)."""
    data: str = ""
    limit: int = 0
    """How many pictures of the data are looked at; 0: all."""
    preprocess: str = "auto"
    settings: Mapping[str, Value] = field(default_factory=dict)
    trust: tuple[str, ...] = ()
    """Custom classes to import where the file names them, "module:Class" each."""


@dataclass(frozen=True)
class Layer:
    """What is known of one layer without running it; `shape` is its output's, without the batch axis."""

    name: str
    kind: str
    shape: tuple[int | None, ...]
    parameters: int
    parents: tuple[str, ...]
    units: int
    """The number of channels (of elements where the output is a vector); 0 where there is nothing to show."""
    has_kernel: bool

    @property
    def is_map(self) -> bool:
        """Whether each unit answers with a map (height, width)."""
        return len(self.shape) == 3 and self.units > 0


@dataclass(frozen=True)
class Description:
    """What the window has to know of an opened network."""

    name: str
    layers: tuple[Layer, ...]
    classes: tuple[str, ...]
    preprocess_says: str
    card: Card | None
    first_layer: str
    """Where looking starts."""
    data: str
    """The source that suits it."""
    takes_pictures: bool
    trusted: tuple[str, ...] = ()
    """The custom classes, "module:Class", that the user has trusted for this network."""


@dataclass(frozen=True)
class Thumbnails:
    """Small pictures of a source, for a film strip."""

    source: str
    start: int
    total: int
    """How many pictures the source has."""
    images: np.ndarray
    """(n, size, size, channel) uint8, from number `start` on."""
    labels: tuple[str, ...]
    """The class of each, empty where there are none."""


@dataclass(frozen=True)
class Show:
    """Answered by progress and sheets."""

    request: Request


@dataclass(frozen=True)
class Identify:
    """Answered by an `Identified`: what the file or folder at `path` is, told by its content."""

    path: str


@dataclass(frozen=True)
class Identified:
    """What a file or folder is."""

    path: str
    holds: Literal["network", "picture", "data"]


@dataclass(frozen=True)
class Describe:
    """Answered by a `Description`."""

    model: str
    preprocess: str = "auto"
    trust: tuple[str, ...] = ()


@dataclass(frozen=True)
class Strip:
    """Answered by `Thumbnails` of pictures start..stop-1, each scaled into a square of `size` pixels."""

    source: str
    start: int
    stop: int
    size: int = 64


@dataclass(frozen=True)
class Export:
    """Write the last sheet of a request to `path`, whose ending chooses the medium; answered by a `Saved`."""

    request: Request
    path: str
    dpi: int = 150


@dataclass(frozen=True)
class Saved:
    """A file that has been written."""

    path: str


Job = Show | Identify | Describe | Strip | Export

register(Request, Layer, Description, Card, Thumbnails, Show, Identify, Identified, Describe, Strip, Export, Saved)
