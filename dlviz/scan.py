"""The pictures of a data set to which each unit responds most, and where in them.

All pictures stream once through the compiled network. Of each batch the largest response of every unit is found beside
the forward pass; only for the few pictures that enter a unit's list is the place looked up in its map. What is kept
does not grow with the number of pictures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from dlviz import backend
from dlviz.broken_weights import broken_weights
from dlviz.cache import Entry
from dlviz.network import Network
from dlviz.sheet import Progress
from dlviz_models.data import Pictures
from dlviz_models.errors import UserError

BATCH = 1000
BATCH_BYTES = 64 << 20
"""A batch holds as many pictures as fit into both: the largest map of a batch stays near the processor's cache."""
FIELDS = ("score", "index", "position")


@dataclass(frozen=True)
class Tops:
    """Of each unit, best first: its largest responses, one a picture, and where they are.

    score: (units, k) float32; index: (units, k) int64, the picture's number; position: (units, k, 2) int64, row and
    column in the layer's map, (0, 0) where it answers with a vector.
    """

    score: np.ndarray
    index: np.ndarray
    position: np.ndarray

    @classmethod
    def none(cls, units: int, k: int) -> Tops:
        """Lists with `k` free places."""
        return cls(np.full((units, k), -np.inf, np.float32), np.full((units, k), -1), np.zeros((units, k, 2), np.int64))

    def first(self, k: int) -> Tops:
        """The best `k` of each unit."""
        return Tops(self.score[:, :k], self.index[:, :k], self.position[:, :k])

    def enter(self, scores: np.ndarray, maps: np.ndarray, start: int) -> None:
        """Let the pictures start..start+n-1 in: their largest responses `scores` (n, units), and the maps
        (n, rows, columns, units) in which these are found.

        Equal scores are won by the lowest picture number, equal places by the first in row-major order.
        """
        k = self.score.shape[1]
        units = np.flatnonzero((scores > self.score[:, -1]).any(axis=0) | (self.index[:, -1] < 0))
        joined = np.concatenate([self.score[units], scores[:, units].T], axis=1)  # (units, k + n)
        taken = np.argsort(-joined, axis=1, kind="stable")[:, :k]
        picture = taken - k  # in this batch; negative: an old place
        index = np.take_along_axis(self.index[units], np.minimum(taken, k - 1), axis=1)
        position = np.take_along_axis(self.position[units], np.minimum(taken, k - 1)[..., None], axis=1)
        self.score[units] = np.take_along_axis(joined, taken, axis=1)
        self.index[units] = np.where(picture >= 0, picture + start, index)
        new = picture >= 0
        winners = maps[picture[new], :, :, units[np.nonzero(new)[0]]]  # (new, rows, columns)
        flat = winners.reshape(len(winners), math.prod(maps.shape[1:3])).argmax(axis=1)
        position[new] = np.stack(np.unravel_index(flat, maps.shape[1:3]), axis=-1)
        self.position[units] = position


def maps_and_largest(
    network: Network, layers: tuple[str, ...], outputs: list[backend.Tensor]
) -> tuple[list[backend.Tensor], list[backend.Tensor]]:
    """Of each layer the maps, and the largest response of every unit (n, units): over one axis at a time, and in the
    same compiled function as the maps themselves, which is quicker."""
    maps = [as_maps(network, name, output) for name, output in zip(layers, outputs, strict=True)]
    return maps, [keras.ops.max(keras.ops.max(m, axis=1), axis=1) for m in maps]


