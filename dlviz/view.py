"""The base of all views: a frozen dataclass of options whose `run` turns a scene into sheets.

A view's module imports no framework at the top, because the window reads the options without one; what needs Keras goes
through `scene.network` or is imported inside `run`. A lesson is a view that needs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from dlviz.memory import Memory
from dlviz.options import Value
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz_models.data.samples import KINDS, Sample, Samples

if TYPE_CHECKING:
    from dlviz.cache import Entry
    from dlviz.jobs import Description, LayerInfo
    from dlviz.network import Network
    from dlviz_models.data import Pictures

Need = Literal["network", "layer", "sample", "data", "train", "epochs", "other"]
Answer = Literal["classes", "numbers", "picture", "pixels", "text", "steps", "nodes"]
"""The kind of a network's answer: a class, numbers, a picture, a class for each pixel, a text, a class for each step of
a sequence, or a class for each node of a tree."""
ANSWERS: frozenset[Answer] = frozenset({"classes", "numbers", "picture", "pixels", "text", "steps", "nodes"})

RECONSTRUCT = ("none", "deconv", "guided", "gradient")
"""The methods to project a response back to the input, as options name them."""
RECONSTRUCT_LABELS = ("not shown", "by deconvnet", "by guided backpropagation", "by the gradient")
RECONSTRUCTED = ("picture", "sound", "numbers", "several")
"""The kinds of samples to which a response can be projected back."""


def no_cache_entry(*what: object) -> None:
    """No cache entry."""


@dataclass(frozen=True)
class Scene:
    """The inputs of a view: exactly what it declares in `needs` and `optional`."""

    given: Mapping[Need, Any]
    """The network, the layer's name, the samples (a tuple), the data set and what was learned from, the network at each
    epoch and the second network, if needed."""
    units: tuple[int, ...] = ()
    """The chosen units; empty: all."""
    memory: Memory = field(default_factory=Memory)
    """Results shared between views as long as the network and the data stay open."""
    cache_entry: Callable[..., Entry | None] = no_cache_entry
    """The cache entry for a result that depends on the network, the samples and the further arguments."""

    @property
    def network(self) -> Network:
        """The opened network."""
        network: Network = self.given["network"]
        return network

    @property
    def layer(self) -> str:
        """The name of the chosen layer, which the network has."""
        layer: str = self.given["layer"]
        return layer

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The samples fed: at least one if the view needs it, perhaps none if it is optional."""
        samples: tuple[Sample, ...] = self.given.get("sample", ())
        return samples

    @property
    def data(self) -> Samples:
        """The samples to go through, already cut to the limit asked for."""
        data: Samples = self.given["data"]
        return data

    @property
    def train(self) -> Samples:
        """The training part of the data."""
        train: Samples = self.given["train"]
        return train

    @property
    def epochs(self) -> Sequence[Callable[[], Network]]:
        """Functions that open the network at each kept epoch up to the chosen one; without kept epochs, the network
        alone."""
        epochs: Sequence[Callable[[], Network]] = self.given["epochs"]
        return epochs

    @property
    def other(self) -> Network:
        """The second network."""
        other: Network = self.given["other"]
        return other

    @property
    def pictures(self) -> Pictures:
        """`data`, for views of picture networks."""
        return cast("Pictures", self.data)


class View:
    """One visualisation; subclasses are frozen dataclasses, one in each module of `dlviz.views` and `dlviz.lessons`."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """One sentence: what is shown."""
    needs: ClassVar[frozenset[Need]] = frozenset()
    """What it requires; a view that needs nothing is a lesson."""
    optional: ClassVar[frozenset[Need]] = frozenset()
    """What it also shows if available."""
    samples: ClassVar[frozenset[str]] = frozenset(KINDS)
    """The kinds of samples that it can show."""
    answers: ClassVar[frozenset[Answer]] = ANSWERS
    """The kinds of answers that it can show."""
    single_label: ClassVar[bool] = False
    """Whether it is for single-label classifiers only."""
    units: ClassVar[bool] = True
    """Whether it shows the output of a layer's units, if it needs a layer."""
    chosen_units: ClassVar[bool] = False
    """Whether it shows several chosen units of a layer instead of all (`Scene.units`)."""
    axes: ClassVar[tuple[int, ...]] = (0, 1, 2, 3)
    """How many axes, besides the units, the maps of a layer may have."""
    group: ClassVar[str] = ""
    """The heading it is listed under: for a lesson, a chapter of the course."""
    order: ClassVar[float] = 100
    """Its position within its group."""
    beside: ClassVar[bool] = False
    """Whether the window shows it all the time, in a side pane."""
    settings_beside: ClassVar[Mapping[str, Value]] = {}
    """Its options where it is shown in a side pane, which has little room."""
    late: ClassVar[bool] = False
    """Whether its default layer is the last features rather than the first layer with weights."""
    one_unit: ClassVar[bool] = False
    """Whether it shows the one unit that is selected."""
    layer_trait: ClassVar[Literal["", "recurrent", "attends"]] = ""
    """What a layer must have for the view to show it; empty: nothing in particular."""
    one_sample: ClassVar[bool] = False
    """Whether it looks at one sample, however many there are to choose from."""

    @classmethod
    def obstacle(cls, network: Description) -> str:
        """Why it does not apply to a network with matching samples and answers; empty if it does."""
        return ""

    @classmethod
    def layer_obstacle(cls, network: Description, layer: LayerInfo) -> str:
        """Why it does not apply to a layer with matching maps; empty if it does."""
        return ""

    def is_long(self) -> bool:
        """Whether its work with these options takes longer than a second: a worker process does it for the window."""
        return False

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        """Yield progress and sheets; each sheet replaces the one before it, the last one stays."""
        raise NotImplementedError
