"""The same function from a fat net of one hidden layer and from a deep thin one, parameters and error beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dlviz.experiments import Outcome
from dlviz.experiments.width_and_depth import (
    DEPTHS,
    EVERY,
    FUNCTIONS,
    NETS,
    STEPS,
    THIN,
    WIDTHS,
    WidthAndDepth,
    X,
    parameters,
)  # fmt: skip
from dlviz.options import Signal, option, signal, step
from dlviz.progress import Progress
from dlviz.sheet import Curves, Formula, Scatter, Sheet, Stems
from dlviz.trained_lesson import TRAINED_HERE, TrainedLesson, result
from dlviz.view import Scene
from dlviz_models.options import LAST

TESTS = STEPS // EVERY
BY_HAND = "drawn by hand"
HANDLES = tuple(np.round(0.5 + 0.3 * np.sin(np.linspace(0, 2 * np.pi, 13)), 2).tolist())
"""A function to begin with, by its values at equal distances."""
RANGE = (-0.2, 1.2)
"""The least and the largest value that is drawn of a function."""
LEAST = 1e-4
"""A smaller error is drawn as this."""


def interpolated(target: np.ndarray, width: int) -> np.ndarray:
    """What a net of one hidden layer answers whose bends are put at equal distances on the function, (points,).

    G. Cybenko, Approximation by superpositions of a sigmoidal function, 1989, DOI 10.1007/BF02551274, shows that enough
    units come as near as one likes; with ReLU it is a matter of straight lines between points of the function.
    """
    bends = np.linspace(0, 1, width + 1)
    values = np.interp(bends, X, target)
    slopes = np.diff(values) / np.diff(bends)
    units = np.maximum(X[:, None] - bends[:-1], 0)  # ReLU, (points, width)
    return np.asarray(values[0] + units @ np.diff(slopes, prepend=0))


@dataclass(frozen=True)
class WidthAndDepthLesson(TrainedLesson):
    """Width against depth, and a function drawn by hand.

    >>> import dlviz
    >>> dlviz.lesson("width_and_depth").arrays["fits"].shape
    (11, 97)
    """

    name = "width_and_depth"
    summary = (
        "A fat net of one hidden layer and a deep thin one are fitted to the same function, drawn by hand if wanted."
    )
    group = "Why deep"
    order = 3

    function: str = option("4 teeth", "the function", choices=(*FUNCTIONS, BY_HAND), label="function")
    width: int = option(16, "hidden units of the fat net", choices=WIDTHS, label="fat net (hidden units)")
    depth: int = option(
        4, f"hidden layers of the deep net, {THIN} units each", choices=DEPTHS, label="deep net (layers of 6 units)"
    )
    drawn: Signal = signal(HANDLES, "a function of your own, by its values at equal distances",
                           only=("function", BY_HAND), label="your function (values)")  # fmt: skip
    step: int = step(LAST, f"how often it has been tested, every {EVERY} steps of training, besides the first time")
    result: str = result()

    def experiment(self) -> WidthAndDepth:
        return WidthAndDepth(self.function, self.drawn if self.function == BY_HAND else ())

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        if self.function == BY_HAND and not self.is_long():
            yield self._untrained()
        else:
            yield from super().run(scene)

    def sheet(self, outcome: Outcome) -> Sheet:
        target, fits = self.experiment().target, outcome["fits"]  # (nets, tests, points)
        measured = int(np.isfinite(fits[-1, :, 0]).sum())
        at = min(self.step, measured - 1)
        errors = np.sqrt(((fits - target) ** 2).mean(axis=2))  # (nets, tests)
        fat, deep = NETS.index((self.width,)), NETS.index((THIN,) * self.depth)
        names = f"fat, {self.width} units", f"deep, {self.depth} layers of {THIN}"
        counts = np.array([parameters(net) for net in NETS])
        return replace(
            self._shown({names[0]: fits[fat, at], names[1]: fits[deep, at]}, errors[:, at], fat, deep),
            title=f"Width and depth: {self.function}",
            summary=f"After {(at + 1) * EVERY:,} steps the fat net is off by {errors[fat, at]:.2g} with "
            f"{counts[fat]} parameters, the deep one by {errors[deep, at]:.2g} with {counts[deep]}.",
            arrays={"x": X, "target": target, "fits": fits[:, at], "errors": errors, "parameters": counts},
            answer=_answer(errors[:, measured - 1], counts),
            steps=measured,
            values={"step": at},
        )

    def _shown(self, fits: dict[str, np.ndarray], errors: np.ndarray, fat: int, deep: int) -> Sheet:
        """The functions, the errors of all nets (nets,) over their parameters, and what is drawn by hand."""
        target = self.experiment().target
        places = np.array([[parameters(net), np.log10(max(e, LEAST))] for net, e in zip(NETS, errors, strict=True)])
        wide = len(WIDTHS)
        return Sheet(
            "", "",
            (
                _functions({"function": target, **fits}, "function and fits"),
                Scatter(
                    {"fat": places[:wide], "deep": places[wide:]},
                    {"fat": places[:wide], "deep": places[wide:], "shown": places[[fat, deep]]},
                    None, (0.0, 10 + float(places[:, 0].max()), np.log10(LEAST), 0.0),
                    "parameters", "log₁₀ of the error", "error against parameters", role="beside",
                ),
                *([self._hand()] if self.function == BY_HAND else []),
                Formula((_formula(self.width, self.depth),), role="legend"),
            ),
            question="Which of the two comes nearer with as many parameters?",
            explanation="One hidden layer can come as near to any function as one likes, if it is wide enough. More "
            "layers can do it with fewer weights where the function repeats itself or is folded; where it is smooth "
            "the fat net does well. Of eight first weights the best fit is shown.",
            source="One hidden layer: G. Cybenko, 1989, DOI 10.1007/BF02551274; depth: M. Telgarsky, 2016, arXiv "
            "1602.04485",
        )  # fmt: skip

    def _hand(self) -> Stems:
        return Stems(np.array(self.drawn), "drawn by hand", limit=1.0, role="beside", sets="drawn", by="drag",
                     hint="drag to draw")  # fmt: skip

    def _untrained(self) -> Sheet:
        """A function drawn by hand, which no recorded net has been fitted to."""
        target = self.experiment().target
        found = interpolated(target, self.width)
        error = float(np.sqrt(((found - target) ** 2).mean()))
        name = f"fat, {self.width} units, not trained"
        return Sheet(
            f"Width and depth: {BY_HAND}",
            f"{self.width} units put by hand are off by {error:.2g}; to train all nets on it choose "
            f"result: {TRAINED_HERE}.",
            (
                _functions({"function": target, name: found}, "function and straight lines"),
                self._hand(),
                Formula(
                    (
                        r"$f(0) + v_1 \max(0, x - t_1) + \ldots + "
                        rf"v_{{{self.width}}} \max(0, x - t_{{{self.width}}})$: each unit one bend",
                    ),
                    role="legend",
                ),
            ),
            {"x": X, "target": target, "fit": found},
            question="How near can one hidden layer come?",
            answer="As near as one likes, with enough units: each adds one bend, and twice as many bends leave about a "
            "quarter of the error where the function is smooth.",
            explanation="Each unit is flat up to its own place and a straight slope after it. A sum of them is a line "
            "with as many bends, put here at equal distances on the function.",
            source="One hidden layer: G. Cybenko, Approximation by superpositions of a sigmoidal function, 1989, DOI "
            "10.1007/BF02551274",
        )  # fmt: skip


def _functions(series: dict[str, np.ndarray], title: str) -> Curves:
    return Curves(X, {name: np.clip(y, *RANGE) for name, y in series.items()}, "x", "", title, role="main")


def _formula(width: int, depth: int) -> str:
    return (
        rf"parameters   fat: $3n + 1$ = 3·{width} + 1 = {parameters((width,))};   deep: "
        rf"$2k + (d-1)(k^2 + k) + k + 1$ = {parameters((THIN,) * depth)}   for $k$ = {THIN}, $d$ = {depth}"
    )


def _answer(errors: np.ndarray, counts: np.ndarray) -> str:
    """The best of either kind."""
    wide = len(WIDTHS)
    fat, deep = int(errors[:wide].argmin()), wide + int(errors[wide:].argmin())
    first, second = ("deep", "fat") if errors[deep] < errors[fat] else ("fat", "deep")
    found = {name: f"{errors[at]:.2g} with {counts[at]} parameters" for name, at in (("fat", fat), ("deep", deep))}
    return (
        f"Here the {first} one: at its best {found[first]}, the {second} one {found[second]}. A layer more bends every "
        "bend again, a unit more adds one; but the deep net is harder to train, and not every one finds the way."
    )