class Scan:
    """The search for every unit's `k` best pictures in several layers at once; it can be left and taken up again.

    Args:
        kept: place on disk of the result, which is taken from there where it is known.

    Attributes:
        tops: what has been found so far, by layer.
        done: how many pictures have been looked at.
    """

    def __init__(
        self, network: Network, layers: Sequence[str], pictures: Pictures, k: int, kept: Entry | None = None
    ) -> None:
        if not len(pictures):
            raise UserError(f"{pictures.name} has no pictures to scan: choose other data, or a limit above 0.")
        self.network = network
        self.pictures = pictures
        self.layers = tuple(layers)
        self.k = min(k, len(pictures))
        self.done = 0
        self.tops = {name: Tops.none(_units(network, name), self.k) for name in self.layers}
        batches = math.ceil(len(pictures) / batch_limit(network, self.layers))
        self.batch = math.ceil(len(pictures) / batches)
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
            self.done = len(self.pictures)

    @property
    def complete(self) -> bool:
        """Whether all pictures have been looked at."""
        return self.done == len(self.pictures)

    def run(self) -> Iterator[Progress]:
        """Look at the pictures that are left, a batch between two yields."""
        of_pixels = self.network.function(self.layers, maps_and_largest, self.network.from_pixels)
        of_inputs = self.network.function(self.layers, maps_and_largest)
        total = len(self.pictures)
        while not self.complete:
            stop = min(self.done + self.batch, total)
            pixels = self.pictures.batch(self.done, stop) if self.pictures.stored_as_bytes else None
            if isinstance(pixels, np.ndarray) and pixels.shape[1:] == self.network.input_shape:
                maps, best = of_pixels(backend.constant(self._filled(pixels)))
            else:
                fed = (
                    self.network.feed_from(self.pictures, self.done, stop)
                    if pixels is None
                    else self.network.feed_pictures(pixels)
                )
                maps, best = of_inputs(backend.constant(self._filled(fed)))
            for name, map_, largest in zip(self.layers, maps, best, strict=True):
                scores = np.asarray(largest)[: stop - self.done]
                self._refuse_nan(name, scores)
                self.tops[name].enter(scores, np.asarray(map_), self.done)
            self.done = stop
            if self.complete and self._kept:
                self._kept.put(self._arrays)
            yield Progress(self.done, total, f"scanning {self.pictures.name}")

    def _filled(self, batch: np.ndarray) -> np.ndarray:
        """A batch of the usual size, the last picture repeated: one of another size would be compiled anew."""
        missing = self.batch - len(batch)
        return np.concatenate([batch, np.repeat(batch[-1:], missing, axis=0)]) if missing else batch

    def _refuse_nan(self, name: str, scores: np.ndarray) -> None:
        bad = np.isnan(scores).any(axis=1)
        if bad.any():
            raise UserError(
                f"Layer {name} of {self.network.name} answers NaN to picture {self.done + int(bad.argmax())} of"
                f" {self.pictures.name}, so nothing can be ranked:"
                f" {broken_weights(self.network.model) or 'check how pixels are preprocessed'}."
            )


def as_maps(network: Network, layer: str, output: backend.Tensor) -> backend.Tensor:
    """The output of `layer` as maps (n, rows, columns, units), float32; a vector as maps of one position."""
    if keras.backend.standardize_dtype(output.dtype) != "float32":
        output = keras.ops.cast(output, "float32")
    if network.channels_first(layer):
        return keras.ops.transpose(output, (0, 2, 3, 1))
    if len(output.shape) == 4:
        return output
    n, *spatial, units = keras.ops.shape(output)
    return keras.ops.reshape(output, (n, *[*spatial, 1, 1][:2], units))


def batch_limit(network: Network, layers: Sequence[str], most: int = BATCH) -> int:
    """How many pictures go through the network at once, at most `most`."""
    height, width, _ = network.input_shape
    sizes = [
        4
        * math.prod(size or (height, width, 1)[min(axis, 2)] for axis, size in enumerate(network.layers[s.name].shape))
        for s in network.graph.ancestors(layers)
    ]
    return max(1, min(most, BATCH_BYTES // max(sizes)))


def _units(network: Network, name: str) -> int:
    layer = network.layer(name)
    if not layer.units:
        raise UserError(f"Layer {name} of {network.name} has no units to scan: choose one that gives maps or a vector.")
    return layer.units
