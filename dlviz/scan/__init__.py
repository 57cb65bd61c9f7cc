"""Find the top-k samples of every unit in one pass over a data set, with the position of each response.

Pictures are fed in large batches, split into parts that are computed in parallel; the maximum of each unit and its
position are computed inside the compiled forward pass. If there are many more pictures than slots in the top-k lists,
positions are computed in a second pass over the listed pictures only. Samples of varying length are grouped by length,
so that none is padded. Memory use does not depend on the number of samples.
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
from dlviz.feeding.feed import Feeds
from dlviz.feeding.groups import groups
from dlviz.feeding.synthetic import DEFAULT_SIZES
from dlviz.model.broken_weights import broken_weights
from dlviz.network import Network, Reduce
from dlviz.progress import Progress
from dlviz.scan.batch_responses import BatchResponses, concatenated
from dlviz.scan.best import best_and_places, largest, largest_and_places
from dlviz.scan.content_keys import keys_of
from dlviz.scan.distinct_layers import DistinctUnits, distinct
from dlviz.scan.top_responses import TopResponses
from dlviz_models.data import Pictures
from dlviz_models.data.samples import Samples, plural
from dlviz_models.errors import UserError

BATCH = 500
BATCH_BYTES = 64 << 20
"""Limits of a batch: samples, and bytes of its largest map, which should stay in the processor's cache."""
PARTS, MIN_PART = 4, 5
"""The maximum number of parallel parts of a batch of pictures, and the minimum number of pictures in each."""
AT_ONCE, AT_ONCE_BYTES = 4, 2 << 20
"""The maximum number of batches fed in one call, and the maximum bytes of their pictures."""
MIN_MERGED = 32
"""The minimum number of samples merged into the lists at a time, since each merge rewrites all lists."""
PREFETCHED = 2
"""Chunks computed ahead while earlier ones are merged into the lists."""
SECOND_PASS_RATIO = 4
"""Positions are left to a second pass if there are this many times more pictures than slots in the lists."""
CHUNK = 256
"""Samples of varying length that are read at a time."""
FIELDS = ("score", "index", "position", "key")
CHECKPOINT = 10.0
"""Seconds between two checkpoints."""


