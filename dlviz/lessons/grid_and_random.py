"""Grid against random search where one of two parameters matters more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dlviz.numerals import number
from dlviz.options import Position, option, position, step
from dlviz.progress import Progress
from dlviz.sheet import Formula, Scatter, Sheet
from dlviz.view import Scene, View
from dlviz_models.options import LAST

FINE = 60
PLANE = (0.0, 1.0, 0.0, 1.0)
WIDTH = 0.11
"""Of the peak along the parameter that matters."""


def score(x: np.ndarray, y: np.ndarray, peak: Position, matters: float) -> np.ndarray:
    """A score in 0..1 with its highest place at `peak`; with `matters` 0 y makes no difference."""
    first = np.exp(-((x - peak[0]) ** 2) / (2 * WIDTH**2))
    second = np.exp(-((y - peak[1]) ** 2) / (2 * WIDTH**2))
    return np.asarray(first * (1 - matters + matters * second))


def trials(side: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """side^2 places of a grid and as many at random, (n, 2) each, in 0..1."""
    ticks = (np.arange(side) + 0.5) / side
    x, y = np.meshgrid(ticks, ticks)
    return np.stack([x.ravel(), y.ravel()], axis=1), np.random.default_rng(seed).random((side**2, 2))


@dataclass(frozen=True)
class GridAndRandom(View):
    """Lesson T7: what each has seen of the axis that matters."""

    name = "grid_and_random"
    summary = (
        "With as many trials a grid tries few values of the parameter that matters, random search as many as trials."
    )
    group = "Training"
    order = 7

    side: int = option(3, "trials along each axis of the grid", low=2, high=6)
    step: int = step(LAST, "how many trials have been made")
    peak: Position = position((0.36, 0.6), "where the best score is")
    matters: float = option(0.1, "how much the second parameter matters", low=0, high=1)
    seed: int = option(48, "of the random trials", low=0, high=999)

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        total = self.side**2
        done = min(self.step, total)
        peak = (float(np.clip(self.peak[0], 0, 1)), float(np.clip(self.peak[1], 0, 1)))
        grid, chance = trials(self.side, self.seed)
        both = {"grid": grid, "random": chance}
        scores = {name: score(p[:, 0], p[:, 1], peak, self.matters) for name, p in both.items()}
        best = {name: np.maximum.accumulate(np.r_[0.0, each]) for name, each in scores.items()}
        values = {name: len(np.unique(p[:done, 0].round(9))) for name, p in both.items()}
        fine = (np.arange(FINE) + 0.5) / FINE
        surface = -score(fine, fine[::-1, None], peak, self.matters)
        yield Sheet(
            f"Grid against random search: {total} trials each",
            f"After {done} trials the grid's best score is {best['grid'][done]:.2f}, that of random search "
            f"{best['random'][done]:.2f}.",
            (
                *(
                    Scatter(
                        {}, _shown(places[:done], scores[name][:done]), surface, PLANE, "parameter that matters",
                        "the other", f"{name}: {values[name]} values, best {best[name][done]:.2f}", role="main",
                        sets="peak", by="drag",
                    )
                    for name, places in both.items()
                ),
                Formula(_formula(self.side, done, total), role="legend"),
            ),
            {"grid": grid, "random": chance, **{f"score:{n}": s for n, s in scores.items()}},
            question="How many different values of the important parameter did the grid try?",
            answer=_answer(self.side, self.matters),
            explanation="Usually only few hyper-parameters matter, and nobody knows which. A grid of nine trials "
            "looks at three values of each; nine random trials look at nine. So random search sees more "
            "of the parameter that matters, at the same price.",
            source="Grid and random search: J. Bergstra, Y. Bengio, Random search for hyper-parameter optimization, "
            "JMLR 13, 2012",
            steps=total + 1,
            values={"step": done, "peak": peak},
        )  # fmt: skip


def _shown(places: np.ndarray, scores: np.ndarray) -> dict[str, np.ndarray]:
    """The trials, what they have seen of the axis that matters, and the best of them."""
    seen = places * (1, 0) + (0, 0.02)
    best = places[scores.argmax()][None] if len(places) else places
    return {"trials": places, "seen of the axis": seen, "best": best}


def _formula(side: int, done: int, total: int) -> tuple[str, ...]:
    """How likely a random trial was among the best twentieth."""
    return (
        f"grid: √{total} = {side} values of each parameter",
        rf"$P(\mathrm{{one\ of}}\ n\ \mathrm{{in\ the\ best}}\ 5\,\%) = 1 - 0.95^n$  =  $1 - 0.95^{{{done}}}$  =  "
        f"{number(1 - 0.95**done)}",
    )


def _answer(side: int, matters: float) -> str:
    chance, grid = (_mean(side, matters, by_chance) for by_chance in (True, False))
    return (
        f"{side}, for {side**2} trials; random search tried {side**2}. Over many places of the peak random search "
        f"reaches {chance:.2f} on average, the grid {grid:.2f}."
    )


def _mean(side: int, matters: float, chance: bool) -> float:
    """The best score of a search, the mean over 400 places of the peak."""
    rng = np.random.default_rng(1)
    peaks = rng.random((400, 2))
    ticks = (np.arange(side) + 0.5) / side
    places = rng.random((400, side**2, 2)) if chance else np.stack(np.meshgrid(ticks, ticks), -1).reshape(1, -1, 2)
    x, y = places[..., 0], places[..., 1]
    return float(score(x, y, (peaks[:, :1], peaks[:, 1:]), matters).max(axis=1).mean())  # type: ignore[arg-type]
