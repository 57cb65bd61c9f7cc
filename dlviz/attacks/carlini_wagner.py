"""Carlini and Wagner's attack on the Euclidean length of a change [1].

It minimises |x' - x|^2 + c max(gap, 0) by Adam [2] over w, x' = (tanh w + 1) / 2, which never leaves the box, and
searches c by halving: larger where the minimum does not fool, smaller where it does. The first c is twice what a linear
network would need, input by input.

[1] Carlini, Wagner (2017), Towards evaluating the robustness of neural networks, arXiv:1608.04644, sections V and VI.
[2] Kingma, Ba (2015), Adam: a method for stochastic optimization, arXiv:1412.6980.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlviz.attacks.border import gap_and_slope, nearest_on_line
from dlviz.attacks.method import Attempt, Method
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem

INSIDE = np.float32(0.999999)
"""Values at the walls of the box are drawn in by so little that their w is finite."""
MEANS, SQUARES = 0.9, 0.999
"""Adam's decay of the running means of gradients and of their squares."""
GIVE_UP, LOOKS = 0.9999, 10
"""A descent ends where the objective is not below this share of what it was; it is looked at so often."""
C_FACTOR = 10.0
"""From one c to the next, while none works."""


@dataclass(frozen=True)
class CarliniWagner(Method):
    """A change as short as can be found in `searches` times `iterations` steps."""

    name = "cw"
    title = "Carlini and Wagner's attack"
    short = "Carlini-Wagner"
    summary = "a short change, by Adam, of a loss that ends at the border"
    source = "N. Carlini, D. Wagner, Towards evaluating the robustness of neural networks, 2017, arXiv 1608.04644"

    searches: int = option(4, "how many weights c of the loss are tried", low=1, high=20, label="weights tried")
    iterations: int = option(100, "how many steps Adam takes with each of them", low=1, high=10000, label="steps each")
    rate: float = option(0.05, "Adam's learning rate", low=0.001, high=1, label="learning rate")

    def attack(self, problem: Problem) -> Iterator[Attempt]:
        origin, n = problem.origin, len(problem.origin)
        gap, slope = gap_and_slope(problem, origin, problem.wanted, np.arange(n))
        c = 4 * np.maximum(gap, 1e-6) / np.maximum(np.einsum("nd,nd->n", slope, slope), 1e-12)
        works, fails = np.full(n, np.inf), np.zeros(n)
        best, norm = origin.copy(), np.full(n, np.inf, np.float32)
        total = self.searches * self.iterations
        for number in range(self.searches):
            fooled = np.zeros(n, bool)
            for done in self._descend(problem, c.astype(np.float32), best, norm, fooled):
                share = number * self.iterations + done
                yield Attempt(problem.shaped(best), np.isfinite(norm), min(share, total - 1), total)
            works, fails = np.where(fooled, np.minimum(works, c), works), np.where(fooled, fails, c)
            c = np.where(np.isfinite(works), (fails + np.minimum(works, c * C_FACTOR)) / 2, c * C_FACTOR)
        found = np.isfinite(norm)
        nearest = nearest_on_line(problem, best, problem.wanted)
        yield Attempt(problem.shaped(np.where(found[:, None], nearest, origin)), found, 1, 1)

    def _descend(
        self, problem: Problem, c: np.ndarray, best: np.ndarray, norm: np.ndarray, fooled: np.ndarray
    ) -> Iterator[int]:
        """Adam with one c for each input; the shortest changes that fool are kept in `best`, `norm` and `fooled`."""
        to_w, to_x, derivative = _coordinates(problem)
        rows = np.arange(len(c))
        origin = problem.origin
        w = to_w(origin)
        mean, square = np.zeros_like(w), np.zeros_like(w)
        last = np.full(len(c), np.inf, np.float32)
        for step in range(1, self.iterations + 1):
            x = to_x(w)
            gap, slope = gap_and_slope(problem, x, problem.wanted[rows], rows)
            change = x - origin
            length = np.einsum("md,md->m", change, change)
            objective = length + c[rows] * np.maximum(gap, 0)
            reached = gap < -problem.clear[rows]
            fooled[rows[reached]] = True
            shorter = reached & (np.sqrt(length) < norm[rows])
            best[rows[shorter]], norm[rows[shorter]] = x[shorter], np.sqrt(length[shorter])
            yield step
            weight = np.where(reached, 0, c[rows]).astype(np.float32)[:, None]
            gradient = (2 * change + weight * slope) * derivative(x)
            mean += (1 - MEANS) * (gradient - mean)
            square += (1 - SQUARES) * (gradient * gradient - square)
            size = self.rate * np.sqrt(1 - SQUARES**step) / (1 - MEANS**step)
            w -= np.float32(size) * mean / (np.sqrt(square) + np.float32(1e-8))
            if step % max(self.iterations // LOOKS, 1) == 0:
                keep = objective <= GIVE_UP * last
                if not keep.any():
                    return
                w, mean, square, origin, rows, last = (a[keep] for a in (w, mean, square, origin, rows, objective))


def _coordinates(problem: Problem) -> tuple[Callable[..., np.ndarray], ...]:
    """Functions from values to w, from w to values, and from values to their derivative by w."""
    if not np.isfinite(problem.limits[1]):
        return np.copy, np.copy, np.ones_like
    return (
        lambda x: np.arctanh(INSIDE * (2 * x - 1)),
        lambda w: (np.tanh(w) + 1) / 2,
        lambda x: 2 * x * (1 - x),
    )
