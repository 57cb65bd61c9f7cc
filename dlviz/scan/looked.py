"""What is found in the samples of a batch, before it enters the lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from dlviz.scan.content_keys import Keys
from dlviz.scan.top_responses import Locate


@dataclass(frozen=True)
class Looked:
    """The largest responses to n samples, (n, units of all layers) float32, where they are, and the samples' keys."""

    scores: np.ndarray
    locate: Locate
    keys: Keys


def joined(parts: Sequence[Looked]) -> Looked:
    """What is found in the samples of several batches that follow each other."""
    if len(parts) == 1:
        return parts[0]
    starts = list(accumulate((len(part.scores) for part in parts), initial=0))[:-1]

    def asked(answers: Sequence[Callable[..., np.ndarray]], sample: np.ndarray, *more: np.ndarray) -> np.ndarray:
        """What the parts answer for samples (m,), and for what else is asked for with each of them, (m,)."""
        part = np.searchsorted(starts, sample, side="right") - 1
        order = np.argsort(part, kind="stable")
        bounds = np.searchsorted(part[order], range(len(parts) + 1))
        rows = [order[start:stop] for start, stop in pairwise(bounds)]
        found = [
            answer(sample[row] - start, *(array[row] for array in more))
            for answer, start, row in zip(answers, starts, rows, strict=True)
        ]
        return np.concatenate(found)[np.argsort(order)]

    return Looked(
        np.concatenate([part.scores for part in parts]),
        lambda sample, unit: asked([part.locate for part in parts], sample, unit),
        lambda sample: asked([part.keys for part in parts], sample),
    )
