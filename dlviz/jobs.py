"""Requests to a session and its replies: plain dataclasses that are sent between processes.

No framework is imported here, because the window uses them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from dlviz.options import Value
from dlviz.watching.jobs import WatchTraining
from dlviz.wire import register
from dlviz_models.cards import Card

OPEN_ENDED = ("text", "numbers", "tree", "array")
"""Prefixes of inputs that are followed by the sample itself after a colon."""


@dataclass(frozen=True)
class Request:
    """One view of one network, in the words of the command line."""

    view: str
    model: str
    """A path, or the name of a shipped network."""
    layer: str = ""
    units: tuple[int, ...] = ()
    inputs: tuple[str | np.ndarray | Mapping[str, Any], ...] = ()
    """The inputs: texts for `dlviz.parsing.samples`, or pixels, uint8 (height, width, channel)."""
    data: str = ""
    limit: int = 0
    """How many samples of the data are looked at; 0: all."""
    balanced: bool = False
    """Whether these are as many of each class as there are, not the first ones."""
    output: str = ""
    """The output to look at, for a network with several; empty: the first."""
    preprocess: str = "auto"
    fit: str = ""
    """How pictures are resized to the input: cover, stretch or contain; empty: as the network's card says."""
    like_data: bool = False
    """Whether the user's drawings are adapted to the background, strokes, size and position of the data."""
    other: str = ""
    """A second network, a path or the name of a shipped one; views that do not compare two show both side by side."""
    epoch: int = 0
    """The epoch to open from a folder of kept epochs; 0: the last."""
    changes: tuple[str, ...] = ()
    """Changes to the network, as texts of `dlviz.model.changes`."""
    settings: Mapping[str, Value] = field(default_factory=dict)
    trust: tuple[str, ...] = ()
    """Custom classes to import where the file names them, "module:Class" each."""


def source_in(given: Sequence[object]) -> str:
    """The source of the first input of the form `SOURCE:INDEX`; empty if there is none."""
    flat = [part for one in given for part in (one.values() if isinstance(one, Mapping) else [one])]
    for one in flat:
        source, colon, index = one.rpartition(":") if isinstance(one, str) else ("", "", "")
        if colon and index.isdecimal() and not os.path.exists(str(one)) and source not in OPEN_ENDED:
            return source
    return ""


@dataclass(frozen=True)
class LayerInfo:
    """A description of a layer; `shape` is that of its output, without the batch axis."""

    name: str
    kind: str
    shape: tuple[int | None, ...]
    parameters: int
    parents: tuple[str, ...]
    units: int
    """The number of channels, or of elements of a vector; 0 if there is nothing to show."""
    has_kernel: bool
    axes: tuple[str, ...] = ()
    """The axes of a unit's map, such as ("height", "width"), ("time",) or ("query", "key"); empty: one number."""
    weights: tuple[str, ...] = ()
    """The names of its weights."""
    recurrent: bool = False
    """Whether it has a state that is passed between steps, or nodes of a tree."""
    attends: bool = False
    """Whether it contains attention whose weights can be shown."""

    @property
    def is_map(self) -> bool:
        """Whether each unit outputs a map (height, width)."""
        return self.axes == ("height", "width") and self.units > 0


@dataclass(frozen=True)
class Input:
    """One input of a network, as inferred from its layers and card."""

    name: str
    kind: str
    """The kind of sample: picture, text, sound, tree or numbers."""
    shape: tuple[int | None, ...]
    """Without the batch axis; (height, width, channel) for pictures, whatever the model's own layout."""
    evidence: str
    """The evidence for the kind, as the end of a sentence."""
    dtype: str = "float32"
    vocabulary: int = 0
    """The number of distinct tokens; 0: it takes no tokens."""


@dataclass(frozen=True)
class Output:
    """One output of a network."""

    name: str
    layer: str
    kind: str
    """One of `dlviz.view.ANSWERS`."""
    shape: tuple[int | None, ...]
    evidence: str
    """The evidence for the kind, as the end of a sentence."""
    scale: str = "linear"
    """`softmax`, `sigmoid`, `linear` (logits of classes) or another activation."""
    labels: bool = False
    """Whether it is a multi-label classifier, with an independent probability for each class."""


@dataclass(frozen=True)
class Description:
    """Everything that the window needs to know about an opened network."""

    name: str
    layers: tuple[LayerInfo, ...]
    classes: tuple[str, ...]
    preprocess_note: str
    card: Card | None
    first_layer: str
    """The layer shown first."""
    data: str
    """The default data source; empty if none is suitable."""
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    output: str = ""
    """The name of the chosen output."""
    trusted: tuple[str, ...] = ()
    """The custom classes, "module:Class", that the user has trusted for this network."""
    epochs: tuple[int, ...] = ()
    """The numbers of the kept epochs of its training; empty for a single network."""

    @property
    def sample_kind(self) -> str:
        """The kind of sample that it takes: that of its input, `tree` or `several`."""
        return sample_kind(self.inputs)

    @property
    def answer(self) -> Output:
        """The chosen output."""
        return next(o for o in self.outputs if o.name == self.output)


