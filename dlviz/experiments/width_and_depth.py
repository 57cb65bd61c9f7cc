"""Fat nets of one hidden layer and deep thin ones are fitted to the same function of one number, in plain numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dlviz.experiments import Experiment, Outcome
from dlviz.progress import Progress

WIDTHS = (2, 4, 8, 16, 32, 64)
"""Hidden units of the fat nets."""
DEPTHS = (2, 3, 4, 5, 6)
"""Hidden layers of the deep nets."""
THIN = 6
"""Units of each of them."""
NETS = (*((width,) for width in WIDTHS), *((THIN,) * depth for depth in DEPTHS))
POINTS = 97
STARTS = 8
"""First weights that are tried; the best fit counts."""
STEPS, EVERY = 2000, 200
RATE = 0.02
X = np.linspace(0, 1, POINTS)
FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "4 teeth": lambda x: 1 - np.abs((8 * x) % 2 - 1),
    "wave": lambda x: 0.5 + 0.5 * np.sin(6 * np.pi * x * x),
    "steps": lambda x: np.floor(4.999 * x) / 4 * 0.8 + 0.1,
    "bump": lambda x: np.exp(-(((x - 0.5) / 0.12) ** 2)),
}
Layers = list[tuple[np.ndarray, np.ndarray]]
"""Weights (starts, inputs, units) and biases (starts, 1, units) of each layer."""


def parameters(hidden: tuple[int, ...]) -> int:
    """Weights and biases of a net from one number to one."""
    return sum((before + 1) * after for before, after in pairwise((1, *hidden, 1)))


def first_layers(hidden: tuple[int, ...], rng: np.random.Generator) -> Layers:
    """He's first weights; each unit of the first layer bends somewhere in 0..1."""
    layers = []
    for before, after in pairwise((1, *hidden, 1)):
        w = rng.normal(0, np.sqrt(2 / before), (STARTS, before, after))
        b = -w * rng.random((STARTS, 1, after)) if before == 1 else np.zeros((STARTS, 1, after))
        layers.append((w, b))
    return layers


def answer(layers: Layers, x: np.ndarray) -> list[np.ndarray]:
    """The activations of each layer, ReLU but for the last, (starts, points, units), for x (points,)."""
    activations = [np.broadcast_to(x[None, :, None], (len(layers[0][0]), len(x), 1))]
    for number, (w, b) in enumerate(layers, 1):
        z = activations[-1] @ w + b
        activations.append(np.maximum(z, 0) if number < len(layers) else z)
    return activations


def slopes(layers: Layers, x: np.ndarray, y: np.ndarray) -> Layers:
    """The gradient of half the mean squared error at x and y (points,), for each layer, by backpropagation."""
    activations = answer(layers, x)
    back = (activations[-1] - y[None, :, None]) / len(x)
    found: Layers = []
    for (w, _), given in zip(layers[::-1], activations[-2::-1], strict=True):
        found.append((given.swapaxes(1, 2) @ back, back.sum(axis=1, keepdims=True)))
        back = (back @ w.swapaxes(1, 2)) * (given > 0)
    return found[::-1]


def fit(hidden: tuple[int, ...], y: np.ndarray, seed: int) -> Iterator[np.ndarray]:
    """Adam, its rate falling along a cosine; what the best of `STARTS` nets answers, (points,), every `EVERY` steps."""
    layers = first_layers(hidden, np.random.default_rng(seed))
    values = [array for layer in layers for array in layer]
    mean, square = ([np.zeros_like(v) for v in values] for _ in range(2))
    for step in range(1, STEPS + 1):
        rate = RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS)) * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        for i, g in enumerate(array for layer in slopes(layers, X, y) for array in layer):
            mean[i] += 0.1 * (g - mean[i])
            square[i] += 0.001 * (g * g - square[i])
            values[i] -= rate * mean[i] / (np.sqrt(square[i]) + 1e-8)
        if step % EVERY == 0:
            found = answer(layers, X)[-1][:, :, 0]
            yield found[((found - y) ** 2).mean(axis=1).argmin()]


@dataclass(frozen=True)
class WidthAndDepth(Experiment):
    """What each of `NETS` answers while it is fitted to a function, or to values at equal distances if there are any.

    Outcome: `fits`, (nets, tests, points).
    """

    name = "width_and_depth"
    function: str = "4 teeth"
    drawn: tuple[float, ...] = ()
    seed: int = 0

    @classmethod
    def grid(cls) -> Iterator[WidthAndDepth]:
        return (cls(function) for function in FUNCTIONS)

    @property
    def target(self) -> np.ndarray:
        """The function at the points `X`, (points,)."""
        if self.drawn:
            return np.interp(X, np.linspace(0, 1, len(self.drawn)), self.drawn)
        return FUNCTIONS[self.function](X)

    def train(self) -> Iterator[Progress | Outcome]:
        tests = STEPS // EVERY
        fits = np.full((len(NETS), tests, POINTS), np.nan, np.float32)
        runs = [fit(hidden, self.target, self.seed) for hidden in NETS]
        for at in range(tests):
            for i, run in enumerate(runs):
                yield Progress(at * len(NETS) + i, tests * len(NETS), f"step {at * EVERY}")
                fits[i, at] = next(run)
            yield {"fits": fits.copy()}
