"""A recurrent net's loss has a cliff: steps with and without clipping the gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dlviz.grammar import number_of
from dlviz.options import Position, option, position, step
from dlviz.progress import Progress
from dlviz.sheet import Curves, Formula, Scatter, Sheet
from dlviz.sheet.numerals import number
from dlviz.view import Scene, View

LENGTH = 25
"""Steps through time."""
START, TARGET = 0.5, 0.7
SEQUENCES = 100
"""In a batch, whose losses are summed."""
LIMITS = (3.5, 6.5, -3.5, 1.5)
"""Least and largest w and b."""
FINE = 120
STEPS = 30
FAR = 1e3
"""Weights stay within this."""


def loss(w: np.ndarray, b: np.ndarray) -> np.ndarray:
    """100 (h - 0.7)^2 after 25 steps of h = sigmoid(w h + b) from 0.5: all sequences of the batch are alike.

    w and b have any shapes that broadcast.

    R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent neural networks, 2013, section 2.3.
    """
    h = np.full(np.broadcast(w, b).shape, START)
    for _ in range(LENGTH):
        h = _sigmoid(w * h + b)
    return np.asarray(SEQUENCES * (h - TARGET) ** 2)


def gradient(w: float, b: float) -> np.ndarray:
    """Of the loss at (w, b), carried forward through time; (2,)."""
    h, slope = START, np.zeros(2)
    for _ in range(LENGTH):
        inner = np.array([h, 1.0]) + w * slope
        h = float(_sigmoid(np.asarray(w * h + b)))
        slope = h * (1 - h) * inner
    return np.asarray(2 * SEQUENCES * (h - TARGET) * slope)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -500, 500))))


def clipped(g: np.ndarray, threshold: float) -> np.ndarray:
    """The gradient (2,), shortened to the threshold where it is longer."""
    norm = float(np.linalg.norm(g))
    return g * (threshold / norm) if norm > threshold else g


@lru_cache(maxsize=32)
def descent(start: Position, rate: float, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Places (STEPS + 1, 2), and the norm of the gradient at each before it is clipped, (STEPS + 1,)."""
    places, norms = [np.array(start, float)], []
    for _ in range(STEPS + 1):
        g = gradient(*places[-1])
        norms.append(float(np.linalg.norm(g)))
        places.append(np.clip(places[-1] - rate * clipped(g, threshold), -FAR, FAR))
    return np.array(places[:-1]), np.array(norms)


@lru_cache(maxsize=1)
def surface() -> np.ndarray:
    """The loss over LIMITS, (FINE, FINE), the largest b in the first row."""
    left, right, bottom, top = LIMITS
    return loss(*np.meshgrid(np.linspace(left, right, FINE), np.linspace(top, bottom, FINE)))


@dataclass(frozen=True)
class GradientClipping(View):
    """Where a step lands that meets the cliff.

    >>> import dlviz
    >>> dlviz.lesson("gradient_clipping").arrays["unclipped"].shape
    (31, 2)
    """

    name = "gradient_clipping"
    summary = "A recurrent net's loss has a cliff: an unclipped step from it lands far away, a clipped one stays near."
    group = "Training"
    order = 4

    threshold: float = option(15.0, "the largest gradient norm allowed", low=1, high=500, label="longest gradient")
    step: int = step(STEPS, "how many steps have been taken")
    start: Position = position((4.75, -1.85), "w and b where both start", label="start (w, b)")
    rate: float = option(0.005, "the learning rate", low=0.0005, high=0.05, label="learning rate")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        done = min(self.step, STEPS)
        start = (float(self.start[0]), float(self.start[1]))
        free, free_norms = descent(start, self.rate, np.inf)
        held, held_norms = descent(start, self.rate, self.threshold)
        losses = [float(loss(*place)) for place in (free[done], held[done])]
        at = max(done - 1, 0)
        yield Sheet(
            f"Gradient clipping at {number(self.threshold)}",
            f"After {number_of(done, 'step')} the loss is {number(losses[1])} clipped and"
            f" {number(losses[0])} unclipped.",
            (
                Scatter(
                    {"unclipped": free[: done + 1], "clipped": held[: done + 1]},
                    {"unclipped": free[done : done + 1], "clipped": held[done : done + 1]},
                    surface(), LIMITS, "w", "b", "paths on the loss; light is low", role="main", sets="start",
                    by="drag", hint="drag the start",
                ),
                Curves(
                    np.arange(done + 1),
                    {"unclipped": free_norms[: done + 1] + 1e-9, "clipped": held_norms[: done + 1] + 1e-9,
                     "threshold": np.full(done + 1, self.threshold)},
                    "step", "", "length of the gradient", log=True, role="beside",
                ),
                Formula(_formula(held_norms[at], self.threshold), role="legend"),
            ),
            {"unclipped": free, "clipped": held, "norm:unclipped": free_norms, "norm:clipped": held_norms},
            question="Where does the unclipped step land?",
            answer=_answer(free, free_norms, self.rate, self.threshold),
            explanation="A recurrent net's loss can have cliffs, because the same weight is multiplied many times. On "
            "a cliff the gradient is huge, and one step of the usual rate throws the weights far away. "
            "Clipping keeps its direction and shortens it to the threshold, 15 in the lecture.",
            source="Gradient clamping: R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent "
            "neural networks, 2013",
            steps=STEPS + 1,
            values={"step": done, "start": start},
        )  # fmt: skip


def _formula(norm: float, threshold: float) -> tuple[str, ...]:
    rule = r"$g \leftarrow g \cdot \min(1,\ \theta / \|g\|)$"
    factor = min(1.0, threshold / max(norm, 1e-12))
    return (f"{rule}   =   g · min(1, {number(threshold)} / {norm:.3g})   =   {number(factor, 3)} · g",)


def _answer(places: np.ndarray, norms: np.ndarray, rate: float, threshold: float) -> str:
    """What the longest gradient did."""
    longest = int(norms[:-1].argmax())
    if norms[longest] <= threshold:
        return "None is longer than the threshold: both go the same way. From the edge of the cliff they would part."
    w, b = places[longest + 1]
    return (
        f"At w = {number(w)}, b = {number(b)}: step {longest + 1} meets a gradient of {norms[longest]:.3g} and jumps "
        f"{number(rate * norms[longest])} far. Clipped it goes the same way, but {number(rate * threshold, 3)} at most."
    )
