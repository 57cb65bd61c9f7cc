"""The top samples of the units of a layer, with the receptive field of each response and its reconstruction."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dlviz.analysis.receptive_field import ReceptiveField, inputs_seen, receptive_field
from dlviz.analysis.reconstruct import Reconstruction, empty_reconstructions
from dlviz.feeding.feed import Feeds
from dlviz.feeding.groups import groups, token_shapes
from dlviz.grammar import in_digits
from dlviz.model.changes import units_off
from dlviz.progress import Progress
from dlviz.scan import Scan
from dlviz.scan.phrases import PhraseScan
from dlviz.scan.relevance import RelevanceScan
from dlviz.scan.top_responses import TopResponses
from dlviz.view import Scene
from dlviz_models.data.classes import class_title
from dlviz_models.data.samples import Sample, Samples, Several, Tree

if TYPE_CHECKING:
    from dlviz.network import Network

MIN_K = 16
"""The minimum k of a scan, so that showing a few more samples needs no new scan."""
MIN_K_TEXTS = 64
"""The same for texts, of which sequence logos are made."""


ZERO_SCORE = {
    "activation": ("no response", "never responds", "never respond"),
    "relevance": ("no relevance", "never counts for the class", "never count for the class"),
}
"""By criterion: the caption of a sample with score 0, and the predicate for one unit and for several whose top scores
are 0."""


@dataclass(frozen=True)
class TopPatches:
    """The top samples of some units of a layer.

    Attributes:
        responses: the lists of all units of the layer.
        units: the units shown.
        k: samples per unit.
        reconstructions: (units, k, *input), in the model's input space, or None; see `Reconstruction`.
        mode: the method of reconstruction.
        reconstructed_input: the name of the input that is reconstructed.
        by: the ranking criterion, "activation" or "relevance".
        searched: the number of samples searched, if these are not all; otherwise 0.
        field_cache: receptive fields by input name and sizes.
    """

    network: Network
    layer: str
    samples: Samples
    responses: TopResponses
    units: tuple[int, ...]
    k: int
    reconstructions: np.ndarray | None = None
    mode: str = ""
    reconstructed_input: str = ""
    by: str = "activation"
    searched: int = 0
    field_cache: dict[tuple[object, ...], ReceptiveField] = dataclasses.field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def title(self) -> str:
        """The heading."""
        some = f"{self.searched:,} of " if self.searched else ""
        return f"{'Most relevant' if self.by == 'relevance' else 'Top'} patches in {some}{self.samples.name}"

    @property
    def score(self) -> np.ndarray:
        """(units, k) float32."""
        return self.responses.score[list(self.units), : self.k]

    @property
    def index(self) -> np.ndarray:
        """(units, k) int64, the index of each sample in `samples`."""
        return self.responses.index[list(self.units), : self.k]

    @property
    def position(self) -> np.ndarray:
        """(units, k, axes of the map) int64."""
        return self.responses.position[list(self.units), : self.k]

    @cached_property
    def silent(self) -> np.ndarray:
        """Whether the score is 0, bool (units, k)."""
        return np.asarray(self.score == 0)

    @cached_property
    def sample(self) -> dict[int, Sample]:
        """The top samples by index."""
        return {int(i): self.samples.sample(int(i)) for i in np.unique(self.index)}

    @cached_property
    def fed(self) -> dict[int, Feeds]:
        """The feeds of each top sample by index, (1, ...) each."""
        numbers = list(self.sample)
        return {
            numbers[i]: {name: x[row : row + 1] for name, x in feeds.items()}
            for chosen, feeds in groups(self.network, list(self.sample.values()), self.inputs)
            for row, i in enumerate(chosen)
        }

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs over which patches are shown."""
        return shown_inputs(self.network, self.layer)

    def part(self, number: int, name: str) -> Sample:
        """The part of a sample that is fed to the input called `name`."""
        sample = self.sample[number]
        return sample.parts[name] if isinstance(sample, Several) else sample

    def for_unit(self, unit: int, k: int) -> TopPatches:
        """The top `k` samples of one unit."""
        cache = self.field_cache
        return TopPatches(self.network, self.layer, self.samples, self.responses, (unit,), k, field_cache=cache)

    @cached_property
    def _boxes(self) -> dict[str, np.ndarray]:
        return {}

    def field(self, name: str, number: int | None = None) -> ReceptiveField:
        """The receptive fields over one input; `number` is the sample whose size counts if sizes vary."""
        sizes = {}
        if _has_open_sizes(self.network):
            sizes = token_shapes(self.network, self.fed[next(iter(self.fed)) if number is None else number])
        key = (name, *sizes.items())
        if key not in self.field_cache:
            self.field_cache[key] = receptive_field(self.network, self.layer, name, sizes)
        return self.field_cache[key]

    def boxes(self, name: str) -> np.ndarray:
        """The receptive field of each response in one input, (units, k, 2 axes): all starts, then all stops."""
        if name not in self._boxes:
            if _has_open_sizes(self.network):
                rows = zip(self.index, self.position, strict=True)
                boxes = [[self._box(name, int(i), at) for i, at in zip(*row, strict=True)] for row in rows]
                self._boxes[name] = np.array(boxes, np.int64)
            else:
                self._boxes[name] = self.field(name).boxes(self.position)
        return self._boxes[name]

    def _box(self, name: str, number: int, position: np.ndarray) -> np.ndarray:
        sample = self.sample[number]
        if isinstance(sample, Tree) and self.network.layers[self.layer].axes == ("node",):
            found: np.ndarray = spans(sample)[int(position[0])]
            return found
        field = self.field(name, number)
        if field.shape:  # generated text may be shorter when it is decoded again
            position = np.minimum(position, np.array(field.shape) - 1)
        return field.boxes(position)

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays of `--out FILE.npz`, (units, ...) each."""
        boxes = {f"box:{name}": self.boxes(name) for name in self.inputs[1:]}
        return {
            "unit": np.array(self.units, np.int64),
            "score": self.score,
            "index": self.samples.numbers_at(self.index),
            "position": self.position,
            "box": self.boxes(self.inputs[0]),
            **boxes,
            **({} if self.reconstructions is None else {"reconstruction": self.reconstructions}),
        }

    def caption(self, row: int, rank: int) -> str:
        """The score, the number of the sample and its target."""
        if self.silent[row, rank]:
            return ZERO_SCORE[self.by][0]
        return f"{in_digits(float(self.score[row, rank]))} · {self.sample_caption(row, rank)}"

    def sample_caption(self, row: int, rank: int) -> str:
        """The number of the sample and its target."""
        number = int(self.index[row, rank])
        target = self.sample[number].target
        if isinstance(target, int | np.integer):
            names = self.samples.class_names
            label = f" ({class_title(names[int(target)]) if names else target})"
        else:
            label = f" ({target[:20]})" if isinstance(target, str) else ""
        return f"#{self.samples.number(number)}{label}"

    def classes_of_best(self) -> tuple[int, ...]:
        """The class numbers of the first unit's top samples with a score above 0; empty without classes."""
        targets = [self.sample[int(i)].target for i in self.index[0][~self.silent[0]]]
        return tuple(int(t) for t in targets if isinstance(t, int | np.integer))

    @cached_property
    def off(self) -> frozenset[int]:
        """The units that are switched off."""
        return units_off(self.network.changes, self.layer)

    def label(self, row: int) -> str:
        """The name of a unit, and that it is switched off where it is."""
        unit = self.units[row]
        return f"unit {unit}: off" if unit in self.off else f"unit {unit}"

    def units_off(self) -> str:
        """A sentence that names the units that are switched off; empty if there are none."""
        off = [unit for unit in self.units if unit in self.off]
        if not off:
            return ""
        is_off, never = ("is off, so it", 1) if len(off) == 1 else ("are off, so they", 2)
        return f"{_named(off)} {is_off} {ZERO_SCORE[self.by][never]}. "

    def silent_units(self) -> str:
        """A sentence that names the other units that never respond; empty if there are none."""
        rows = zip(self.units, self.silent, strict=True)
        dead = [unit for unit, row in rows if row[0] and unit not in self.off]
        return f" {_named(dead)} {ZERO_SCORE[self.by][1 if len(dead) == 1 else 2]}." if dead else ""


