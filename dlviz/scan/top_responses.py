"""The lists of the samples to which units respond most; lists of parts of a data set are merged into those of all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlviz.scan.content_keys import Keys

Locate = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The positions (m, axes) of the largest responses to samples (m,) of a batch of units (m,), which are numbered through
all layers; zeros for axes that a layer's map has not, -1 where they are found later."""


GROUPS = 4
"""Times as many groups of samples are looked at as there are places in a list."""


@dataclass(frozen=True)
class TopResponses:
    """Of each unit, best first: its largest responses, one for each distinct sample, and where they are.

    score: (units, k) float32; index: (units, k) int64, the sample's number, -1 where a place is free; position: (units,
    k, axes) int64, a number for each axis of the layer's map; where it answers with a vector zeros, one for each axis
    of the input; key: (units, k) uint64, by which equal samples are known.
    """

    score: np.ndarray
    index: np.ndarray
    position: np.ndarray
    key: np.ndarray

    @classmethod
    def none(cls, units: int, k: int, axes: int) -> TopResponses:
        """Lists with `k` free places."""
        scores = np.full((units, k), -np.inf, np.float32)
        positions, keys = np.zeros((units, k, axes), np.int64), np.zeros((units, k), np.uint64)
        return cls(scores, np.full((units, k), -1), positions, keys)

    @property
    def known(self) -> int:
        """How many places are taken, which are as many for each unit."""
        return int(np.count_nonzero(self.index[0] >= 0))

    def of(self, units: slice, axes: int) -> TopResponses:
        """A view of some units, which are those of a layer whose map has so many axes."""
        return TopResponses(self.score[units], self.index[units], self.position[units, :, :axes], self.key[units])

    def enter(self, scores: np.ndarray, locate: Locate, start: int, keys: Keys) -> None:
        """Let the samples start..start+n-1 in, whose largest responses are `scores` (n, units).

        Of equal samples the first one counts. Equal scores are won by the lowest sample number, equal places by the
        first in row-major order.
        """
        k = self.score.shape[1]
        better = scores > self.score[:, -1] if self.known == k else np.ones(scores.shape, bool)
        chosen = np.flatnonzero(better.any(axis=1))
        key = keys(chosen)
        first = np.sort(np.unique(key, return_index=True)[1])
        if len(first) < len(scores):
            chosen, key = chosen[first], key[first]
            scores, better = scores[chosen], better[chosen]
        if np.count_nonzero(better) > k * len(self.score):
            better &= _may_be_largest(scores, k)
        unit, row = np.divmod(np.flatnonzero(better.T), len(better))  # quicker than the two numbers from nonzero
        sample = chosen[row]
        self._let_in(unit, scores[row, unit], sample + start, key[row], lambda new: locate(sample[new], unit[new]))

    def merge(self, other: TopResponses) -> None:
        """Let in what is in the lists of other samples of the same data set, of as many units and axes.

        Merging is associative and, but for which of two equal samples is named, commutative.
        """
        unit, place = np.nonzero(other.index >= 0)
        score, index, key = (array[unit, place] for array in (other.score, other.index, other.key))
        self._let_in(unit, score, index, key, lambda new: other.position[unit[new], place[new]])

    def _let_in(
        self,
        unit: np.ndarray,
        score: np.ndarray,
        index: np.ndarray,
        key: np.ndarray,
        locate: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        """Let responses (m,) to samples that differ for each unit in; units ascend. `locate` gives the positions of
        some of them, numbers (n,) in 0..m-1."""
        k = self.score.shape[1]
        new = np.flatnonzero(~self._have(unit, key))
        units, first, counts = np.unique(unit[new], return_index=True, return_counts=True)
        row = np.repeat(np.arange(len(units)), counts)
        column = k + np.arange(len(new)) - first[row]  # behind the old places
        width = k + int(counts.max(initial=0))
        joined = np.full((len(units), width), -np.inf, np.float32)
        numbers, source = np.full((2, len(units), width), -1, np.int64)
        for array, old, more in ((joined, self.score, score), (numbers, self.index, index)):
            array[:, :k], array[row, column] = old[units], more[new]
        source[row, column] = new
        taken = np.argsort(_ranks(joined, numbers), axis=1)[:, :k]
        found = np.take_along_axis(source, taken, axis=1)  # (units, k), -1 of old places
        entered, place = found >= 0, np.minimum(taken, k - 1)
        for array, values in ((self.position, locate(found[entered])), (self.key, key[found[entered]])):
            placed = array[units[:, None], place]
            placed[entered] = values
            array[units] = placed
        self.score[units] = np.take_along_axis(joined, taken, axis=1)
        self.index[units] = np.take_along_axis(numbers, taken, axis=1)

    def _have(self, unit: np.ndarray, key: np.ndarray) -> np.ndarray:
        """Whether samples of these keys (m,) are in the lists of units (m,)."""
        found = np.isin(key, self.key)  # in the list of any unit
        some = np.flatnonzero(found)
        found[some] = ((self.key[unit[some]] == key[some, None]) & (self.index[unit[some]] >= 0)).any(axis=1)
        return found


def _ranks(scores: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Whole numbers in the order of samples with these scores and sample numbers, any shape each: the largest score
    first, of equal ones the lowest number, free places, -1, last. They are sorted faster than both one by one."""
    bits = (np.float32(0) - scores).view(np.int32)  # in the order of the numbers they stand for, where these are >= 0
    ascending = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits).astype(np.int64)
    ranks: np.ndarray = ascending << 32 | (numbers & 0xFFFFFFFF)
    return ranks


def _may_be_largest(scores: np.ndarray, k: int) -> np.ndarray:
    """Which of some scores (n, units) may be among each unit's `k` largest, bool: at least these, and few others.

    Of groups of samples, the k largest of the groups' largest scores are a bound: no score below their least counts.
    """
    size = max(1, len(scores) // (GROUPS * k))
    groups = scores[: len(scores) // size * size].reshape(size, -1, scores.shape[1]).max(axis=0)
    bound = np.partition(groups, -k, axis=0)[-k]
    found: np.ndarray = scores >= bound
    crowded = np.flatnonzero(np.count_nonzero(found, axis=0) > GROUPS * k)
    equal = scores[:, crowded] == bound[crowded]
    found[:, crowded] &= ~equal | (np.cumsum(equal, axis=0) <= k)
    return found
