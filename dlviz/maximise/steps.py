"""How pictures move at a step of gradient ascent, whatever network they are for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from keras import ops

from dlviz import backend
from dlviz.maximise.parametrisations import Parametrisation
from dlviz.maximise.transforms import variation

Tensor = Any
State = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
"""The parameters, Adam's two means, the length of the steepest gradient of each picture so far, the values that the
pictures are made of, and the pictures."""
FADE = 0.99
"""How much of the steepest gradient stays at each step."""
MEAN, SQUARE = 0.9, 0.99
"""Of Adam [D. Kingma, J. Ba, 2014, arXiv 1412.6980], how much of its two running means stays at each step."""
TINY = 1e-12


@dataclass(frozen=True)
class Steps:
    """The steps of n pictures.

    Attributes:
        parametrisation: what they are made of.
        shape: of each, (*axes, channel).
        variation, contrast: of the `Regularisation`.
    """

    parametrisation: type[Parametrisation]
    shape: tuple[int, ...]
    variation: float
    contrast: float

    def made(self, parameters: Tensor, spectrum: Tensor) -> tuple[Tensor, Tensor]:
        """The values of parameters, and the pictures made of them, (n, *shape) each."""
        values = self._values(parameters, spectrum)
        return values, self._shown(values, spectrum)

    def moved(self, state: State, uphill: Tensor, moment: Tensor, spectrum: Tensor) -> State:
        """The state after a step, given the objective's gradient at its pictures, (n, *shape), and the rate and the
        number of the step, from 1."""
        parameters, mean, square, steepest, values, pictures = state
        steepest = ops.maximum(FADE * steepest, _length(uphill))  # (n, 1, ...)
        uphill = uphill / steepest
        if self.variation:
            _, rougher = backend.value_and_gradient(variation, pictures)
            uphill = uphill - self.variation * rougher
        _, at_values = backend.value_and_gradient(lambda v: self._shown(v, spectrum) * uphill, values)
        _, gradient = backend.value_and_gradient(lambda p: self._values(p, spectrum) * at_values, parameters)

        rate, number = moment[0], moment[1]
        mean = MEAN * mean + (1 - MEAN) * gradient
        squared = _length(gradient) ** 2 if self.parametrisation.one_scale else gradient**2
        square = SQUARE * square + (1 - SQUARE) * squared
        rate = rate * ops.sqrt(1 - SQUARE**number) / (1 - MEAN**number)
        parameters = self.parametrisation().kept(parameters + rate * mean / (ops.sqrt(square) + TINY))
        return parameters, mean, square, steepest, *self.made(parameters, spectrum)

    def _values(self, parameters: Tensor, spectrum: Tensor) -> Tensor:
        """The values (n, *shape) that pictures are made of."""
        return self.parametrisation().values(parameters, spectrum, self.shape)

    def _shown(self, values: Tensor, spectrum: Tensor) -> Tensor:
        """The pictures (n, *shape) in 0..1, no further from mid-grey than is allowed."""
        pictures = self.parametrisation().squashed(values, spectrum)
        if not self.contrast:
            return pictures
        return 0.5 + (pictures - 0.5) * ops.minimum(self.contrast / _length(pictures - 0.5), 1)


@cache
def compiled_steps(steps: Steps) -> tuple[Callable[..., tuple[Tensor, Tensor]], Callable[..., State]]:
    """`made` and `moved`, of tensors (n, ...), compiled once for all networks: many small operations, which XLA makes
    one of in a second."""
    return backend.compiled(steps.made), backend.compiled(steps.moved, jit=True)


def _length(x: Tensor) -> Tensor:
    """The root mean square of each picture, (n, 1, ...), never 0."""
    return ops.sqrt(ops.mean(x**2, axis=tuple(range(1, len(x.shape))), keepdims=True) + TINY**2)