def _named(units: Sequence[int]) -> str:
    """Some units, the subject of a sentence: "Unit 3", "Units 3 and 5"."""
    if len(units) == 1:
        return f"Unit {units[0]}"
    first, more = list(units[:8]), len(units) - 8
    last = f"{more} more" if more > 0 else str(first.pop())
    return f"Units {', '.join(map(str, first))} and {last}"


def _has_open_sizes(network: Network) -> bool:
    """Whether the network takes samples of varying size."""
    return any(None in spec.shape or spec.dtype == "string" for spec in network.inputs.values())


def shown_inputs(network: Network, layer: str) -> tuple[str, ...]:
    """The inputs over which the patches of a layer are shown: those it depends on; of trees only the words, and of a
    translator's two texts only the last it depends on."""
    seen = inputs_seen(network, layer) or (network.input,)
    if network.sample_kind == "tree":
        return seen[:1]
    if network.sample_kind == "text" and len(network.inputs) > 1:
        return seen[-1:]
    return seen


def spans(tree: Tree) -> np.ndarray:
    """The word span (start, stop) of each node, int64 (nodes, 2)."""
    found = [(i, i + 1) for i in range(len(tree.words))]
    for left, right in tree.children:
        found.append((min(found[left][0], found[right][0]), max(found[left][1], found[right][1])))
    return np.array(found, np.int64)


