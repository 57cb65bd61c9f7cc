"""Six optimizers go down one surface from one place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dlviz.by_hand.descent import OPTIMIZERS, SURFACES, Surface, path
from dlviz.experiments import Outcome
from dlviz.experiments.optimizers import STEPS as BATCHES
from dlviz.experiments.optimizers import OptimizersOnLeNet5
from dlviz.grammar import number_of
from dlviz.options import Position, option, position, step
from dlviz.sheet import Curves, Formula, Scatter, Sheet
from dlviz.trained_lesson import TrainedLesson, result
from dlviz_models.options import LAST

STEPS = 100
FINE = 120
"""Rows and columns of the surface's picture."""
WINDOW = 15
"""Batches whose losses are averaged."""
LEAST = 1e-6
"""A smaller loss is drawn as this."""
ALL = "all six"
NAMES = tuple(optimizer.name for optimizer in OPTIMIZERS)


@lru_cache(maxsize=8)
def heights(name: str) -> np.ndarray:
    """The surface as heights (FINE, FINE), the largest y in the first row."""
    left, right, bottom, top = SURFACES[name].limits
    x, y = np.meshgrid(np.linspace(left, right, FINE), np.linspace(top, bottom, FINE))
    return SURFACES[name].height(x, y).astype(np.float32)


@lru_cache(maxsize=8)
def all_paths(surface: str, start: Position, rate: float, momentum: float) -> dict[str, np.ndarray]:
    """The path of every optimizer, (STEPS + 1, 2), by name."""
    made = [optimizer(optimizer.usual * rate, momentum) for optimizer in OPTIMIZERS]
    return {each.name: path(each, SURFACES[surface], start, STEPS) for each in made}


@dataclass(frozen=True)
class Optimizers(TrainedLesson):
    """Paths of six optimizers on one loss surface, and their losses.

    >>> import dlviz
    >>> dlviz.lesson("optimizers").arrays["path:SGD"].shape
    (101, 2)
    """

    name = "optimizers"
    summary = "Six optimizers start at the same point of a loss surface: their paths, and the loss after each step."
    group = "Training"
    order = 1

    surface: str = option("saddle", "the loss", choices=tuple(SURFACES), resets=("start",), label="loss surface")
    step: int = step(LAST, "how many steps have been taken")
    shown: str = option(ALL, "which optimizer's path and rule to show", choices=(ALL, *NAMES), label="optimizer")
    start: Position = position((), "x and y where all start; empty: the surface's own", label="start (x, y)")
    rate: float = option(1.0, "factor on every learning rate", low=0.05, high=10, label="learning rates times")
    momentum: float = option(0.9, "of momentum and Nesterov", low=0, high=0.99, label="momentum (0 to 1)")
    lenet5: bool = option(False, "show as well what they make of a LeNet-5 on digits", label="on a LeNet-5 too")
    result: str = result(only=("lenet5", True))

    def experiment(self) -> OptimizersOnLeNet5:
        return OptimizersOnLeNet5()

    def is_long(self) -> bool:
        return self.lenet5 and super().is_long()

    def sheet(self, outcome: Outcome) -> Sheet:
        surface = SURFACES[self.surface]
        start = self.start or surface.start
        done = min(self.step, STEPS)
        made = [o(o.usual * self.rate, self.momentum) for o in OPTIMIZERS if self.shown in (ALL, o.name)]
        every = all_paths(self.surface, start, self.rate, self.momentum)
        paths = {o.name: every[o.name] for o in made}
        losses = {name: surface.height(*places.T) for name, places in paths.items()}
        now = {name: float(loss[done]) for name, loss in losses.items()}
        best = min(now, key=now.__getitem__)
        worst = max(now, key=now.__getitem__)
        versus = f"; {worst} is highest at {_written(now[worst])}" if len(now) > 1 else ""
        rules = [f"{o.name}, η = {o.rate:.3g}:   {o.rule}" for o in made if self.shown != ALL or o.name == best]
        return Sheet(
            f"Optimizers: {self.surface}",
            f"After {number_of(done, 'step')} {best} is lowest with a loss of {_written(now[best])}{versus}.",
            (
                Scatter(
                    {name: places[: done + 1] for name, places in paths.items()},
                    {name: places[done : done + 1] for name, places in paths.items()},
                    heights(self.surface), surface.limits, "w₁", "w₂",
                    "paths on the loss; light is low", role="main", sets="start", by="drag",
                    hint="drag the start",
                ),
                Curves(
                    np.arange(done + 1),
                    {name: np.maximum(loss[: done + 1], LEAST) for name, loss in losses.items()},
                    "step", "loss", "loss on a logarithmic axis", log=True, role="beside",
                ),
                *([_on_lenet5(outcome, tuple(now))] if self.lenet5 else []),
                Formula(tuple(rules), role="legend"),
            ),
            {f"path:{name}": places for name, places in paths.items()},
            question=_question(surface),
            answer=_answer(surface, paths, losses),
            explanation="All of them step downhill; they differ in what they remember. Momentum keeps some of the "
            "last step, Adagrad and RMSprop divide by how large the gradients were so far, Adam does "
            "both. In a valley, at a saddle or in noise that makes very different paths.",
            source="Optimizers: S. Ruder, An overview of gradient descent optimization algorithms, 2016, arXiv "
            "1609.04747",
            steps=STEPS + 1,
            values={"step": done, "start": tuple(start)},
        )  # fmt: skip


def _on_lenet5(outcome: Outcome, names: tuple[str, ...]) -> Curves:
    """The losses, each the mean of the last `WINDOW` batches."""
    series = {}
    for name in names:
        sums = np.cumsum(np.insert(outcome["losses"][NAMES.index(name)].astype(float), 0, 0))
        before = np.maximum(np.arange(BATCHES) + 1 - WINDOW, 0)
        series[name] = (sums[1:] - sums[before]) / (np.arange(BATCHES) + 1 - before)
    return Curves(
        np.arange(1, BATCHES + 1), series, "batch", "loss", f"LeNet-5 on digits: mean of {WINDOW} batches",
        role="beside",
    )  # fmt: skip


def _written(loss: float) -> str:
    return f"{loss:.2g}" if loss > LEAST else "nearly 0"


def _question(surface: Surface) -> str:
    return "Which one passes the saddle first?" if surface.name == "saddle" else "Which one is first at the bottom?"


def _answer(surface: Surface, paths: dict[str, np.ndarray], losses: dict[str, np.ndarray]) -> str:
    """When each has left the saddle, or has come down to a hundredth of the loss at the start."""
    arrived = {}
    for name, places in paths.items():
        there = np.abs(places[:, 1]) > 1 if surface.name == "saddle" else losses[name] < losses[name][0] / 100
        if there.any():
            arrived[name] = int(there.argmax())
    order = sorted(arrived, key=arrived.__getitem__)
    late = [name for name in paths if name not in arrived]
    words = ", ".join(f"{name} after {number_of(arrived[name], 'step')}" for name in order)
    never = f"{' and '.join(late)} not within {STEPS}" if late else ""
    told = "; ".join(part for part in (words, never) if part)
    return f"{told[:1].upper()}{told[1:]}."
