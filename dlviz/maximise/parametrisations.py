"""Parametrisations of a picture during gradient ascent: pixels, frequencies, or phases only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from keras import ops

from dlviz import backend

Tensor = Any
OPPONENT = (np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])).astype(np.float32)
"""Orthonormal opponent colours, rows: brightness, red-blue and green-magenta, nearly uncorrelated in photographs."""
CHANNEL_SCALE = np.array([[1], [0.25], [0.1]], np.float32)
"""Their approximate relative standard deviations in photographs."""
INITIAL_SIGMA = 0.01
"""The standard deviation of the initial noise, as a share of the range."""


class Parametrisation(ABC):
    """A differentiable map from parameters (n, ...) to pictures (n, *shape) in 0..1; listed in `PARAMETRISATIONS`."""

    name: ClassVar[str]
    title: ClassVar[str]
    """Its name in a sentence."""
    source: ClassVar[str]
    rate: ClassVar[float]
    """The default initial learning rate."""
    shared_scale: ClassVar[bool] = False
    """Whether Adam's second moment is shared by all parameters of a picture, so that a step keeps the gradient's
    direction."""

    @abstractmethod
    def spectrum(self, shape: tuple[int, ...], natural: np.ndarray) -> np.ndarray:
        """Fixed amplitudes for pictures of `shape`, (*axes, channel), from natural ones (m, *shape) in 0..1."""

    @abstractmethod
    def start(self, n: int, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
        """The initial parameters (n, ...) of n pictures."""

    @abstractmethod
    def values(self, parameters: Tensor, spectrum: Tensor, shape: tuple[int, ...]) -> Tensor:
        """Unbounded values (n, *shape), from which `to_pixels` makes pictures elementwise."""

    @abstractmethod
    def to_pixels(self, values: Tensor, spectrum: Tensor) -> Tensor:
        """The pictures (n, *shape) in 0..1 for such values."""

    def pictures(self, parameters: Tensor, spectrum: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The pictures (n, *shape) in 0..1."""
        return self.to_pixels(self.values(parameters, spectrum, shape), spectrum)

    def project(self, parameters: Tensor) -> Tensor:
        """The nearest valid parameters (n, ...)."""
        return parameters


class Pixels(Parametrisation):
    """The pixels themselves, clipped to their range."""

    name = "pixels"
    title = "its pixels changed one by one"
    source = "D. Erhan et al., Visualizing higher-layer features of a deep network, 2009"
    rate = 0.05
    shared_scale = True

    def spectrum(self, shape: tuple[int, ...], natural: np.ndarray) -> np.ndarray:
        return np.zeros(0, np.float32)

    def start(self, n: int, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
        return random.normal(0.5, INITIAL_SIGMA, (n, *shape)).astype(np.float32)

    def values(self, parameters: Tensor, spectrum: Tensor, shape: tuple[int, ...]) -> Tensor:
        return parameters

    def to_pixels(self, values: Tensor, spectrum: Tensor) -> Tensor:
        return values

    def project(self, parameters: Tensor) -> Tensor:
        return ops.clip(parameters, 0, 1)


class Fourier(Parametrisation):
    """Fourier coefficients with the 1/f spectrum of photographs, in opponent colours."""

    name = "fourier"
    title = "written as frequencies"
    source = "C. Olah et al., Feature visualization, Distill 2017, doi 10.23915/distill.00007"
    rate = 0.06

    def spectrum(self, shape: tuple[int, ...], natural: np.ndarray) -> np.ndarray:
        height, width, _ = shape
        scale = 1 / np.maximum(_frequencies(height, width), 1 / max(height, width))
        waves = scale * np.random.default_rng(0).normal(size=(2, 16, *scale.shape))
        noise = np.fft.irfft2(waves[0] + 1j * waves[1], (height, width))  # whose standard deviation is scaled to 1
        return (scale / noise.std())[..., None].astype(np.float32)  # (height, width // 2 + 1, 1)

    def start(self, n: int, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
        height, width, channels = shape
        return random.normal(0, INITIAL_SIGMA, (n, height, width // 2 + 1, channels, 2)).astype(np.float32)

    def values(self, parameters: Tensor, spectrum: Tensor, shape: tuple[int, ...]) -> Tensor:
        values = backend.inverse_fft(parameters[..., 0] * spectrum, parameters[..., 1] * spectrum, shape[:2])
        return ops.matmul(values, CHANNEL_SCALE * OPPONENT) if shape[-1] == 3 else values

    def to_pixels(self, values: Tensor, spectrum: Tensor) -> Tensor:
        return _sigmoid(values)


class Maco(Parametrisation):
    """Phases only: the magnitude of each frequency is fixed to its mean in natural pictures."""

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
        magnitudes = np.abs(np.fft.rfft2(values, axes=(1, 2))).mean(axis=0)
        magnitudes[0, 0] = np.clip(mean, 0.05, 0.95)  # the mean of the pictures, whatever the phases
        return magnitudes.astype(np.float32)  # (height, width // 2 + 1, channel)

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

    def to_pixels(self, values: Tensor, spectrum: Tensor) -> Tensor:
        return _sigmoid(values, spectrum[0, 0])


PARAMETRISATIONS: dict[str, type[Parametrisation]] = {p.name: p for p in (Pixels, Fourier, Maco)}


def _frequencies(height: int, width: int) -> np.ndarray:
    """The frequency of each entry of a half spectrum (height, width // 2 + 1), in cycles per pixel."""
    return np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])


def _sigmoid(values: Tensor, middle: Tensor | float = 0.5) -> Tensor:
    """A sigmoid from values to 0..1 that has the value `middle` and the slope 1 at 0."""
    return ops.sigmoid(ops.log(middle / (1 - middle)) + values / (middle * (1 - middle)))
