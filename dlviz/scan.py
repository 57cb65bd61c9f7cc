"""The samples of a data set to which each unit responds most, and where in them.

All samples stream once through the compiled network. Pictures are fed in large batches: of each the largest response
of every unit is found beside the forward pass. Where in a picture that is, is looked up for the few alone that enter a
unit's list: in the maps of their batch, or where there are many more pictures than places by feeding them once more.
What differs in length is fed in groups of one length, each sample as it would be alone. What is kept does not grow with
the number of samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import keras
import numpy as np

from dlviz import backend
from dlviz.broken_weights import broken_weights
from dlviz.cache import Entry
from dlviz.feed_groups import groups
from dlviz.network import Network, Postprocess
from dlviz.progress import Progress
from dlviz.receptive_field import inputs_seen, source
from dlviz.synthetic import FREE
from dlviz_models.data import Pictures
from dlviz_models.data.samples import Samples, plural
from dlviz_models.errors import UserError

BATCH = 500
BATCH_BYTES = 64 << 20
"""A batch holds as many samples as fit into both: the largest map of a batch stays near the processor's cache."""
AGAIN = 64
"""So many pictures that have entered a list are fed together once more."""
WORTH_FEEDING_AGAIN = 8
"""Where there are so many times more pictures than can be in the lists."""
CHUNK = 256
"""So many samples that may differ in length are read before they are fed."""
FIELDS = ("score", "index", "position")
Locate = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The positions (m, axes) of the largest responses to samples (m,) of a batch of units (m,), which are numbered through
all layers; zeros for axes that a layer's map has not, -1 where they are found later."""


@dataclass(frozen=True)
class TopResponses:
    """Of each unit, best first: its largest responses, one a sample, and where they are.

    score: (units, k) float32; index: (units, k) int64, the sample's number; position: (units, k, axes) int64, a number
    for each axis of the layer's map; where it answers with a vector zeros, one for each axis of the input.
    """

    score: np.ndarray
    index: np.ndarray
    position: np.ndarray

    @classmethod
    def none(cls, units: int, k: int, axes: int) -> TopResponses:
        """Lists with `k` free places."""
        scores = np.full((units, k), -np.inf, np.float32)
        return cls(scores, np.full((units, k), -1), np.zeros((units, k, axes), np.int64))

    def of(self, units: slice, axes: int) -> TopResponses:
        """A view of some units, which are those of a layer whose map has so many axes."""
        return TopResponses(self.score[units], self.index[units], self.position[units, :, :axes])

    def enter(self, scores: np.ndarray, locate: Locate, start: int) -> None:
        """Let the samples start..start+n-1 in, whose largest responses are `scores` (n, units).

        Equal scores are won by the lowest sample number, equal places by the first in row-major order.
        """
        k, axes = self.position.shape[1:]
        if start < k:  # places are free
            last = max(0, len(scores) - k)
            better = scores >= np.partition(scores, last, axis=0)[last]
        else:
            better = scores > self.score[:, -1]
        sample, unit = np.nonzero(better)
        units = np.flatnonzero(better.any(axis=0))
        joined = np.concatenate([self.score[units].ravel(), scores[sample, unit]])  # old places, then new ones
        index = np.concatenate([self.index[units].ravel(), sample + start])
        owner = np.concatenate([np.repeat(units, k), unit])
        order = np.lexsort((index < 0, -joined, owner))  # a stable sort; free places are last
        firsts = np.searchsorted(owner[order], units)
        taken = order[firsts[:, None] + np.arange(k)]  # (units, k)
        entered = taken >= k * len(units)
        new = taken[entered] - k * len(units)
        position = np.empty((*taken.shape, axes), np.int64)
        position[~entered] = self.position[units].reshape(k * len(units), axes)[taken[~entered]]
        position[entered] = locate(sample[new], unit[new])
        self.score[units], self.index[units], self.position[units] = joined[taken], index[taken], position


