"""Optimizers in the plane and the surfaces they descend: what Keras's optimizers do, in plain numpy.

S. Ruder, An overview of gradient descent optimization algorithms, 2016, arXiv 1609.04747.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

EPSILON = 1e-7


@dataclass
class Optimizer(ABC):
    """One rule; it remembers what it needs of the gradients before."""

    name: ClassVar[str]
    rule: ClassVar[str]
    """In mathtext."""
    usual: ClassVar[float]
    """A learning rate that suits these surfaces."""
    rate: float
    momentum: float = 0.9

    @abstractmethod
    def move(self, gradient: np.ndarray) -> np.ndarray:
        """What is added to the place for a gradient there, both (2,)."""


@dataclass
class SGD(Optimizer):
    """Straight down."""

    name = "SGD"
    rule = r"$w \leftarrow w - \eta\, g$"
    usual = 0.02

    def move(self, gradient: np.ndarray) -> np.ndarray:
        return -self.rate * gradient


@dataclass
class Momentum(Optimizer):
    """The velocity keeps a share of itself: B. Polyak, 1964."""

    name = "momentum"
    rule = r"$v \leftarrow \mu\, v - \eta\, g, \quad w \leftarrow w + v$"
    usual = 0.02

    def __post_init__(self) -> None:
        self.velocity = np.zeros(2)

    def move(self, gradient: np.ndarray) -> np.ndarray:
        self.velocity = self.momentum * self.velocity - self.rate * gradient
        return self.velocity


@dataclass
class Nesterov(Momentum):
    """Momentum that looks ahead: Y. Nesterov, 1983."""

    name = "Nesterov"
    rule = r"$v \leftarrow \mu\, v - \eta\, g, \quad w \leftarrow w + \mu\, v - \eta\, g$"

    def move(self, gradient: np.ndarray) -> np.ndarray:
        return self.momentum * super().move(gradient) - self.rate * gradient


@dataclass
class Adagrad(Optimizer):
    """Steps shrink with the sum of all squared gradients so far: J. Duchi, E. Hazan, Y. Singer, JMLR 2011."""

    name = "Adagrad"
    rule = r"$s \leftarrow s + g^2, \quad w \leftarrow w - \eta\, g / \sqrt{s + \epsilon}$"
    usual = 0.2
    start: ClassVar[float] = 0.1
    weights: ClassVar[tuple[float, float]] = (1.0, 1.0)
    """Of the squares so far and of the new one."""

    def __post_init__(self) -> None:
        self.squares = np.full(2, self.start)

    def move(self, gradient: np.ndarray) -> np.ndarray:
        old, new = self.weights
        self.squares = old * self.squares + new * gradient**2
        return -self.rate * gradient / np.sqrt(self.squares + EPSILON)


@dataclass
class RMSprop(Adagrad):
    """Steps shrink with a running mean of the squared gradients: T. Tieleman, G. Hinton, 2012."""

    name = "RMSprop"
    rule = r"$s \leftarrow 0.9\, s + 0.1\, g^2, \quad w \leftarrow w - \eta\, g / \sqrt{s + \epsilon}$"
    usual = 0.05
    start = 0.0
    weights = (0.9, 0.1)


@dataclass
class Adam(Optimizer):
    """Both means, without their lean towards zero: D. Kingma, J. Ba, 2014, arXiv 1412.6980."""

    name = "Adam"
    rule = r"$m \leftarrow 0.9\,m + 0.1\,g, \quad s \leftarrow 0.999\,s + 0.001\,g^2, \quad w \leftarrow w - \eta\,\hat m / (\sqrt{\hat s} + \epsilon)$"  # noqa: E501
    usual = 0.1

    def __post_init__(self) -> None:
        self.count, self.mean, self.square = 0, np.zeros(2), np.zeros(2)

    def move(self, gradient: np.ndarray) -> np.ndarray:
        self.count += 1
        self.mean = 0.9 * self.mean + 0.1 * gradient
        self.square = 0.999 * self.square + 0.001 * gradient**2
        rate = self.rate * np.sqrt(1 - 0.999**self.count) / (1 - 0.9**self.count)
        return -rate * self.mean / (np.sqrt(self.square) + EPSILON)


OPTIMIZERS: tuple[type[Optimizer], ...] = (SGD, Momentum, Nesterov, Adagrad, RMSprop, Adam)


class Surface(ABC):
    """A loss over the plane."""

    name: ClassVar[str]
    limits: ClassVar[tuple[float, float, float, float]]
    """Least and largest x, least and largest y."""
    start: ClassVar[tuple[float, float]]

    @abstractmethod
    def height(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The loss at places of any shape."""

    @abstractmethod
    def gradient(self, place: np.ndarray) -> np.ndarray:
        """The slope at a place, both (2,)."""

    def measured(self, place: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """The gradient at a place, both (2,), as an optimizer measures it."""
        return self.gradient(place)


class Valley(Surface):
    """Twenty times as steep across as along: 0.05 x^2 + y^2."""

    name = "valley"
    limits = (-5.0, 5.0, -2.5, 2.5)
    start = (-4.5, 2.0)

    def height(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 0.05 * x**2 + y**2

    def gradient(self, place: np.ndarray) -> np.ndarray:
        return np.array([0.1, 2.0]) * place


class Saddle(Surface):
    """x^2 - y^2 near the middle, with two hollows at y = 2 and -2: x^2 - y^2 + y^4 / 8 + 2."""

    name = "saddle"
    limits = (-2.5, 2.5, -3.0, 3.0)
    start = (-2.0, 0.01)

    def height(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return x**2 - y**2 + y**4 / 8 + 2

    def gradient(self, place: np.ndarray) -> np.ndarray:
        x, y = place
        return np.array([2 * x, -2 * y + y**3 / 2])


class Noisy(Valley):
    """The valley, with gradients as mini-batches give them: the true one and noise of deviation 1."""

    name = "noisy valley (mini-batches)"

    def measured(self, place: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return self.gradient(place) + random.normal(size=2)


SURFACES: dict[str, Surface] = {surface.name: surface for surface in (Valley(), Saddle(), Noisy())}
FARTHEST = 1e6


def path(optimizer: Optimizer, surface: Surface, start: tuple[float, ...], steps: int, seed: int = 0) -> np.ndarray:
    """The places that an optimizer comes through, (steps + 1, 2), the start first."""
    random = np.random.default_rng(seed)
    places = [np.array(start, float)]
    for _ in range(steps):
        moved = places[-1] + optimizer.move(surface.measured(places[-1], random))
        places.append(np.clip(moved, -FARTHEST, FARTHEST))
    return np.array(places)
