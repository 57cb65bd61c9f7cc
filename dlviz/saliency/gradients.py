"""Saliency methods based on the gradient of the score with respect to the input."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dlviz.grammar import in_digits
from dlviz.progress import Progress
from dlviz.saliency.method import Attribution, Method, largest_magnitude, total
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.saliency.target import Target

TOLERANCE = 0.01
"""The relative error of completeness up to which integrated gradients are refined."""
LEAST = 1e-12


@dataclass(frozen=True)
class Gradient(Method):
    """K. Simonyan et al., Deep inside convolutional networks, 2013, arXiv 1312.6034."""

    name = "gradient"
    title = "the gradient"
    summary = "how fast the answer changes with each pixel"
    source = "K. Simonyan et al., Deep inside convolutional networks, 2014, arXiv 1312.6034"

    def attribute(self, target: Target) -> Generator[Progress, None, Attribution]:
        yield Progress(0, 1, "one gradient")
        return Attribution(largest_magnitude(target.gradients(target.values[None])[0]))


@dataclass(frozen=True)
class SmoothGrad(Method):
    """D. Smilkov et al., SmoothGrad: removing noise by adding noise, 2017, arXiv 1706.03825."""

    name = "smoothgrad"
    title = "SmoothGrad"
    summary = "the mean gradient over noisy copies of the input"
    source = "D. Smilkov et al., SmoothGrad: removing noise by adding noise, 2017, arXiv 1706.03825"

    copies: int = option(32, "how many noisy copies", low=2, high=1024, label="noisy copies")
    noise: float = option(
        0.15, "the deviation of the noise, as a share of the input's range", low=0.0, high=2.0, label="noise (share)"
    )
    seed: int = option(0, "random seed of the noise", low=0)

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

    The gradient is integrated by the midpoint rule along the straight line from the baseline (black, silence, zeros) to
    the input. Steps in which the gradient does not predict the change of the score are halved until the map sums to the
    difference of the two scores (completeness).
    """

    name = "integrated"
    title = "integrated gradients"
    summary = "the mean gradient on the way from black to the input, times their difference"
    source = "M. Sundararajan et al., Axiomatic attribution for deep networks, 2017, arXiv 1703.01365"

    steps: int = option(32, "steps on the way, at least", low=1, high=1024, label="steps, at least")
    most_steps: int = option(
        1024, "gradients on the way, at most, however far the map's sum is from the change of the answer", low=1,
        high=100_000, label="steps, at most",
    )  # fmt: skip

    def attribute(self, target: Target) -> Generator[Progress, None, Attribution]:
        baseline, name = target.baseline
        path = target.values - baseline
        before, after = target.scores(np.stack([target.values - path, target.values]))
        difference, accepted, evaluated = float(after - before), np.zeros(path.shape), 0
        steps = _Steps.even(target, baseline, self.steps)
        while True:
            evaluated += len(steps)
            everything, accurate, is_accurate, scores = yield from steps.contributions(TOLERANCE * abs(difference))
            found = accepted + everything
            scale = max(abs(difference), TOLERANCE * float(np.abs(found).sum()), LEAST)
            error = abs(float(found.sum()) - difference) / scale
            refined = np.count_nonzero(~is_accurate)
            if error <= TOLERANCE or not refined or evaluated + 2 * refined > self.most_steps:
                break
            if steps.scores is None:
                steps = steps.measured()
            else:
                accepted += accurate
                steps = steps.halved(~is_accurate, scores)
        changes = f"from {name} to this input the answer changes by {in_digits(difference, 4)} ({error:.1%} apart)"
        return Attribution(total(found).astype(np.float32), f"The map sums to {in_digits(found.sum(), 4)}; {changes}.")

    def coarse(self) -> IntegratedGradients:
        return replace(self, most_steps=self.steps)


@dataclass(frozen=True)
class _Steps:
    """Intervals of the path from the baseline to the input.

    Attributes:
        shares: the ends of each interval as shares of the path, (2, n).
        scores: the scores there, (2, n), if measured.
    """

    target: Target
    baseline: np.ndarray
    shares: np.ndarray
    scores: np.ndarray | None = None

    @classmethod
    def even(cls, target: Target, baseline: np.ndarray, count: int) -> _Steps:
        """`count` intervals of equal length."""
        shares = np.linspace(0, 1, count + 1)
        return cls(target, baseline, np.stack([shares[:-1], shares[1:]]))

    def __len__(self) -> int:
        return self.shares.shape[1]

    def measured(self) -> _Steps:
        """The same consecutive intervals with the scores at their ends."""
        shares, batch = np.append(self.shares[0], self.shares[1, -1]), self.target.batch
        parts = [shares[start : start + batch] for start in range(0, len(shares), batch)]
        scores = np.concatenate([self.target.scores(self._at(part)) for part in parts])
        return replace(self, scores=np.stack([scores[:-1], scores[1:]]).astype(np.float64))

    def halved(self, which: np.ndarray, middle: np.ndarray) -> _Steps:
        """Halve the measured intervals in `which`, bool (n,); `middle` are the scores at all midpoints, (n,)."""

        def ends(x: np.ndarray, middle: np.ndarray) -> np.ndarray:
            low, mid, high = x[0][which], middle[which], x[1][which]
            return np.stack([np.concatenate([low, mid]), np.concatenate([mid, high])])

        assert self.scores is not None
        return replace(self, shares=ends(self.shares, self.shares.mean(axis=0)), scores=ends(self.scores, middle))

    def contributions(
        self, tolerance: float
    ) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
        """Return the midpoint rule summed over all intervals, and over the accurate ones, of the input's shape; which
        intervals are accurate, bool (n,); and the scores at the midpoints, (n,).

        Args:
            tolerance: an interval is accurate if its sum differs from the measured change of the score by at most this,
                times its length.
        """
        path, batch = self.target.values - self.baseline, self.target.batch
        everything, accurate = np.zeros((2, *path.shape))
        is_accurate, scores = np.zeros(len(self), bool), np.zeros(len(self))
        for start in range(0, len(self), batch):
            some = slice(start, start + batch)
            low, high = self.shares[:, some]
            scores[some], gradients = self.target.scores_and_gradients(self._at((low + high) / 2))
            parts = gradients * self._column(high - low) * path  # (n, *places, channel)
            if self.scores is not None:
                predicted = parts.reshape(len(parts), -1).sum(axis=1, dtype=np.float64)
                error = np.abs(predicted - np.diff(self.scores[:, some], axis=0)[0])
                is_accurate[some] = error <= tolerance * (high - low)
            everything += parts.sum(axis=0)
            accurate += parts[is_accurate[some]].sum(axis=0)
            yield Progress(start + len(parts), len(self), f"{len(self)} steps")
        return everything, accurate, is_accurate, scores

    def _at(self, shares: np.ndarray) -> np.ndarray:
        """The inputs (n, *places, channel) at shares (n,) of the path."""
        found: np.ndarray = self.baseline + self._column(shares) * (self.target.values - self.baseline)
        return found

    def _column(self, x: np.ndarray) -> np.ndarray:
        """Numbers (n,) reshaped to broadcast with inputs (n, *places, channel)."""
        return x.astype(np.float32).reshape(-1, *(1,) * self.target.values.ndim)
