"""How large the gradient is that reaches each layer of a deep net."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dlviz.options import option
from dlviz.progress import Progress
from dlviz.sheet import Curves, Formula, Sheet
from dlviz.sheet.numerals import significant
from dlviz.view import Scene, View

WIDTH, BATCH = 24, 12
INITIALISATIONS = {"Xavier": 1.0, "Kaiming": 2.0, "small": 0.25, "large": 9.0}
"""The variance of a weight, times the width."""
NETS = {
    "sigmoid": ("sigmoid", False),
    "tanh": ("tanh", False),
    "ReLU": ("ReLU", False),
    "sigmoid, skips": ("sigmoid", True),
    "ReLU, skips": ("ReLU", True),
}
"""Activation, and whether each layer adds its input to its answer."""
NOTHING = 1e-7
"""A smaller share of the last layer's gradient is lost in single precision."""
LEAST = 1e-40
"""A smaller share is drawn as this."""


def activate(z: np.ndarray, activation: str) -> tuple[np.ndarray, np.ndarray]:
    """The outputs of units and their slopes there, for sums `z` of any shape."""
    if activation == "sigmoid":
        a = 1 / (1 + np.exp(-z))
        return a, a * (1 - a)
    if activation == "tanh":
        a = np.tanh(z)
        return a, 1 - a**2
    return np.maximum(z, 0), (z > 0).astype(float)


def draws(depth: int, variance: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs (BATCH, WIDTH), weights (depth, WIDTH, WIDTH) and the gradient at the last layer's answer."""
    rng = np.random.default_rng(seed)
    x, last = rng.normal(size=(2, BATCH, WIDTH))
    weights = rng.normal(size=(depth, WIDTH, WIDTH)) * np.sqrt(variance / WIDTH)
    return x, weights, last / BATCH


def gradient_norms(x: np.ndarray, weights: np.ndarray, last: np.ndarray, activation: str, skips: bool) -> np.ndarray:
    """The norm of the gradient at the weights of each layer, (depth,), where `last` is the one at the answer.

    A layer is h' = f(h W), with skips h' = h + f(h W). K. He et al., 2016, arXiv 1603.05027, explain the latter.
    """
    hidden, slopes = [x], []
    for w in weights:
        answer, slope = activate(hidden[-1] @ w, activation)
        hidden.append(hidden[-1] + answer if skips else answer)
        slopes.append(slope)
    norms, gradient = np.zeros(len(weights)), last
    for i in reversed(range(len(weights))):
        inner = gradient * slopes[i]
        norms[i] = np.linalg.norm(hidden[i].T @ inner)
        gradient = inner @ weights[i].T + (gradient if skips else 0)
    return norms


@lru_cache(maxsize=16)
def shares(depth: int, initialisation: str, seed: int) -> dict[str, np.ndarray]:
    """Of each net, by name, the norms (depth,), the last layer's being 1."""
    drawn = draws(depth, INITIALISATIONS[initialisation], seed)
    found = {name: gradient_norms(*drawn, *how) for name, how in NETS.items()}
    return {name: norms / max(norms[-1], 1e-300) for name, norms in found.items()}


@dataclass(frozen=True)
class VanishingGradients(View):
    """Sigmoid against ReLU, with and without skips.

    >>> import dlviz
    >>> dlviz.lesson("vanishing_gradients").arrays["sigmoid"].shape
    (20,)
    """

    name = "vanishing_gradients"
    summary = "From the last layer back to the first every layer multiplies the gradient, and it shrinks or it stays."
    group = "Training"
    order = 3

    depth: int = option(20, "layers", low=2, high=60, label="layers")
    initialisation: str = option(
        "Xavier", "how the weights are drawn", choices=tuple(INITIALISATIONS), label="weights drawn by"
    )
    skips: bool = option(True, "also show networks with skip connections", label="with skip connections")
    seed: int = option(0, "seed of the weights", low=0, high=99, label="random seed")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        every = shares(self.depth, self.initialisation, self.seed)
        chosen = {name: norms for name, norms in every.items() if self.skips or not NETS[name][1]}
        first = {name: float(norms[0]) for name, norms in chosen.items()}
        factor = first["sigmoid"] ** (1 / (self.depth - 1))
        yield Sheet(
            f"Vanishing gradients: {self.depth} layers",
            f"The first layer's gradient, the last one's being 1: sigmoid {significant(first['sigmoid'])}, "
            f"ReLU {significant(first['ReLU'])}.",
            (
                Curves(
                    np.arange(1, self.depth + 1),
                    {name: np.maximum(norms, LEAST) for name, norms in chosen.items()},
                    "layer", "gradient at the weights, the last layer's is 1", log=True, role="main",
                ),
                Formula(_formula(self.depth, factor, first), role="beside"),
            ),
            chosen,
            question="How deep before the first layer learns nothing?",
            answer=_answer(factor, first),
            explanation="The chain rule multiplies one slope a layer. A sigmoid's is a quarter at most, so after some "
            "layers next to nothing arrives at the first, and it does not learn. A ReLU's slope is 1 "
            "where it is on, and a skip connection lets the gradient pass without being multiplied at "
            "all.",
            source="Vanishing gradients: X. Glorot, Y. Bengio, Understanding the difficulty of training deep "
            "feedforward networks, 2010",
        )  # fmt: skip


def _formula(depth: int, factor: float, first: dict[str, float]) -> tuple[str, ...]:
    """The chain rule, the bound of a sigmoid, and first over last of each net."""
    return (
        r"$\delta_l = (W_{l+1}^T\, \delta_{l+1})\; f'(z_l)$",
        r"sigmoid: $f' = f(1 - f) \leq 1/4$",
        f"here {factor:.2g} a layer,",
        rf"${factor:.2g}^{{{depth - 1}}}$ = {significant(first['sigmoid'])}",
        "",
        "first layer / last layer:",
        *(f"{name}   {significant(share)}" for name, share in first.items()),
    )


def _answer(factor: float, first: dict[str, float]) -> str:
    """The depth at which a sigmoid net's first gradient is lost in single precision."""
    if factor >= 0.98:
        return "With these weights the sigmoids' gradient does not shrink: try other ones."
    depth = int(np.ceil(np.log(NOTHING) / np.log(factor))) + 1
    told = f"With sigmoids about {depth} layers: each leaves {factor:.0%} of it, and 10⁻⁷ is below single precision."
    if "sigmoid, skips" not in first:
        return told
    return f"{told} With skips the sum keeps a way of slope 1: there it is {significant(first['sigmoid, skips'])}."
