"""Gradient ascent for a batch of pictures, in a compiled loop of steps."""

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
from dlviz.maximise.transforms import Transforms, transformed
from dlviz.progress import Progress
from dlviz.scan import batch_limit

Tensor = Any
BLOCK = 32
"""The maximum batch size."""
AT_ONCE, SECONDS = 10, 0.25
"""The maximum number of steps between two reports of progress, and the seconds that they should take."""
FRAMES = 12
"""The number of states yielded, the first and the last included."""
LEAK = 0.1
"""The weight of the pre-activation in the objective, so that there is a gradient where a unit is off."""
TIE = 1e-6
"""The weight of the pre-activation when pictures are compared."""


@dataclass(frozen=True)
class Regularisation:
    """Terms that keep pictures from becoming noise.

    Attributes:
        transforms: random transforms at each step.
        variation: the weight of the total variation, relative to the objective's steepest gradient.
        contrast: the radius of an L2 ball around mid-grey: the maximum root mean square distance, as a share of the
            range; 0: no limit.
        diversity: the weight of the similarity between several pictures of one unit, relative to the response.
    """

    transforms: Transforms = field(default_factory=Transforms)
    variation: float = 0.0
    contrast: float = 0.0
    diversity: float = 0.0


@dataclass(frozen=True)
class AscentState:
    """The state of an ascent.

    Attributes:
        low, span: an input is `low + span * picture`.
        step: the number of steps done.
        pictures: the best pictures so far, (targets, k, *shape), in 0..1.
        response: the responses to them, (targets, k).
        start: the responses to the initial pictures, (targets, k).
    """

    low: Any
    span: Any
    step: int
    pictures: np.ndarray
    response: np.ndarray
    start: np.ndarray

    @property
    def best(self) -> np.ndarray:
        """The index of the best picture of each target, (targets,)."""
        found: np.ndarray = self.response.argmax(axis=1)
        return found


