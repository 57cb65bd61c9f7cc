"""The samples to which units respond most, and which part of each a unit sees: what several views show of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dlviz.analysis.receptive_field import Field, inputs_seen, receptive_field
from dlviz.analysis.reconstruct import Reconstruction, blank
from dlviz.feeding.feed import Feeds
from dlviz.feeding.groups import groups, token_shapes
from dlviz.grammar import in_digits
from dlviz.progress import Progress
from dlviz.scan import Scan
from dlviz.scan.relevance import RelevanceScan
from dlviz.scan.top_responses import TopResponses
from dlviz.view import Scene
from dlviz_models.data.classes import class_title
from dlviz_models.data.samples import Sample, Samples, Several, Tree

if TYPE_CHECKING:
    from dlviz.network import Network

KEPT = 16
"""How many samples a scan keeps for each unit at least, so that showing a few more needs no other scan."""
KEPT_TEXTS = 64
"""The same of texts, so that sequence logos can be made of them."""


NOTHING = {
    "activation": ("no response", "never responds", "never respond"),
    "relevance": ("no relevance", "never counts for the class", "never count for the class"),
}
"""What is said of a sample whose score is 0, and of one and several units all of whose scores are."""
SCANS: dict[str, type[Scan]] = {"activation": Scan, "relevance": RelevanceScan}
"""By what the samples of a unit are ranked."""


@dataclass(frozen=True)
class TopPatches:
    """The best samples of some units of a layer.

    Attributes:
        responses: of all units of the layer, as many as are known.
        units: those that are shown.
        k: how many of each.
        sent_back: what the units responded to, (units, k, *input), in the model's input space, or None.
        mode: the method by which it was sent back.
        sent_to: the input to which it was sent back.
        by: activation or relevance, which their scores are.
    """

    network: Network
    layer: str
    samples: Samples
    responses: TopResponses
    units: tuple[int, ...]
    k: int
    sent_back: np.ndarray | None = None
    mode: str = ""
    sent_to: str = ""
    by: str = "activation"
    known: dict[tuple[object, ...], Field] = dataclasses.field(default_factory=dict, repr=False, compare=False)
    """Receptive fields that have been followed, by the input and its size."""

    @property
    def title(self) -> str:
        """What they are, a heading."""
        return f"{'Most relevant' if self.by == 'relevance' else 'Top'} patches in {self.samples.name}"

    @property
    def score(self) -> np.ndarray:
        """(units, k) float32."""
        return self.responses.score[list(self.units), : self.k]

    @property
    def index(self) -> np.ndarray:
        """(units, k) int64, the samples' places."""
        return self.responses.index[list(self.units), : self.k]

    @property
    def position(self) -> np.ndarray:
        """(units, k, axes of the map) int64."""
        return self.responses.position[list(self.units), : self.k]

    @cached_property
    def silent(self) -> np.ndarray:
        """Which of the best are none, because the unit does not respond to them, bool (units, k)."""
        return np.asarray(self.score == 0)

    @cached_property
    def sample(self) -> dict[int, Sample]:
        """The samples by their places."""
        return {int(i): self.samples.sample(int(i)) for i in np.unique(self.index)}

    @cached_property
    def fed(self) -> dict[int, Feeds]:
        """What is fed for each sample, with a batch axis of 1, by number."""
        numbers = list(self.sample)
        return {
            numbers[i]: {name: x[row : row + 1] for name, x in feeds.items()}
            for chosen, feeds in groups(self.network, list(self.sample.values()), self.inputs)
            for row, i in enumerate(chosen)
        }

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs of which the layer's patches are shown."""
        return shown_inputs(self.network, self.layer)

    def part(self, number: int, name: str) -> Sample:
        """What a sample gives to one input."""
        sample = self.sample[number]
        return sample.parts[name] if isinstance(sample, Several) else sample

    def of_unit(self, unit: int, k: int) -> TopPatches:
        """The `k` best samples of one unit, as far as they are known."""
        return TopPatches(self.network, self.layer, self.samples, self.responses, (unit,), k, known=self.known)

    @cached_property
    def _found(self) -> dict[str, np.ndarray]:
        return {}

    def field(self, name: str, number: int | None = None) -> Field:
        """The receptive fields over one input, of the size that it has in sample `number`."""
        sizes = {}
        if _is_open(self.network):
            sizes = token_shapes(self.network, self.fed[next(iter(self.fed)) if number is None else number])
        key = (name, *sizes.items())
        if key not in self.known:
            self.known[key] = receptive_field(self.network, self.layer, name, sizes)
        return self.known[key]

    def boxes(self, name: str) -> np.ndarray:
        """What each unit sees of an input of its best samples, (units, k, 2 axes): all starts, then all stops."""
        if name not in self._found:
            if _is_open(self.network):
                rows = zip(self.index, self.position, strict=True)
                boxes = [[self._box(name, int(i), at) for i, at in zip(*row, strict=True)] for row in rows]
                self._found[name] = np.array(boxes, np.int64)
            else:
                self._found[name] = self.field(name).boxes(self.position)
        return self._found[name]

    def _box(self, name: str, number: int, position: np.ndarray) -> np.ndarray:
        sample = self.sample[number]
        if isinstance(sample, Tree) and self.network.layers[self.layer].axes == ("node",):
            found: np.ndarray = spans(sample)[int(position[0])]
            return found
        field = self.field(name, number)
        if field.shape:  # what an undecided network writes may be shorter another time
            position = np.minimum(position, np.array(field.shape) - 1)
        return field.boxes(position)

    def arrays(self) -> dict[str, np.ndarray]:
        """The raw arrays of the units by name, (units, ...) each."""
        boxes = {f"box:{name}": self.boxes(name) for name in self.inputs[1:]}
        return {
            "unit": np.array(self.units, np.int64),
            "score": self.score,
            "index": self.samples.numbers_at(self.index),
            "position": self.position,
            "box": self.boxes(self.inputs[0]),
            **boxes,
            **({} if self.sent_back is None else {"reconstruction": self.sent_back}),
        }

    def caption(self, row: int, place: int) -> str:
        """The score, the sample's number and what is true of it."""
        if self.silent[row, place]:
            return NOTHING[self.by][0]
        return f"{in_digits(float(self.score[row, place]))} · {self.sample_caption(row, place)}"

    def sample_caption(self, row: int, place: int) -> str:
        """The sample's number and what is true of it."""
        number = int(self.index[row, place])
        target = self.sample[number].target
        if isinstance(target, int | np.integer):
            names = self.samples.class_names
            label = f" ({class_title(names[int(target)]) if names else target})"
        else:
            label = f" ({target[:20]})" if isinstance(target, str) else ""
        return f"#{self.samples.number(number)}{label}"

    def classes_of_best(self) -> tuple[int, ...]:
        """The classes, by number, of the samples to which the first unit responds; empty where they have none."""
        targets = [self.sample[int(i)].target for i in self.index[0][~self.silent[0]]]
        return tuple(int(t) for t in targets if isinstance(t, int | np.integer))

    def silent_units(self) -> str:
        """A sentence about the units that never respond; empty where all do."""
        dead = [unit for unit, row in zip(self.units, self.silent, strict=True) if row[0]]
        if not dead:
            return ""
        one, several = NOTHING[self.by][1:]
        if len(dead) == 1:
            return f" Unit {dead[0]} {one}."
        first, more = dead[:8], len(dead) - 8
        last = f"{more} more" if more > 0 else str(first.pop())
        return f" Units {', '.join(map(str, first))} and {last} {several}."


