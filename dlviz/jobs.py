"""Requests to a session and its replies: plain dataclasses that travel between processes.

No framework is imported here: the window speaks in these.
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
"""What may stand before a colon and is followed by the sample itself."""


@dataclass(frozen=True)
class Request:
    """One view of one network, in the words of the command line."""

    view: str
    model: str
    """A path, or the name of a shipped network."""
    layer: str = ""
    units: tuple[int, ...] = ()
    inputs: tuple[str | np.ndarray | Mapping[str, Any], ...] = ()
    """What is fed: each as `dlviz.parsing.samples` reads it, or pixels, uint8 (height, width, channel)."""
    data: str = ""
    limit: int = 0
    """How many samples of the data are looked at; 0: all."""
    balanced: bool = False
    """Whether these are as many of each class as there are, not the first ones."""
    output: str = ""
    """Of a network of several outputs the one that is looked at; empty: the first."""
    preprocess: str = "auto"
    fit: str = ""
    """How pictures of another size become the input: cover, stretch or contain; empty: as the network's card says."""
    like_data: bool = False
    """Whether drawings given as files or pixels get the ground, strokes, size and place that those of the data have."""
    other: str = ""
    """A second network, a path or the name of a shipped one: views that do not compare two show both side by side."""
    epoch: int = 0
    """Of a folder with the epochs of a training, the one that is looked at; 0: the last."""
    changes: tuple[str, ...] = ()
    """What is done to the network before it is looked at, each as `dlviz.model.changes` reads it."""
    settings: Mapping[str, Value] = field(default_factory=dict)
    trust: tuple[str, ...] = ()
    """Custom classes to import where the file names them, "module:Class" each."""


def source_in(given: Sequence[object]) -> str:
    """The source of the first of what is given as `SOURCE:INDEX`; empty where none is."""
    flat = [part for one in given for part in (one.values() if isinstance(one, Mapping) else [one])]
    for one in flat:
        source, colon, index = one.rpartition(":") if isinstance(one, str) else ("", "", "")
        if colon and index.isdecimal() and not os.path.exists(str(one)) and source not in OPEN_ENDED:
            return source
    return ""


@dataclass(frozen=True)
class LayerInfo:
    """What is known of one layer without running it; `shape` is its output's, without the batch axis."""

    name: str
    kind: str
    shape: tuple[int | None, ...]
    parameters: int
    parents: tuple[str, ...]
    units: int
    """The number of channels (of elements where the output is a vector); 0 where there is nothing to show."""
    has_kernel: bool
    axes: tuple[str, ...] = ()
    """What the axes of a unit's map are, such as ("height", "width"), ("time",), ("query", "key"); none: a number."""
    weights: tuple[str, ...] = ()
    """The names of its weights."""
    recurrent: bool = False
    """Whether it has a state that goes from step to step, or from node to node of a tree."""
    attends: bool = False
    """Whether there is attention in it, whose weights can be shown."""

    @property
    def is_map(self) -> bool:
        """Whether each unit outputs a map (height, width)."""
        return self.axes == ("height", "width") and self.units > 0


@dataclass(frozen=True)
class Input:
    """What one input of a network takes, as far as its layers and its card tell."""

    name: str
    kind: str
    """As of samples: picture, text, sound, tree or numbers."""
    shape: tuple[int | None, ...]
    """Without the batch axis; of pictures (height, width, channel), however the model itself wants them."""
    evidence: str
    """What shows it, as the end of a sentence."""
    dtype: str = "float32"
    vocabulary: int = 0
    """How many different token numbers it takes; 0: it takes no tokens."""


@dataclass(frozen=True)
class Output:
    """One output of a network."""

    name: str
    layer: str
    kind: str
    """One of `dlviz.view.ANSWERS`."""
    shape: tuple[int | None, ...]
    evidence: str
    """What shows it, as the end of a sentence."""
    scale: str = "linear"
    """`softmax`, `sigmoid`, `linear`: logits where it is classes; or another activation."""
    labels: bool = False
    """Of classes: whether several can be right at once, each with a probability of its own."""


