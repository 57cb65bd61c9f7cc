"""The largest responses to a batch of samples, before they are merged into the lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from dlviz.scan.content_keys import Keys
from dlviz.scan.top_responses import Locate


@dataclass(frozen=True)
class BatchResponses:
    """The largest responses to n samples.

    Attributes:
        scores: (n, all units) float32.
        locate: gives their positions on demand.
        keys: gives the content keys of the samples on demand.
    """

    scores: np.ndarray
    locate: Locate
    keys: Keys


def concatenated(parts: Sequence[BatchResponses]) -> BatchResponses:
    """Concatenate the responses to consecutive batches."""
    if len(parts) == 1:
        return parts[0]
    starts = list(accumulate((len(part.scores) for part in parts), initial=0))[:-1]

    def dispatch(functions: Sequence[Callable[..., np.ndarray]], sample: np.ndarray, *more: np.ndarray) -> np.ndarray:
        """Call the function of each part with the samples (m,) in that part, and further arguments (m,)."""
        part = np.searchsorted(starts, sample, side="right") - 1
        order = np.argsort(part, kind="stable")
        bounds = np.searchsorted(part[order], range(len(parts) + 1))
        rows = [order[start:stop] for start, stop in pairwise(bounds)]
        found = [
            function(sample[row] - start, *(array[row] for array in more))
            for function, start, row in zip(functions, starts, rows, strict=True)
        ]
        return np.concatenate(found)[np.argsort(order)]

    return BatchResponses(
        np.concatenate([part.scores for part in parts]),
        lambda sample, unit: dispatch([part.locate for part in parts], sample, unit),
        lambda sample: dispatch([part.keys for part in parts], sample),
    )