def _is_open(network: Network) -> bool:
    """Whether the network takes samples of several sizes."""
    return any(None in spec.shape or spec.dtype == "string" for spec in network.inputs.values())


def shown_inputs(network: Network, layer: str) -> tuple[str, ...]:
    """The inputs over which the patches of a layer are shown: those that it sees, of trees the words, and of what is
    written with a source the text itself."""
    seen = inputs_seen(network, layer) or (network.input,)
    if network.sample_kind == "tree":
        return seen[:1]
    if network.sample_kind == "text" and len(network.inputs) > 1:
        return seen[-1:]
    return seen


def spans(tree: Tree) -> np.ndarray:
    """The first word below each node and the one past the last, (nodes, 2) int64."""
    found = [(i, i + 1) for i in range(len(tree.words))]
    for left, right in tree.children:
        found.append((min(found[left][0], found[right][0]), max(found[left][1], found[right][1])))
    return np.array(found, np.int64)


# -- of a scene ------------------------------------------------------------------------------------------------------


def scan_of(scene: Scene, samples: Samples, k: int, by: str = "activation") -> Scan:
    """The scan of the scene's layer over `samples` for `k` samples a unit, by activation or relevance; taken up where
    it, or an index of all layers, was left."""
    network, layer = scene.network, scene.layer
    key, kind = (layer, len(samples)), SCANS[by]
    scan = scene.memory.recall(kind, key)
    if scan is None or scan.k < min(k, len(samples)):
        entry = scene.cache_entry(samples, "scan", by, layer)
        scan = scene.memory.keep(kind(network, (layer,), samples, max(k, usual_k(network)), entry), key)
    if not scan.complete:
        for what in (("scan", by, layer), ("index", by, *network.visible)):
            kept = scene.cache_entry(samples, *what)
            if kept:
                scan.take_up(kept)
    return scan


def usual_k(network: Network) -> int:
    """How many samples of a unit are kept where no more are asked for."""
    return KEPT_TEXTS if network.sample_kind == "text" else KEPT


def reconstruction_of(scene: Scene, mode: str) -> Reconstruction:
    """What sends the responses of the scene's layer back.

    Raises:
        UserError: what is fed are tokens.
    """
    key = scene.layer, mode
    found = scene.memory.recall(Reconstruction, key)
    return found or scene.memory.keep(Reconstruction(scene.network, scene.layer, mode), key)


def reconstructed(scene: Scene, top: TopPatches, mode: str) -> Generator[Progress, None, TopPatches]:
    """Return the patches with what made the units respond in them."""
    found = reconstruction_of(scene, mode)
    images = blank(_input_shape(top, found.of), *top.score.shape)
    yield from found.of_top_responses(top.samples, top.responses, top.units, images)
    return replace(top, sent_back=images, mode=mode, sent_to=found.of)


def _input_shape(top: TopPatches, name: str) -> tuple[int, ...]:
    """The shape of what is fed to an input for one sample, of the largest where they differ."""
    spec = top.network.inputs[name]
    if None not in spec.shape:
        return tuple(n or 0 for n in spec.shape)
    return tuple(int(n) for n in np.max([feeds[name].shape[1:] for feeds in top.fed.values()], axis=0))
