"""The samples of a data set to which each unit responds most, and where in them.

All samples stream once through the compiled network. Pictures are fed in large batches, whose parts are computed side
by side; the largest response of every unit and its place are found beside the forward pass. Where there are many more
pictures than places in the lists, those alone that have entered a list are fed once more for the place. What differs in
length is fed in groups of one length, each sample as it would be alone. What is kept does not grow with the number of
samples.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from dlviz import backend
from dlviz.analysis.receptive_field import inputs_seen, source
from dlviz.cache import Entry
from dlviz.feeding.groups import groups
from dlviz.feeding.synthetic import FREE
from dlviz.model.broken_weights import broken_weights
from dlviz.network import Network, Reduce
from dlviz.progress import Progress
from dlviz.scan.best import best_and_places, largest, largest_and_places
from dlviz.scan.content_keys import keys_of
from dlviz.scan.distinct_layers import DistinctUnits, distinct
from dlviz.scan.looked import Looked, joined
from dlviz.scan.top_responses import TopResponses
from dlviz_models.data import Pictures
from dlviz_models.data.samples import Samples, plural
from dlviz_models.errors import UserError

BATCH = 500
BATCH_BYTES = 64 << 20
"""A batch holds as many samples as fit into both: the largest map of a batch stays near the processor's cache."""
PARTS, LEAST_PART = 4, 5
"""A batch of pictures is computed in so many parts, or in fewer, of so many pictures at least."""
AT_ONCE, AT_ONCE_BYTES = 4, 2 << 20
"""The maximum number of batches, and of bytes in their pictures, that are fed at once."""
TOGETHER = 32
"""So many samples at least enter the lists together: each time all lists are written anew."""
AHEAD = 2
"""How often samples are looked at while those before enter the lists."""
WORTH_FEEDING_AGAIN = 4
"""Where there are so many times more pictures than can be in the lists."""
CHUNK = 256
"""Samples of differing lengths that are read before they are fed."""
FIELDS = ("score", "index", "position", "key")
CHECKPOINT = 10.0
"""Seconds after which what is known is put on disk again."""


