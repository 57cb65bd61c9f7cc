"""Dropout, augmentation and an ensemble: curves of training and test with and without, and the gap between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.experiments import Outcome
from dlviz.experiments.regularisation import COUNTS, EVERY, MEMBERS, METHODS, RATES, STEPS, Regularisation
from dlviz.options import option, step
from dlviz.panels.thinned_nets import thinned_net
from dlviz.sheet import Bars, Curves, Formula, Image, Panel, Sheet, Tiles
from dlviz.sheet.numerals import number, percent
from dlviz.trained_lesson import TrainedLesson, result
from dlviz_models.options import LAST

TESTS = STEPS // EVERY
EXPLANATIONS = {
    "dropout": "Each step trains another thinned net, in which no unit can rely on a particular other one. The whole "
    "net is then like the mean of all of them. It learns more slowly, and with enough digits it may end behind.",
    "augmentation": "A digit that is shifted a little, turned or zoomed is still the same digit. So the net hardly "
    "sees a picture twice, and learning by heart does not pay.",
    "ensemble": "Nets from other first weights are wrong about other digits. Where they are averaged, many such "
    "mistakes are outvoted; what all of them are wrong about stays wrong.",
}
SOURCES = {
    "dropout": "Dropout: N. Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, "
    "JMLR 15, 2014",
    "augmentation": "Augmentation: P. Simard, D. Steinkraus, J. Platt, Best practices for convolutional neural "
    "networks, ICDAR 2003, DOI 10.1109/ICDAR.2003.1227801",
    "ensemble": "Ensembles: L. K. Hansen, P. Salamon, Neural network ensembles, IEEE PAMI 1990, DOI 10.1109/34.58871",
}


@dataclass(frozen=True)
class RegularisationLesson(TrainedLesson):
    """What closes the gap between training and test, and at what price.

    >>> import dlviz
    >>> dlviz.lesson("regularisation").arrays["errors"].shape
    (2, 2, 20)
    """

    name = "regularisation"
    summary = "A net with many weights learns few digits by heart; dropout, augmentation and ensembles close the gap."
    group = "Training"
    order = 6

    method: str = option("dropout", "what is added", choices=METHODS, label="what is added")
    rate: float = option(
        0.6,
        "the share of hidden units that is dropped",
        choices=RATES,
        only=("method", "dropout"),
        label="dropped (share of units)",
    )
    members: int = option(
        MEMBERS, "nets that are averaged", low=2, high=MEMBERS, only=("method", "ensemble"), label="nets averaged"
    )
    count: int = option(200, "digits to learn from", choices=COUNTS, label="digits to learn from")
    step: int = step(LAST, f"how often it has been tested, every {EVERY} steps of training, besides the first time")
    result: str = result()

    def experiment(self) -> Regularisation:
        return Regularisation(self.method, self.rate if self.method == "dropout" else 0.0, self.count)

    def sheet(self, outcome: Outcome) -> Sheet:
        chosen = [0, self.members - 1 if self.method == "ensemble" else 1]
        errors = 100 * (1 - outcome["accuracy"][chosen])  # (without and with, training and test, tests)
        measured = int(np.isfinite(errors[0, 0]).sum())
        at = min(self.step, measured - 1)
        seen = np.where(np.arange(TESTS) <= at, 1, np.nan)
        gaps = errors[:, 1, at] - errors[:, 0, at]
        return Sheet(
            f"With and without: {self.method}",
            f"After {(at + 1) * EVERY} steps the test error is {percent(errors[0, 1, at] / 100)} without and "
            f"{percent(errors[1, 1, at] / 100)} with {self.method}; the gap to the training error is "
            f"{number(gaps[0], 1)} and {number(gaps[1], 1)} points.",
            (
                Curves(
                    np.arange(1, TESTS + 1) * EVERY,
                    {
                        f"{part}, {which}": errors[i, j] * seen
                        for j, part in ((1, "test"), (0, "training"))
                        for i, which in enumerate(("without", f"with {self.method}"))
                    },
                    "steps of training", "error in %", f"LeNet-5, 61,706 weights, learns {self.count:,} digits",
                    role="main",
                ),
                self._picture(outcome, at),
                Formula(_formula(self.method, self.rate, self.members, gaps), role="legend"),
            ),
            {"errors": errors, "steps": np.arange(1, TESTS + 1) * EVERY},
            question="Which gap closes, and at what price?",
            answer=_answer(self.method, errors[:, :, :measured], self.members),
            explanation=EXPLANATIONS[self.method],
            source=SOURCES[self.method],
            steps=measured,
            values={"step": at},
        )  # fmt: skip

    def _picture(self, outcome: Outcome, at: int) -> Panel:
        """What the method does."""
        match self.method:
            case "dropout":
                nets = [thinned_net(self.rate, 2 * at + i) for i in range(2)]
                return Image(np.concatenate(nets), "pixels",
                             "two thinned nets", role="beside")  # fmt: skip
            case "augmentation":
                examples = outcome["examples"]
                return Tiles(examples, "pixels", "digits as altered", columns=4, role="beside")
            case _:
                right = outcome["accuracy"][:, 1, at]
                labels = ("one", *(f"{n} averaged" for n in range(2, len(right) + 1)))
                return Bars(labels, 100 * (1 - right), "test error in % of nets", right=self.members - 1,
                            right_is="drawn as a curve", role="beside")  # fmt: skip


def _formula(method: str, rate: float, members: int, gaps: np.ndarray) -> tuple[str, ...]:
    rules = {
        "dropout": rf"$\tilde h = \dfrac{{m \odot h}}{{1 - r}}, \quad P(m_i = 0) = r = {rate:g}$   while training; "
        r"$\tilde h = h$ in the test",
        "augmentation": r"$\min_w\ \mathrm{E}_t\, L(f_w(t(x)), y)$,   $t$ at random: a shift, a turn, a zoom",
        "ensemble": rf"$p(y\,|\,x) = \dfrac{{1}}{{{members}}} \sum_{{k=1}}^{{{members}}} p_k(y\,|\,x)$",
    }
    return (
        rules[method],
        f"gap = test error − training error:   {number(gaps[0], 1)} without,   {number(gaps[1], 1)} with",
    )


def _answer(method: str, errors: np.ndarray, members: int) -> str:
    """From errors (without and with, training and test, tests)."""
    before, after = (percent(each / 100) for each in errors[:, 1, -1])
    gap_before, gap_after = (number(each, 1) for each in errors[:, 1, -1] - errors[:, 0, -1])
    found = f"With {method} the test error ends at {after} instead of {before}, the gap at {gap_after} points " \
        f"instead of {gap_before}."  # fmt: skip
    if method == "ensemble":
        return f"{found} The price: {members} nets to be trained, and {members} to be asked for each answer."
    steps = [_learned(row) for row in errors[:, 0]]
    return f"{found} The price is time: the training error is below 5% {steps[0]} without, {steps[1]} with it."


def _learned(errors: np.ndarray) -> str:
    below = np.flatnonzero(errors < 5)
    return f"after {(below[0] + 1) * EVERY} steps" if len(below) else f"not even after {len(errors) * EVERY} steps"