class Ascent:
    """Gradient ascent towards the pictures that maximise weighted responses.

    Args:
        weights: the weights of the objective's responses, (targets, units): one-hot for a unit, or a direction.
        limits: (low, span); an input is `low + span * picture`.
        natural: natural pictures (m, *shape) in 0..1, of the shape of the objective's `spot.seen`.
        k: pictures per target.
        rate: the initial learning rate, which decays linearly to 0; 0: the parametrisation's own.
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
        limit = batch_limit(objective.network, (objective.layer,), BLOCK, {objective.input: fed})
        limit = min(BLOCK, limit * math.prod(fed_shape(objective.network, objective.input)) // math.prod(fed))
        limit = max(1, limit // k) * k  # the pictures of a unit stay together
        starts = parametrisation.start(len(self._weights), self.shape, self._random)
        rows = [slice(i, i + limit) for i in range(0, len(starts), limit)]
        steps_of = Steps(type(parametrisation), self.shape, regularisation.variation, regularisation.contrast)
        render, self._compiled_step = compiled_steps(steps_of)
        self._blocks = [
            _Block(starts[r], self._weights[r], render, self._spectrum, parametrisation.shared_scale) for r in rows
        ]
        self._compiled_climb, self._compiled_values = backend.compiled(self._climb), backend.compiled(self.values)
        self._at_once = 1

    def run(self) -> Iterator[Progress | AscentState]:
        """Yield progress, and the state at `FRAMES` steps, denser at first."""
        looks = np.rint(self.steps * np.linspace(0, 1, min(FRAMES, self.steps + 1)) ** 1.5).astype(int)
        start = self._update_best()
        yield self._state(0, start)
        for done, end in pairwise(np.unique(looks).tolist()):
            while done < end:
                count = min(self._at_once, end - done)
                yield from self._steps(done, count)
                done += count
            self._update_best()
            yield self._state(end, start)

    def _steps(self, done: int, count: int) -> Iterator[Progress]:
        """Take `count` steps; yield progress after each block."""
        remaining = [1 - step / self.steps for step in range(done, done + count)]
        rates = [(self.rate * share, step + 1) for step, share in enumerate(remaining, done)]
        sampled = [[self._sampled(block, share) for block in self._blocks] for share in remaining]
        moments = _stacked(rates)
        for number, block in enumerate(self._blocks):
            given = {name: _stacked(of_step[number][name] for of_step in sampled) for name in sampled[0][number]}
            began = time.monotonic()
            block.state = self._compiled_climb(block.state, block.tensor, given, moments, np.int32(count))
            self._at_once = min(AT_ONCE, max(1, int(count * SECONDS / (time.monotonic() - began))))
            finished = done * len(self._blocks) + (number + 1) * count
            yield Progress(finished, self.steps * len(self._blocks), "climbing")

    def _sampled(self, block: _Block, remaining: float) -> dict[str, np.ndarray]:
        """Sample the transforms of one step for a block; `remaining` is the share of the steps still to be done."""
        return self.regularisation.transforms.sampled(len(block.weights), self.shape[:-1], remaining, self._random)

    # -- inside the compiled functions -----------------------------------------------------------------------------

    def values(self, pictures: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """The weighted responses and pre-activations, (n,) each, for pictures (n, *shape) in 0..1."""
        after, drive = self.objective.responses(self._fed(pictures))
        return ops.sum(after * weights, axis=-1), ops.sum(drive * weights, axis=-1)

    def _fed(self, pictures: Tensor) -> Tensor:
        """The network's input (n, *fed): the pictures at the spot, zeros around it."""
        spot = self.objective.spot
        around = [(start, n - stop) for (start, stop), n in zip(spot.box, spot.fed, strict=False)]
        x = ops.pad(self.low + self.span * pictures, [(0, 0), *around, *[(0, 0)] * (len(spot.fed) - len(around))])
        return ops.reshape(x, (-1, *spot.fed))

    def _climb(
        self, state: State, weights: Tensor, sampled: dict[str, Tensor], moments: Tensor, count: Tensor
    ) -> State:
        """Take the first `count` steps of those in `sampled` and `moments`."""

        def step(number: Tensor, state: State) -> tuple[Tensor, ...]:
            return self._step(state, weights, {name: x[number] for name, x in sampled.items()}, moments[number])

        final: State = ops.fori_loop(0, count, step, state)
        return final

    def _step(self, state: State, weights: Tensor, sampled: dict[str, Tensor], moment: Tensor) -> tuple[Tensor, ...]:
        """Take one step; `moment` is the learning rate and the number of the step, from 1."""

        def value(y: Tensor) -> Tensor:
            y = transformed(y, sampled)
            after, drive = self.values(y, weights)
            response = after + LEAK * drive
            if self.k == 1:
                return response
            similarity = self._similarity(self.objective.features(self._fed(y)))
            return response - self.regularisation.diversity * ops.stop_gradient(ops.abs(response)) * similarity

        gradient = backend.value_and_gradient(value, state[-1])[1]
        new_state = self._compiled_step(state, gradient, moment, self._spectrum)
        # the loop must know that the compiled step, of unknown batch size, keeps all shapes
        return tuple(ops.reshape(new, ops.shape(old)) for new, old in zip(new_state, state, strict=True))

    def _similarity(self, maps: Tensor) -> Tensor:
        """The mean cosine similarity (n,) between the Gram matrix of each picture's maps (n, *axes, units) and those of
        the other pictures of its target."""
        flat = ops.reshape(maps, (ops.shape(maps)[0], -1, maps.shape[-1]))
        grams = ops.reshape(ops.matmul(ops.transpose(flat, (0, 2, 1)), flat), (-1, self.k, maps.shape[-1] ** 2))
        grams = grams / (ops.norm(grams, axis=-1, keepdims=True) + TINY)
        cosines = ops.sum(ops.matmul(grams, ops.transpose(grams, (0, 2, 1))), axis=-1) - ops.sum(grams**2, axis=-1)
        return ops.reshape(cosines / (self.k - 1), (-1,))

    # -- results ---------------------------------------------------------------------------------------------------

    def _update_best(self) -> np.ndarray:
        """Keep the pictures that are better than the best so far; return the current responses (n,)."""
        found = []
        for block in self._blocks:
            after, drive = map(np.asarray, self._compiled_values(block.state[-1], block.tensor))
            pictures = np.asarray(block.state[-1])
            block.update_best(pictures, after, after + TIE * drive)
            found.append(after)
        return np.concatenate(found)

    def _state(self, step: int, start: np.ndarray) -> AscentState:
        pictures = np.concatenate([block.pictures for block in self._blocks])
        response = np.concatenate([block.response for block in self._blocks])
        of_targets = self._targets, self.k
        return AscentState(
            self.low,
            self.span,
            step,
            pictures.reshape(*of_targets, *self.shape),
            response.reshape(of_targets),
            start.reshape(of_targets),
        )


class _Block:
    """A batch of pictures, and the best version of each so far."""

    def __init__(
        self,
        start: np.ndarray,
        weights: np.ndarray,
        render: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
        spectrum: Tensor,
        shared_scale: bool,
    ) -> None:
        each = (len(start), *(1 for _ in start.shape[1:]))
        square = np.zeros(each if shared_scale else start.shape, np.float32)
        parameters, mean, square = map(backend.constant, (start, np.zeros_like(start), square))
        values, pictures = render(parameters, spectrum)
        steepest = backend.constant(np.full((len(start), *(1 for _ in pictures.shape[1:])), TINY, np.float32))
        self.state: State = parameters, mean, square, steepest, values, pictures
        self.weights, self.tensor = weights, backend.constant(weights)
        self.level = np.full(len(start), -np.inf)
        self.pictures = self.response = np.zeros(0)

    def update_best(self, pictures: np.ndarray, response: np.ndarray, level: np.ndarray) -> None:
        """Keep the pictures whose level (n,) is higher than before."""
        better = level > self.level
        if not len(self.pictures):
            self.pictures, self.response = pictures.copy(), response.copy()
        self.pictures[better], self.response[better], self.level[better] = (
            pictures[better],
            response[better],
            level[better],
        )


def _stacked(of_steps: Iterable[Any]) -> Tensor:
    """Stack arrays of some steps, (...) each, padded to (AT_ONCE, ...), so that the loop is traced only once."""
    array = np.array(list(of_steps))
    array = np.resize(array, (AT_ONCE, *array.shape[1:]))
    return backend.constant(array)
