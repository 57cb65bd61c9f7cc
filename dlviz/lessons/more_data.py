"""Accuracy against training-set size on a logarithmic axis: where the linear model flattens out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.experiments import Outcome
from dlviz.experiments.sample_sizes import NAMES, NETWORKS, SIZES, SampleSizes
from dlviz.options import option, step
from dlviz.sheet import Curves, Formula, Sheet
from dlviz.sheet.numerals import number, percent
from dlviz.trained_lesson import TrainedLesson, result
from dlviz_models.options import LAST

LINEAR = NAMES[0]
FITTED = 5
"""Sizes, the last ones, to which a power of the size is fitted."""


@dataclass(frozen=True)
class MoreData(TrainedLesson):
    """The linear model flattens out, the deep one goes on.

    >>> import dlviz
    >>> dlviz.lesson("more_data").arrays["sizes"].shape
    (9,)
    """

    name = "more_data"
    summary = "With more and more training pictures the linear model flattens out, and the deep one goes on learning."
    group = "Why deep"
    order = 7

    deep: str = option("lenet5", "the deep network", choices=NETWORKS[:0:-1], labels=NAMES[:0:-1], label="deep network")
    step: int = step(LAST, "how many sizes of the training set have been measured, besides the first")
    data: str = option("digits", "the pictures", choices=("digits", "fashion"), label="pictures")
    seed: int = option(
        0, "of the first weights and of the choice of training pictures", choices=(0, 1), label="random seed"
    )
    result: str = result()

    def experiment(self) -> SampleSizes:
        return SampleSizes(self.data, self.seed)

    def sheet(self, outcome: Outcome) -> Sheet:
        chosen = {LINEAR: 0, NAMES[NETWORKS.index(self.deep)]: NETWORKS.index(self.deep)}
        accuracy = {name: 100 * outcome["accuracy"][i, :, 0] for name, i in chosen.items()}
        measured = int(np.isfinite(accuracy[LINEAR]).sum())
        at = min(self.step, measured - 1)
        seen = np.where(np.arange(len(SIZES)) <= at, 1, np.nan)
        now = ", ".join(f"{name} {percent(each[at] / 100)}" for name, each in accuracy.items())
        sizes = tuple(f"{size:,}" for size in SIZES)
        return Sheet(
            f"More data: {self.data}",
            f"With {SIZES[at]:,} training pictures: {now} of the test pictures right.",
            (
                Curves(
                    np.arange(len(SIZES)), {name: each * seen for name, each in accuracy.items()},
                    "training pictures, logarithmic", "right in %", "right on the test pictures", sizes, role="main",
                ),
                Curves(
                    np.arange(1, len(SIZES)),
                    {name: np.diff(each) * seen[1:] for name, each in accuracy.items()},
                    "training pictures", "percentage points",
                    "gained by doubling", sizes[1:], role="beside",
                ),
                Formula(tuple(_power(name, each[: at + 1]) for name, each in accuracy.items()), role="legend"),
            ),
            {"sizes": np.array(SIZES), **{f"accuracy:{name}": each / 100 for name, each in accuracy.items()}},
            question="Where do they cross?",
            answer=_answer(*accuracy.items()),
            explanation="Each tick has twice the pictures of the one before, so the axis is logarithmic. A linear "
            "model soon has all that its few weights can take. A deep one can become a better and better function, "
            "and its error falls as a power of the number of pictures.",
            source="Error as a power of the data: J. Hestness et al., Deep learning scaling is predictable, "
            "empirically, 2017, arXiv 1712.00409",
            steps=measured,
            values={"step": at},
        )  # fmt: skip


def exponent(accuracy: np.ndarray) -> float:
    """b of the error a n^-b that best suits the last `FITTED` of the accuracies (sizes,), in per cent, on log axes."""
    errors = np.log(np.maximum(100 - accuracy[-FITTED:], 0.05))
    sizes = np.log(SIZES[max(len(accuracy) - FITTED, 0) : len(accuracy)])
    return float(-np.polyfit(sizes, errors, 1)[0])


def _power(name: str, accuracy: np.ndarray) -> str:
    rule = rf"{name}:   $E \approx a\,n^{{-b}}$"
    if len(accuracy) < 3:
        return f"{rule}   (three sizes at least)"
    b = exponent(accuracy)
    return f"{rule},   b = {number(b)}:   twice the data leaves {percent(2**-b, 0)} of the errors"


def _answer(linear: tuple[str, np.ndarray], deep: tuple[str, np.ndarray]) -> str:
    known = np.isfinite(linear[1])
    behind = np.flatnonzero(deep[1][known] <= linear[1][known])
    last = int(behind[-1]) if len(behind) else -1
    count = int(known.sum())
    if last == count - 1:
        where = f"Not up to {SIZES[last]:,} training pictures"
    elif last < 0:
        where = f"Before {SIZES[0]}: {deep[0]} is ahead from the first size on"
    else:
        where = f"Between {SIZES[last]:,} and {SIZES[last + 1]:,} training pictures"
    if count < 2:
        return f"{where}."
    first, second = (f"{each[1][count - 1] - each[1][count - 2]:.1f}" for each in (linear, deep))
    return (
        f"{where}. The last doubling, to {SIZES[count - 1]:,}, brings {linear[0]} {first} percentage points and "
        f"{deep[0]} {second}."
    )
