"""Pixels, oriented gradients, learned features: what each makes of digits, its weights as pictures, its mistakes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.experiments import Outcome, pictures
from dlviz.experiments.learning_ladder import EVERY, RUNGS, SIZES, STEPS, LearningLadder
from dlviz.options import option, step
from dlviz.sheet import Bars, Curves, Formula, Matrix, Panel, Sheet, Tiles
from dlviz.sheet.numerals import number, percent
from dlviz.trained_lesson import TrainedLesson, result
from dlviz_models.options import LAST

TESTS = STEPS // EVERY
DIGITS = tuple(map(str, range(10)))
SHORT = ("pixels", "gradients", "learned")
"""The rungs' names beside bars."""
LECTURE = (80, 90)
"""Per cent right that the lecture gives for pixels and for oriented gradients."""
MOST = 2
"""Mistakes that are drawn."""
SHOWN = ("confusions", "weights", "curves")


@dataclass(frozen=True)
class LearningLadderLesson(TrainedLesson):
    """Three rungs, each with its weights and its mistakes.

    >>> import dlviz
    >>> dlviz.lesson("learning_ladder").arrays["pixel_weights"].shape
    (28, 28, 10)
    """

    name = "learning_ladder"
    summary = "Logistic regression on pixels, on oriented gradients, and a CNN that learns its features: rung by rung."
    group = "Why deep"
    order = 5

    rung: str = option(RUNGS[0], "whose weights and mistakes are shown", choices=RUNGS, label="features")
    digit: int = option(8, "the digit that is there", choices=tuple(range(10)), label="digit")
    taken_for: int = option(3, "the digit that it is taken for", choices=tuple(range(10)), label="taken for")
    count: int = option(SIZES[-1], "digits to learn from", choices=SIZES[::-1], label="digits to learn from")
    shown: str = option(
        SHOWN[0],
        "the large picture: which digits are confused, the weights, or the curves",
        choices=SHOWN,
        label="large picture",
    )
    step: int = step(LAST, f"how often it has been tested, every {EVERY} steps of training, besides the first time")
    result: str = result()

    def experiment(self) -> LearningLadder:
        return LearningLadder(self.count)

    def sheet(self, outcome: Outcome) -> Sheet:
        *_, digits, labels = pictures("digits")
        accuracy = 100 * outcome["accuracy"]  # (rungs, tests)
        measured = int(np.isfinite(accuracy[0]).sum())
        at = min(self.step, measured - 1)
        rung = RUNGS.index(self.rung)
        predicted = outcome["predicted"][rung, at]
        confusion = np.zeros((10, 10), int)
        np.add.at(confusion, (labels, predicted), 1)
        wrong = np.flatnonzero((labels == self.digit) & (predicted == self.taken_for))
        now = accuracy[:, at]
        return Sheet(
            f"Learning ladder: {self.rung}",
            f"Right after {(at + 1) * EVERY} steps: "
            + ", ".join(f"{name} {percent(value / 100)}" for name, value in zip(RUNGS, now, strict=True))
            + f"; with {self.rung} {len(wrong)} of {confusion[self.digit].sum()} digits {self.digit} are taken for "
            f"{self.taken_for}.",
            (
                self._large(outcome, confusion, at),
                _ladder(now, rung, self.count),
                self._mistakes(outcome, digits, labels, wrong),
                Formula((_formula(outcome, digits, self._example(labels, wrong), self.digit, self.taken_for),),
                        role="legend"),
            ),
            {"accuracy": accuracy / 100, "confusion": confusion, "predicted": outcome["predicted"][:, at],
             "pixel_weights": outcome["pixel_weights"]},
            question=f"Why is {self.digit} taken for {self.taken_for}?",
            answer=_answer(outcome, measured - 1, self.digit, self.taken_for),
            explanation="Logistic regression adds up what speaks for a class. Of pixels it can only ask where the ink "
            "is, of oriented gradients which way the strokes run, which people found to be the better question. A CNN "
            "finds its own questions, if it has enough examples.",
            source="Oriented gradients: N. Dalal, B. Triggs, CVPR 2005, DOI 10.1109/CVPR.2005.177; LeNet-5: Y. LeCun "
            "et al., 1998, DOI 10.1109/5.726791",
            steps=measured,
            values={"step": at},
        )  # fmt: skip

    def _large(self, outcome: Outcome, confusion: np.ndarray, at: int) -> Panel:
        match self.shown:
            case "confusions":
                return Matrix(
                    confusion.astype(float), DIGITS, DIGITS, "digit", "taken for", f"test digits, by {self.rung}",
                    decimals=0, plain_diagonal=True, role="main",
                )  # fmt: skip
            case "weights":
                return _weights(outcome, RUNGS.index(self.rung))
            case _:
                seen = np.where(np.arange(TESTS) <= at, 100, np.nan)
                series = {name: row * seen for name, row in zip(RUNGS, outcome["accuracy"], strict=True)}
                return Curves(np.arange(1, TESTS + 1) * EVERY, series, "steps of training", "right in %",
                              "right on the test digits", role="main")  # fmt: skip

    def _example(self, labels: np.ndarray, wrong: np.ndarray) -> int:
        """A digit that is confused, or where none is, the first of its class."""
        return int(wrong[0]) if len(wrong) else int((labels == self.digit).argmax())

    def _mistakes(self, outcome: Outcome, digits: np.ndarray, labels: np.ndarray, wrong: np.ndarray) -> Tiles:
        """Digits that are confused, each beside what its pixels say for the wrong class."""
        chosen = wrong[:MOST] if len(wrong) else np.array([self._example(labels, wrong)])
        x = digits[chosen].astype(np.float32) / 255
        speaks = evidence(outcome, x, self.digit, self.taken_for)
        peak = max(float(np.abs(speaks).max()), 1e-6)
        title = (
            f"{self.digit} taken for {self.taken_for}"
            if len(wrong)
            else f"no {self.digit} is taken for {self.taken_for}"
        )
        return Tiles(
            np.stack([2 * x - 1, speaks / peak], axis=1).reshape(-1, *x.shape[1:]), "all", title, columns=2,
            column_labels=("digit", f"light: for {self.taken_for}"), role="beside",
        )  # fmt: skip