class Scan:
    """The search for every unit's `k` best samples in several layers at once; it can be left and taken up again.

    Args:
        kept: place on disk of the result, which is taken from there where it is known.

    Attributes:
        done: how many samples have been looked at.
    """

    def __init__(
        self, network: Network, layers: Sequence[str], samples: Samples, k: int, kept: Entry | None = None
    ) -> None:
        if not len(samples):
            raise UserError(
                f"{samples.name} has no {plural(samples.kind)} to scan: choose other data, or a limit above 0."
            )
        self.network = network
        self.samples = samples
        self.layers = tuple(layers)
        self.k = min(k, len(samples))
        self.done = 0
        axes = [_columns(network, name) for name in self.layers]
        stops = list(accumulate((_units(network, name) for name in self.layers), initial=0))
        self._units = [slice(*bounds) for bounds in pairwise(stops)]
        self._all = TopResponses.none(
            stops[-1], self.k, max(1, *axes)
        )  # of all layers, so that one merge serves them all
        places = zip(self.layers, self._units, axes, strict=True)
        self._by_layer = {name: self._all.of(units, count) for name, units, count in places}
        self._unknown = np.concatenate([np.full(_units(network, n), -_has_places(network, n)) for n in self.layers])
        batches = math.ceil(len(samples) / batch_limit(network, self.layers))
        self.batch = math.ceil(len(samples) / batches)
        self._inputs = {name for layer in self.layers for name in inputs_seen(network, layer)}
        self._kept = kept
        self._recall()

    @property
    def top_responses(self) -> dict[str, TopResponses]:
        """The largest responses so far, by layer."""
        self._locate()
        return self._by_layer

    @property
    def _locates_later(self) -> bool:
        """Whether it is cheaper to feed the winners once more than to keep the maps of all pictures."""
        winners = self.k * int(np.count_nonzero(self._unknown))
        return winners * WORTH_FEEDING_AGAIN <= len(self.samples)

    @property
    def _arrays(self) -> dict[str, np.ndarray]:
        return {f"{name}/{field}": getattr(top, field) for name, top in self.top_responses.items() for field in FIELDS}

    def _recall(self) -> None:
        """Take the result that was kept, if it is one of such a scan."""
        found = self._kept.get() if self._kept else None
        if found and all(
            n in found and (found[n].shape, found[n].dtype) == (a.shape, a.dtype) for n, a in self._arrays.items()
        ):
            for name, array in self._arrays.items():
                array[...] = found[name]
            self.done = len(self.samples)

    @property
    def complete(self) -> bool:
        """Whether all samples have been looked at."""
        return self.done == len(self.samples)

    def run(self) -> Iterator[Progress]:
        """Look at the samples that are left, a batch between two yields."""
        total = len(self.samples)
        look, size = self._look_at_samples, min(CHUNK, self.batch)
        if isinstance(self.samples, Pictures) and self.network.takes_pictures and self._are_bytes(self.samples):
            look, size = self._look_at_pictures, self.batch
        while not self.complete:
            stop = min(self.done + size, total)
            self._enter(*look(self.done, stop))
            self.done = stop
            if self.complete:
                self._locate()
                if self._kept:
                    self._kept.put(self._arrays)
            yield Progress(self.done, total, f"scanning {self.samples.name}")

    def _are_bytes(self, pictures: Pictures) -> bool:
        """Whether pictures are stored as uint8, and are fed in one size."""
        return pictures.stored_as_bytes and None not in self.network.inputs[self.network.input].shape

    def _enter(self, scores: np.ndarray, locate: Locate) -> None:
        """Let the samples that follow those done in; a function of its own, since maps are to be gone before the next
        batch is computed."""
        if np.isnan(scores.max()):
            self._refuse_nan(np.isnan(scores))
        self._all.enter(scores, locate, self.done)

    def _look_at_pictures(self, start: int, stop: int) -> tuple[np.ndarray, Locate]:
        """The largest responses (n, units of all layers) to pictures in bytes, and where they are."""
        batch = self.samples.batch(start, stop)  # type: ignore[attr-defined]
        missing = self.batch - len(batch)  # a last batch of another size would be compiled anew
        if missing and isinstance(batch, np.ndarray):
            batch = np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)])
        elif missing:
            batch = [*batch, *batch[-1:] * missing]
        if self._locates_later:
            best = self._run(largest, batch)
            return np.asarray(best)[: stop - start], lambda sample, unit: self._unknown[unit, None]
        maps, best = self._run(maps_and_largest, batch)
        return np.asarray(best)[: stop - start], self._in_maps([np.asarray(map_) for map_ in maps])

    def _run(self, postprocess: Postprocess, batch: np.ndarray | list[np.ndarray]) -> Any:
        """What is made of the layers' outputs for a batch of pictures in bytes."""
        if isinstance(batch, np.ndarray) and batch.shape[1:] == self.network.input_shape:
            return self.network.function(self.layers, postprocess, self.network.from_pixels)(backend.constant(batch))
        return self.network.function(self.layers, postprocess)(backend.constant(self.network.feed_pictures(batch)))

    def _locate(self) -> None:
        """Feed the pictures once more of which it is not known where in them a unit responds."""
        unit, place = np.nonzero(self._all.position[..., 0] < 0)
        index = self._all.index[unit, place]
        numbers = np.unique(index)
        for start in range(0, len(numbers), AGAIN):
            some = numbers[start : start + AGAIN]
            fed = np.pad(some, (0, AGAIN - len(some)), mode="edge")
            batch = self.samples.select(fed).batch(0, AGAIN)  # type: ignore[attr-defined]
            maps, _ = self._run(maps_and_largest, batch)
            here = np.flatnonzero(np.isin(index, some))
            found = self._in_maps([np.asarray(map_) for map_ in maps])(np.searchsorted(some, index[here]), unit[here])
            self._all.position[unit[here], place[here]] = found

    def _in_maps(self, maps: list[np.ndarray]) -> Locate:
        """Where the largest responses are in the maps (n, *axes, units) of each layer."""

        def locate(sample: np.ndarray, unit: np.ndarray) -> np.ndarray:
            found = np.zeros((len(unit), self._all.position.shape[-1]), np.int64)
            for map_, units in zip(maps, self._units, strict=True):
                shape = map_.shape[1:-1]
                here = np.flatnonzero((units.start <= unit) & (unit < units.stop))
                if len(here) and math.prod(shape) > 1:
                    responses = np.moveaxis(map_, -1, 1)[sample[here], unit[here] - units.start]
                    places = np.unravel_index(responses.reshape(len(here), -1).argmax(axis=1), shape)
                    found[here, : len(shape)] = np.stack(places, axis=-1)
            return found

        return locate

    def _look_at_samples(self, start: int, stop: int) -> tuple[np.ndarray, Locate]:
        """The same for any samples, fed in groups of one size."""
        samples = [self.samples.sample(index) for index in range(start, stop)]
        function = self.network.function(self.layers, largest_and_places)
        scores = np.zeros((len(samples), len(self._all.score)), np.float32)
        positions = np.zeros((*scores.shape, self._all.position.shape[-1]), np.int64)
        for chosen, feeds in groups(self.network, samples, self._inputs):
            limit = batch_limit(self.network, self.layers, CHUNK, {name: x.shape[1:] for name, x in feeds.items()})
            for first in range(0, len(chosen), limit):
                part = slice(first, first + limit)
                best, flat, shapes = function({name: backend.constant(x[part]) for name, x in feeds.items()})
                for layer, units in enumerate(self._units):
                    scores[chosen[part], units] = np.asarray(best[layer])
                    shape = tuple(int(size) for size in shapes[layer])
                    if shape:
                        places = np.unravel_index(np.asarray(flat[layer]), shape)
                        positions[chosen[part], units, : len(shape)] = np.stack(places, axis=-1)
        return scores, lambda sample, unit: positions[sample, unit]

    def _refuse_nan(self, bad: np.ndarray) -> None:
        """Say which layer answers NaN to which sample of a batch; `bad` is (n, units of all layers) bool."""
        unit = int(bad.any(axis=0).argmax())
        name, units = next(of for of in zip(self.layers, self._units, strict=True) if unit < of[1].stop)
        sample = self.done + int(bad[:, units].any(axis=1).argmax())
        what = "picture" if self.samples.kind == "picture" else "sample"
        raise UserError(
            f"Layer {name} of {self.network.name} answers NaN to {what} {sample} of {self.samples.name}, so nothing can"
            f" be ranked: {broken_weights(self.network.model) or 'check how pixels are preprocessed'}."
        )