# -- for a scene -----------------------------------------------------------------------------------------------------


def scan_type(network: Network, by: str) -> type[Scan]:
    """The scan for a ranking criterion."""
    if by == "relevance":
        return RelevanceScan
    return PhraseScan if network.sample_kind == "tree" else Scan


def scan_of(scene: Scene, samples: Samples, k: int, by: str = "activation") -> Scan:
    """The scan of the scene's layer for the top `k` samples per unit, resumed from its own checkpoint or that of an
    index of all layers."""
    network, layer = scene.network, scene.layer
    key, kind = (layer, len(samples)), scan_type(network, by)
    scan = scene.memory.recall(kind, key)
    if scan is None or scan.k < min(k, len(samples)):
        entry = scene.cache_entry(samples, "scan", by, layer)
        scan = scene.memory.keep(kind(network, (layer,), samples, max(k, default_k(network)), entry), key)
    if not scan.complete:
        for parts in (("scan", by, layer), ("index", by, *network.visible)):
            entry = scene.cache_entry(samples, *parts)
            if entry:
                scan.resume_from(entry)
    return scan


def default_k(network: Network) -> int:
    """The number of samples per unit that a scan keeps by default."""
    return MIN_K_TEXTS if network.sample_kind == "text" else MIN_K


def reconstruction_of(scene: Scene, mode: str) -> Reconstruction:
    """The `Reconstruction` of the scene's layer, shared between views.

    Raises:
        UserError: the layer depends on tokens only.
    """
    key = scene.layer, mode
    found = scene.memory.recall(Reconstruction, key)
    return found or scene.memory.keep(Reconstruction(scene.network, scene.layer, mode), key)


def with_reconstructions(scene: Scene, top: TopPatches, mode: str) -> Generator[Progress, None, TopPatches]:
    """Return the patches with the reconstruction of each response by the method `mode`."""
    found = reconstruction_of(scene, mode)
    images = empty_reconstructions(_input_shape(top, found.input), *top.score.shape)
    yield from found.fill(top.samples, top.responses, top.units, images)
    return replace(top, reconstructions=images, mode=mode, reconstructed_input=found.input)


def _input_shape(top: TopPatches, name: str) -> tuple[int, ...]:
    """The shape fed to an input for one sample; along axes of varying size the largest."""
    spec = top.network.inputs[name]
    if None not in spec.shape:
        return tuple(n or 0 for n in spec.shape)
    return tuple(int(n) for n in np.max([feeds[name].shape[1:] for feeds in top.fed.values()], axis=0))