def evidence(outcome: Outcome, x: np.ndarray, digit: int, taken_for: int) -> np.ndarray:
    """What each pixel of x (n, 28, 28, 1), 0..1, adds to the logit of `taken_for` over that of `digit`; as x."""
    w = outcome["pixel_weights"].astype(np.float32)
    return np.asarray(x * (w[..., taken_for] - w[..., digit])[..., None])


def _ladder(final: np.ndarray, rung: int, count: int) -> Bars:
    """What each rung reaches, in per cent, and what the lecture says of the first two."""
    labels, values = [], []
    for i, name in enumerate(SHORT):
        labels.append(name)
        values.append(final[i])
        if i < len(LECTURE):
            labels.append("in lecture")
            values.append(LECTURE[i])
    return Bars(tuple(labels), np.array(values) / 100, f"right, after {count:,} digits", limit=1.0, right=2 * rung,
                right_is="looked at", role="beside")  # fmt: skip


def _weights(outcome: Outcome, rung: int) -> Tiles:
    """The weights of a rung as pictures."""
    match rung:
        case 0:
            weights = np.moveaxis(outcome["pixel_weights"].astype(np.float32), -1, 0)[..., None]
            return Tiles(
                weights,
                "diverging",
                "weights of each class: blue for it, orange against",
                DIGITS,
                columns=5,
                role="main",
            )
        case 1:
            weights = np.moveaxis(outcome["gradient_weights"].astype(np.float32), -1, 0)  # (10, 7, 7, orientations)
            return Tiles(_stars(weights), "pixels", "edges that speak for each class", DIGITS, columns=5, role="main")
        case _:
            filters = np.moveaxis(outcome["filters"].astype(np.float32), -1, 0)[..., None]
            return Tiles(filters, "diverging", "filters that the first layer has learned", columns=3, role="main")


def _stars(weights: np.ndarray, side: int = 16) -> np.ndarray:
    """In each cell a line along each edge, as light as its weight is positive; uint8 (n, 7 side, 7 side, 1)."""
    from PIL import Image, ImageDraw

    found = []
    theta = np.pi * (np.arange(weights.shape[-1]) + 0.5) / weights.shape[-1]
    along = (side / 2 - 1) * np.stack([np.sin(theta), -np.cos(theta)], axis=1)  # an edge is across its gradient: (x, y)
    for each in weights:
        light = np.round(255 * np.maximum(each, 0) / max(float(each.max()), 1e-9)).astype(int)
        drawing = Image.new("L", (each.shape[1] * side, each.shape[0] * side))
        draw = ImageDraw.Draw(drawing)
        for row, column in np.ndindex(*each.shape[:2]):
            middle = (np.array([column, row]) + 0.5) * side
            for i in np.argsort(light[row, column]):
                draw.line((*(middle - along[i]), *(middle + along[i])), fill=int(light[row, column, i]), width=2)
        found.append(np.asarray(drawing)[..., None])
    return np.stack(found)


def _formula(outcome: Outcome, digits: np.ndarray, example: int, digit: int, taken_for: int) -> str:
    x = digits[example : example + 1].astype(np.float32) / 255
    total = float(evidence(outcome, x, digit, taken_for).sum())
    return (
        rf"pixels:   $z_k = \sum_i w_{{ki}}\, x_i + b_k$;   for the first {digit} drawn "
        rf"$\sum_i (w_{{{taken_for}i}} - w_{{{digit}i}})\, x_i$ = {number(total)}"
    )


def _answer(outcome: Outcome, at: int, digit: int, taken_for: int) -> str:
    """The shared ink, and how the lecture's figures differ from those measured at test number `at`."""
    *_, digits, labels = pictures("digits")
    ink = [digits[labels == k].mean(axis=0) / 255 for k in (digit, taken_for)]
    shared = float(np.minimum(*ink).sum() / ink[0].sum())
    errors = ((labels == digit) & (outcome["predicted"][:, at] == taken_for)).sum(axis=1)
    counts = ", ".join(f"{name} {count}" for name, count in zip(RUNGS, errors, strict=True))
    pixels, gradients, _ = (percent(value) for value in outcome["accuracy"][:, at])
    return (
        f"They share ink: {shared:.0%} of a mean {digit} lies where a mean {taken_for} has its own. So confused: "
        f"{counts}. The lecture says about {LECTURE[0]}% right for pixels and about {LECTURE[1]}% for oriented "
        f"gradients; measured are {pixels} and {gradients}. {SIZES[0]} digits to learn from give about the lecture's."
    )
