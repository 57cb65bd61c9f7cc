"""Grid against random search where one of two parameters matters more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dlviz.experiments import Outcome
from dlviz.experiments.search import FINE as MEASURED
from dlviz.experiments.search import HELD_OUT, LIMITS, Search, trials
from dlviz.options import Position, option, position, step
from dlviz.progress import Progress
from dlviz.sheet import Formula, Scatter, Sheet
from dlviz.sheet.numerals import number
from dlviz.trained_lesson import TrainedLesson, result
from dlviz.view import Scene
from dlviz_models.options import LAST

FINE = 60
PLANE = (0.0, 1.0, 0.0, 1.0)
WIDTH = 0.11
"""Of the peak along the parameter that matters."""
MADE_UP, MLP = "made up", "an MLP on digits"


def score(x: np.ndarray, y: np.ndarray, peak: Position, matters: float) -> np.ndarray:
    """A score in 0..1 for x and y of the same shape, highest at `peak`; with `matters` 0 y makes no difference."""
    first = np.exp(-((x - peak[0]) ** 2) / (2 * WIDTH**2))
    second = np.exp(-((y - peak[1]) ** 2) / (2 * WIDTH**2))
    return np.asarray(first * (1 - matters + matters * second))


@dataclass(frozen=True)
class GridAndRandom(TrainedLesson):
    """What each has seen of the axis that matters.

    >>> import dlviz
    >>> dlviz.lesson("grid_and_random").arrays["grid"].shape
    (9, 2)
    """

    name = "grid_and_random"
    summary = (
        "With the same number of trials, a grid tries few values of the parameter that matters, random search many."
    )
    group = "Training"
    order = 7

    scores: str = option(
        MADE_UP,
        "what is searched: a peak made up, or what a net reaches",
        choices=(MADE_UP, MLP),
        label="what is searched",
    )
    side: int = option(3, "trials along each axis of the grid", low=2, high=6, label="grid (trials each way)")
    step: int = step(LAST, "how many trials have been made")
    peak: Position = position(
        (0.36, 0.6), "where the best score is", only=("scores", MADE_UP), label="best place (two parameters)"
    )
    matters: float = option(
        0.1,
        "how much the second parameter matters",
        low=0,
        high=1,
        only=("scores", MADE_UP),
        label="weight of the second parameter (0 to 1)",
    )
    seed: int = option(48, "seed of the random trials", low=0, high=999, label="random seed")
    result: str = result(only=("scores", MLP))

    def experiment(self) -> Search:
        return Search(self.side, self.seed) if self.is_long() else Search()

    def is_long(self) -> bool:
        return self.scores == MLP and super().is_long()

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        if self.scores == MLP:
            yield from super().run(scene)
            return
        peak = (float(np.clip(self.peak[0], 0, 1)), float(np.clip(self.peak[1], 0, 1)))
        places = trials(self.side, self.seed)
        found = np.stack([score(each[:, 0], each[:, 1], peak, self.matters) for each in places])
        fine = (np.arange(FINE) + 0.5) / FINE
        surface = score(fine, fine[::-1, None], peak, self.matters)
        yield replace(
            self._searched(places, found, surface, PLANE, ("parameter that matters", "the other")),
            answer=_answer(self.side, self.matters),
            values={"step": min(self.step, self.side**2), "peak": peak},
        )

    def sheet(self, outcome: Outcome) -> Sheet:
        low, high = np.array(LIMITS[::2]), np.array(LIMITS[1::2])
        places = trials(self.side, self.seed)
        plane = Search().recorded()["accuracy"]  # (decays, rates)
        found = outcome["accuracy"] if self.is_long() else np.stack([_on(plane, each) for each in places])
        shown = tuple(low + (high - low) * each for each in places)
        sheet = self._searched(shown, found, plane[::-1], LIMITS, ("log₁₀ learning rate", "log₁₀ weight decay"))
        best = [float(np.nanmax(each)) for each in found]
        return replace(
            sheet,
            answer=f"{self.side}, of the learning rate, which matters; random search tried {self.side**2}. The grid's "
            f"best net is right on {best[0]:.0%} of {HELD_OUT} held-out digits, random search's on {best[1]:.0%}, "
            f"the best of {MEASURED[0] * MEASURED[1]} nets all over the plane on {plane.max():.0%}.",
            arrays=dict(sheet.arrays) | {"plane": plane},
        )

    def _searched(
        self,
        places: tuple[np.ndarray, ...],
        found: np.ndarray,
        surface: np.ndarray,
        limits: tuple[float, float, float, float],
        axes: tuple[str, str],
    ) -> Sheet:
        """Both searches over a plane of scores, the largest y in its first row; NaN where nothing was tried yet."""
        total = self.side**2
        made = int(np.isfinite(found[0]).sum())
        done = min(self.step, made)
        both = dict(zip(("grid", "random"), zip(places, found, strict=True), strict=True))
        best = {name: np.maximum.accumulate(np.r_[0.0, scores]) for name, (_, scores) in both.items()}
        values = {name: len(np.unique(at[:done, 0].round(9))) for name, (at, _) in both.items()}
        return Sheet(
            f"Grid against random search: {total} trials each",
            f"After {done} trials the grid's best score is {best['grid'][done]:.2f}, that of random search "
            f"{best['random'][done]:.2f}.",
            (
                *(
                    Scatter(
                        {}, _shown(at[:done], scores[:done], limits), -surface, limits, *axes,
                        f"{name}: {values[name]} values, best {best[name][done]:.2f}", role="main",
                        sets="peak" if self.scores == MADE_UP else "", by="drag",
                    )
                    for name, (at, scores) in both.items()
                ),
                Formula(_formula(self.side, done, total), role="legend"),
            ),
            {"grid": places[0], "random": places[1], "score:grid": found[0], "score:random": found[1]},
            question="How many different values of the important parameter did the grid try?",
            explanation="Usually only few hyper-parameters matter, and nobody knows which. A grid of nine trials "
            "looks at three values of each; nine random trials look at nine. So random search sees more "
            "of the parameter that matters, at the same price.",
            source="Grid and random search: J. Bergstra, Y. Bengio, Random search for hyper-parameter optimization, "
            "JMLR 13, 2012",
            steps=made + 1,
            values={"step": done},
        )  # fmt: skip


def _on(plane: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The scores at places (n, 2) in 0..1, between those of a plane (rows, columns)."""
    from scipy.ndimage import map_coordinates

    rows, columns = (n - 1 for n in plane.shape)
    return np.asarray(map_coordinates(plane.astype(float), [places[:, 1] * rows, places[:, 0] * columns], order=1))


def _shown(places: np.ndarray, scores: np.ndarray, limits: tuple[float, float, float, float]) -> dict[str, np.ndarray]:
    """The trials, what they have seen of the axis that matters, and the best of them."""
    bottom = limits[2] + 0.02 * (limits[3] - limits[2])
    seen = np.stack([places[:, 0], np.full(len(places), bottom)], axis=1)
    best = places[scores.argmax()][None] if len(places) else places
    return {"trials": places, "seen of the axis": seen, "best": best}


def _formula(side: int, done: int, total: int) -> tuple[str, ...]:
    """How likely a random trial was among the best twentieth."""
    return (
        f"grid: √{total} = {side} values of each parameter",
        rf"$P(\mathrm{{one\ of}}\ n\ \mathrm{{in\ the\ best}}\ 5\%) = 1 - 0.95^n$  =  $1 - 0.95^{{{done}}}$  =  "
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
