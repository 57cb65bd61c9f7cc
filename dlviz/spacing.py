"""Evenly spaced and round-robin subsets, because classes, layers and steps may be sorted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError

Thing = TypeVar("Thing")


def evenly_spaced(count: int, most: int) -> np.ndarray:
    """At most `most` evenly spaced integers from 0 to count - 1, both included, int64 (n,).

    >>> evenly_spaced(10, 4).tolist()
    [0, 3, 6, 9]
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def every_nth(count: int, least: float) -> np.ndarray:
    """The integers from 0 to count - 1 at one distance of at least `least`, the last included, int64 (n,); the first as
    well if it is so at less than twice the distance.

    >>> every_nth(10, 2).tolist(), every_nth(6, 2).tolist(), every_nth(4, 0.3).tolist()
    ([0, 3, 6, 9], [1, 3, 5], [0, 1, 2, 3])
    """
    step = max(1, math.ceil(least))
    exact = (n for n in range(step, 2 * step) if (count - 1) % n == 0)
    return np.arange(count - 1, -1, -next(exact, step))[::-1]


def thinned(things: Sequence[Thing], most: int) -> tuple[Thing, ...]:
    """At most `most` evenly spaced items."""
    return tuple(things[n] for n in evenly_spaced(len(things), most))


def thinned_samples(samples: Samples, most: int) -> Samples:
    """At most `most` evenly spaced samples."""
    return samples if len(samples) <= most else samples.select(evenly_spaced(len(samples), most))


def round_robin(labels: np.ndarray) -> np.ndarray:
    """The indices (n,) of samples with class labels (n,) in round-robin order: the first sample of each class, the
    second of each, and so on.

    >>> round_robin(np.array([5, 5, 5, 2, 2, 7])).tolist()
    [0, 3, 5, 1, 4, 2]
    """
    by_class = np.argsort(labels, kind="stable")
    _, starts, counts = np.unique(labels[by_class], return_index=True, return_counts=True)
    turn = np.empty(len(labels), np.int64)
    turn[by_class] = np.arange(len(labels)) - np.repeat(starts, counts)
    return np.argsort(turn, kind="stable")


def limited(data: Samples, limit: int, balanced: bool = False) -> Samples:
    """The first `limit` samples of data, or as many of each class, in stored order; all where it is 0.

    Raises:
        UserError: the limit is negative.
    """
    if limit < 0:
        raise UserError(f"The limit {limit} is not a number of samples: give how many to look at, or 0 for all.")
    if not 0 < limit < len(data):
        return data
    targets = data.targets
    of_classes = isinstance(targets, np.ndarray) and targets.ndim == 1 and targets.dtype.kind in "iu"
    if balanced:
        return data.select(np.sort(round_robin(targets)[:limit]) if of_classes else evenly_spaced(len(data), limit))
    first = data.select(np.arange(limit))
    if of_classes:
        seen, classes = len(np.unique(first.targets)), len(data.class_names or np.unique(targets))
        if seen < classes:
            note = f"The first {limit:,} of {len(data):,} are of {seen} of the {classes} classes"
            first.notes += (f"{note} (--balanced takes as many of each).",)
    return first