def sample_kind(inputs: Sequence[Input]) -> str:
    """The kind of sample that a network with these inputs takes."""
    kinds = {i.kind for i in inputs}
    if kinds == {"tree"} or (kinds == {"text"} and {i.name for i in inputs} == {"source", "target"}):
        return next(iter(kinds))
    return inputs[0].kind if len(inputs) == 1 else "several"


@dataclass(frozen=True)
class Thumbnails:
    """Thumbnails of samples, for a film strip."""

    source: str
    start: int
    total: int
    """The number of samples of the source."""
    images: np.ndarray
    """(n, size, size, 3) uint8, from number `start` on."""
    labels: tuple[str, ...]
    """The class of each; empty without labels."""
    texts: tuple[str, ...] = ()
    """The texts of texts and trees; empty for other samples."""
    notes: tuple[str, ...] = ()
    """What was left out of the source, in sentences."""


@dataclass(frozen=True)
class Show:
    """Answered by progress and sheets."""

    request: Request


@dataclass(frozen=True)
class Item:
    """One picture of a lecture."""

    request: Request
    title: str = ""
    """The heading; empty: the picture's own."""
    notes: str = ""
    """The speaker's notes of a deck, or the sentence on the card of a tour."""


@dataclass(frozen=True)
class Lecture:
    """Pictures in order."""

    title: str = ""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Identify:
    """Answered by an `Identified`: what the file or folder at `path` holds, judged by its content."""

    path: str


@dataclass(frozen=True)
class Identified:
    """The kind of a file or folder."""

    path: str
    holds: Literal["network", "picture", "data", "document"]
    kind: str = ""
    """The kind of samples, if it is a data set."""
    lecture: Lecture | None = None
    """The pictures in it, if it was written by dlviz or is a lecture."""


@dataclass(frozen=True)
class Describe:
    """Answered by a `Description`."""

    model: str
    output: str = ""
    preprocess: str = "auto"
    trust: tuple[str, ...] = ()
    data: str = ""
    """The source whose labels may reveal the preprocessing; empty: the default one."""


@dataclass(frozen=True)
class Strip:
    """Answered by `Thumbnails` of samples start..stop-1, each scaled into a square of `size` pixels."""

    source: str
    start: int
    stop: int
    size: int = 64
    model: str = ""
    """The network for which random samples are generated if the source requires it."""


@dataclass(frozen=True)
class Export:
    """Write the last sheet of a request to `path`, whose ending chooses the medium; answered by a `Saved`."""

    request: Request
    path: str
    dpi: int = 150
    size: tuple[int, int] | None = None
    """The size of a picture in pixels, (width, height), which overrides `dpi`."""


@dataclass(frozen=True)
class MakeDeck:
    """Write a lecture as slides, a PDF or a page to present; answered by a `Saved`."""

    lecture: Lecture
    path: str


@dataclass(frozen=True)
class Render:
    """Draw the last sheet of a request as a .png would have it; answered by a `Rendered`."""

    request: Request
    dpi: int = 150


@dataclass(frozen=True)
class Rendered:
    """A sheet as a picture, uint8 (height, width, 3)."""

    pixels: np.ndarray


@dataclass(frozen=True)
class BuildIndex:
    """Find the best samples of every unit of every layer and keep them on disk; answered by progress and an
    `Indexed`."""

    model: str
    data: str = ""
    """Empty: the default data of the network."""
    layers: tuple[str, ...] = ()
    """Empty: all visible layers."""
    per_unit: int = 0
    """Samples per unit; 0: the default."""
    limit: int = 0
    preprocess: str = "auto"
    fit: str = ""
    trust: tuple[str, ...] = ()
    by: Literal["activation", "relevance"] = "activation"
    changes: tuple[str, ...] = ()
    """Changes to the network, as texts of `dlviz.model.changes`."""
    shard: tuple[int, int] = (1, 1)
    """(i, n): scan only part i of n."""


@dataclass(frozen=True)
class Indexed:
    """The contents of an index, or of one that other shards have yet to complete."""

    network: str
    data: str
    samples: int
    layers: Mapping[str, int]
    """The number of units of each."""
    per_unit: int


@dataclass(frozen=True)
class Saved:
    """A file that has been written."""

    path: str


Job = Show | Identify | Describe | Strip | Export | Render | WatchTraining | MakeDeck | BuildIndex
Messages = tuple[Any, ...]
Work = Callable[[Job], Generator[Any, Messages, None]]
"""Answers a job step by step. After each answer the generator is sent the messages that have arrived since the one
before; it yields None to wait for a message."""

register(
    Request,
    LayerInfo,
    Input,
    Output,
    Description,
    Card,
    Thumbnails,
    Show,
    Identify,
    Identified,
    Describe,
    Strip,
    Export,
    Render,
    Rendered,
    Saved,
    Item,
    Lecture,
    MakeDeck,
    BuildIndex,
    Indexed,
)
