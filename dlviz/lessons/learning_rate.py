"""The learning rate is halved when the validation loss stalls, and training stops early."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dlviz.options import option, step
from dlviz.progress import Progress
from dlviz.sheet import Curves, Formula, Scatter, Sheet
from dlviz.sheet.numerals import number
from dlviz.style import BLUE, GREEN
from dlviz.view import Scene, View
from dlviz_models.options import LAST

EPOCHS = 60
LEARNT, HELD_OUT, BATCH = 100, 400, 10
"""Digits to learn from, digits to choose by, and digits a step."""
BEST, FIRST, NOWHERE = "the best epoch", "the first lower rate", "nowhere"
RATES = BLUE, GREEN
"""The colours of the rates; what is resumed has the one of its losses."""
LEAST_GAIN = 1e-4
"""A validation loss counts as better where it is lower by more."""


@dataclass(frozen=True)
class Run:
    """What a training recorded.

    Attributes:
        training, validation: losses, (epochs + 1,); the first before any step.
        rates: the learning rate of each epoch, (epochs,).
        halved: epochs after which it was lowered.
        best: the epoch whose weights are kept.
        stopped: the epoch after which it stopped, or 0.
        weights: at the start and after each epoch.
    """

    training: np.ndarray
    validation: np.ndarray
    rates: np.ndarray
    halved: tuple[int, ...]
    best: int
    stopped: int
    weights: tuple[np.ndarray, ...]

    @property
    def last(self) -> int:
        """Its number of epochs."""
        return len(self.rates)


@lru_cache(maxsize=1)
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Shipped digits in 7 by 7 pixels of 0..1, with a 1 for the bias, (n, 50), and their classes, (n, 10)."""
    from dlviz_models.data.sources import open_pictures

    pictures = open_pictures("digits")
    count = LEARNT + HELD_OUT
    x = np.asarray(pictures.batch(0, count), float).reshape(count, 7, 4, 7, 4).mean(axis=(2, 4)) / 255
    labels = np.asarray(pictures.labels)[:count]
    return np.concatenate([x.reshape(count, 49), np.ones((count, 1))], axis=1), np.eye(10)[labels]