# -- inside the compiled function ------------------------------------------------------------------------------------


def largest(network: Network, layers: tuple[str, ...], outputs: list[backend.Tensor]) -> backend.Tensor:
    """The largest response of every unit, (n, units of all layers): over one axis at a time, which is quicker."""
    return maps_and_largest(network, layers, outputs)[1]


def maps_and_largest(
    network: Network, layers: tuple[str, ...], outputs: list[backend.Tensor]
) -> tuple[list[backend.Tensor], backend.Tensor]:
    """The maps of each layer, and the largest response of every unit (n, units of all layers): over one axis at a time,
    and in the same compiled function as the maps themselves, which is quicker."""
    maps = [as_maps(network, name, output) for name, output in zip(layers, outputs, strict=True)]
    best = []
    for map_ in maps:
        while len(map_.shape) > 2:
            map_ = keras.ops.max(map_, axis=1)
        best.append(map_)
    return maps, keras.ops.concatenate(best, axis=-1)


def largest_and_places(network: Network, layers: tuple[str, ...], outputs: list[backend.Tensor]) -> Any:
    """Of each layer the largest response of every unit (n, units), its place in the map in row-major order, and the
    sizes of the map's axes."""
    maps = [as_maps(network, name, output) for name, output in zip(layers, outputs, strict=True)]
    flat = [keras.ops.reshape(m, (keras.ops.shape(m)[0], -1, keras.ops.shape(m)[-1])) for m in maps]
    best = [keras.ops.max(m, axis=1) for m in flat]
    return best, [keras.ops.argmax(m, axis=1) for m in flat], [keras.ops.shape(m)[1:-1] for m in maps]


