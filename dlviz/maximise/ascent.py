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
from dlviz.maximise.transforms import Transforms, seen, variation
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
FADE = 0.99
"""How much of the steepest gradient stays at each step."""
MEAN, SQUARE = 0.9, 0.99
"""Of Adam [D. Kingma, J. Ba, 2014, arXiv 1412.6980], how much of its two running means stays at each step."""
TINY = 1e-12


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
        made = backend.compiled(self._made)
        self._blocks = [_Block(starts[r], self._weights[r], made, parametrisation.one_scale) for r in rows]
        self._climb, self._look = backend.compiled(self._climbed), backend.compiled(self.values)
        self._move = backend.compiled(self._moved, jit=True)
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

    def _values(self, parameters: Tensor) -> Tensor:
        """The values (n, *shape) that pictures are made of."""
        return self.parametrisation.values(parameters, self._spectrum, self.shape)

    def _shown(self, values: Tensor) -> Tensor:
        """The pictures (n, *shape) in 0..1, no further from mid-grey than is allowed."""
        pictures = self.parametrisation.squashed(values, self._spectrum)
        if not self.regularisation.contrast:
            return pictures
        distance = _length(pictures - 0.5)
        return 0.5 + (pictures - 0.5) * ops.minimum(self.regularisation.contrast / distance, 1)

    def _made(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """The values of parameters, and the pictures made of them, (n, *shape) each."""
        values = self._values(parameters)
        return values, self._shown(values)

    def _climbed(
        self, state: _State, weights: Tensor, drawn: dict[str, Tensor], moments: Tensor, count: Tensor
    ) -> _State:
        """The first `count` of the steps for which `drawn` and `moments` have something."""

        def step(number: Tensor, state: _State) -> _State:
            return self._stepped(state, weights, {name: of[number] for name, of in drawn.items()}, moments[number])

        climbed: _State = ops.fori_loop(0, count, step, state)
        return climbed

    def _stepped(self, state: _State, weights: Tensor, drawn: dict[str, Tensor], moment: Tensor) -> _State:
        """One step; `moment` is the rate and the number of the step, from 1."""

        def ascended(y: Tensor) -> Tensor:
            y = seen(y, drawn)
            after, drive = self.values(y, weights)
            value = after + LEAK * drive
            if self.k == 1:
                return value
            alike = self._likeness(self.objective.features(self._fed(y)))
            return value - self.regularisation.diversity * ops.stop_gradient(ops.abs(value)) * alike

        return self._move(state, backend.value_and_gradient(ascended, state[-1])[1], moment)

    def _moved(self, state: _State, uphill: Tensor, moment: Tensor) -> _State:
        """The state after a step, given the objective's gradient at its pictures: many small operations, fused."""
        parameters, mean, square, steepest, values, pictures = state
        steepest = ops.maximum(FADE * steepest, _length(uphill))  # (n, 1, ...)
        uphill = uphill / steepest
        if self.regularisation.variation:
            _, rougher = backend.value_and_gradient(variation, pictures)
            uphill = uphill - self.regularisation.variation * rougher
        _, at_values = backend.value_and_gradient(lambda v: self._shown(v) * uphill, values)
        _, gradient = backend.value_and_gradient(lambda p: self._values(p) * at_values, parameters)

        rate, number = moment[0], moment[1]
        mean = MEAN * mean + (1 - MEAN) * gradient
        squared = _length(gradient) ** 2 if self.parametrisation.one_scale else gradient**2
        square = SQUARE * square + (1 - SQUARE) * squared
        rate = rate * ops.sqrt(1 - SQUARE**number) / (1 - MEAN**number)
        moved = self.parametrisation.kept(parameters + rate * mean / (ops.sqrt(square) + TINY))
        return moved, mean, square, steepest, *self._made(moved)

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


_State = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
"""The parameters, Adam's two means, the length of the steepest gradient of each picture so far, the values that the
pictures are made of, and the pictures."""


class _Block:
    """Pictures that go through the network together, and the best of each so far."""

    def __init__(
        self,
        start: np.ndarray,
        weights: np.ndarray,
        made: Callable[[Tensor], tuple[Tensor, Tensor]],
        one_scale: bool,
    ) -> None:
        each = (len(start), *(1 for _ in start.shape[1:]))
        square = np.zeros(each if one_scale else start.shape, np.float32)
        parameters, mean, square = map(backend.constant, (start, np.zeros_like(start), square))
        values, pictures = made(parameters)
        steepest = backend.constant(np.full((len(start), *(1 for _ in pictures.shape[1:])), TINY, np.float32))
        self.state: _State = parameters, mean, square, steepest, values, pictures
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


def _length(x: Tensor) -> Tensor:
    """The root mean square of each picture, (n, 1, ...), never 0."""
    return ops.sqrt(ops.mean(x**2, axis=tuple(range(1, len(x.shape))), keepdims=True) + TINY**2)
