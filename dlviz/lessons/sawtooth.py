"""Teeth double with each layer; in one hidden layer each tooth costs two units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.options import option, step
from dlviz.progress import Progress
from dlviz.sheet import Bars, Curves, Formula, Sheet
from dlviz.view import Scene, View

MOST = 6
POINTS = 2**MOST * 4 + 1
"""So that every bend of the deepest net is one of the points."""


def tent(x: np.ndarray) -> np.ndarray:
    """A layer of two units: 2 max(0, x) - 4 max(0, x - 1/2), which goes up from 0 to 1 and down again; x (points,)."""
    return np.asarray(2 * np.maximum(0, x) - 4 * np.maximum(0, x - 0.5))


def sawtooth(x: np.ndarray, layers: int) -> np.ndarray:
    """The answer of a net of so many such layers to x (points,) in 0..1; 2^(layers - 1) teeth."""
    for _ in range(layers):
        x = tent(x)
    return x


def pieces(x: np.ndarray, y: np.ndarray) -> int:
    """Straight pieces of a function whose values `y` are known at equal distances `x`, (points,) each."""
    return 1 + int((np.abs(np.diff(y, 2)) > 1e-9).sum())


def fat(x: np.ndarray, teeth: int, units: int) -> np.ndarray:
    """The answer to x (points,) of one hidden layer that is right from the left on, as far as its units reach: each of
    them makes one bend."""
    bends = np.arange(2 * teeth) / (2 * teeth)
    heights = np.where(np.arange(2 * teeth) == 0, 2 * teeth, 4 * teeth * (-1.0) ** np.arange(2 * teeth))
    chosen = slice(0, min(units, 2 * teeth))
    return np.asarray(np.maximum(0, x[:, None] - bends[chosen]) @ heights[chosen])


@dataclass(frozen=True)
class Sawtooth(View):
    """Lesson D3, by construction: Telgarsky's sawtooth.

    >>> import dlviz
    >>> dlviz.lesson("sawtooth").arrays["x"].shape
    (257,)
    """

    name = "sawtooth"
    summary = "Two units a layer double the teeth with each layer; a net of one hidden layer needs two units a tooth."
    group = "Why deep"
    order = 3.5

    step: int = step(2, "how many layers the deep net has got, besides the first")
    width: int = option(6, "hidden units of the fat net", low=1, high=2**MOST, label="fat net (hidden units)")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        layers = min(self.step, MOST - 1) + 1
        teeth = 2 ** (layers - 1)
        made = (
            f"{layers} layers of two units make {teeth} teeth" if layers > 1 else "A layer of two units makes a tooth"
        )
        x = np.linspace(0, 1, POINTS)
        deep, wide = sawtooth(x, layers), fat(x, teeth, self.width)
        reached = min(self.width, 2 * teeth)
        shown = np.where((wide >= -0.25) & (wide <= 1.25), wide, np.nan)  # beyond its last bend it runs off
        yield Sheet(
            "Sawtooth by depth",
            f"{made}; one hidden layer of {self.width} makes {reached / 2:g} of them right and needs "
            f"{2 * teeth} units for all.",
            (
                Curves(x, {f"deep, {2 * layers} units": deep, f"fat, {self.width} units": shown}, "x", "",
                       "what the two nets answer", role="main"),
                Bars(("deep", "fat"), np.array([2 * layers, 2 * teeth]), f"hidden units for {teeth} teeth",
                     limit=2.0**MOST, role="beside"),
                Curves(np.arange(1, layers + 1),
                       {"deep": 2.0 * np.arange(1, layers + 1), "fat": 2.0 ** np.arange(1, layers + 1)},
                       "layers of the deep net", "hidden units", "units for as many teeth", role="beside"),
                Formula(
                    (
                        r"$t(x) = 2\max(0, x) - 4\max(0, x - \frac{1}{2})$,   "
                        rf"$t(t(\ldots t(x)))$, {layers} times:   $2^{{{layers}}}$ = {2 * teeth} straight pieces",
                        f"one hidden layer: a unit for each of {2 * teeth - 1} bends, and one for the first slope: "
                        f"{2 * teeth} units",
                    ),
                    role="legend",
                ),
            ),
            {"x": x, "deep": deep, "fat": wide, "pieces": np.array([pieces(x, deep), pieces(x, wide)])},
            question="How many units does the fat one need for 16 teeth?",
            answer="32, two for each tooth; the deep one needs 5 layers of 2, ten in all. For each layer more "
            "the fat one has to double.",
            explanation="A layer of two units folds the line in the middle. Whatever comes after draws the same on "
            "both halves, so each layer doubles the teeth. In one hidden layer every unit bends the line just once.",
            source="Depth against width: M. Telgarsky, Benefits of depth in neural networks, COLT 2016, arXiv "
            "1602.04485",
            steps=MOST,
            values={"step": layers - 1},
        )  # fmt: skip