class Scan:
    """A resumable search for the top-k samples of every unit of several layers.

    Args:
        checkpoint: the cache entry that the scan resumes from, and writes to every `CHECKPOINT` seconds.
        shard: (i, n), scan only part i of n, counted from 1. Parts consist of whole batches, so that merging all of
            them gives the same numbers as one scan.

    Attributes:
        k: slots per unit: at most the number of samples; more if the checkpoint has more.
        start, stop: the range of sample indices.
        done: the index of the next sample.

    Raises:
        UserError: there are no samples, a layer has no units, or a response is NaN.
    """

    def __init__(
        self,
        network: Network,
        layers: Sequence[str],
        samples: Samples,
        k: int,
        checkpoint: Entry | None = None,
        shard: tuple[int, int] = (1, 1),
    ) -> None:
        if not len(samples):
            raise UserError(
                f"{samples.name} has no {plural(samples.kind)} to scan: choose other data, or a limit above 0."
            )
        self.network = network
        self.samples = samples
        self.layers = tuple(layers)
        counts = [_unit_count(network, name) for name in self.layers]
        stops = list(accumulate(counts, initial=0))
        self._unit_slices = [slice(*bounds) for bounds in pairwise(stops)]
        self._distinct_units = distinct(network, self.layers)
        self._position_sizes = [_position_size(network, name) for name in self.layers]
        has_map = [_has_map(network, name) for name in self.layers]
        self._unknown_position = np.repeat(np.negative(has_map, dtype=np.int64), counts)  # (all units,): -1 or 0
        self._inputs = {name for layer in self.layers for name in inputs_seen(network, layer)}
        self._checkpoint = checkpoint
        self._allocate(min(k, len(samples)))
        self._has_stored_bytes = self._is_stored_as_bytes()
        self.batch = self._batch_limit(BATCH)
        if self._has_stored_bytes:
            parts = max(1, min(PARTS, self.batch // MIN_PART))
            needed = 1 << (math.ceil(len(samples) / parts) - 1).bit_length()  # a power of 2: each size is compiled
            self._part_size = min(needed, self.batch // parts)
            self.batch = parts * self._part_size
        self._chunk_size = self.batch if self._has_stored_bytes else min(CHUNK, self.batch)
        steps = math.ceil(len(samples) / self._chunk_size)
        self.start, self.stop = (
            min((number * steps // shard[1]) * self._chunk_size, len(samples)) for number in (shard[0] - 1, shard[0])
        )
        self.done = self.start
        self._pending: list[BatchResponses] = []
        if checkpoint:
            self.resume_from(checkpoint)

    def _allocate(self, k: int) -> None:
        """Create empty lists of `k` slots: one array for all layers, merged at once, and a view of it per layer."""
        self.k = k
        self._all_lists = TopResponses.empty(self._unit_slices[-1].stop, k, max(1, *self._position_sizes))
        places = zip(self.layers, self._unit_slices, self._position_sizes, strict=True)
        self._lists = {name: self._all_lists.view(units, count) for name, units, count in places}

    @property
    def top_responses(self) -> dict[str, TopResponses]:
        """The top responses so far, by layer."""
        self.locate()
        return self._lists

    @property
    def filled(self) -> int:
        """The number of filled slots in the list of each unit."""
        return self._all_lists.filled

    @property
    def _batches_at_once(self) -> int:
        """The number of batches fed in one call: several if pictures are small."""
        if not self._has_stored_bytes:
            return 1
        return max(1, min(AT_ONCE, AT_ONCE_BYTES // (math.prod(self.network.input_shape) * self.batch)))

    @property
    def complete(self) -> bool:
        """Whether all samples of the shard have been scanned."""
        return self.done == self.stop

    @property
    def _defers_positions(self) -> bool:
        """Whether computing positions in a second pass over the listed pictures is cheaper than for all pictures."""
        slots = self.k * int(np.count_nonzero(self._unknown_position))
        return slots * SECOND_PASS_RATIO <= len(self.samples)

    def resume_from(self, entry: Entry) -> bool:
        """Resume from a cache entry if it is further and has at least `k` slots; return whether it was used."""
        found = entry.get() or {}
        parts = [[found.get(f"{name}/{field}") for field in FIELDS] for name in self.layers]
        if "done" not in found or any(array is None for part in parts for array in part):
            return False
        k, done = parts[0][0].shape[1], int(found["done"])  # type: ignore[union-attr]
        if k < self.k or not self.done < done <= self.stop:
            return False
        self._allocate(k)
        for name, part in zip(self.layers, parts, strict=True):
            for field, array in zip(FIELDS, part, strict=True):
                getattr(self._lists[name], field)[...] = array
        self.done = done
        return True

    def save(self, *layers: str, to: Entry | None = None) -> None:
        """Write the lists of the given layers (default: all) to a cache entry (default: the checkpoint)."""
        entry = to or self._checkpoint
        if entry:
            entry.put(self.arrays(*layers))

    def arrays(self, *layers: str) -> dict[str, np.ndarray]:
        """The lists of the given layers (default: all) as saved: arrays of any shape by "LAYER/FIELD", and `done`."""
        lists = {
            f"{name}/{field}": _compact(getattr(self._lists[name], field))
            for name in layers or self.layers
            for field in FIELDS
        }
        return {**lists, "done": np.array(self.done)}

    def merge(self, other: Scan) -> None:
        """Merge the scan of the following shard into this one."""
        self._all_lists.merge(other._all_lists)
        self.done = self.stop = other.stop

    def run(self) -> Iterator[Progress]:
        """Scan the remaining samples; yield after each chunk."""
        saved_at = time.monotonic()
        try:
            for stop, found in self._prefetched():
                self._pending.append(found)
                is_due = time.monotonic() - saved_at > CHECKPOINT
                if stop == self.stop or stop - self.done >= MIN_MERGED or is_due:
                    self._merge_pending()
                if self.complete or is_due:
                    if self.complete and self.stop - self.start == len(self.samples):
                        self.locate()
                    self.save()
                    saved_at = time.monotonic()
                yield Progress(stop - self.start, self.stop - self.start, f"scanning {self.samples.name}")
        finally:
            self._merge_pending()

    def _prefetched(self) -> Iterator[tuple[int, BatchResponses]]:
        """Yield the responses to the remaining samples chunk by chunk, each with the index at which it stops; later
        chunks are computed in the background."""
        scan = self._scan_pictures if self._has_stored_bytes else self._scan_samples
        bounds = list(pairwise([*range(self.done, self.stop, self._chunk_size * self._batches_at_once), self.stop]))
        if not bounds:
            return
        with ThreadPoolExecutor(1) as pool:
            futures = deque(pool.submit(scan, *chunk) for chunk in bounds[:PREFETCHED])
            for number, (_, stop) in enumerate(bounds):
                found = futures.popleft().result()
                if number + PREFETCHED < len(bounds):
                    futures.append(pool.submit(scan, *bounds[number + PREFETCHED]))
                yield stop, found

    def _is_stored_as_bytes(self) -> bool:
        """Whether the samples are pictures stored as uint8 and all layers have fixed shapes."""
        pictures = isinstance(self.samples, Pictures) and self.network.takes_pictures and self.samples.stored_as_bytes
        shapes = (self.network.inputs[self.network.input].shape, *(self.network.layers[n].shape for n in self.layers))
        return pictures and not any(None in shape for shape in shapes)

    def _batch_limit(self, most: int, fed: dict[str, tuple[int, ...]] | None = None) -> int:
        """See `batch_limit`."""
        return batch_limit(self.network, self.layers, most, fed)

    def _responses(self, feeds: Feeds, numbers: np.ndarray) -> Any:
        """`largest_and_places` for a batch (n, ...) for each input, of the samples called `numbers` (n,)."""
        return self.network.function(self.layers, largest_and_places)(feeds)

    def _merge_pending(self) -> None:
        """Merge the responses that have been computed since the last merge into the lists."""
        if not self._pending:
            return
        found, self._pending = concatenated(self._pending), []
        if np.isnan(found.scores.max()):
            self._raise_on_nan(np.isnan(found.scores))
        self._all_lists.update(found.scores, found.locate, self.done, found.keys)
        self.done += len(found.scores)

    def _scan_pictures(self, start: int, stop: int) -> BatchResponses:
        """Compute the responses to pictures stored as uint8."""
        pictures = self.samples.batch(start, stop)  # type: ignore[attr-defined]
        keys = keys_of(pictures)(np.arange(len(pictures)))  # now, so that the pictures can be freed
        if self._defers_positions:
            best = self._run(largest, pictures, self._distinct_units)[0][: stop - start]
            return BatchResponses(best, lambda sample, unit: self._unknown_position[unit, None], keys.__getitem__)
        best, flat = (found[: stop - start] for found in self._run(best_and_places, pictures, self._distinct_units))
        return BatchResponses(best, lambda sample, unit: self._unravel(flat[sample, unit], unit), keys.__getitem__)

    def _run(self, reduce: Reduce, pictures: np.ndarray | list[np.ndarray], units: DistinctUnits) -> list[np.ndarray]:
        """Apply `reduce` to the outputs of some layers for uint8 pictures: (n, units of these layers) each. The last
        picture is repeated to make up whole parts."""
        missing = -len(pictures) % self._part_size
        if isinstance(pictures, np.ndarray) and pictures.shape[1:] == self.network.input_shape:
            fed = np.concatenate([pictures, np.repeat(pictures[-1:], missing, axis=0)]) if missing else pictures
            prepare = self.network.from_pixels
        else:
            fed, prepare = self.network.feed_pictures([*pictures, *[pictures[-1]] * missing]), None
        layers, number = units
        found = self.network.reduced(layers, reduce, prepare, self._part_size)(backend.constant(fed))
        return [np.asarray(of_distinct)[:, number] for of_distinct in found]

    def locate(self) -> None:
        """Compute the missing positions in a second pass over the pictures concerned."""
        unit, rank = np.nonzero(self._all_lists.position[..., 0] < 0)
        if not len(unit):
            return
        mapped = distinct(self.network, [name for name in self.layers if _has_map(self.network, name)])
        number = np.cumsum(self._unknown_position < 0) - 1  # of a unit, counted through the layers with maps
        index = self._all_lists.index[unit, rank]
        wanted = np.unique(index)
        for start in range(0, len(wanted), self.batch):
            some = wanted[start : start + self.batch]
            pictures = self.samples.select(some).batch(0, len(some))  # type: ignore[attr-defined]
            flat = self._run(best_and_places, pictures, mapped)[1]
            here = np.flatnonzero(np.isin(index, some))
            found = flat[np.searchsorted(some, index[here]), number[unit[here]]]
            self._all_lists.position[unit[here], rank[here]] = self._unravel(found, unit[here])

    @cached_property
    def _map_sizes(self) -> np.ndarray:
        """The shape of each unit's map, (all units, axes), 1 for axes that it lacks."""
        sizes = np.ones((self._unit_slices[-1].stop, self._all_lists.position.shape[-1]), np.int64)
        for name, units in zip(self.layers, self._unit_slices, strict=True):
            shape = [size or 1 for size in self.network.layers[name].shape]
            map_ = self.network.layouts[name].maps(np.broadcast_to(0.0, shape))
            sizes[units, : map_.ndim - 1] = map_.shape[:-1]
        return sizes

    def _unravel(self, flat: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Convert flat indices (m,) into the maps of units (m,) to positions (m, axes), as `np.unravel_index`."""
        found = np.zeros((len(unit), self._map_sizes.shape[1]), np.int64)
        for axis in reversed(range(found.shape[1])):
            flat, found[:, axis] = np.divmod(flat, self._map_sizes[unit, axis])
        return found

    def _scan_samples(self, start: int, stop: int) -> BatchResponses:
        """Compute the responses to samples of any kind, fed in groups of equal shape."""
        samples = [self.samples.sample(index) for index in range(start, stop)]
        scores = np.zeros((len(samples), len(self._all_lists.score)), np.float32)
        positions = np.zeros((*scores.shape, self._all_lists.position.shape[-1]), np.int64)
        for chosen, feeds in groups(self.network, samples, self._inputs):
            limit = self._batch_limit(CHUNK, {name: x.shape[1:] for name, x in feeds.items()})
            for first in range(0, len(chosen), limit):
                part = slice(first, first + limit)
                fed = {name: backend.constant(x[part]) for name, x in feeds.items()}
                best, flat, shapes = self._responses(fed, start + chosen[part])
                for layer, units in enumerate(self._unit_slices):
                    scores[chosen[part], units] = np.asarray(best[layer])
                    shape = tuple(int(size) for size in shapes[layer])
                    if shape:
                        places = np.unravel_index(np.asarray(flat[layer]), shape)
                        positions[chosen[part], units, : len(shape)] = np.stack(places, axis=-1)
        return BatchResponses(scores, lambda sample, unit: positions[sample, unit], keys_of(samples))

    def _raise_on_nan(self, bad: np.ndarray) -> None:
        """Raise a `UserError` that names the first layer with NaN and the sample; `bad` is bool (n, all units)."""
        unit = int(bad.any(axis=0).argmax())
        name, units = next(of for of in zip(self.layers, self._unit_slices, strict=True) if unit < of[1].stop)
        sample = self.done + int(bad[:, units].any(axis=1).argmax())
        what = "picture" if self.samples.kind == "picture" else "sample"
        raise UserError(
            f"Layer {name} of {self.network.name} answers NaN to {what} {sample} of {self.samples.name}, so nothing can"
            f" be ranked: {broken_weights(self.network.model) or 'check how pixels are preprocessed'}."
        )


def _compact(array: np.ndarray) -> np.ndarray:
    """An array of any shape as saved: int64 as int32."""
    return array.astype(np.int32) if array.dtype == np.int64 else array


def batch_limit(
    network: Network, layers: Sequence[str], most: int = BATCH, fed: dict[str, tuple[int, ...]] | None = None
) -> int:
    """The batch size, at most `most`, with which the largest map up to `layers` takes at most `BATCH_BYTES`.

    Args:
        fed: the shape of one sample for each input, if known; else typical sizes stand for open axes.
    """
    free = DEFAULT_SIZES.get(network.sample_kind, DEFAULT_SIZES["numbers"])
    if fed:
        free = max([free, *(size for name, shape in fed.items() for size, known in
                            zip(shape, network.inputs[name].shape, strict=False) if known is None)])  # fmt: skip
    sizes = [
        4 * math.prod(size or free for size in network.layers[s.name].shape) for s in network.graph.ancestors(layers)
    ]
    return max(1, min(most, BATCH_BYTES // max(sizes)))


def _unit_count(network: Network, name: str) -> int:
    layer = network.layer(name)
    if not layer.units:
        raise UserError(f"Layer {name} of {network.name} has no units to scan: choose one that gives maps or a vector.")
    return layer.units


def _has_map(network: Network, name: str) -> bool:
    """Whether a layer's maps have more than one position."""
    layer = network.layers[name]
    return math.prod(size or 2 for size in layer.shape) > layer.units


def _position_size(network: Network, name: str) -> int:
    """The number of coordinates of a position: the axes of the map, or of the input if the layer has none."""
    seen = inputs_seen(network, name) or (network.input,)
    return len(network.layers[name].axes) or len(source(network, seen[0])[1])
