"""Top-k lists of the samples to which units respond most, updated batch by batch and merged across shards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlviz.scan.content_keys import Keys

Locate = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""From sample numbers (m,) in a batch and units (m,), counted through all layers, to the positions (m, axes) of the
largest responses: zeros for axes that a layer's map lacks, -1 where a second pass computes them."""

GROUPS = 4
"""The number of groups of samples per slot from which a lower bound of the k-th largest score is computed."""


@dataclass(frozen=True)
class TopResponses:
    """The k largest responses of each unit, one per distinct sample, best first.

    Attributes:
        score: (units, k) float32.
        index: (units, k) int64, the index of the sample; -1 in an empty slot.
        position: (units, k, axes) int64, in the layer's map; zeros, one for each axis of the input, if it has none.
        key: (units, k) uint64, the content key of the sample.
    """

    score: np.ndarray
    index: np.ndarray
    position: np.ndarray
    key: np.ndarray

    @classmethod
    def empty(cls, units: int, k: int, axes: int) -> TopResponses:
        """Lists of `k` empty slots."""
        scores = np.full((units, k), -np.inf, np.float32)
        positions, keys = np.zeros((units, k, axes), np.int64), np.zeros((units, k), np.uint64)
        return cls(scores, np.full((units, k), -1), positions, keys)

    @property
    def filled(self) -> int:
        """The number of filled slots, the same for every unit."""
        return int(np.count_nonzero(self.index[0] >= 0))

    def view(self, units: slice, axes: int) -> TopResponses:
        """A view of the units of one layer, whose map has this number of axes."""
        return TopResponses(self.score[units], self.index[units], self.position[units, :, :axes], self.key[units])

    def update(self, scores: np.ndarray, locate: Locate, start: int, keys: Keys) -> None:
        """Insert the samples start..start+n-1, whose largest responses are `scores` (n, units).

        Of duplicate samples the first counts. Ties are broken by the lowest sample index, and within a map by the first
        position in row-major order.
        """
        k = self.score.shape[1]
        better = scores > self.score[:, -1] if self.filled == k else np.ones(scores.shape, bool)
        chosen = np.flatnonzero(better.any(axis=1))
        key = keys(chosen)
        first = np.sort(np.unique(key, return_index=True)[1])
        if len(first) < len(scores):
            chosen, key = chosen[first], key[first]
            scores, better = scores[chosen], better[chosen]
        if np.count_nonzero(better) > k * len(self.score):
            better &= _candidates(scores, k)
        unit, row = np.divmod(np.flatnonzero(better.T), len(better))  # quicker than the two numbers from nonzero
        sample = chosen[row]
        self._insert(unit, scores[row, unit], sample + start, key[row], lambda new: locate(sample[new], unit[new]))

    def merge(self, other: TopResponses) -> None:
        """Merge the lists of other samples of the same data set, with the same units and axes.

        Merging is associative and, except for which of two duplicates is named, commutative.
        """
        unit, rank = np.nonzero(other.index >= 0)
        score, index, key = (array[unit, rank] for array in (other.score, other.index, other.key))
        self._insert(unit, score, index, key, lambda new: other.position[unit[new], rank[new]])

    def _insert(
        self,
        unit: np.ndarray,
        score: np.ndarray,
        index: np.ndarray,
        key: np.ndarray,
        locate: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        """Insert responses (m,), sorted by unit and without duplicates per unit.

        Args:
            locate: from numbers (n,) in 0..m-1 to the positions (n, axes) of these responses.
        """
        k = self.score.shape[1]
        new = np.flatnonzero(~self._contains(unit, key))
        units, first, counts = np.unique(unit[new], return_index=True, return_counts=True)
        row = np.repeat(np.arange(len(units)), counts)
        column = k + np.arange(len(new)) - first[row]  # after the old slots
        width = k + int(counts.max(initial=0))
        joined = np.full((len(units), width), -np.inf, np.float32)
        numbers, source = np.full((2, len(units), width), -1, np.int64)
        for array, old, more in ((joined, self.score, score), (numbers, self.index, index)):
            array[:, :k], array[row, column] = old[units], more[new]
        source[row, column] = new
        taken = np.argsort(_ranks(joined, numbers), axis=1)[:, :k]
        found = np.take_along_axis(source, taken, axis=1)  # (units, k), -1 for old entries
        is_new, old_rank = found >= 0, np.minimum(taken, k - 1)
        for array, values in ((self.position, locate(found[is_new])), (self.key, key[found[is_new]])):
            updated = array[units[:, None], old_rank]
            updated[is_new] = values
            array[units] = updated
        self.score[units] = np.take_along_axis(joined, taken, axis=1)
        self.index[units] = np.take_along_axis(numbers, taken, axis=1)

    def _contains(self, unit: np.ndarray, key: np.ndarray) -> np.ndarray:
        """Whether samples with keys (m,) are in the lists of units (m,), bool (m,)."""
        found = np.isin(key, self.key)  # in any unit's list: a cheap filter
        some = np.flatnonzero(found)
        found[some] = ((self.key[unit[some]] == key[some, None]) & (self.index[unit[some]] >= 0)).any(axis=1)
        return found


def _ranks(scores: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """int64 sort keys, of the common shape of both arrays: descending by score, then ascending by sample number, empty
    slots (-1) last. One key is sorted faster than two."""
    bits = (np.float32(0) - scores).view(np.int32)  # ordered as the floats, where these are >= 0
    ascending = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits).astype(np.int64)
    ranks: np.ndarray = ascending << 32 | (numbers & 0xFFFFFFFF)
    return ranks


def _candidates(scores: np.ndarray, k: int) -> np.ndarray:
    """Which scores (n, units) may be among each unit's `k` largest, bool: a superset with few others.

    The k-th largest of the maxima of groups of samples is a lower bound of the k-th largest score.
    """
    size = max(1, len(scores) // (GROUPS * k))
    groups = scores[: len(scores) // size * size].reshape(size, -1, scores.shape[1]).max(axis=0)
    bound = np.partition(groups, -k, axis=0)[-k]
    found: np.ndarray = scores >= bound
    crowded = np.flatnonzero(np.count_nonzero(found, axis=0) > GROUPS * k)
    equal = scores[:, crowded] == bound[crowded]
    found[:, crowded] &= ~equal | (np.cumsum(equal, axis=0) <= k)
    return found