def shares(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The softmax of x w, (n, classes)."""
    z = x @ w
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def cross_entropy(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    """The mean loss of logistic regression with weights (50, 10), for digits (n, 50) and classes (n, 10)."""
    return float(-np.log((shares(x, w) * y).sum(axis=1) + 1e-12).mean())


@dataclass
class Plateau:
    """Lowers a rate by a factor after `patience` epochs without a better loss, as Keras's ReduceLROnPlateau does."""

    patience: int
    factor: float
    best: float = np.inf
    waited: int = 0

    def after(self, loss: float) -> float:
        """What the rate is to be multiplied by after an epoch with this validation loss."""
        if loss < self.best - LEAST_GAIN:
            self.best, self.waited = loss, 0
            return 1.0
        self.waited += 1
        if self.waited < self.patience:
            return 1.0
        self.waited = 0
        return self.factor


def train(rate: float, patience: int, factor: float, stop: int, seed: int, weights: np.ndarray | None = None) -> Run:
    """Logistic regression on few digits, EPOCHS epochs at most; it stops after `stop` of them without a better loss.

    Args:
        weights: what it starts with, (inputs, 10); zeros if None.
    """
    (x, y), rng = digits(), np.random.default_rng(seed)
    learnt, held = (x[:LEARNT], y[:LEARNT]), (x[LEARNT:], y[LEARNT:])
    w = np.zeros((x.shape[1], 10)) if weights is None else weights.copy()
    every, plateau, stopping = [w.copy()], Plateau(patience, factor), Plateau(stop, 0.0)
    training, validation = [cross_entropy(*learnt, w)], [cross_entropy(*held, w)]
    rates, halved, stopped = [], [], 0
    for epoch in range(1, EPOCHS + 1):
        rates.append(rate)
        for batch in rng.permutation(LEARNT).reshape(-1, BATCH):
            w -= rate * learnt[0][batch].T @ (shares(learnt[0][batch], w) - learnt[1][batch]) / BATCH
        every.append(w.copy())
        training.append(cross_entropy(*learnt, w))
        validation.append(cross_entropy(*held, w))
        lowered = plateau.after(validation[-1])
        if lowered < 1:
            rate *= lowered
            halved.append(epoch)
        if stopping.after(validation[-1]) == 0:
            stopped = epoch
            break
    return Run(
        np.array(training), np.array(validation), np.array(rates), tuple(halved), _best(validation), stopped,
        tuple(every),
    )  # fmt: skip


@lru_cache(maxsize=16)
def trainings(
    rate: float, patience: int, factor: float, stop: int, seed: int, resume: str
) -> tuple[Run, int, Run | None]:
    """A training; the epoch whose checkpoint another one starts from, with the rate that the first came to; that one,
    where there is a mark to resume from."""
    run = train(rate, patience, factor, stop, seed)
    mark = {BEST: run.best, FIRST: next(iter(run.halved), 0)}.get(resume, 0)
    if not mark:
        return run, 0, None
    low = float(run.rates[-1]) * (factor if run.last in run.halved else 1)
    return run, mark, train(low, patience, factor, stop, seed + 1, run.weights[mark])


def _best(validation: list[float]) -> int:
    """The epoch that early stopping goes back to."""
    watch, best = Plateau(10**9, 1.0), 0
    for epoch, loss in enumerate(validation[1:], 1):
        watch.after(loss)
        best = epoch if watch.waited == 0 else best
    return best


@dataclass(frozen=True)
class LearningRate(View):
    """Halving on a plateau, early stopping, and the checkpoint gone back to.

    >>> import dlviz
    >>> dlviz.lesson("learning_rate").arrays["training"].shape
    (22,)
    """

    name = "learning_rate"
    summary = "When the validation loss stalls the learning rate is halved; when it stalls for long, training stops."
    group = "Training"
    order = 2

    rate: float = option(4.0, "initial learning rate", low=0.01, high=10, label="learning rate at first")
    patience: int = option(
        3,
        "epochs without a better validation loss before the rate is lowered",
        low=1,
        high=20,
        label="patience (epochs)",
    )
    factor: float = option(0.5, "factor on the rate then; 1: unchanged", low=0.1, high=1, label="rate is multiplied by")
    stop: int = option(
        10, "epochs without a better validation loss before it stops", low=2, high=60, label="stop after (epochs)"
    )
    resume: str = option(
        BEST,
        "the checkpoint that training starts again from once it has ended, with the rate that it came to",
        choices=(BEST, FIRST, NOWHERE),
        label="resume from",
    )
    step: int = step(LAST, "how many epochs have been seen")
    seed: int = option(0, "seed of the order of the digits", low=0, high=99, label="random seed")

    def run(self, scene: Scene) -> Iterator[Progress | Sheet]:
        run, mark, again = trainings(self.rate, self.patience, self.factor, self.stop, self.seed, self.resume)
        steps = run.last + (again.last if again else 0)
        seen = min(self.step, steps)
        done, resumed = min(seen, run.last), max(seen - run.last, 0)
        marks = {
            "lowered": [e for e in run.halved if e <= done],
            "best, kept": [run.best] if run.best <= done else [],
            "stopped": [run.stopped] if 0 < run.stopped <= done else [],
        }
        lines = {"training": run.training[: done + 1], "validation": run.validation[: done + 1]}
        paths = {name: np.stack([np.arange(done + 1), losses], axis=1) for name, losses in lines.items()}
        rates = {"rate": run.rates[: max(done, 1)]}
        if again:
            part = again.validation[: resumed + 1] if resumed else again.validation[:0]
            paths["resumed"] = np.stack([mark + np.arange(len(part)), part], axis=1)
            rates["resumed"] = np.r_[np.full(mark, np.nan), again.rates[:resumed]]
        yield Sheet(
            "Learning rate and early stopping",
            _told(run, done, again, mark, resumed),
            (
                Scatter(
                    paths,
                    {name: np.array([[e, run.validation[e]] for e in at]).reshape(-1, 2) for name, at in marks.items()},
                    None, _limits(run, again, mark), "epoch", "loss", "losses", role="main",
                ),
                _rates(rates),
                Formula((_formula(run, done, self.patience, self.factor),), role="legend"),
            ),
            {"training": run.training, "validation": run.validation, "rates": run.rates,
             "lowered": np.array(run.halved, int), "best": np.array(run.best), "stopped": np.array(run.stopped),
             **({"resumed": again.validation, "resumed:rates": again.rates} if again else {})},
            question="At which epoch would you have stopped?",
            answer=_answer(run, again, mark),
            explanation="A large learning rate is fast at first, then jumps about the minimum. When the validation "
            "loss has not become better for some epochs the rate is lowered, and the loss often falls "
            "again. When nothing helps for long, training stops, and the best epoch is the one to keep; from its "
            "checkpoint training can be resumed, here with the low rate that it had come to.",
            source="Learning rate schedules: Y. Bengio, Practical recommendations for gradient-based training, 2012, "
            "arXiv 1206.5533",
            steps=steps + 1,
            values={"step": seen},
        )  # fmt: skip


def _limits(run: Run, again: Run | None, mark: int) -> tuple[float, float, float, float]:
    losses = [run.training, run.validation, *([again.validation] if again else [])]
    last = max(run.last, mark + again.last if again else 0)
    return 0.0, last + 0.7, 0.0, max(float(each.max()) for each in losses) * 1.05


def _rates(rates: dict[str, np.ndarray]) -> Curves:
    """The learning rate of every epoch, from the first."""
    length = max(map(len, rates.values()))
    full = {name: np.r_[each, np.full(length - len(each), np.nan)] for name, each in rates.items()}
    return Curves(np.arange(1, length + 1), full, "epoch", "", "learning rate", colours=RATES, role="beside")


def _told(run: Run, done: int, again: Run | None, mark: int, resumed: int) -> str:
    if again and resumed:
        return (
            f"Resumed from epoch {mark}, {resumed} epochs on: the validation loss is {again.validation[resumed]:.3f}, "
            f"the first training's best was {run.validation.min():.3f}; the rate is "
            f"{number(again.rates[resumed - 1], 4)}."
        )
    return (
        f"Epoch {done}: the validation loss is {run.validation[done]:.3f}, at best it was "
        f"{run.validation[: done + 1].min():.3f}; the rate is {number(run.rates[max(done - 1, 0)], 4)}."
    )


def _formula(run: Run, done: int, patience: int, factor: float) -> str:
    before = [e for e in run.halved if e <= done]
    rule = rf"no better for {patience} epochs:  $\eta \leftarrow$ {number(factor)} $\eta$"
    if not before:
        return f"{rule}   (not yet)"
    at = before[-1]
    return f"{rule}   after epoch {at}:   {number(run.rates[at - 1], 4)} → {number(run.rates[at - 1] * factor, 4)}"


def _answer(run: Run, again: Run | None, mark: int) -> str:
    kept = f"At epoch {run.best}, with the lowest validation loss, {run.validation[run.best]:.3f}: its weights are kept"
    end = f"training stopped after epoch {run.stopped}" if run.stopped else f"training went on to epoch {run.last}"
    gap = run.validation[run.last] - run.training[run.last]
    told = f"{kept}, though {end}. By then the validation loss was {gap:.2f} above the training loss."
    if not again:
        return told
    least = again.validation.min()
    return f"{told} Resumed from epoch {mark} with a rate of {number(again.rates[0], 4)} it comes to {least:.3f}."