class Scan:
    """The search for every unit's `k` best samples in several layers at once; it can be left and taken up again.

    Args:
        kept: place on disk of what is found, which is taken up from there where it is known.
        shard: look only at the samples of part number i of n, (i, n), counted from 1; parts are made of whole batches,
            so that merging all of them comes to the same numbers as one scan.

    Attributes:
        k: as many as there are samples at most; more where more are known.
        start, stop: the numbers of its samples.
        done: the number of the sample that is looked at next.
    """

    def __init__(
        self,
        network: Network,
        layers: Sequence[str],
        samples: Samples,
        k: int,
        kept: Entry | None = None,
        shard: tuple[int, int] = (1, 1),
    ) -> None:
        if not len(samples):
            raise UserError(
                f"{samples.name} has no {plural(samples.kind)} to scan: choose other data, or a limit above 0."
            )
        self.network = network
        self.samples = samples
        self.layers = tuple(layers)
        stops = list(accumulate((_units(network, name) for name in self.layers), initial=0))
        self._units = [slice(*bounds) for bounds in pairwise(stops)]
        self._all_units = distinct(network, self.layers)
        self._axes = [_columns(network, name) for name in self.layers]
        self._unknown = np.concatenate([np.full(_units(network, n), -_has_places(network, n)) for n in self.layers])
        self._inputs = {name for layer in self.layers for name in inputs_seen(network, layer)}
        self._kept = kept
        self._make_room(min(k, len(samples)))
        self._is_of_bytes = self._are_bytes()
        self.batch = self._limit(BATCH)
        if self._is_of_bytes:
            parts = max(1, min(PARTS, self.batch // LEAST_PART))
            enough = 1 << (math.ceil(len(samples) / parts) - 1).bit_length()  # of few sizes: each is compiled anew
            self._part = min(enough, self.batch // parts)
            self.batch = parts * self._part
        self._step = self.batch if self._is_of_bytes else min(CHUNK, self.batch)
        steps = math.ceil(len(samples) / self._step)
        self.start, self.stop = (
            min((number * steps // shard[1]) * self._step, len(samples)) for number in (shard[0] - 1, shard[0])
        )
        self.done = self.start
        self._waiting: list[Looked] = []
        if kept:
            self.take_up(kept)

    def _make_room(self, k: int) -> None:
        """Lists with `k` free places: one for all layers, so that one merge serves them all."""
        self.k = k
        self._all = TopResponses.none(self._units[-1].stop, k, max(1, *self._axes))
        places = zip(self.layers, self._units, self._axes, strict=True)
        self._by_layer = {name: self._all.of(units, count) for name, units, count in places}

    @property
    def top_responses(self) -> dict[str, TopResponses]:
        """The largest responses so far, by layer."""
        self.locate()
        return self._by_layer

    @property
    def known(self) -> int:
        """How many places are taken in the list of each unit."""
        return self._all.known

    @property
    def _at_once(self) -> int:
        """How many batches are fed at once: several of small pictures."""
        if not self._is_of_bytes:
            return 1
        return max(1, min(AT_ONCE, AT_ONCE_BYTES // (math.prod(self.network.input_shape) * self.batch)))

    @property
    def complete(self) -> bool:
        """Whether all its samples have been looked at."""
        return self.done == self.stop

    @property
    def _locates_later(self) -> bool:
        """Whether it is cheaper to feed the winners once more than to find the places in all pictures."""
        winners = self.k * int(np.count_nonzero(self._unknown))
        return winners * WORTH_FEEDING_AGAIN <= len(self.samples)

    def take_up(self, kept: Entry) -> bool:
        """Go on from what is kept on disk, where that has come further and has as many places; whether it has."""
        found = kept.get() or {}
        parts = [[found.get(f"{name}/{field}") for field in FIELDS] for name in self.layers]
        if "done" not in found or any(array is None for part in parts for array in part):
            return False
        k, done = parts[0][0].shape[1], int(found["done"])  # type: ignore[union-attr]
        if k < self.k or not self.done < done <= self.stop:
            return False
        self._make_room(k)
        for name, part in zip(self.layers, parts, strict=True):
            for field, array in zip(FIELDS, part, strict=True):
                getattr(self._by_layer[name], field)[...] = array
        self.done = done
        return True

    def keep(self, *layers: str, at: Entry | None = None) -> None:
        """Put what is known so far of some layers, or of all, to a place on disk."""
        entry = at or self._kept
        if entry:
            entry.put(self.arrays(*layers))

    def arrays(self, *layers: str) -> dict[str, np.ndarray]:
        """What is known so far of some layers, or of all, as it is kept: arrays of any shape, by name."""
        lists = {
            f"{name}/{field}": _small(getattr(self._by_layer[name], field))
            for name in layers or self.layers
            for field in FIELDS
        }
        return {**lists, "done": np.array(self.done)}

    def merge(self, other: Scan) -> None:
        """Take what another scan, of the part that follows, has found among its samples."""
        self._all.merge(other._all)
        self.done = self.stop = other.stop

    def run(self) -> Iterator[Progress]:
        """Look at the samples that are left, a batch between two yields."""
        kept_at = time.monotonic()
        try:
            for stop, found in self._look_ahead():
                self._waiting.append(found)
                is_due = time.monotonic() - kept_at > CHECKPOINT
                if stop == self.stop or stop - self.done >= TOGETHER or is_due:
                    self._enter()
                if self.complete or is_due:
                    if self.complete and self.stop - self.start == len(self.samples):
                        self.locate()
                    self.keep()
                    kept_at = time.monotonic()
                yield Progress(stop - self.start, self.stop - self.start, f"scanning {self.samples.name}")
        finally:
            self._enter()

    def _look_ahead(self) -> Iterator[tuple[int, Looked]]:
        """What is found in the samples that are left, as many as are fed at once, and the number of the sample that
        follows them; the next ones are looked at meanwhile."""
        look = self._look_at_pictures if self._is_of_bytes else self._look_at_samples
        bounds = list(pairwise([*range(self.done, self.stop, self._step * self._at_once), self.stop]))
        if not bounds:
            return
        with ThreadPoolExecutor(1) as pool:
            coming = deque(pool.submit(look, *some) for some in bounds[:AHEAD])
            for number, (_, stop) in enumerate(bounds):
                found = coming.popleft().result()
                if number + AHEAD < len(bounds):
                    coming.append(pool.submit(look, *bounds[number + AHEAD]))
                yield stop, found

    def _are_bytes(self) -> bool:
        """Whether the samples are pictures that are stored as uint8, and are fed in one size."""
        pictures = isinstance(self.samples, Pictures) and self.network.takes_pictures and self.samples.stored_as_bytes
        shapes = (self.network.inputs[self.network.input].shape, *(self.network.layers[n].shape for n in self.layers))
        return pictures and not any(None in shape for shape in shapes)

    def _limit(self, most: int, fed: dict[str, tuple[int, ...]] | None = None) -> int:
        """How many samples are fed at once."""
        return batch_limit(self.network, self.layers, most, fed)

    @property
    def _best(self) -> Any:
        """What makes of a batch for each input the largest responses, their places and the sizes of maps."""
        return self.network.function(self.layers, largest_and_places)

    def _enter(self) -> None:
        """Let the samples in that have been looked at and follow those done."""
        if not self._waiting:
            return
        found, self._waiting = joined(self._waiting), []
        if np.isnan(found.scores.max()):
            self._refuse_nan(np.isnan(found.scores))
        self._all.enter(found.scores, found.locate, self.done, found.keys)
        self.done += len(found.scores)

    def _look_at_pictures(self, start: int, stop: int) -> Looked:
        """What is found in pictures in bytes."""
        pictures = self.samples.batch(start, stop)  # type: ignore[attr-defined]
        keys = keys_of(pictures)(np.arange(len(pictures)))  # at once, so that the pictures need not be kept
        if self._locates_later:
            best = self._run(largest, pictures, self._all_units)[0][: stop - start]
            return Looked(best, lambda sample, unit: self._unknown[unit, None], keys.__getitem__)
        best, flat = (found[: stop - start] for found in self._run(best_and_places, pictures, self._all_units))
        return Looked(best, lambda sample, unit: self._places(flat[sample, unit], unit), keys.__getitem__)

    def _run(self, reduce: Reduce, pictures: np.ndarray | list[np.ndarray], units: DistinctUnits) -> list[np.ndarray]:
        """What is made of some layers' outputs for pictures in bytes, (n, units of these layers) each, the last picture
        repeated up to a whole number of parts."""
        missing = -len(pictures) % self._part
        if isinstance(pictures, np.ndarray) and pictures.shape[1:] == self.network.input_shape:
            fed = np.concatenate([pictures, np.repeat(pictures[-1:], missing, axis=0)]) if missing else pictures
            prepare = self.network.from_pixels
        else:
            fed, prepare = self.network.feed_pictures([*pictures, *[pictures[-1]] * missing]), None
        layers, number = units
        found = self.network.reduced(layers, reduce, prepare, self._part)(backend.constant(fed))
        return [np.asarray(of_distinct)[:, number] for of_distinct in found]

    def locate(self) -> None:
        """Feed the pictures once more of which it is not known where in them a unit responds."""
        unit, place = np.nonzero(self._all.position[..., 0] < 0)
        if not len(unit):
            return
        placed = distinct(self.network, [name for name in self.layers if _has_places(self.network, name)])
        number = np.cumsum(self._unknown < 0) - 1  # of a unit, counted through these layers
        index = self._all.index[unit, place]
        numbers = np.unique(index)
        for start in range(0, len(numbers), self.batch):
            some = numbers[start : start + self.batch]
            pictures = self.samples.select(some).batch(0, len(some))  # type: ignore[attr-defined]
            flat = self._run(best_and_places, pictures, placed)[1]
            here = np.flatnonzero(np.isin(index, some))
            found = flat[np.searchsorted(some, index[here]), number[unit[here]]]
            self._all.position[unit[here], place[here]] = self._places(found, unit[here])

    @cached_property
    def _sizes(self) -> np.ndarray:
        """The sizes of each unit's map, (units of all layers, axes), 1 for axes that it has not."""
        sizes = np.ones((self._units[-1].stop, self._all.position.shape[-1]), np.int64)
        for name, units in zip(self.layers, self._units, strict=True):
            shape = [size or 1 for size in self.network.layers[name].shape]
            map_ = self.network.layouts[name].maps(np.broadcast_to(0.0, shape))
            sizes[units, : map_.ndim - 1] = map_.shape[:-1]
        return sizes

    def _places(self, flat: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Places (m,) in row-major order in maps of units (m,), as positions (m, axes)."""
        found = np.zeros((len(unit), self._sizes.shape[1]), np.int64)
        for axis in reversed(range(found.shape[1])):
            flat, found[:, axis] = np.divmod(flat, self._sizes[unit, axis])
        return found

    def _look_at_samples(self, start: int, stop: int) -> Looked:
        """What is found in any samples, fed in groups of one size."""
        samples = [self.samples.sample(index) for index in range(start, stop)]
        scores = np.zeros((len(samples), len(self._all.score)), np.float32)
        positions = np.zeros((*scores.shape, self._all.position.shape[-1]), np.int64)
        for chosen, feeds in groups(self.network, samples, self._inputs):
            limit = self._limit(CHUNK, {name: x.shape[1:] for name, x in feeds.items()})
            for first in range(0, len(chosen), limit):
                part = slice(first, first + limit)
                best, flat, shapes = self._best({name: backend.constant(x[part]) for name, x in feeds.items()})
                for layer, units in enumerate(self._units):
                    scores[chosen[part], units] = np.asarray(best[layer])
                    shape = tuple(int(size) for size in shapes[layer])
                    if shape:
                        places = np.unravel_index(np.asarray(flat[layer]), shape)
                        positions[chosen[part], units, : len(shape)] = np.stack(places, axis=-1)
        return Looked(scores, lambda sample, unit: positions[sample, unit], keys_of(samples))

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


def _small(array: np.ndarray) -> np.ndarray:
    """Numbers of any shape as they are kept on disk."""
    return array.astype(np.int32) if array.dtype == np.int64 else array


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
