"""Digits with one fixed shuffle of their pixels: nothing changes for a fully connected net, all does for a CNN."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.experiments import Outcome, pictures
from dlviz.experiments.shuffled_pixels import EVERY, NAMES, SHARES, STEPS, ShuffledPixels, permutation, shuffled
from dlviz.options import option, step
from dlviz.sheet import Curves, Formula, Sheet, Tiles
from dlviz.sheet.numerals import percent
from dlviz.trained_lesson import TrainedLesson, result
from dlviz_models.options import LAST

SHOWN = 3
"""Digits that are drawn."""
TESTS = STEPS // EVERY


@dataclass(frozen=True)
class ShuffledPixelsLesson(TrainedLesson):
    """When is convolution a bad idea?

    >>> import dlviz
    >>> dlviz.lesson("shuffled_pixels").arrays["permutation"].shape
    (784,)
    """

    name = "shuffled_pixels"
    summary = "All digits with their pixels shuffled in one fixed way: the same task to an MLP, a harder one to a CNN."
    group = "Convolution"
    order = 13

    share: int = option(
        100, "per cent of the pixels that change places", choices=SHARES, label="pixels moved (per cent)"
    )
    seed: int = option(0, "of the shuffle", choices=(0, 1), label="shuffle")
    step: int = step(LAST, f"how often it has been tested, every {EVERY} steps of training, besides the first time")
    result: str = result()

    def experiment(self) -> ShuffledPixels:
        return ShuffledPixels(self.share, self.seed)

    def sheet(self, outcome: Outcome) -> Sheet:
        accuracy = 100 * outcome["accuracy"]  # (networks, plain and shuffled, tests)
        measured = int(np.isfinite(accuracy[-1, -1]).sum())
        at = min(self.step, measured - 1)
        seen = np.where(np.arange(TESTS) <= at, 1, np.nan)
        digits = pictures("digits")[2][:SHOWN]
        order = permutation(digits[0].size, self.share, self.seed)
        (mlp, mlp_shuffled), (cnn, cnn_shuffled) = accuracy[:, :, at]
        return Sheet(
            f"Shuffled pixels: {self.share}%",
            f"After {(at + 1) * EVERY} steps the MLP is right on {percent(mlp / 100)} of the digits and on "
            f"{percent(mlp_shuffled / 100)} shuffled, the CNN on {percent(cnn / 100)} and "
            f"{percent(cnn_shuffled / 100)}.",
            (
                Curves(
                    np.arange(1, TESTS + 1) * EVERY,
                    {
                        f"{name}, {which}": accuracy[i, j] * seen
                        for i, name in enumerate(NAMES)
                        for j, which in enumerate(("plain", "shuffled"))
                    },
                    "steps of training", "right in %", "right on the test digits", role="main",
                ),
                Tiles(
                    np.concatenate([digits, shuffled(digits, order)]), "pixels",
                    "one shuffle for all", columns=SHOWN, together=2, role="beside",
                    row_labels=("plain", "shuffled"),
                ),
                Formula(_formula(order), role="legend"),
            ),
            {"accuracy": accuracy / 100, "permutation": order, "steps": np.arange(1, TESTS + 1) * EVERY},
            question="Whose accuracy falls?",
            answer=_answer(accuracy[:, :, measured - 1]),
            explanation="Every digit is shuffled in the same way. A fully connected net does not know which pixels "
            "are neighbours, so it loses nothing. A convolution looks at neighbours alone, and after the shuffle "
            "there is little to be seen there.",
            source="Shuffled pixels: C. Zhang et al., Understanding deep learning requires rethinking generalization, "
            "2016, arXiv 1611.03530, section 2.2",
            steps=measured,
            values={"step": at},
        )  # fmt: skip


def _formula(order: np.ndarray) -> tuple[str, ...]:
    moved = int((order != np.arange(len(order))).sum())
    return (
        r"MLP:   $\sum_i w_i\, x_{\pi(i)} = \sum_i w_{\pi^{-1}(i)}\, x_i$,   the same sum with its weights in another "
        "order",
        rf"$\pi$ moves {moved} of {len(order)} pixels;   the 25 pixels under a 5 by 5 kernel are no longer neighbours",
    )


def _answer(final: np.ndarray) -> str:
    """From accuracies in per cent (networks, plain and shuffled)."""
    (mlp, mlp_shuffled), (cnn, cnn_shuffled) = final
    place = "below" if cnn_shuffled < mlp_shuffled else "still above"
    return (
        f"The CNN's: from {percent(cnn / 100)} to {percent(cnn_shuffled / 100)}, {place} the MLP, which stays where it "
        f"was ({percent(mlp / 100)} and {percent(mlp_shuffled / 100)}). Convolution assumes that neighbours belong "
        "together; where they do not, it is a bad idea."
    )
