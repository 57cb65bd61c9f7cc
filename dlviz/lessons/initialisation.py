"""What weights are drawn from decides what is left of a signal layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dlviz.options import option
from dlviz.panels.histograms import histograms
from dlviz.progress import Progress
from dlviz.sheet import Bars, Formula, Sheet, Tiles
from dlviz.sheet.numerals import number, significant
from dlviz.view import Scene, View

WIDTH, SAMPLES, LAYERS = 64, 60, 6
BINS = 41
WAYS: dict[str, tuple[float, bool]] = {
    "zeros": (0.0, False),
    "too small": (0.3 * WIDTH**-0.5, False),
    "too large": (1.0, False),
    "Xavier normal": (WIDTH**-0.5, False),
    "Xavier uniform": (WIDTH**-0.5, True),
    "Kaiming normal": ((2 / WIDTH) ** 0.5, False),
    "Kaiming uniform": ((2 / WIDTH) ** 0.5, True),
}
"""The deviation of a weight, and whether it is drawn uniformly; input and output are equally wide."""
ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": np.tanh,
    "ReLU": lambda z: np.maximum(z, 0),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "linear": lambda z: z,
}


def weights_of(way: str, rng: np.random.Generator) -> np.ndarray:
    """Weights (WIDTH, WIDTH)."""
    deviation, uniform = WAYS[way]
    if uniform:
        return rng.uniform(-1, 1, (WIDTH, WIDTH)) * np.sqrt(3) * deviation
    return rng.normal(0, 1, (WIDTH, WIDTH)) * deviation


@lru_cache(maxsize=16)
def activations(way: str, activation: str, spread: float, seed: int) -> np.ndarray:
    """The outputs of all units of all layers for SAMPLES inputs of deviation 1; (LAYERS, SAMPLES, WIDTH)."""
    rng = np.random.default_rng(seed)
    x, found = rng.normal(size=(SAMPLES, WIDTH)), []
    for _ in range(LAYERS):
        x = ACTIVATIONS[activation](x @ (spread * weights_of(way, rng)))
        found.append(x)
    return np.stack(found)


@dataclass(frozen=True)
class Initialisation(View):
    """Histograms of activations, layer by layer.

    >>> import dlviz
    >>> dlviz.lesson("initialisation").arrays["histogram"].shape
    (6, 40)
    """

    name = "initialisation"
    summary = "Weights drawn too small let the signal die from layer to layer, too large ones saturate every unit."
    group = "Training"
    order = 5

    way: str = option("Xavier normal", "how the weights are drawn", choices=tuple(WAYS), label="weights drawn by")
    activation: str = option("tanh", "activation function of the units", choices=tuple(ACTIVATIONS), label="activation")
    spread: float = option(1.0, "factor on every weight", low=0.1, high=5, label="weights times")
    seed: int = option(0, "seed of the weights", low=0, high=99, label="random seed")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        layers = activations(self.way, self.activation, self.spread, self.seed)
        deviations = layers.std(axis=(1, 2))
        limit = min(max(float(np.quantile(np.abs(layers), 0.995)), 1e-6), 1e6)
        low = 0.0 if layers.min() >= 0 else -limit
        edges = np.linspace(low, limit, BINS)
        counts = np.stack([np.histogram(np.clip(each, low, limit), edges)[0] for each in layers])
        shares = counts / layers[0].size
        names = tuple(f"layer {i + 1}" for i in range(LAYERS))
        deviation = WAYS[self.way][0] * self.spread
        yield Sheet(
            f"Initialisation: {self.way}, {self.activation}",
            f"The activations' deviation goes from {_written(deviations[0])} to {_written(deviations[-1])}.",
            (
                Tiles(histograms(shares), "pixels", f"activations, {number(low)} to {number(limit)}", names, columns=3,
                      role="main"),
                Bars(names, deviations, "their deviation", role="beside"),
                Formula(_formula(deviation, deviations), role="legend"),
            ),
            {"deviation": deviations, "histogram": counts, "edges": edges},
            question="Why do all filters stay the same when they start at zero?",
            answer="With equal weights all units of a layer respond alike, so they get the same gradient and stay the "
            "same: the layer is as good as one unit. Random weights break the symmetry.",
            explanation="Each layer multiplies the spread of its inputs by the spread of its weights. Too small, and "
            "the signal dies on its way up; too large, and every unit is saturated. Xavier and Kaiming "
            "choose a variance by which it stays as it is, one for tanh, one for ReLU.",
            source="Initialisation: X. Glorot, Y. Bengio, 2010; K. He et al., Delving deep into rectifiers, "
            "2015, arXiv 1502.01852",
        )  # fmt: skip


def _formula(deviation: float, deviations: np.ndarray) -> tuple[str, ...]:
    """How the variance goes from one layer to the next, with its numbers."""
    factor = WIDTH * deviation**2
    return (
        r"$\mathrm{Var}(z_{l+1}) = n\;\mathrm{Var}(w)\;\mathrm{E}(h_l^2)$"
        f"  =  {WIDTH} · {_written(deviation**2)} · E(h²)  =  {_written(factor)} · E(h²)",
        "Xavier, for tanh: n Var(w) = 1.   Kaiming, for ReLU: n Var(w) = 2.",
    )


def _written(value: float) -> str:
    return number(value, 3) if 1e-3 <= value < 1e4 else significant(value)
