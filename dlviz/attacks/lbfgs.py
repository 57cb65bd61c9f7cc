"""The smallest change that fools a network, by box-constrained L-BFGS [1], for a whole batch at once.

For each input x it minimises  c |r|^2 + loss(x + r)  with x + r inside the box, and searches the largest c whose
minimiser still succeeds. The square of the norm is taken in place of the norm of [1]: the path of minimisers over c is
the same, and it is smooth at r = 0.

The minimiser is L-BFGS along the projected path [2]: numbers that stand at the box's wall and are pushed against it are
left out of the quasi-Newton step. Each search backtracks, moves on, and changes its c at its own pace; one step is one
evaluation of the network and its gradient for all of them. Where several goals are each enough, an input has a search
for each, and those that come out much longer than another of the same input are given up early.

[1] Szegedy et al. (2014), Intriguing properties of neural networks, arXiv:1312.6199, section 4.1.
[2] Bertsekas (1982), Projected Newton methods for optimization problems with simple constraints, doi:10.1137/0320018.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dlviz.attacks.border import nearest_on_line
from dlviz.attacks.goals import Goals, joined
from dlviz.attacks.method import Attempt, Method
from dlviz_models.options import option

if TYPE_CHECKING:
    from dlviz.attacks.problem import Problem

Array = np.ndarray

HISTORY = 8
"""Pairs of steps and changes of gradient that are remembered."""
PATIENCE = 25
"""The most evaluations with one c."""
SETTLED = 1e-3
"""A minimum counts as reached when a step gains less than this share of the objective."""
ARMIJO = 1e-4
SHORTEST = 1e-3
"""A trial step shorter than this share of the quasi-Newton step ends the search with this c."""
BESIDE = 1e-3
"""The standard deviation of the noise from which a search goes on where the gradient does not lead downhill: in a
picture of one colour the numbers in each max-pooling are tied, and the gradient tells of one of them alone."""
WORSE = np.float32(1e30)
"""A loss from which each step is one downhill."""
C_FACTOR = 4.0
"""From one c to the next, until one works and one fails."""
C_CLOSE = 1.2
"""A search ends when the largest c that works and the smallest that fails are within this factor."""
C_LEAST = 1e-10
"""A search is given up where not even this c works."""
GAP = 20.0
"""Scores are scaled up until an input is at least so far from its goal, so that of the other classes only the one
beyond the border counts in the loss."""
SCOUTING = 20
"""Evaluations after which searches that are behind another one of the same input are given up."""
BEHIND = 1.12
"""How many times longer their change then is."""


@dataclass(frozen=True)
class Search:
    """m searches, each for an input of d numbers."""

    row: Array  # (m,)  the input's number
    goals: Goals
    sharpness: Array  # (m,)
    origin: Array  # (m, d)
    here: Array  # (m, d)
    loss: Array  # (m,)  at `here`
    gradient: Array  # (m, d)  of the loss alone
    fooled: Array  # (m,)  at `here`
    direction: Array  # (m, d)
    length: Array  # (m,)  of the next trial step along the direction
    c: Array  # (m,)
    works: Array  # (m,)  the largest c whose minimiser fooled, 0 if none
    fails: Array  # (m,)  the smallest c whose minimiser did not, infinite if none
    tried: Array  # (m,)  evaluations with this c
    best: Array  # (m, d)  the smallest change that fools, wherever it was met
    norm: Array  # (m,)  its Euclidean length, infinite if none

    def __getitem__(self, keep: Array) -> Search:
        return Search(*(getattr(self, field.name)[keep] for field in fields(self)))

    def __len__(self) -> int:
        return len(self.row)

    @property
    def is_over(self) -> Array:
        """Whether c is known well enough, or none works, (m,)."""
        over: Array = (self.fails <= C_CLOSE * self.works) | (self.fails < C_LEAST)
        return over


Memory = deque[tuple[Array, Array]]
"""Moves (m, d) and how the loss's gradient changed with each, oldest first; zeros where a step was not taken."""


