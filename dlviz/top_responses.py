"""The lists of the samples to which units respond most; lists of parts of a data set are merged into those of all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dlviz.content_keys import Keys

Locate = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""The positions (m, axes) of the largest responses to samples (m,) of a batch of units (m,), which are numbered through
all layers; zeros for axes that a layer's map has not, -1 where they are found later."""


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
        better = _best(scores, keys, k) if self.known < k else scores > self.score[:, -1]
        sample, unit = np.nonzero(better)
        chosen, number = np.unique(sample, return_inverse=True)
        key = keys(chosen)[number]
        self._let_in(unit, scores[sample, unit], sample + start, key, lambda new: locate(sample[new], unit[new]))

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
        """Let responses (m,) to samples in; `locate` gives the positions of some of them, numbers (n,) in 0..m-1."""
        k = self.score.shape[1]
        new = np.flatnonzero(_are_first(unit, key, index) & ~self._has(unit, key))
        new = new[np.argsort(unit[new], kind="stable")]
        units, first, counts = np.unique(unit[new], return_index=True, return_counts=True)
        row = np.repeat(np.arange(len(units)), counts)
        column = k + np.arange(len(new)) - first[row]  # behind the old places
        width = k + int(counts.max(initial=0))
        joined = np.full((len(units), width), -np.inf, np.float32)
        numbers, source = np.full((2, len(units), width), -1, np.int64)
        for array, old, more in ((joined, self.score, score), (numbers, self.index, index)):
            array[:, :k], array[row, column] = old[units], more[new]
        source[row, column] = new
        taken = np.lexsort((numbers, numbers < 0, -joined))[:, :k]  # free places are last
        found = np.take_along_axis(source, taken, axis=1)  # (units, k), -1 of old places
        entered, place = found >= 0, np.minimum(taken, k - 1)
        for array, values in ((self.position, locate(found[entered])), (self.key, key[found[entered]])):
            placed = array[units[:, None], place]
            placed[entered] = values
            array[units] = placed
        self.score[units] = np.take_along_axis(joined, taken, axis=1)
        self.index[units] = np.take_along_axis(numbers, taken, axis=1)

    def _has(self, unit: np.ndarray, key: np.ndarray) -> np.ndarray:
        """Whether samples of these keys (m,) are in the lists of units (m,)."""
        found: np.ndarray = ((self.key[unit] == key[:, None]) & (self.index[unit] >= 0)).any(axis=1)
        return found


def _best(scores: np.ndarray, keys: Keys, k: int) -> np.ndarray:
    """Which of some scores (n, units) can be among a unit's `k` best of distinct samples, bool: the 2 k best, or where
    equal samples leave too few of these, the k best of all that are distinct."""
    last = max(0, len(scores) - 2 * k)
    better: np.ndarray = scores >= np.partition(scores, last, axis=0)[last]
    sample, unit = np.nonzero(better)
    chosen, number = np.unique(sample, return_inverse=True)
    distinct = np.bincount(unit[_are_first(unit, keys(chosen)[number], sample)], minlength=scores.shape[1])
    if last == 0 or distinct.min() >= k:
        return better
    first = np.sort(np.unique(keys(np.arange(len(scores))), return_index=True)[1])
    last = max(0, len(first) - k)
    better = np.zeros(scores.shape, bool)
    better[first] = scores[first] >= np.partition(scores[first], last, axis=0)[last]
    return better


def _are_first(unit: np.ndarray, key: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Which of some entries (m,) are, of their unit and key, those of the lowest sample number."""
    order = np.lexsort((index, key, unit))
    again = (unit[order][1:] == unit[order][:-1]) & (key[order][1:] == key[order][:-1])
    first = np.ones(len(unit), bool)
    first[order[1:][again]] = False
    return first
