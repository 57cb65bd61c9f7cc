"""The smallest change that fools a network, by box-constrained L-BFGS [1], for a whole batch at once.

For each input x it minimises  c |r|^2 + loss(x + r)  with x + r inside the box, and searches for the largest c whose
minimiser still succeeds. The squared norm replaces the norm of [1]: the path of minimisers over c is the same, and it
is smooth at r = 0.

The optimiser is projected L-BFGS [2]: coordinates that are at a bound and pushed against it are left out of the
quasi-Newton step. The searches of a batch backtrack, step and change c independently; one step is one evaluation of the
network and its gradient for all of them. If several goals each suffice, an input has a search for each; those whose
change is much longer than that of another search for the same input are stopped early.

[1] Szegedy et al. (2014), Intriguing properties of neural networks, arXiv:1312.6199, section 4.1.
[2] Bertsekas (1982), Projected Newton methods for optimization problems with simple constraints, doi:10.1137/0320018.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dlviz.attacks.boundary import bisect_to_boundary
from dlviz.attacks.goals import Goals, concatenated
from dlviz.attacks.method import Attempt, Method
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem

Array = np.ndarray

HISTORY = 8
"""The number of correction pairs (steps and changes of the gradient) that are kept."""
PATIENCE = 25
"""The maximum number of evaluations with one c."""
CONVERGED = 1e-3
"""The minimum counts as reached when a step reduces the objective by less than this share."""
ARMIJO = 1e-4
MIN_STEP = 1e-3
"""A trial step shorter than this share of the quasi-Newton step ends the search with this c."""
JITTER = 1e-3
"""The standard deviation of the noise added to an input at which the gradient is no descent direction: in a picture of
one colour the values in each max-pooling window are tied, and the gradient reaches only one of them."""
HUGE = np.float32(1e30)
"""A loss from which any step is accepted."""
C_FACTOR = 4.0
"""The factor between one c and the next until one works and one fails."""
C_CLOSE = 1.2
"""A search ends when the largest c that works and the smallest that fails are within this factor."""
MIN_C = 1e-10
"""A search is abandoned if not even this c works."""
GAP = 20.0
"""Scores are scaled up until the gap of an input is at least this large, so that of the other classes only the nearest
counts in the loss."""
SCOUTING = 20
"""Evaluations after which searches that lag behind another one for the same input are stopped."""
LAG = 1.12
"""The ratio of norms from which a search lags behind."""


@dataclass(frozen=True)
class Search:
    """m searches, each for an input of d numbers."""

    row: Array  # (m,)  the number of the input
    goals: Goals
    sharpness: Array  # (m,)
    origin: Array  # (m, d)
    x: Array  # (m, d)  the current point
    loss: Array  # (m,)  at `x`
    gradient: Array  # (m, d)  of the loss, without the norm
    fooled: Array  # (m,)  at `x`
    direction: Array  # (m, d)
    length: Array  # (m,)  of the next trial step along the direction
    c: Array  # (m,)
    works: Array  # (m,)  the largest c whose minimiser succeeded, 0 if none
    fails: Array  # (m,)  the smallest c whose minimiser did not, infinite if none
    tried: Array  # (m,)  evaluations with this c
    best: Array  # (m, d)  the nearest point met that succeeds
    norm: Array  # (m,)  the L2 norm of its change, infinite if none

    def __getitem__(self, keep: Array) -> Search:
        return Search(*(getattr(self, field.name)[keep] for field in fields(self)))

    def __len__(self) -> int:
        return len(self.row)

    @property
    def is_done(self) -> Array:
        """Whether c is known well enough, or none works, (m,)."""
        done: Array = (self.fails <= C_CLOSE * self.works) | (self.fails < MIN_C)
        return done


Memory = deque[tuple[Array, Array]]
"""The correction pairs (s, y): steps and changes of the loss's gradient, (m, d) each, oldest first; zeros for rejected
steps."""


@dataclass(frozen=True)
class LBFGS(Method):
    """The smallest change found within `evaluations`."""

    name = "lbfgs"
    title = "L-BFGS"
    short = "L-BFGS"
    summary = "the smallest change, by box-constrained L-BFGS"
    source = "C. Szegedy et al., Intriguing properties of neural networks, 2014, arXiv 1312.6199"

    evaluations: int = option(
        60, "maximum evaluations of the network per input and class", low=10, high=1000, label="tries per input"
    )

    def attack(self, problem: Problem) -> Iterator[Attempt]:
        search, memory = _initial_search(problem), deque(maxlen=HISTORY)  # type: Search, Memory
        origin = problem.origin
        best, norm = origin.copy(), np.full(len(origin), np.inf)
        goals = problem.alternatives[0]
        for done in range(1, self.evaluations):
            search = _step(problem, search, memory)
            for number in np.argsort(-search.norm):  # the smallest change of each input last
                row = search.row[number]
                if search.norm[number] < norm[row]:
                    best[row], norm[row] = search.best[number], search.norm[number]
                    goals.weights[row], goals.level[row] = search.goals.weights[number], search.goals.level[number]
            yield Attempt(problem.reshaped(best), np.isfinite(norm), done, self.evaluations)
            keep = ~search.is_done
            if done >= SCOUTING:
                keep &= search.norm <= LAG * norm[search.row]
            if not keep.all():
                search = search[keep]
                memory = deque([(s[keep], y[keep]) for s, y in memory], maxlen=HISTORY)
            if not len(search):
                break
        found = np.isfinite(norm)
        nearest = bisect_to_boundary(problem, best, goals)
        yield Attempt(problem.reshaped(np.where(found[:, None], nearest, origin)), found, done, done)


def _initial_search(problem: Problem) -> Search:
    """One search for each input and alternative goal."""
    n = len(problem.origin)
    row = np.tile(np.arange(n), len(problem.alternatives))
    goals, origin = concatenated(list(problem.alternatives)), problem.origin[row]
    gap = problem.evaluate(origin, goals, row, np.ones(len(row), np.float32)).gap
    sharpness = np.maximum(1, GAP / np.maximum(gap, 1e-6)).astype(np.float32)
    evaluation = problem.evaluate(origin, goals, row, sharpness)
    loss, gradient = _loss(evaluation.smooth_gap, evaluation.gradient)
    # With this c and a linear loss, the minimum of c |r|^2 + loss would be halfway to the decision boundary.
    c = np.maximum(_dot(gradient, gradient) / np.maximum(4 * loss, 1e-6), 10 * MIN_C)
    zero, never = np.zeros_like(loss), np.full_like(loss, np.inf)
    return Search(
        row, goals, sharpness, origin, origin, loss, gradient, evaluation.gap < -problem.margin[row],
        -gradient / (2 * c)[:, None], zero + 1, c, zero, never, zero, origin, never,
    )  # fmt: skip


def _step(problem: Problem, s: Search, memory: Memory) -> Search:
    """Evaluate the network at each search's trial point, and accept, backtrack or change c."""
    trial = np.clip(s.x + s.length[:, None] * s.direction, *problem.limits)
    evaluation = problem.evaluate(trial, s.goals, s.row, s.sharpness)
    fooled = evaluation.gap < -problem.margin[s.row]
    trial_loss, trial_gradient = _loss(evaluation.smooth_gap, evaluation.gradient)
    move, square = trial - s.x, _dot(trial - s.origin, trial - s.origin)
    change = s.x - s.origin
    old, new = s.loss + s.c * _dot(change, change), trial_loss + s.c * square
    slope = _dot(s.gradient, move) + 2 * s.c * _dot(change, move)
    accepted = new <= old + ARMIJO * slope
    memory.append((_choose(accepted, move, 0), _choose(accepted, trial_gradient - s.gradient, 0)))
    minimum = -slope / np.maximum(2 * (new - old - slope), 1e-12)  # of the parabola through both points
    length = np.where(accepted, 1, s.length * np.clip(minimum, 0.1, 0.5))

    better = fooled & (np.sqrt(square) < s.norm)
    best, norm = _choose(better, trial, s.best), np.where(better, np.sqrt(square), s.norm)
    s = replace(
        s,
        x=_choose(accepted, trial, s.x),
        loss=np.where(accepted, trial_loss, s.loss),
        gradient=_choose(accepted, trial_gradient, s.gradient),
        fooled=np.where(accepted, fooled, s.fooled),
    )
    stuck = (length < MIN_STEP) & (s.x == s.origin).all(axis=1)
    ends = ~stuck & ((accepted & (old - new <= CONVERGED * old)) | (length < MIN_STEP) | (s.tried + 1 >= PATIENCE))
    works = np.where(ends & s.fooled, np.maximum(s.works, s.c), s.works)
    fails = np.where(ends & ~s.fooled, np.minimum(s.fails, s.c), s.fails)
    c = np.where(ends, _next_c(works, fails), s.c)
    direction = _choose(accepted | ends, _quasi_newton(problem, s, c, memory), s.direction)
    return replace(
        s,
        direction=_choose(stuck, _jitter(s), direction) if stuck.any() else direction,
        loss=np.where(stuck, HUGE, s.loss),
        length=np.where(ends | stuck, 1, length).astype(np.float32),
        c=c.astype(np.float32), works=works, fails=fails, tried=np.where(ends | stuck, 0, s.tried + 1),
        best=best, norm=norm,
    )  # fmt: skip


