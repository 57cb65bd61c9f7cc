"""What a picture is made of while it is changed: its pixels, its frequencies, or their phases alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from keras import ops

from dlviz import backend

Tensor = Any
OPPONENT = (np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])).astype(np.float32)
"""Brightness and two differences of colours, rows of length 1: what varies nearly independently in photographs."""
VARIES = np.array([[1], [0.25], [0.1]], np.float32)
"""By about how much each of them varies in photographs."""
QUIET = 0.01
"""The deviation of the noise that an ascent starts from, in shares of the range."""


class Parametrisation(ABC):
    """One way to write a picture; subclasses are listed in `PARAMETRISATIONS`.

    The parameters of n pictures are one tensor (n, ...); a picture's values are shares of the range of pixels, 0..1.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    """As it is called in a sentence."""
    source: ClassVar[str]
    rate: ClassVar[float]
    """How far a step goes at first unless told otherwise."""
    one_scale: ClassVar[bool] = False
    """Whether a step keeps the direction of the gradient, instead of scaling each parameter's own."""

    @abstractmethod
    def spectrum(self, shape: tuple[int, ...], natural: np.ndarray) -> np.ndarray:
        """What is held fixed, given the shape (*axes, channel) of a picture and natural ones (m, *shape) in 0..1."""

    @abstractmethod
    def start(self, n: int, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
        """The parameters (n, ...) that n ascents start from."""

    @abstractmethod
    def values(self, parameters: Tensor, spectrum: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The values (n, *shape) of which pictures are made one by one."""

    @abstractmethod
    def squashed(self, values: Tensor, spectrum: Tensor) -> Tensor:
        """The pictures (n, *shape) in 0..1 that are made of values."""

    def pictures(self, parameters: Tensor, spectrum: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The pictures (n, *shape) in 0..1."""
        return self.squashed(self.values(parameters, spectrum, shape), spectrum)

    def kept(self, parameters: Tensor) -> Tensor:
        """The nearest parameters (n, ...) that stand for pictures."""
        return parameters


class Pixels(Parametrisation):
    """The values themselves, cut at both ends of their range."""

    name = "pixels"
    title = "its pixels changed one by one"
    source = "D. Erhan et al., Visualizing higher-layer features of a deep network, 2009"
    rate = 0.05
    one_scale = True

    def spectrum(self, shape: tuple[int, ...], natural: np.ndarray) -> np.ndarray:
        return np.zeros(0, np.float32)

    def start(self, n: int, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
        return random.normal(0.5, QUIET, (n, *shape)).astype(np.float32)

    def values(self, parameters: Tensor, spectrum: Tensor, shape: tuple[int, ...]) -> Tensor:
        return parameters

    def squashed(self, values: Tensor, spectrum: Tensor) -> Tensor:
        return values

    def kept(self, parameters: Tensor) -> Tensor:
        return ops.clip(parameters, 0, 1)


class Fourier(Parametrisation):
    """Frequencies, each scaled as photographs have it: the higher, the weaker; colours apart from brightness."""

    name = "fourier"
    title = "written as frequencies"
    source = "C. Olah et al., Feature visualization, Distill 2017, doi 10.23915/distill.00007"
    rate = 0.06

    def spectrum(self, shape: tuple[int, ...], natural: np.ndarray) -> np.ndarray:
        height, width, _ = shape
        scale = 1 / np.maximum(_frequencies(height, width), 1 / max(height, width))
        waves = scale * np.random.default_rng(0).normal(size=(2, 16, *scale.shape))
        noise = np.fft.irfft2(waves[0] + 1j * waves[1], (height, width))  # pictures made of such numbers deviate by 1
        return (scale / noise.std())[..., None].astype(np.float32)  # (height, width // 2 + 1, 1)

    def start(self, n: int, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
        height, width, channels = shape
        return random.normal(0, QUIET, (n, height, width // 2 + 1, channels, 2)).astype(np.float32)

    def values(self, parameters: Tensor, spectrum: Tensor, shape: tuple[int, ...]) -> Tensor:
        values = backend.inverse_fft(parameters[..., 0] * spectrum, parameters[..., 1] * spectrum, shape[:2])
        return ops.matmul(values, VARIES * OPPONENT) if shape[-1] == 3 else values

    def squashed(self, values: Tensor, spectrum: Tensor) -> Tensor:
        return _squashed(values)


class Maco(Parametrisation):
    """Phases alone: how strong each frequency is stays as it is on average in natural pictures."""

    name = "maco"
    title = "only the phases of its frequencies changed, their strengths those of natural pictures"
    source = (
        "T. Fel et al., Unlocking feature visualization for deeper networks with magnitude constrained optimization,"
        " 2023, arXiv 2306.06805"
    )
    rate = 0.5

    def spectrum(self, shape: tuple[int, ...], natural: np.ndarray) -> np.ndarray:
        mean = natural.mean(axis=(0, 1, 2))
        values = (natural - mean) @ OPPONENT.T if shape[-1] == 3 else natural - mean
        strengths = np.abs(np.fft.rfft2(values, axes=(1, 2))).mean(axis=0)
        strengths[0, 0] = np.clip(mean, 0.05, 0.95)  # the mean of all pictures, whatever the phases
        return strengths.astype(np.float32)  # (height, width // 2 + 1, channel)

    def start(self, n: int, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
        height, width, channels = shape
        phases = random.uniform(-np.pi, np.pi, (n, height, width // 2 + 1, 1))
        return np.repeat(phases, channels, axis=-1).astype(np.float32)

    def values(self, parameters: Tensor, spectrum: Tensor, shape: tuple[int, ...]) -> Tensor:
        waves = np.ones((shape[0], shape[1] // 2 + 1, 1), np.float32)
        waves[0, 0] = 0
        real, imaginary = (spectrum * waves * part for part in (ops.cos(parameters), ops.sin(parameters)))
        values = backend.inverse_fft(real, imaginary, shape[:2])
        return ops.matmul(values, OPPONENT) if shape[-1] == 3 else values

    def squashed(self, values: Tensor, spectrum: Tensor) -> Tensor:
        return _squashed(values, spectrum[0, 0])


PARAMETRISATIONS: dict[str, type[Parametrisation]] = {p.name: p for p in (Pixels, Fourier, Maco)}


def _frequencies(height: int, width: int) -> np.ndarray:
    """The frequency of each entry of a half spectrum (height, width // 2 + 1), in cycles a pixel."""
    return np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])


def _squashed(values: Tensor, middle: Tensor | float = 0.5) -> Tensor:
    """Values around 0 as shares of the range, 0..1: `middle` where they are 0, and of slope 1 there."""
    return ops.sigmoid(ops.log(middle / (1 - middle)) + values / (middle * (1 - middle)))
