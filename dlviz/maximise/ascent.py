"""Gradient ascent for many pictures at once: a compiled loop of steps moves the pictures, updates and makes them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from keras import ops

from dlviz import backend
from dlviz.maximise.objectives import Objective
from dlviz.maximise.parametrisations import Parametrisation
from dlviz.maximise.spot import fed_shape
from dlviz.maximise.steps import TINY, State, Steps, compiled_steps
from dlviz.maximise.transforms import Transforms, seen
from dlviz.progress import Progress
from dlviz.scan import batch_limit

Tensor = Any
BLOCK = 32
"""The maximum number of pictures that go through the network at once."""
AT_ONCE, SECONDS = 10, 0.25
"""The maximum number of steps, and the seconds that they may take, before progress is told."""
FRAMES = 12
"""How often the pictures are looked at on the way, the start and the end included."""
LEAK = 0.1
"""How much what is put into an activation counts beside what comes out: it has a gradient also where a unit is off."""
TIE = 1e-6
"""The same where pictures are compared."""


@dataclass(frozen=True)
class Regularisation:
    """What keeps pictures from becoming noise.

    Attributes:
        transforms: what they are seen through.
        variation: the weight of the total variation: how strong its gradient is beside the objective's steepest one.
        contrast: the largest root mean square of their distance from mid-grey, as a share of the range: a ball of the
            L2 norm; 0: none.
        diversity: for several pictures of a unit, how much a step for the response may cost to make them differ.
    """

    transforms: Transforms = field(default_factory=Transforms)
    variation: float = 0.0
    contrast: float = 0.0
    diversity: float = 0.0


@dataclass(frozen=True)
class Ascended:
    """How far an ascent has come.

    Attributes:
        low, span: an input is `low + span * share`.
        step: so many steps have been done.
        pictures: the best so far, (targets, k, *shape), shares of the range 0..1.
        response: to them, (targets, k).
        start: to the pictures that the ascent started from, (targets, k).
    """

    low: Any
    span: Any
    step: int
    pictures: np.ndarray
    response: np.ndarray
    start: np.ndarray

    @property
    def best(self) -> np.ndarray:
        """The number of the best picture of each target, (targets,)."""
        found: np.ndarray = self.response.argmax(axis=1)
        return found


class Ascent:
    """The search for the pictures that maximise weighted responses.

    Args:
        weights: of the objective's responses, (targets, units): a row with a single 1 for a unit, or a direction.
        low, span: an input is `low + span * share`.
        natural: pictures (m, *shape) in 0..1, where `shape` is what the objective's spot sees, channels last.
        k: how many pictures for each target.
        rate: how far a step goes at first; 0: the parametrisation's own. It falls to 0 in a straight line.
    """

    def __init__(
        self,
        objective: Objective,
        weights: np.ndarray,
        parametrisation: Parametrisation,
        regularisation: Regularisation,
        limits: tuple[Any, Any],
        natural: np.ndarray,
        *,
        k: int = 1,
        steps: int = 200,
        rate: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.objective, self.parametrisation, self.regularisation = objective, parametrisation, regularisation
        self.shape = natural.shape[1:]
        self.low, self.span = limits
        self.k, self.steps, self.rate = k, steps, rate or parametrisation.rate
        self._targets = len(weights)
        self._weights = np.repeat(weights, k, axis=0).astype(np.float32)
        self._random = np.random.default_rng(seed)
        self._spectrum = backend.constant(parametrisation.spectrum(self.shape, natural))
        fed = objective.spot.fed
        limit = batch_limit(objective.network, (objective.layer,), BLOCK, {objective.of: fed})
        limit = min(BLOCK, limit * math.prod(fed_shape(objective.network, objective.of)) // math.prod(fed))
        limit = max(1, limit // k) * k  # the pictures of a unit stay together
        starts = parametrisation.start(len(self._weights), self.shape, self._random)
        rows = [slice(i, i + limit) for i in range(0, len(starts), limit)]
        steps_of = Steps(type(parametrisation), self.shape, regularisation.variation, regularisation.contrast)
        made, self._move = compiled_steps(steps_of)
        self._blocks = [
            _Block(starts[r], self._weights[r], made, self._spectrum, parametrisation.one_scale) for r in rows
        ]
        self._climb, self._look = backend.compiled(self._climbed), backend.compiled(self.values)
        self._at_once = 1

    def run(self) -> Iterator[Progress | Ascended]:
        """Yield progress on the way, and the pictures at `FRAMES` moments, closer together at first."""
        looks = np.rint(self.steps * np.linspace(0, 1, min(FRAMES, self.steps + 1)) ** 1.5).astype(int)
        start = self._looked()
        yield self._ascended(0, start)
        for done, end in pairwise(np.unique(looks).tolist()):
            while done < end:
                count = min(self._at_once, end - done)
                yield from self._steps(done, count)
                done += count
            self._looked()
            yield self._ascended(end, start)

    def _steps(self, done: int, count: int) -> Iterator[Progress]:
        """Take so many steps after those that are done, and yield progress after those of each block."""
        left = [1 - step / self.steps for step in range(done, done + count)]
        rates = [(self.rate * share, step + 1) for step, share in enumerate(left, done)]
        drawn = [[self._drawn(block, share) for block in self._blocks] for share in left]
        moments = _as_many(rates)
        for number, block in enumerate(self._blocks):
            given = {name: _as_many(of_step[number][name] for of_step in drawn) for name in drawn[0][number]}
            began = time.monotonic()
            block.state = self._climb(block.state, block.tensor, given, moments, np.int32(count))
            self._at_once = min(AT_ONCE, max(1, int(count * SECONDS / (time.monotonic() - began))))
            finished = done * len(self._blocks) + (number + 1) * count
            yield Progress(finished, self.steps * len(self._blocks), "climbing")

    def _drawn(self, block: _Block, left: float) -> dict[str, np.ndarray]:
        """What the pictures of a block are seen through at a step, when a share `left` is still to be done."""
        return self.regularisation.transforms.drawn(len(block.weights), self.shape[:-1], left, self._random)

    # -- inside the compiled functions -----------------------------------------------------------------------------

    def values(self, pictures: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """The weighted responses (n,) to pictures (n, *shape) in 0..1, and the same before the activation."""
        after, drive = self.objective.responses(self._fed(pictures))
        return ops.sum(after * weights, axis=-1), ops.sum(drive * weights, axis=-1)

    def _fed(self, pictures: Tensor) -> Tensor:
        """What the network is fed (n, *fed): the pictures where they are seen, and zeros around."""
        spot = self.objective.spot
        around = [(start, n - stop) for (start, stop), n in zip(spot.box, spot.fed, strict=False)]
        x = ops.pad(self.low + self.span * pictures, [(0, 0), *around, *[(0, 0)] * (len(spot.fed) - len(around))])
        return ops.reshape(x, (-1, *spot.fed))

    def _climbed(
        self, state: State, weights: Tensor, drawn: dict[str, Tensor], moments: Tensor, count: Tensor
    ) -> State:
        """The first `count` of the steps for which `drawn` and `moments` have something."""

        def step(number: Tensor, state: State) -> tuple[Tensor, ...]:
            return self._stepped(state, weights, {name: of[number] for name, of in drawn.items()}, moments[number])

        climbed: State = ops.fori_loop(0, count, step, state)
        return climbed

    def _stepped(self, state: State, weights: Tensor, drawn: dict[str, Tensor], moment: Tensor) -> tuple[Tensor, ...]:
        """One step; `moment` is the rate and the number of the step, from 1."""

        def ascended(y: Tensor) -> Tensor:
            y = seen(y, drawn)
            after, drive = self.values(y, weights)
            value = after + LEAK * drive
            if self.k == 1:
                return value
            alike = self._likeness(self.objective.features(self._fed(y)))
            return value - self.regularisation.diversity * ops.stop_gradient(ops.abs(value)) * alike

        uphill = backend.value_and_gradient(ascended, state[-1])[1]
        moved = self._move(state, uphill, moment, self._spectrum)
        # a loop has to be told that what is compiled for any number of pictures gives as many as it takes
        return tuple(ops.reshape(new, ops.shape(old)) for new, old in zip(moved, state, strict=True))

    def _likeness(self, maps: Tensor) -> Tensor:
        """The mean cosine of the Gram matrix of each picture's maps (n, *axes, units) with those of the other pictures
        of its target, (n,)."""
        flat = ops.reshape(maps, (ops.shape(maps)[0], -1, maps.shape[-1]))
        grams = ops.reshape(ops.matmul(ops.transpose(flat, (0, 2, 1)), flat), (-1, self.k, maps.shape[-1] ** 2))
        grams = grams / (ops.norm(grams, axis=-1, keepdims=True) + TINY)
        cosines = ops.sum(ops.matmul(grams, ops.transpose(grams, (0, 2, 1))), axis=-1) - ops.sum(grams**2, axis=-1)
        return ops.reshape(cosines / (self.k - 1), (-1,))

    # -- what has been found ---------------------------------------------------------------------------------------

    def _looked(self) -> np.ndarray:
        """Look at the pictures of all blocks and keep those that are better; the responses to them, (n,)."""
        found = []
        for block in self._blocks:
            after, drive = map(np.asarray, self._look(block.state[-1], block.tensor))
            pictures = np.asarray(block.state[-1])
            block.enter(pictures, after, after + TIE * drive)
            found.append(after)
        return np.concatenate(found)

    def _ascended(self, step: int, start: np.ndarray) -> Ascended:
        pictures = np.concatenate([block.pictures for block in self._blocks])
        response = np.concatenate([block.response for block in self._blocks])
        of_targets = self._targets, self.k
        return Ascended(
            self.low,
            self.span,
            step,
            pictures.reshape(*of_targets, *self.shape),
            response.reshape(of_targets),
            start.reshape(of_targets),
        )


class _Block:
    """Pictures that go through the network together, and the best of each so far."""

    def __init__(
        self,
        start: np.ndarray,
        weights: np.ndarray,
        made: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
        spectrum: Tensor,
        one_scale: bool,
    ) -> None:
        each = (len(start), *(1 for _ in start.shape[1:]))
        square = np.zeros(each if one_scale else start.shape, np.float32)
        parameters, mean, square = map(backend.constant, (start, np.zeros_like(start), square))
        values, pictures = made(parameters, spectrum)
        steepest = backend.constant(np.full((len(start), *(1 for _ in pictures.shape[1:])), TINY, np.float32))
        self.state: State = parameters, mean, square, steepest, values, pictures
        self.weights, self.tensor = weights, backend.constant(weights)
        self.level = np.full(len(start), -np.inf)
        self.pictures = self.response = np.zeros(0)

    def enter(self, pictures: np.ndarray, response: np.ndarray, level: np.ndarray) -> None:
        """Keep the pictures whose level is higher than that of those before."""
        better = level > self.level
        if not len(self.pictures):
            self.pictures, self.response = pictures.copy(), response.copy()
        self.pictures[better], self.response[better], self.level[better] = (
            pictures[better],
            response[better],
            level[better],
        )


def _as_many(of_steps: Iterable[Any]) -> Tensor:
    """Arrays of some steps, (...) each, as (AT_ONCE, ...), since each number of steps would be traced anew; what is
    behind them has no meaning."""
    array = np.array(list(of_steps))
    array = np.resize(array, (AT_ONCE, *array.shape[1:]))
    return backend.constant(array)
