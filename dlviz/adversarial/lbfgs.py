"""The smallest change that fools a network, by box-constrained L-BFGS [1], for a whole batch in one compiled step.

For each picture x it minimises  c |r|^2 + loss(x + r)  with x + r inside the pixel box 0..1, and searches the largest c
whose minimiser still succeeds. The square of the norm is taken in place of the norm of [1]: the path of minimisers over
c is the same, and it is smooth at r = 0.

The minimiser is L-BFGS along the projected path [2]: pixels that stand at the box's wall and are pushed against it are
left out of the quasi-Newton step. Each picture backtracks, moves on, and changes its c at its own pace; one step is one
evaluation of the network and its gradient for all of them.

[1] Szegedy et al. (2014), Intriguing properties of neural networks, arXiv:1312.6199, section 4.1.
[2] Bertsekas (1982), Projected Newton methods for optimization problems with simple constraints, doi:10.1137/0320018.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from keras import ops

from dlviz import backend
from dlviz.adversarial.objective import Attempt, Objective, norms

Tensor = Any

HISTORY = 8
"""Pairs of steps and changes of gradient that are remembered."""
PATIENCE = 25
"""The most evaluations with one c."""
SETTLED = 1e-3
"""A minimum counts as reached when a step gains less than this share of the objective."""
ARMIJO = 1e-4
SHORTEST = 1e-3
"""A trial step shorter than this share of the quasi-Newton step ends the search with this c."""
C_FACTOR = 4.0
"""From one c to the next, until one works and one fails."""
GAP = 20.0
"""The logits are scaled up until a picture is at least so far from its goal, so that of the other classes only the one
beyond the border counts in the loss."""
GOALS = 3
"""How many classes are aimed at where any will do."""
HALVINGS = 12


class Problem(NamedTuple):
    """What is asked, for n pictures of d pixels and a network of k classes."""

    origin: Tensor  # (n, d)
    goal: Tensor  # (n, k)  true for the class aimed at
    border: Tensor  # (n,)  the gap below which a picture fools
    sharpness: Tensor  # (n,)  what the logits are multiplied by in the loss


class Point(NamedTuple):
    """n pictures of d pixels and what the network makes of them."""

    pixels: Tensor  # (n, d)
    loss: Tensor  # (n,)
    gradient: Tensor  # (n, d)  of the loss alone
    fooled: Tensor  # (n,)


class State(NamedTuple):
    """Where the search stands, picture by picture."""

    here: Point
    direction: Tensor  # (n, d)
    length: Tensor  # (n,)  of the next trial step along the direction
    moves: Tensor  # (HISTORY, n, d)  oldest first
    bends: Tensor  # (HISTORY, n, d)  how the loss's gradient changed with each move
    c: Tensor  # (n,)
    works: Tensor  # (n,)  the largest c whose minimiser fooled, 0 if none
    fails: Tensor  # (n,)  the smallest c whose minimiser did not, infinite if none
    tried: Tensor  # (n,)  evaluations with this c
    best: Point  # the smallest change that fools, wherever it was met
    norm: Tensor  # (n,)  its Euclidean length, infinite if none


class LBFGS:
    """The attack on one network, compiled once."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self._start = backend.compiled(self._begin)
        self._next = backend.compiled(self._step)

    def __call__(self, pixels: np.ndarray, wanted: np.ndarray, evaluations: int = 60) -> Iterator[Attempt]:
        """Attack pixels 0..1 (n, height, width, channel) towards the `wanted` classes (n, classes).

        Where several classes are wanted, the likeliest ones are aimed at in turn, each with as many `evaluations` of
        the network, and the smallest change is kept.
        """
        goals = _likeliest(wanted, self.objective.answers(pixels))
        total = len(goals) * evaluations
        best, found = pixels, np.zeros(len(pixels), bool)
        for i, goal in enumerate(goals):
            for done, (new, new_found) in enumerate(self._towards(pixels, goal, evaluations), i * evaluations + 1):
                nearer = new_found & (~found | (norms(new - pixels) < norms(best - pixels)))
                best, found = np.where(nearer[:, None, None, None], new, best), found | new_found
                yield Attempt(best, found, done, total)

    def _towards(
        self, pixels: np.ndarray, goal: np.ndarray, evaluations: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """After each evaluation: the best pictures so far, and which of them fool."""
        origin, classes = backend.constant(pixels.reshape(len(pixels), -1)), backend.constant(goal)
        clear = self.objective.clearance(pixels)
        gap = self.objective.gaps(pixels, goal)
        problem = Problem(origin, classes, backend.constant(-clear), backend.constant(_sharpness(gap)))
        state = self._start(problem)
        for _ in range(evaluations - 1):
            state = self._next(state, problem)
            yield self._best(state, pixels)
        best, found = self._best(state, pixels)
        yield nearest_on_line(self.objective, pixels, best, goal, clear), found

    def _best(self, state: State, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.asarray(state.best.pixels).reshape(pixels.shape), np.isfinite(np.asarray(state.norm))

    def _evaluate(self, pixels: Tensor, problem: Problem) -> Point:
        shape = (-1, *self.objective.network.input_shape)
        (loss, gap), gradient = backend.value_and_gradient(
            lambda z: self.objective.judge(ops.reshape(z, shape), problem.goal, problem.sharpness[:, None]), pixels
        )
        return Point(pixels, loss, gradient, gap < problem.border)

    def _begin(self, problem: Problem) -> State:
        origin = problem.origin
        here = self._evaluate(origin, problem)
        zero, never = ops.zeros_like(here.loss), ops.full_like(here.loss, np.inf)
        # Were the loss linear up to the border, c |r|^2 + loss would have its minimum half way there.
        c = ops.maximum(_dot(here.gradient, here.gradient) / ops.maximum(4 * here.loss, 1e-6), 1e-6)
        memory = ops.zeros((HISTORY, *ops.shape(origin)))
        direction = -here.gradient / (2 * c)[:, None]
        return State(here, direction, zero + 1, memory, memory, c, zero, never, zero, here, never)

    def _step(self, s: State, problem: Problem) -> State:
        origin = problem.origin
        trial = self._evaluate(ops.clip(s.here.pixels + s.length[:, None] * s.direction, 0.0, 1.0), problem)
        move = trial.pixels - s.here.pixels
        old = s.here.loss + s.c * _dot(s.here.pixels - origin, s.here.pixels - origin)
        new = trial.loss + s.c * _dot(trial.pixels - origin, trial.pixels - origin)
        slope = _dot(s.here.gradient + 2 * s.c[:, None] * (s.here.pixels - origin), move)
        accepted = new <= old + ARMIJO * slope
        here = _choose(accepted, trial, s.here)
        moves = _choose(accepted, _push(s.moves, move), s.moves)
        bends = _choose(accepted, _push(s.bends, trial.gradient - s.here.gradient), s.bends)
        parabola = -slope / ops.maximum(2 * (new - old - slope), 1e-12)  # where a parabola through both has its least
        length = ops.where(accepted, 1.0, s.length * ops.clip(parabola, 0.1, 0.5))

        norm = ops.sqrt(_dot(trial.pixels - origin, trial.pixels - origin))
        better = trial.fooled & (norm < s.norm)
        best, norm = _choose(better, trial, s.best), ops.where(better, norm, s.norm)

        over = (accepted & (old - new <= SETTLED * old)) | (length < SHORTEST) | (s.tried + 1 >= PATIENCE)
        works = ops.where(over & here.fooled, ops.maximum(s.works, s.c), s.works)
        fails = ops.where(over & ~here.fooled, ops.minimum(s.fails, s.c), s.fails)
        c = ops.where(over, _next_c(works, fails), s.c)
        here = _choose(over & ~here.fooled & (norm < np.inf), best, here)

        direction = _quasi_newton(here, here.gradient + 2 * c[:, None] * (here.pixels - origin), c, moves, bends)
        direction = _choose(accepted | over, direction, s.direction)
        length = ops.where(over, 1.0, length)
        return State(
            here, direction, length, moves, bends, c, works, fails, ops.where(over, 0.0, s.tried + 1), best, norm
        )


def _next_c(works: Tensor, fails: Tensor) -> Tensor:
    """Between the largest that works and the smallest that fails; beyond, while one of them is missing."""
    between = ops.sqrt(works * fails)
    return ops.where(works == 0, fails / C_FACTOR, ops.where(fails == np.inf, works * C_FACTOR, between))


def _quasi_newton(here: Point, gradient: Tensor, c: Tensor, moves: Tensor, bends: Tensor) -> Tensor:
    """Minus the gradient times L-BFGS's inverse Hessian, in the pixels that are free to move: (n, d).

    The Hessian of c |r|^2 is known, 2c, and added to what the memory says of the loss.
    """
    walled = ((here.pixels <= 0) & (gradient > 0)) | ((here.pixels >= 1) & (gradient < 0))
    free = ops.cast(~walled, gradient.dtype)  # (n, d)
    scale = 1 / (2 * c)
    pairs = []
    for i in range(HISTORY):
        move = moves[i] * free
        bend = (bends[i] + 2 * c[:, None] * moves[i]) * free
        product, square = _dot(move, bend), _dot(bend, bend)
        usable = product > 1e-4 * ops.sqrt(_dot(move, move) * square)
        rho = ops.where(usable, 1 / ops.where(usable, product, 1.0), 0.0)
        scale = ops.where(usable, product / ops.where(usable, square, 1.0), scale)
        pairs.append((move, bend, rho))
    q = gradient * free
    alphas = []
    for move, bend, rho in reversed(pairs):
        alpha = rho * _dot(move, q)
        q = q - alpha[:, None] * bend
        alphas.append(alpha)
    q = scale[:, None] * q
    for (move, bend, rho), alpha in zip(pairs, reversed(alphas), strict=True):
        q = q + (alpha - rho * _dot(bend, q))[:, None] * move
    return -q


def nearest_on_line(
    objective: Objective, pixels: np.ndarray, fooling: np.ndarray, wanted: np.ndarray, clear: np.ndarray
) -> np.ndarray:
    """The point between each picture and the one that fools at which the border is crossed, on its far side."""
    low, high = np.zeros(len(pixels), np.float32), np.ones(len(pixels), np.float32)

    def point(share: np.ndarray) -> np.ndarray:
        return pixels + share[:, None, None, None] * (fooling - pixels)

    for _ in range(HALVINGS):
        middle = (low + high) / 2
        fooled = objective.gaps(point(middle), wanted) < -clear
        low, high = np.where(fooled, low, middle), np.where(fooled, middle, high)
    return point(high)


def _sharpness(gap: np.ndarray) -> np.ndarray:
    return np.maximum(1, GAP / np.maximum(gap, 1e-6))


def _likeliest(wanted: np.ndarray, logits: np.ndarray) -> list[np.ndarray]:
    """The `GOALS` wanted classes (n, classes) of largest logit, one in each mask; fewer where fewer are wanted."""
    ranked = np.argsort(-np.where(wanted, logits, -np.inf), axis=1)
    count = min(GOALS, int(wanted.sum(axis=1).min()))
    return [np.arange(wanted.shape[1]) == ranked[:, [k]] for k in range(count)]


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """(n, d), (n, d) -> (n,)"""
    return ops.sum(a * b, axis=1)


def _push(memory: Tensor, newest: Tensor) -> Tensor:
    return ops.concatenate([memory[1:], newest[None]])


def _choose(condition: Tensor, yes: Any, no: Any) -> Any:
    """Picture by picture, `yes` where the condition (n,) holds; of tensors (n,), (n, d), (m, n, d) or a Point."""
    if isinstance(yes, Point):
        return Point(*(_choose(condition, a, b) for a, b in zip(yes, no, strict=True)))
    return ops.where(condition[:, None] if len(yes.shape) > 1 else condition, yes, no)