@dataclass(frozen=True)
class LBFGS(Method):
    """The smallest change, however long it takes within `evaluations`."""

    name = "lbfgs"
    title = "L-BFGS"
    short = "L-BFGS"
    summary = "the smallest change, by box-constrained L-BFGS"
    source = "C. Szegedy et al., Intriguing properties of neural networks, 2014, arXiv 1312.6199"

    evaluations: int = option(
        60, "maximum evaluations of the network per input and class", low=10, high=1000, label="tries per input"
    )

    def attack(self, problem: Problem) -> Iterator[Attempt]:
        search, memory = _begin(problem), deque(maxlen=HISTORY)  # type: Search, Memory
        origin = problem.origin
        best, norm = origin.copy(), np.full(len(origin), np.inf)
        aim = problem.aims[0]
        for done in range(1, self.evaluations):
            search = _step(problem, search, memory)
            for number in np.argsort(-search.norm):  # the smallest of an input is kept
                row = search.row[number]
                if search.norm[number] < norm[row]:
                    best[row], norm[row] = search.best[number], search.norm[number]
                    aim.weights[row], aim.level[row] = search.goals.weights[number], search.goals.level[number]
            yield Attempt(problem.shaped(best), np.isfinite(norm), done, self.evaluations)
            keep = ~search.is_over
            if done >= SCOUTING:
                keep &= search.norm <= BEHIND * norm[search.row]
            if not keep.all():
                search = search[keep]
                memory = deque([(move[keep], bend[keep]) for move, bend in memory], maxlen=HISTORY)
            if not len(search):
                break
        found = np.isfinite(norm)
        nearest = nearest_on_line(problem, best, aim)
        yield Attempt(problem.shaped(np.where(found[:, None], nearest, origin)), found, done, done)


def _begin(problem: Problem) -> Search:
    """A search for each input and aim."""
    n = len(problem.origin)
    row = np.tile(np.arange(n), len(problem.aims))
    goals, origin = joined(list(problem.aims)), problem.origin[row]
    gap = problem.judge(origin, goals, row, np.ones(len(row), np.float32)).gap
    sharpness = np.maximum(1, GAP / np.maximum(gap, 1e-6)).astype(np.float32)
    judged = problem.judge(origin, goals, row, sharpness)
    loss, gradient = _loss(judged.steep, judged.gradient)
    # Were the loss linear up to the border, c |r|^2 + loss would have its minimum half way there.
    c = np.maximum(_dot(gradient, gradient) / np.maximum(4 * loss, 1e-6), 10 * C_LEAST)
    zero, never = np.zeros_like(loss), np.full_like(loss, np.inf)
    return Search(
        row, goals, sharpness, origin, origin, loss, gradient, judged.gap < -problem.clear[row],
        -gradient / (2 * c)[:, None], zero + 1, c, zero, never, zero, origin, never,
    )  # fmt: skip


