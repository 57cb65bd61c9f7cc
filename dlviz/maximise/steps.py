"""The update step of gradient ascent, independent of the network."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from keras import ops

from dlviz import backend
from dlviz.maximise.parametrisations import Parametrisation
from dlviz.maximise.transforms import total_variation

Tensor = Any
State = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
"""The parameters, Adam's two moments, the decaying maximum of each picture's gradient norm, the unbounded values, and
the pictures."""
DECAY = 0.99
"""The decay of the maximum gradient norm per step."""
BETA_1, BETA_2 = 0.9, 0.99
"""Adam's decay rates [D. Kingma, J. Ba, 2014, arXiv 1412.6980]."""
TINY = 1e-12
FEWEST_FUSED = 512
"""The numbers in a picture from which fused operations save more time in an ascent of 200 steps than XLA takes."""


@dataclass(frozen=True)
class Steps:
    """The update step for pictures of one shape.

    Attributes:
        shape: (*axes, channel).
        variation, contrast: see `Regularisation`.
    """

    parametrisation: type[Parametrisation]
    shape: tuple[int, ...]
    variation: float
    contrast: float

    def render(self, parameters: Tensor, spectrum: Tensor) -> tuple[Tensor, Tensor]:
        """The unbounded values and the pictures for parameters (n, ...), (n, *shape) each."""
        values = self._values(parameters, spectrum)
        return values, self._to_pictures(values, spectrum)

    def step(self, state: State, gradient: Tensor, moment: Tensor, spectrum: Tensor) -> State:
        """The state after a step.

        Args:
            gradient: the gradient of the objective at the pictures, (n, *shape).
            moment: the learning rate and the number of the step, from 1.
        """
        parameters, mean, square, steepest, values, pictures = state
        steepest = ops.maximum(DECAY * steepest, _rms(gradient))  # (n, 1, ...)
        gradient = gradient / steepest
        if self.variation:
            gradient = gradient - self.variation * backend.value_and_gradient(total_variation, pictures)[1]
        _, at_values = backend.value_and_gradient(lambda v: self._to_pictures(v, spectrum) * gradient, values)
        _, gradient = backend.value_and_gradient(lambda p: self._values(p, spectrum) * at_values, parameters)

        rate, number = moment[0], moment[1]
        mean = BETA_1 * mean + (1 - BETA_1) * gradient
        squared = _rms(gradient) ** 2 if self.parametrisation.shared_scale else gradient**2
        square = BETA_2 * square + (1 - BETA_2) * squared
        rate = rate * ops.sqrt(1 - BETA_2**number) / (1 - BETA_1**number)
        parameters = self.parametrisation().project(parameters + rate * mean / (ops.sqrt(square) + TINY))
        return parameters, mean, square, steepest, *self.render(parameters, spectrum)

    def _values(self, parameters: Tensor, spectrum: Tensor) -> Tensor:
        """The unbounded values (n, *shape)."""
        return self.parametrisation().values(parameters, spectrum, self.shape)

    def _to_pictures(self, values: Tensor, spectrum: Tensor) -> Tensor:
        """The pictures (n, *shape) in 0..1, projected into the ball of allowed contrast."""
        pictures = self.parametrisation().to_pixels(values, spectrum)
        if not self.contrast:
            return pictures
        return 0.5 + (pictures - 0.5) * ops.minimum(self.contrast / _rms(pictures - 0.5), 1)


@cache
def compiled_steps(steps: Steps) -> tuple[Callable[..., tuple[Tensor, Tensor]], Callable[..., State]]:
    """`render` and `step`, for tensors (n, ...), compiled once for all networks; XLA fuses the small operations of
    larger pictures."""
    fused = math.prod(steps.shape) >= FEWEST_FUSED
    return backend.compiled(steps.render), backend.compiled(steps.step, jit=fused)


def _rms(x: Tensor) -> Tensor:
    """The root mean square of each picture, (n, 1, ...), never 0."""
    return ops.sqrt(ops.mean(x**2, axis=tuple(range(1, len(x.shape))), keepdims=True) + TINY**2)
