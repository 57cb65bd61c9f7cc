"""The samples of a data set to which each unit responds most, and where in them.

All samples stream once through the compiled network. Pictures are fed in large batches: of each the largest response of
every unit is found beside the forward pass, and only for the few pictures that enter a unit's list is the place looked
up in its map. What differs in length is fed in groups of one length, each sample as it would be alone. What is kept
does not grow with the number of samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from dlviz import backend
from dlviz.broken_weights import broken_weights
from dlviz.cache import Entry
from dlviz.feed_groups import groups
from dlviz.network import Network
from dlviz.progress import Progress
from dlviz.receptive_field import inputs_seen, source
from dlviz.synthetic import FREE
from dlviz_models.data import Pictures
from dlviz_models.data.samples import Samples, plural
from dlviz_models.errors import UserError

BATCH = 1000
BATCH_BYTES = 64 << 20
"""A batch holds as many samples as fit into both: the largest map of a batch stays near the processor's cache."""
CHUNK = 256
"""So many samples that may differ in length are read before they are fed."""
FIELDS = ("score", "index", "position")
Locate = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The positions (m, axes) of the largest responses of units (m,) to samples (m,) of a batch."""


@dataclass(frozen=True)
class Tops:
    """Of each unit, best first: its largest responses, one a sample, and where they are.

    score: (units, k) float32; index: (units, k) int64, the sample's number; position: (units, k, axes) int64, a number
    for each axis of the layer's map; where it answers with a vector zeros, one for each axis of the input.
    """

    score: np.ndarray
    index: np.ndarray
    position: np.ndarray

    @classmethod
    def none(cls, units: int, k: int, axes: int) -> Tops:
        """Lists with `k` free places."""
        scores = np.full((units, k), -np.inf, np.float32)
        return cls(scores, np.full((units, k), -1), np.zeros((units, k, axes), np.int64))

    def first(self, k: int) -> Tops:
        """The best `k` of each unit."""
        return Tops(self.score[:, :k], self.index[:, :k], self.position[:, :k])

    def enter(self, scores: np.ndarray, locate: Locate, start: int) -> None:
        """Let the samples start..start+n-1 in, whose largest responses are `scores` (n, units).

        Equal scores are won by the lowest sample number, equal places by the first in row-major order.
        """
        k = self.score.shape[1]
        units = np.flatnonzero((scores > self.score[:, -1]).any(axis=0) | (self.index[:, -1] < 0))
        joined = np.concatenate([self.score[units], scores[:, units].T], axis=1)  # (units, k + n)
        taken = np.argsort(-joined, axis=1, kind="stable")[:, :k]
        sample = taken - k  # in this batch; negative: an old place
        index = np.take_along_axis(self.index[units], np.minimum(taken, k - 1), axis=1)
        position = np.take_along_axis(self.position[units], np.minimum(taken, k - 1)[..., None], axis=1)
        self.score[units] = np.take_along_axis(joined, taken, axis=1)
        self.index[units] = np.where(sample >= 0, sample + start, index)
        new = sample >= 0
        position[new] = locate(sample[new], units[np.nonzero(new)[0]])
        self.position[units] = position


class Scan:
    """The search for every unit's `k` best samples in several layers at once; it can be left and taken up again.

    Args:
        kept: place on disk of the result, which is taken from there where it is known.

    Attributes:
        tops: what has been found so far, by layer.
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
        self.tops = {n: Tops.none(_units(network, n), self.k, _columns(network, n)) for n in self.layers}
        batches = math.ceil(len(samples) / batch_limit(network, self.layers))
        self.batch = math.ceil(len(samples) / batches)
        self._inputs = {name for layer in self.layers for name in inputs_seen(network, layer)}
        self._kept = kept
        self._recall()

    @property
    def _arrays(self) -> dict[str, np.ndarray]:
        return {f"{name}/{field}": getattr(tops, field) for name, tops in self.tops.items() for field in FIELDS}

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
            for name, (scores, locate) in zip(self.layers, look(self.done, stop), strict=True):
                self._refuse_nan(name, scores)
                self.tops[name].enter(scores, locate, self.done)
            self.done = stop
            if self.complete and self._kept:
                self._kept.put(self._arrays)
            yield Progress(self.done, total, f"scanning {self.samples.name}")

    def _are_bytes(self, pictures: Pictures) -> bool:
        """Whether pictures are stored as uint8, and are fed in one size."""
        return pictures.stored_as_bytes and None not in self.network.inputs[self.network.input].shape

    def _look_at_pictures(self, start: int, stop: int) -> list[tuple[np.ndarray, Locate]]:
        """For each layer the largest responses (n, units) to pictures in bytes, and where they are."""
        batch = self.samples.batch(start, stop)  # type: ignore[attr-defined]
        missing = self.batch - len(batch)  # a last batch of another size would be compiled anew
        if missing and isinstance(batch, np.ndarray):
            batch = np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)])
        elif missing:
            batch = [*batch, *batch[-1:] * missing]
        if isinstance(batch, np.ndarray) and batch.shape[1:] == self.network.input_shape:
            of_pixels = self.network.function(self.layers, maps_and_largest, self.network.from_pixels)
            maps, best = of_pixels(backend.constant(batch))
        else:
            of_inputs = self.network.function(self.layers, maps_and_largest)
            maps, best = of_inputs(backend.constant(self.network.feed_pictures(batch)))
        return [
            (np.asarray(largest)[: stop - start], _in_maps(np.asarray(map_), tops.position.shape[-1]))
            for map_, largest, tops in zip(maps, best, self.tops.values(), strict=True)
        ]

    def _look_at_samples(self, start: int, stop: int) -> list[tuple[np.ndarray, Locate]]:
        """The same for any samples, fed in groups of one size."""
        samples = [self.samples.sample(index) for index in range(start, stop)]
        function = self.network.function(self.layers, largest_and_places)
        n = len(samples)
        scores = [np.zeros((n, len(tops.score)), np.float32) for tops in self.tops.values()]
        places = [np.zeros((n, len(tops.score), tops.position.shape[-1]), np.int64) for tops in self.tops.values()]
        for chosen, feeds in groups(self.network, samples, self._inputs):
            limit = batch_limit(self.network, self.layers, CHUNK, {name: x.shape[1:] for name, x in feeds.items()})
            for first in range(0, len(chosen), limit):
                part = slice(first, first + limit)
                best, flat, shapes = function({name: backend.constant(x[part]) for name, x in feeds.items()})
                for layer in range(len(self.layers)):
                    scores[layer][chosen[part]] = np.asarray(best[layer])
                    shape = tuple(int(size) for size in shapes[layer])
                    if shape:
                        found = np.unravel_index(np.asarray(flat[layer]), shape)
                        places[layer][chosen[part]] = np.stack(found, axis=-1)
        return [(s, lambda sample, unit, at=at: at[sample, unit]) for s, at in zip(scores, places, strict=True)]  # type: ignore[misc]

    def _refuse_nan(self, name: str, scores: np.ndarray) -> None:
        bad = np.isnan(scores).any(axis=1)
        if bad.any():
            what = "picture" if self.samples.kind == "picture" else "sample"
            raise UserError(
                f"Layer {name} of {self.network.name} answers NaN to {what} {self.done + int(bad.argmax())} of"
                f" {self.samples.name}, so nothing can be ranked:"
                f" {broken_weights(self.network.model) or 'check how pixels are preprocessed'}."
            )