@dataclass(frozen=True)
class Description:
    """What the window has to know of an opened network."""

    name: str
    layers: tuple[LayerInfo, ...]
    classes: tuple[str, ...]
    preprocess_note: str
    card: Card | None
    first_layer: str
    """The layer shown first."""
    data: str
    """The source that suits it; empty where none does."""
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    output: str = ""
    """The name of the output that is looked at."""
    trusted: tuple[str, ...] = ()
    """The custom classes, "module:Class", that the user has trusted for this network."""
    epochs: tuple[int, ...] = ()
    """The numbers of the epochs of its training that were kept; empty: it is one network."""

    @property
    def sample_kind(self) -> str:
        """The kind of sample that it takes: that of its input, a tree, or `several`."""
        return sample_kind(self.inputs)

    @property
    def answer(self) -> Output:
        """The output that is looked at."""
        return next(o for o in self.outputs if o.name == self.output)


def sample_kind(inputs: Sequence[Input]) -> str:
    """The kind of sample that a network with these inputs takes."""
    kinds = {i.kind for i in inputs}
    if kinds == {"tree"} or (kinds == {"text"} and {i.name for i in inputs} == {"source", "target"}):
        return next(iter(kinds))
    return inputs[0].kind if len(inputs) == 1 else "several"


@dataclass(frozen=True)
class Thumbnails:
    """Samples of a source in small, for a film strip."""

    source: str
    start: int
    total: int
    """How many samples the source has."""
    images: np.ndarray
    """(n, size, size, 3) uint8, from number `start` on."""
    labels: tuple[str, ...]
    """The class of each, empty where there are none."""
    texts: tuple[str, ...] = ()
    """What texts and trees are, empty for other samples."""


@dataclass(frozen=True)
class Show:
    """Answered by progress and sheets."""

    request: Request


@dataclass(frozen=True)
class Item:
    """One picture of a lecture."""

    request: Request
    title: str = ""
    """Over the picture; empty: the picture's own."""
    notes: str = ""
    """What is said: of a tour the sentence on its card, of a deck the speaker's notes."""


@dataclass(frozen=True)
class Lecture:
    """Pictures in their order."""

    title: str = ""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Identify:
    """Answered by an `Identified`: what the file or folder at `path` holds, judged by its content."""

    path: str


@dataclass(frozen=True)
class Identified:
    """What a file or folder is."""

    path: str
    holds: Literal["network", "picture", "data", "document"]
    kind: str = ""
    """Of the samples, where it is a data set."""
    lecture: Lecture | None = None
    """The pictures in it, where dlviz has written it, or where it is a lecture."""


@dataclass(frozen=True)
class Describe:
    """Answered by a `Description`."""

    model: str
    output: str = ""
    preprocess: str = "auto"
    trust: tuple[str, ...] = ()
    data: str = ""
    """The source whose labelled pictures may tell how the network is fed; empty: the one that suits it."""


@dataclass(frozen=True)
class Strip:
    """Answered by `Thumbnails` of samples start..stop-1, each scaled into a square of `size` pixels."""

    source: str
    start: int
    stop: int
    size: int = 64
    model: str = ""
    """The network for which samples are made up where the source says so."""


@dataclass(frozen=True)
class Export:
    """Write the last sheet of a request to `path`, whose ending chooses the medium; answered by a `Saved`."""

    request: Request
    path: str
    dpi: int = 150
    size: tuple[int, int] | None = None
    """Of a picture in pixels, (width, height), whatever `dpi` says."""


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
    """Empty: the data that suit the network."""
    layers: tuple[str, ...] = ()
    """Empty: all that have something to show."""
    per_unit: int = 0
    """How many samples of each unit; 0: the usual number."""
    limit: int = 0
    preprocess: str = "auto"
    fit: str = ""
    trust: tuple[str, ...] = ()
    by: Literal["activation", "relevance"] = "activation"
    changes: tuple[str, ...] = ()
    """What is done to the network first, each as `dlviz.model.changes` reads it."""
    shard: tuple[int, int] = (1, 1)
    """Look only at part i of n, (i, n), which others complete."""


@dataclass(frozen=True)
class Indexed:
    """What an index holds, or where others have to complete it will hold."""

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
Told = tuple[Any, ...]
Work = Callable[[Job], Generator[Any, Told, None]]
"""Answers a job, bit by bit. To each answer it is sent what the window has told the job since the one before; None in
the place of an answer waits until it tells something."""

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
