"""Carlini and Wagner's attack in the L2 norm [1].

It minimises |x' - x|^2 + c max(gap, 0) by Adam [2] over w, where x' = (tanh w + 1) / 2 never leaves the box, and finds
c by binary search: larger where the minimum does not fool the network, smaller where it does. The first c of each input
is twice what a linear network would need.

Unlike in [1], each search begins at the shortest change found so far, and an input whose change a search shortens by
less than a hundredth is done: so a fraction of the steps leads to shorter changes.

[1] Carlini, Wagner (2017), Towards evaluating the robustness of neural networks, arXiv:1608.04644, sections V and VI.
[2] Kingma, Ba (2015), Adam: a method for stochastic optimization, arXiv:1412.6980.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks.boundary import bisect_to_boundary, gap_and_gradient
from dlviz.attacks.method import Attempt, Method
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem

INSIDE = np.float32(0.999999)
"""Values are shrunk towards the centre of the box by this factor, so that w is finite at its faces."""
BETA_1, BETA_2 = 0.9, 0.999
"""Adam's decay rates."""
STUCK, SETTLED, CHECKS = 0.9999, 0.999, 5
"""A descent ends where, since the check before, the objective did not fall to the first share, or, once the network is
fooled, the shortest change to the second; checks per descent."""
DONE = 0.99
"""An input is done when a search does not shorten its change to this share."""
C_FACTOR = 10.0
"""The factor by which c grows until one works."""


@dataclass(frozen=True)
class CarliniWagner(Method):
    """The shortest change found in `searches` times `iterations` steps."""

    name = "cw"
    title = "Carlini and Wagner's attack"
    short = "Carlini-Wagner"
    summary = "a short change, by Adam, of a loss that ends at the border"
    source = "N. Carlini, D. Wagner, Towards evaluating the robustness of neural networks, 2017, arXiv 1608.04644"

    searches: int = option(4, "how many weights c of the loss are tried", low=1, high=20, label="weights tried")
    iterations: int = option(100, "steps of Adam for each weight c", low=1, high=10000, label="steps each")
    rate: float = option(0.05, "Adam's learning rate", low=0.001, high=1, label="learning rate")

    def attack(self, problem: Problem) -> Iterator[Attempt]:
        origin, n = problem.origin, len(problem.origin)
        gap, gradient = gap_and_gradient(problem, origin, problem.goals, np.arange(n))
        c = 4 * np.maximum(gap, 1e-6) / np.maximum(np.einsum("nd,nd->n", gradient, gradient), 1e-12)
        works, fails = np.full(n, np.inf), np.zeros(n)
        best, norm = origin.copy(), np.full(n, np.inf, np.float32)
        active = np.arange(n)
        total = self.searches * self.iterations
        for number in range(self.searches):
            fooled, before = np.zeros(n, bool), norm.copy()
            for done in self._descend(problem, active, c.astype(np.float32), best, norm, fooled):
                share = number * self.iterations + done
                yield Attempt(problem.reshaped(best), np.isfinite(norm), min(share, total - 1), total)
            works, fails = np.where(fooled, np.minimum(works, c), works), np.where(fooled, fails, c)
            c = np.where(np.isfinite(works), (fails + np.minimum(works, c * C_FACTOR)) / 2, c * C_FACTOR)
            active = active[~(norm > DONE * before)[active]]
            if not len(active):
                break
        found = np.isfinite(norm)
        nearest = bisect_to_boundary(problem, best, problem.goals)
        yield Attempt(problem.reshaped(np.where(found[:, None], nearest, origin)), found, 1, 1)

    def _descend(
        self,
        problem: Problem,
        rows: np.ndarray,
        c: np.ndarray,
        best: np.ndarray,
        norm: np.ndarray,
        fooled: np.ndarray,
    ) -> Iterator[int]:
        """Run Adam from `best` (n, d) for the inputs `rows`, with one c (n,) per input, yielding the steps done.

        The shortest successful inputs so far are written to `best` (n, d), their norms to `norm` (n,), and successes
        with this c to `fooled` (n,).
        """
        to_w, to_x, derivative = _coordinates(problem)
        origin, w = problem.origin[rows], to_w(best[rows])
        mean, square = np.zeros_like(w), np.zeros_like(w)
        last, last_norm = np.full((2, len(rows)), np.inf, np.float32)
        for step in range(1, self.iterations + 1):
            x = to_x(w)
            gap, gap_gradient = gap_and_gradient(problem, x, problem.goals[rows], rows)
            change = x - origin
            length = np.einsum("md,md->m", change, change)
            objective = length + c[rows] * np.maximum(gap, 0)
            reached = gap < -problem.margin[rows]
            fooled[rows[reached]] = True
            shorter = reached & (np.sqrt(length) < norm[rows])
            best[rows[shorter]], norm[rows[shorter]] = x[shorter], np.sqrt(length[shorter])
            yield step
            weight = np.where(reached, 0, c[rows]).astype(np.float32)[:, None]
            gradient = (2 * change + weight * gap_gradient) * derivative(x)
            mean += (1 - BETA_1) * (gradient - mean)
            square += (1 - BETA_2) * (gradient * gradient - square)
            size = self.rate * np.sqrt(1 - BETA_2**step) / (1 - BETA_1**step)
            w -= np.float32(size) * mean / (np.sqrt(square) + np.float32(1e-8))
            if step % max(self.iterations // CHECKS, 1) == 0:
                found, shortest = np.isfinite(norm[rows]), norm[rows]
                keep = np.where(found, shortest <= SETTLED * last_norm, objective <= STUCK * last)
                if not keep.any():
                    return
                w, mean, square, origin, rows, last, last_norm = (
                    a[keep] for a in (w, mean, square, origin, rows, objective, shortest)
                )


def _coordinates(problem: Problem) -> tuple[Callable[..., np.ndarray], ...]:
    """Functions from x to w, from w to x, and from x to dx/dw; identities if x is unbounded."""
    if not np.isfinite(problem.limits[1]):
        return np.copy, np.copy, np.ones_like
    return (
        lambda x: np.arctanh(INSIDE * (2 * x - 1)),
        lambda w: (np.tanh(w) + 1) / 2,
        lambda x: 2 * x * (1 - x),
    )