def _jitter(search: Search) -> Array:
    """A random step (m, d) that breaks ties between values."""
    return JITTER * np.random.default_rng(0).standard_normal(search.x.shape, np.float32)


def _loss(smooth_gap: Array, gradient: Array) -> tuple[Array, Array]:
    """softplus(smooth_gap), for classes the cross-entropy of the target classes, (m,), and its gradient (m, d)."""
    from scipy.special import expit

    return np.logaddexp(0, smooth_gap), expit(smooth_gap)[:, None] * gradient


def _next_c(works: Array, fails: Array) -> Array:
    """The geometric mean of the largest c that works and the smallest that fails; beyond the one that is known."""
    with np.errstate(invalid="ignore"):
        between = np.sqrt(works * fails)
    chosen: Array = np.where(works == 0, fails / C_FACTOR, np.where(fails == np.inf, works * C_FACTOR, between))
    return chosen


def _quasi_newton(problem: Problem, s: Search, c: Array, memory: Memory) -> Array:
    """Minus the inverse Hessian of L-BFGS times the gradient, over the free coordinates, (m, d): two-loop recursion.

    The Hessian of c |r|^2, 2c, is known exactly and added to the correction pairs of the loss.
    """
    low, high = problem.limits
    gradient = s.gradient + (2 * c[:, None] * (s.x - s.origin)).astype(np.float32)
    free = ~(((s.x <= low) & (gradient > 0)) | ((s.x >= high) & (gradient < 0)))
    scale = 1 / (2 * c)
    pairs: list[Any] = []
    for step, change in memory:
        s_k = step * free
        y_k = (change + (2 * c[:, None]).astype(np.float32) * step) * free
        product, square = _dot(s_k, y_k), _dot(y_k, y_k)
        usable = product > 1e-4 * np.sqrt(_dot(s_k, s_k) * square)
        rho = np.where(usable, 1 / np.where(usable, product, 1), 0)
        scale = np.where(usable, product / np.where(usable, square, 1), scale)
        pairs.append((s_k, y_k, rho))
    q = gradient * free
    alphas = []
    for s_k, y_k, rho in reversed(pairs):
        alpha = rho * _dot(s_k, q)
        q -= alpha[:, None].astype(np.float32) * y_k
        alphas.append(alpha)
    q *= scale[:, None].astype(np.float32)
    for (s_k, y_k, rho), alpha in zip(pairs, reversed(alphas), strict=True):
        q += (alpha - rho * _dot(y_k, q))[:, None].astype(np.float32) * s_k
    return -q


def _dot(a: Array, b: Array) -> Array:
    """(m, d), (m, d) -> (m,)"""
    return np.einsum("md,md->m", a, b)


def _choose(condition: Array, yes: Array, no: Array | int) -> Array:
    """Row by row, `yes` where the condition (m,) holds."""
    chosen: Array = np.where(condition[:, None], yes, no)
    return chosen
