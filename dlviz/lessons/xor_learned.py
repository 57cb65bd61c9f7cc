"""A small net learns XOR, or what is painted, and its boundary moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dlviz.by_hand.boundaries import Weights, answer, learn, loss
from dlviz.grammar import number_of
from dlviz.options import Matrix, matrix, option, step
from dlviz.progress import Progress
from dlviz.sheet import Curves, Formula, Scatter, Sheet
from dlviz.sheet.numerals import number
from dlviz.view import Scene, View
from dlviz_models.errors import UserError
from dlviz_models.options import LAST

STEPS = 200
FINE = 80
LIMITS = (-2.0, 2.0, -2.0, 2.0)
MOST = 300
"""Examples."""
PRESETS = ("XOR", "XOR, clouds", "a ring", "two halves", "none yet")
CLICKS = {"adds class 0": 0, "adds class 1": 1, "removes": -1}


def made(data: str) -> tuple[np.ndarray, np.ndarray]:
    """Places (n, 2) and classes 0 and 1 (n,)."""
    rng = np.random.default_rng(0)
    if data == "XOR":
        x = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], float)
        return x, np.array([0.0, 1, 1, 0])
    if data == "XOR, clouds":
        corners = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], float).repeat(8, axis=0)
        return corners + rng.normal(0, 0.25, corners.shape), np.array([0.0, 1, 1, 0]).repeat(8)
    if data == "a ring":
        angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
        ring = 1.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return np.concatenate([ring, rng.normal(0, 0.35, (14, 2))]), np.r_[np.zeros(20), np.ones(14)]
    if data == "none yet":
        return np.zeros((0, 2)), np.zeros(0)
    halves = np.concatenate([rng.normal((-0.9, -0.6), 0.4, (14, 2)), rng.normal((0.9, 0.6), 0.4, (14, 2))])
    return halves, np.arange(28) // 14.0


def examples_of(data: str, rows: Matrix) -> tuple[np.ndarray, np.ndarray]:
    """Places (n, 2) and classes 0 and 1 (n,): those in rows of x, y and class, or else the preset's.

    Raises:
        UserError: the rows are too many, or have other columns or classes.
    """
    if not rows:
        return made(data)
    found = np.array(rows, float)
    if found.shape[1] != 3 or len(found) > MOST or not np.isin(found[:, 2], (0, 1)).all():
        raise UserError(f"Option examples has the shape {found.shape}: give at most {MOST} rows of x, y and 0 or 1.")
    return found[:, :2], found[:, 2]


@lru_cache(maxsize=16)
def learnt(data: str, rows: Matrix, hidden: int, rate: float, seed: int) -> tuple[list[Weights], np.ndarray]:
    """The weights before each step and after the last, and the loss with each of them, (STEPS + 1,)."""
    x, y = examples_of(data, rows)
    every = learn(x, y, hidden, rate, STEPS, seed)
    return every, np.array([loss(answer(x, weights)[0], y) if len(y) else 0.0 for weights in every])


@dataclass(frozen=True)
class XORLearned(View):
    """The boundary while it is learned.

    >>> import dlviz
    >>> dlviz.lesson("xor_learned").arrays["painted"].shape
    (80, 80)
    """

    name = "xor_learned"
    summary = "A net without hidden units draws one line; with a few its boundary bends around the examples."
    group = "Why deep"
    order = 2.5

    data: str = option(
        "XOR", "what the examples are before any is painted", choices=PRESETS, resets=("examples",), label="examples"
    )
    click: str = option(
        "adds class 1", "what a click or a stroke does in the plane", choices=tuple(CLICKS), label="a click"
    )
    hidden: int = option(3, "hidden units; with 0 it is logistic regression", low=0, high=12, label="hidden units")
    step: int = step(LAST, "how many steps have been taken")
    rate: float = option(0.2, "the learning rate", low=0.01, high=1, label="learning rate")
    examples: Matrix = matrix(
        (), "a row of x, y and class for each example; empty: the preset's", low=-9, high=9, label="x, y and class"
    )
    seed: int = option(0, "seed of the weights", low=0, high=99, label="random seed")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        x, y = examples_of(self.data, self.examples)
        every, losses = learnt(self.data, self.examples, self.hidden, self.rate, self.seed)
        done = min(self.step, STEPS)
        now, _ = answer(x, every[done])
        wrong = int(((now > 0.5) != (y == 1)).sum())
        across, up = np.meshgrid(np.linspace(*LIMITS[:2], FINE), np.linspace(LIMITS[3], LIMITS[2], FINE))
        painted = answer(np.stack([across.ravel(), up.ravel()], axis=1), every[done])[0].reshape(FINE, FINE)
        kind = f"{self.hidden} hidden units" if self.hidden else "no hidden unit"
        yield Sheet(
            f"{'Painted examples' if self.examples else self.data}: {kind}",
            f"After {number_of(done, 'step')} {wrong} of {len(y)} examples are wrong; the loss is {losses[done]:.3f}.",
            (
                Scatter(
                    {}, {"class 0": x[y == 0], "class 1": x[y == 1]}, None, LIMITS, "x₁", "x₂",
                    "examples, and the class of each place", np.stack([1 - painted, painted]),
                    CLICKS[self.click], role="main", sets="examples",
                    by="paint", hint="click or paint; the right button removes",
                ),
                Curves(np.arange(done + 1), {"loss": losses[: done + 1]}, "step", "", "loss", role="beside"),
                Formula((_formula(self.hidden, x, now),), role="legend"),
            ),
            {"x": x, "y": y, "losses": losses[: done + 1], "painted": painted, "answer": now},
            question="How many hidden units does XOR need?",
            answer="Two: each is one line, and the 1s of XOR lie between two. But from every second start or so two "
            "end in a bad place; four hardly ever do.",
            explanation="Nobody tells the hidden units which lines to draw: gradient descent turns and moves them "
            "until the loss is small. With none the boundary is one line and XOR stays unsolved; with a "
            "few it bends. Some starts end in a place from which no small step is better.",
            source="XOR learned: D. Rumelhart, G. Hinton, R. Williams, Learning representations by back-propagating "
            "errors, 1986",
            steps=STEPS + 1,
            values={"step": done, "examples": tuple(map(tuple, np.column_stack([x, y]).tolist()))},
        )  # fmt: skip


def _formula(hidden: int, x: np.ndarray, p: np.ndarray) -> str:
    """The network's output, with its number for the last example."""
    rule = r"$p = \sigma(w_2 \cdot \tanh(W_1 x + b_1) + b_2)$" if hidden else r"$p = \sigma(w \cdot x + b)$"
    return f"{rule},   for x = ({number(x[-1, 0])}, {number(x[-1, 1])}):   p = {number(p[-1], 3)}" if len(p) else rule