def _step(problem: Problem, s: Search, memory: Memory) -> Search:
    """One evaluation of the network at the end of each search's trial step, and what follows from it."""
    trial = np.clip(s.here + s.length[:, None] * s.direction, *problem.limits)
    judged = problem.judge(trial, s.goals, s.row, s.sharpness)
    fooled = judged.gap < -problem.clear[s.row]
    trial_loss, trial_gradient = _loss(judged.steep, judged.gradient)
    move, square = trial - s.here, _dot(trial - s.origin, trial - s.origin)
    change = s.here - s.origin
    old, new = s.loss + s.c * _dot(change, change), trial_loss + s.c * square
    slope = _dot(s.gradient, move) + 2 * s.c * _dot(change, move)
    accepted = new <= old + ARMIJO * slope
    memory.append((_choose(accepted, move, 0), _choose(accepted, trial_gradient - s.gradient, 0)))
    parabola = -slope / np.maximum(2 * (new - old - slope), 1e-12)  # where a parabola through both has its least
    length = np.where(accepted, 1, s.length * np.clip(parabola, 0.1, 0.5))

    better = fooled & (np.sqrt(square) < s.norm)
    best, norm = _choose(better, trial, s.best), np.where(better, np.sqrt(square), s.norm)
    s = replace(
        s,
        here=_choose(accepted, trial, s.here),
        loss=np.where(accepted, trial_loss, s.loss),
        gradient=_choose(accepted, trial_gradient, s.gradient),
        fooled=np.where(accepted, fooled, s.fooled),
    )
    stuck = (length < SHORTEST) & (s.here == s.origin).all(axis=1)
    over = ~stuck & ((accepted & (old - new <= SETTLED * old)) | (length < SHORTEST) | (s.tried + 1 >= PATIENCE))
    works = np.where(over & s.fooled, np.maximum(s.works, s.c), s.works)
    fails = np.where(over & ~s.fooled, np.minimum(s.fails, s.c), s.fails)
    c = np.where(over, _next_c(works, fails), s.c)
    direction = _choose(accepted | over, _quasi_newton(problem, s, c, memory), s.direction)
    return replace(
        s,
        direction=_choose(stuck, _beside(s), direction) if stuck.any() else direction,
        loss=np.where(stuck, WORSE, s.loss),
        length=np.where(over | stuck, 1, length).astype(np.float32),
        c=c.astype(np.float32), works=works, fails=fails, tried=np.where(over | stuck, 0, s.tried + 1),
        best=best, norm=norm,
    )  # fmt: skip


def _beside(search: Search) -> Array:
    """A step to where no numbers are tied, (m, d)."""
    return BESIDE * np.random.default_rng(0).standard_normal(search.here.shape, np.float32)


def _loss(steep: Array, gradient: Array) -> tuple[Array, Array]:
    """log(1 + exp(steep)), among classes the cross-entropy of the wanted ones, and its gradient."""
    from scipy.special import expit

    return np.logaddexp(0, steep), expit(steep)[:, None] * gradient


def _next_c(works: Array, fails: Array) -> Array:
    """Between the largest that works and the smallest that fails; beyond, while one of them is missing."""
    with np.errstate(invalid="ignore"):
        between = np.sqrt(works * fails)
    chosen: Array = np.where(works == 0, fails / C_FACTOR, np.where(fails == np.inf, works * C_FACTOR, between))
    return chosen


def _quasi_newton(problem: Problem, s: Search, c: Array, memory: Memory) -> Array:
    """Minus the gradient times L-BFGS's inverse Hessian, in the numbers that are free to move: (m, d).

    The Hessian of c |r|^2 is known, 2c, and added to what the memory says of the loss.
    """
    low, high = problem.limits
    gradient = s.gradient + (2 * c[:, None] * (s.here - s.origin)).astype(np.float32)
    free = ~(((s.here <= low) & (gradient > 0)) | ((s.here >= high) & (gradient < 0)))
    scale = 1 / (2 * c)
    pairs: list[Any] = []
    for moved, bent in memory:
        move = moved * free
        bend = (bent + (2 * c[:, None]).astype(np.float32) * moved) * free
        product, square = _dot(move, bend), _dot(bend, bend)
        usable = product > 1e-4 * np.sqrt(_dot(move, move) * square)
        rho = np.where(usable, 1 / np.where(usable, product, 1), 0)
        scale = np.where(usable, product / np.where(usable, square, 1), scale)
        pairs.append((move, bend, rho))
    q = gradient * free
    alphas = []
    for move, bend, rho in reversed(pairs):
        alpha = rho * _dot(move, q)
        q -= alpha[:, None].astype(np.float32) * bend
        alphas.append(alpha)
    q *= scale[:, None].astype(np.float32)
    for (move, bend, rho), alpha in zip(pairs, reversed(alphas), strict=True):
        q += (alpha - rho * _dot(bend, q))[:, None].astype(np.float32) * move
    return -q


def _dot(a: Array, b: Array) -> Array:
    """(m, d), (m, d) -> (m,)"""
    return np.einsum("md,md->m", a, b)


def _choose(condition: Array, yes: Array, no: Array | int) -> Array:
    """Row by row, `yes` where the condition (m,) holds."""
    chosen: Array = np.where(condition[:, None], yes, no)
    return chosen