def as_maps(network: Network, layer: str, output: backend.Tensor) -> backend.Tensor:
    """The output of `layer` as maps (n, *axes, units), float32."""
    if keras.backend.standardize_dtype(output.dtype) != "float32":
        output = keras.ops.cast(output, "float32")
    return network.layouts[layer].batch_of_maps(output)


def batch_limit(
    network: Network, layers: Sequence[str], most: int = BATCH, fed: dict[str, tuple[int, ...]] | None = None
) -> int:
    """How many samples go through the network at once, at most `most`; `fed` is the shape of one for each input."""
    free = FREE.get(network.sample_kind, FREE["numbers"])
    if fed:
        free = max([free, *(size for name, shape in fed.items() for size, known in
                            zip(shape, network.inputs[name].shape, strict=False) if known is None)])  # fmt: skip
    sizes = [
        4 * math.prod(size or free for size in network.layers[s.name].shape) for s in network.graph.ancestors(layers)
    ]
    return max(1, min(most, BATCH_BYTES // max(sizes)))


def _units(network: Network, name: str) -> int:
    layer = network.layer(name)
    if not layer.units:
        raise UserError(f"Layer {name} of {network.name} has no units to scan: choose one that gives maps or a vector.")
    return layer.units


def _has_places(network: Network, name: str) -> bool:
    """Whether a layer's maps have more than one place."""
    layer = network.layers[name]
    return math.prod(size or 2 for size in layer.shape) > layer.units


def _columns(network: Network, name: str) -> int:
    """How many numbers a position has: one for each axis of the map, or where it has none of the input."""
    seen = inputs_seen(network, name) or (network.input,)
    return len(network.layers[name].axes) or len(source(network, seen[0])[1])
