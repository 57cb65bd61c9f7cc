"""Occlusion: the drop of the score when a part of the input is covered."""

from __future__ import annotations

import itertools
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import number_of, size_of
from dlviz.progress import Progress
from dlviz.saliency.method import Attribution, Method
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.saliency.target import Target

COARSE = 256
"""The maximum number of window positions of the coarse variant."""


@dataclass(frozen=True)
class Occlusion(Method):
    """M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, ECCV 2014, section 4.2,
    arXiv 1311.2901.

    Each place gets the mean drop over the windows that cover it.
    """

    name = "occlusion"
    title = "occlusion"
    summary = "what the answer loses when a window is covered by the input's mean (words, numbers: zero)"
    source = "M. D. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, 2014, arXiv 1311.2901"

    window: float = option(
        0.25,
        "the window's side, as a share of the input's; of texts and rows of numbers one place",
        low=0.01,
        high=1,
        label="window (share)",
    )
    most_windows: int = option(
        1024, "how many places of the window at most: over a large input it moves by more than a pixel at a time",
        low=1, high=100_000, label="places of the window, at most",
    )  # fmt: skip

    def attribute(self, target: Target) -> Generator[Progress, None, Attribution]:
        x = target.values
        places, batch = x.shape[:-1], target.batch
        sides = [1 if target.is_row else max(1, round(self.window * n)) for n in places]
        cover = target.baseline[0] if target.is_row else x.mean(axis=tuple(range(x.ndim - 1)))
        windows = _windows(places, sides, self.most_windows)
        lost, count = np.zeros(places), np.zeros(places)
        [whole] = target.scores(x[None])
        for done in range(0, len(windows), batch):
            some = windows[done : done + batch]
            covered = np.repeat(x[None], len(some), axis=0)
            for one, window in zip(covered, some, strict=True):
                one[window] = cover
            for window, score in zip(some, target.scores(covered), strict=True):
                lost[window] += whole - score
                count[window] += 1
            yield Progress(done + len(some), len(windows), "covering one window after the other")
        size = number_of(sides[0], target.place) if len(sides) == 1 else f"{size_of(sides)} {target.place}s"
        return Attribution((lost / np.maximum(count, 1)).astype(np.float32), f"The window is {size}.")

    def coarse(self) -> Occlusion:
        return replace(self, most_windows=min(self.most_windows, COARSE))


def _windows(places: tuple[int, ...], sides: list[int], most: int) -> list[tuple[slice, ...]]:
    """Windows of one size that cover all places, about `most` at most."""
    stride = int(np.ceil((np.prod(places) / most) ** (1 / len(places))))
    starts = []
    for n, side in zip(places, sides, strict=True):
        step = min(max(1, stride), side)
        starts.append(sorted({*range(0, n - side + 1, step), n - side}))
    return [
        tuple(slice(a, a + side) for a, side in zip(start, sides, strict=True)) for start in itertools.product(*starts)
    ]
