"""Errors of predicted numbers: predicted against true values, mean errors, and the worst samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dlviz.feeding.feed import Feeds
from dlviz.feeding.padding import unmasked_numbers
from dlviz.grammar import in_digits
from dlviz.network import Network
from dlviz.panels.answers.numbers import SIDE_BY_SIDE, curves
from dlviz.panels.listed_samples import DRAWN
from dlviz.panels.mistakes.tally import Report, Tally
from dlviz.sheet import Curves, Matrix, Panel, Scatter
from dlviz.targets import number_names
from dlviz_models.data.samples import Samples
from dlviz_models.errors import UserError

SCATTERS = 4
"""The maximum number of predicted numbers that have a plot each."""


class Count(Tally):
    """Steps that are padding are ignored."""

    def __init__(self, network: Network, data: Samples) -> None:
        super().__init__(network, data)
        self._targets = self.targets("numbers")
        if data.class_names and isinstance(self._targets, np.ndarray) and self._targets.dtype.kind in "iu":
            raise UserError(
                f"{data.name} has a class for each of its {self.things}, but {network.name} predicts numbers: choose"
                f" data with the true number for each."
            )
        self.true: list[np.ndarray] = []
        self.predicted: list[np.ndarray] = []
        self.read: list[np.ndarray] = []

    def add(self, start: int, feeds: Feeds, raw: np.ndarray) -> None:
        self.true.append(self.arrays_of(self._targets, start, raw, "numbers").reshape(len(raw), -1))
        self.predicted.append(raw.reshape(len(raw), -1))
        self.read.append(unmasked_numbers(self.network, feeds, raw).reshape(len(raw), -1))

    def report(self, count: int) -> Report:
        true, predicted = (np.concatenate(parts).astype(np.float64) for parts in (self.true, self.predicted))
        read = np.concatenate(self.read)
        error = np.where(read, predicted - true, 0)
        mae, rmse, bias = _mean(np.abs(error), read), np.sqrt(_mean(error**2, read)), _mean(error, read)
        spread = np.sqrt(_mean((true - _mean(true, read)) ** 2, read))
        explained = 1 - (rmse / np.where(spread > 0, spread, np.nan)) ** 2
        size = _mean(np.abs(error), read, axis=1)
        worst = np.argsort(-size, kind="stable")
        names = number_names(self.network, true.shape[1])
        table = np.nan_to_num(np.stack([mae, rmse, bias, explained], axis=1))
        off = in_digits(np.abs(error).sum() / read.sum(), 4)
        columns = ("MAE", "RMSE", "mean error", "R²")

        def caption(i: int) -> str:
            if true.shape[1] > 1:
                return f"off by {in_digits(size[i], 4)} on average"
            return f"off by {in_digits(error[i, 0], sign='+')}"

        if true.shape[1] > SIDE_BY_SIDE:
            plots = [_errors(mae, bias), *self._lines(true, predicted, read, worst[:count], caption)]
        else:
            plots = [_scatter(true[:, n], predicted[:, n], name) for n, name in enumerate(names[:SCATTERS])]
            plots.append(Matrix(table, names, columns, title="Errors (predicted − true)", decimals=3))
            plots += self.listed("Furthest off (predicted − true)", worst[:count], caption)
        return Report(
            plots,
            f"What {self.network.name} answers to {self.examples} is off by {off} on average (MAE); the root"
            f" mean square error (RMSE) is {in_digits(np.sqrt((error**2).sum() / read.sum()), 4)}"
            f"{'' if read.all() else ', padding left out'}.",
            {
                "examples": np.array(len(true)), "mae": mae, "rmse": rmse, "index": worst, "label": true[worst],
                "predicted": predicted[worst],
            },
            ("mean absolute error", off),
        )  # fmt: skip

    def _lines(
        self,
        true: np.ndarray,
        predicted: np.ndarray,
        read: np.ndarray,
        worst: np.ndarray,
        caption: Callable[[int], str],
    ) -> list[Panel]:
        """The samples with the largest errors, with many numbers each, as lines."""
        lines = [curves(predicted[n][read[n]], true[n][read[n]], f"{n}: {caption(n)}") for n in worst[:DRAWN]]
        return [replace(line, role="beside") for line in lines]


def _mean(values: np.ndarray, read: np.ndarray, axis: int = 0) -> np.ndarray:
    """The means of the values (n, numbers) that were read; 0 if none were."""
    found: np.ndarray = np.where(read, values, 0).sum(axis=axis) / np.maximum(read.sum(axis=axis), 1)
    return found


def _errors(mae: np.ndarray, bias: np.ndarray) -> Curves:
    """The errors of many numbers, (numbers,) each."""
    lines = {"mean absolute error": mae, "mean error": bias}
    return Curves(np.arange(len(mae)), lines, "place", "", "Errors (predicted − true)")


def _scatter(true: np.ndarray, predicted: np.ndarray, name: str) -> Scatter:
    both = np.concatenate([true, predicted])
    low, high = float(both.min()), float(both.max())
    margin = 0.05 * (high - low) or 1.0
    low, high = low - margin, high + margin
    return Scatter(
        {"right": np.array([[low, low], [high, high]])},
        {"answers": np.stack([true, predicted], axis=1)},
        limits=(low, high, low, high),
        x_title=f"true {name}",
        y_title=f"answered {name}",
        title=name,
    )
