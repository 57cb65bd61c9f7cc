"""Methods that follow the gradient from the answer to the input."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.progress import Progress
from dlviz.saliency.method import Attribution, Method, largest_magnitude, total
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.saliency.target import Target

COMPLETE = 0.01
"""How far the sum of integrated gradients may be from the difference that it stands for, as a share of it."""
LEAST = 1e-12


@dataclass(frozen=True)
class Gradient(Method):
    """K. Simonyan et al., Deep inside convolutional networks, 2013, arXiv 1312.6034."""

    name = "gradient"
    title = "the gradient"
    summary = "how fast the answer changes with each pixel"
    source = "arXiv 1312.6034"

    def attribute(self, target: Target) -> Generator[Progress, None, Attribution]:
        yield Progress(0, 1, "one gradient")
        return Attribution(largest_magnitude(target.gradients(target.values[None])[0]))


@dataclass(frozen=True)
class SmoothGrad(Method):
    """D. Smilkov et al., SmoothGrad: removing noise by adding noise, 2017, arXiv 1706.03825."""

    name = "smoothgrad"
    title = "SmoothGrad"
    summary = "the mean gradient over noisy copies of the input"
    source = "arXiv 1706.03825"

    copies: int = option(32, "how many noisy copies", low=2, high=1024, label="noisy copies")
    noise: float = option(
        0.15, "the deviation of the noise, as a share of the input's range", low=0.0, high=2.0, label="noise (share)"
    )
    seed: int = option(0, "of the noise", low=0)

    def attribute(self, target: Target) -> Generator[Progress, None, Attribution]:
        x, random, batch = target.values, np.random.default_rng(self.seed), target.batch
        deviation, found = self.noise * float(np.ptp(x)), np.zeros(x.shape)
        for done in range(0, self.copies, batch):
            n = min(batch, self.copies - done)
            noisy = x + random.normal(0, deviation, (n, *x.shape)).astype(np.float32)
            found += target.gradients(noisy).sum(axis=0)
            yield Progress(done + n, self.copies, "noisy copies")
        return Attribution(largest_magnitude(found / self.copies).astype(np.float32))


@dataclass(frozen=True)
class IntegratedGradients(Method):
    """M. Sundararajan et al., Axiomatic attribution for deep networks, ICML 2017, arXiv 1703.01365.

    The gradient is averaged by the midpoint rule along the straight line from nothing (black, silence, zeros) to the
    input, in three times as many steps, a third of whose middles are known, until the map sums to the difference of the
    two answers.
    """

    name = "integrated"
    title = "integrated gradients"
    summary = "the mean gradient on the way from black to the input, times the way"
    source = "arXiv 1703.01365"

    steps: int = option(32, "steps on the way, at least", low=1, high=1024, label="steps, at least")
    most_steps: int = option(
        1024, "steps on the way, at most, however far the map's sum is from the change of the answer", low=1,
        high=100_000, label="steps, at most",
    )  # fmt: skip

    def attribute(self, target: Target) -> Generator[Progress, None, Attribution]:
        nothing, named = target.baseline
        way = target.values - nothing
        before, after = target.scores(np.stack([target.values - way, target.values]))
        wanted, steps, summed = float(after - before), self.steps, np.zeros(way.shape)
        middles = np.arange(steps)
        while True:
            summed += yield from self._sum_of_gradients(target, way, (middles + 0.5) / steps)
            found = way * summed / steps
            scale = max(abs(wanted), COMPLETE * float(np.abs(found).sum()), LEAST)
            off = abs(float(found.sum()) - wanted) / scale
            if off <= COMPLETE or 3 * steps > self.most_steps:
                break
            steps *= 3
            middles = np.flatnonzero(np.arange(steps) % 3 != 1)  # the others were those of a third of the steps
        changes = f"from {named} to here the answer changes by {wanted:.4g} ({off:.1%} apart)"
        return Attribution(total(found).astype(np.float32), f"It sums to {found.sum():.4g}; {changes}.")

    def coarse(self) -> IntegratedGradients:
        return replace(self, most_steps=self.steps)

    def _sum_of_gradients(
        self, target: Target, way: np.ndarray, shares: np.ndarray
    ) -> Generator[Progress, None, np.ndarray]:
        """Return the sum of the gradients, (*places, channel), at shares (n,) of the way; yield progress."""
        batch, found = target.batch, np.zeros(way.shape)
        left = (1 - shares).astype(np.float32)
        for done in range(0, len(left), batch):
            part = left[done : done + batch].reshape(-1, *(1,) * way.ndim)
            found += target.gradients(target.values - part * way).sum(axis=0)
            yield Progress(done + len(part), len(left), f"{len(left)} steps")
        return found