# -- inside the compiled function ------------------------------------------------------------------------------------


def maps_and_largest(
    network: Network, layers: tuple[str, ...], outputs: list[backend.Tensor]
) -> tuple[list[backend.Tensor], list[backend.Tensor]]:
    """Of each layer the maps, and the largest response of every unit (n, units): over one axis at a time, and in the
    same compiled function as the maps themselves, which is quicker."""
    maps = [as_maps(network, name, output) for name, output in zip(layers, outputs, strict=True)]
    best = []
    for map_ in maps:
        while len(map_.shape) > 2:
            map_ = keras.ops.max(map_, axis=1)
        best.append(map_)
    return maps, best


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


def _in_maps(maps: np.ndarray, columns: int) -> Locate:
    """Where the largest responses are in maps (n, *axes, units), each in so many numbers."""
    shape = maps.shape[1:-1]

    def locate(sample: np.ndarray, unit: np.ndarray) -> np.ndarray:
        if not shape:
            return np.zeros((len(sample), columns), np.int64)
        flat = np.moveaxis(maps, -1, 1)[sample, unit].reshape(len(sample), math.prod(shape)).argmax(axis=1)
        return np.stack(np.unravel_index(flat, shape), axis=-1)

    return locate


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


def _columns(network: Network, name: str) -> int:
    """How many numbers a position has: one for each axis of the map, or where it has none of the input."""
    seen = inputs_seen(network, name) or (network.input,)
    return len(network.layers[name].axes) or len(source(network, seen[0])[1])
