"""Test error against the number of training pictures, for three networks, with the test pictures shifted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dlviz.experiments import Outcome, pictures
from dlviz.experiments.sample_sizes import NAMES, SHIFTS, SIZES, SampleSizes, shifted
from dlviz.options import option, step
from dlviz.sheet import Curves, Formula, Sheet, Tiles
from dlviz.sheet.numerals import percent
from dlviz.trained_lesson import TrainedLesson, result
from dlviz_models.options import LAST

SHOWN = 8
"""Test pictures that are drawn."""


@dataclass(frozen=True)
class SampleEfficiency(TrainedLesson):
    """Which network needs how many examples, and which of them minds a shift.

    >>> import dlviz
    >>> dlviz.lesson("sample_efficiency").arrays["errors"].shape
    (3, 9, 5)
    """

    name = "sample_efficiency"
    summary = "Test error against the number of training pictures for logistic regression, an MLP and a CNN."
    group = "Why deep"
    order = 4

    shift: int = option(
        0,
        "pixels by which the test pictures are moved, right and down",
        choices=SHIFTS,
        label="test pictures moved by (pixels)",
    )
    step: int = step(LAST, "how many sizes of the training set have been measured, besides the first")
    data: str = option("digits", "the pictures", choices=("digits", "fashion"), label="pictures")
    seed: int = option(
        0, "of the first weights and of the choice of training pictures", choices=(0, 1), label="random seed"
    )
    result: str = result()

    def experiment(self) -> SampleSizes:
        return SampleSizes(self.data, self.seed)

    def sheet(self, outcome: Outcome) -> Sheet:
        errors = 100 * (1 - outcome["accuracy"])  # (networks, sizes, shifts)
        measured = int(np.isfinite(errors[0, :, 0]).sum())
        at = min(self.step, measured - 1)
        seen = np.where(np.arange(len(SIZES)) <= at, 1, np.nan)
        now = errors[:, at, self.shift]
        tests = pictures(self.data)[2]
        moved = f"shifted by {self.shift}" if self.shift else "in their place"
        return Sheet(
            f"Sample efficiency: {self.data}",
            f"{SIZES[at]:,} training pictures, test pictures {moved}: {listed(NAMES, now)} wrong.",
            (
                Curves(
                    np.arange(len(SIZES)),
                    {name: errors[i, :, self.shift] * seen for i, name in enumerate(NAMES)},
                    "training pictures, each time twice as many", "test error in %",
                    f"test pictures {moved}", tuple(f"{size:,}" for size in SIZES), role="main",
                ),
                Curves(
                    np.arange(len(SHIFTS)), {name: errors[i, at] for i, name in enumerate(NAMES)},
                    "shift in pixels", "test error in %", f"from {SIZES[at]:,} pictures",
                    tuple(map(str, SHIFTS)), role="beside",
                ),
                Tiles(shifted(tests[:SHOWN], self.shift), "pixels", "test pictures", columns=4, role="beside"),
                Formula((_formula(now[-1], len(tests)),), role="legend"),
            ),
            {"errors": errors, "sizes": np.array(SIZES), "shifts": np.array(SHIFTS)},
            question="Which curve suffers from the shift?",
            answer=_answer(errors[:, measured - 1], SIZES[measured - 1]),
            explanation="The CNN has its knowledge of pictures built in: what helps in one place helps in every "
            "place, and a pixel more or less does not matter. So it needs fewer examples. A shift is a new task to "
            "the other two: each of their weights belongs to one pixel.",
            source="Few examples and shifts: Y. LeCun et al., Gradient-based learning applied to document "
            "recognition, 1998, DOI 10.1109/5.726791",
            steps=measured,
            values={"step": at},
        )  # fmt: skip


def listed(names: Iterable[str], errors: Iterable[float]) -> str:
    """Each name with its error in per cent."""
    return ", ".join(f"{name} {percent(error / 100)}" for name, error in zip(names, errors, strict=True))


def _formula(error: float, count: int) -> str:
    wrong = round(error / 100 * count)
    return (
        rf"$E = \dfrac{{1}}{{n}} \sum_i [\,\hat{{y}}_i \neq y_i\,]$,   of {NAMES[-1]}:   "
        rf"$\dfrac{{{wrong}}}{{{count}}}$ = {percent(error / 100)}"
    )


def _answer(errors: np.ndarray, size: int) -> str:
    """From errors (networks, shifts) with `size` training pictures."""
    by = 2
    words = ", ".join(
        f"{name} from {percent(row[0] / 100)} to {percent(row[by] / 100)}"
        for name, row in zip(NAMES, errors, strict=True)
    )
    least = NAMES[int((errors[:, by] - errors[:, 0]).argmin())]
    return (
        f"Each one, but not alike: with {size:,} training pictures a shift by {by} pixels takes {words}. "
        f"{least} suffers least: the same weights look at every place, and pooling forgives a pixel or two."
    )
