"""Predicted numbers with their names, and the true ones if known."""

from __future__ import annotations

import numpy as np

from dlviz.feeding.padding import unmasked_steps
from dlviz.grammar import in_digits, told_apart
from dlviz.panels.answers.base import AnswerPanels, Answers
from dlviz.panels.samples import numbers
from dlviz.sheet import Bars, Curves, Matrix, Panel, Tiles
from dlviz.targets import number_names

SIDE_BY_SIDE = 16
"""The maximum number of values drawn as bars or in a table; more are drawn as curves or tiles."""


def show(a: Answers) -> AnswerPanels:
    """Bars, a table, curves or tiles for each sample, by how many numbers there are."""
    panels: list[Panel] = []
    read = unmasked_steps(a.network, a.feeds, a.raw) if a.raw.ndim > 2 else None
    pairs = [(row, _true(a, number, row)) for number, row in enumerate(a.raw)]
    for number, (row, true) in enumerate(pairs):
        if read is not None:  # drop padding
            pairs[number] = row[read[number]], None if true is None else true[read[number]]
        panels += [*a.sample_panels(number), _panel(a, *pairs[number])]
    padding = "" if read is None or read[0].all() else ", padding left out"
    return AnswerPanels(panels, f"{_summary(a, *pairs[0])}{padding}")


def _true(a: Answers, number: int, row: np.ndarray) -> np.ndarray | None:
    """The target of a sample in the shape of the answer; None if unknown."""
    target = a.target(number)
    if target is None or isinstance(target, str) or np.size(target) != row.size:  # type: ignore[arg-type]
        return None
    return np.asarray(target, np.float32).reshape(row.shape)


def _panel(a: Answers, row: np.ndarray, true: np.ndarray | None) -> Panel:
    name, sizes = a.output.name, [n for n in row.shape if n != 1]
    if len(sizes) <= 1 and row.size <= SIDE_BY_SIDE:
        names, values = number_names(a.network, row.size), row.ravel()
        if true is None:
            return Bars(names, values, title=name)
        if row.size == 1:
            return Bars((name, "true"), np.array([values[0], true.ravel()[0]]), title=name)
        table = np.stack([values, true.ravel(), values - true.ravel()])
        return Matrix(table, ("answer", "true", "error"), names, title=name, decimals=3)
    if len(sizes) == 1:
        return curves(row, true, name)
    if row.ndim == 3:  # maps (height, width, unit)
        return Tiles(np.moveaxis(row, -1, 0)[..., None], "all", name, tuple(map(str, range(row.shape[-1]))))
    return numbers(row, (), name)


def curves(row: np.ndarray, true: np.ndarray | None, title: str) -> Curves:
    """Many numbers, of any shape, as a line, and the true ones as another, if known."""
    lines = {"answer": row.ravel()} | ({} if true is None else {"true": true.ravel()})
    return Curves(np.arange(row.size), lines, "place", "", title)


def _summary(a: Answers, row: np.ndarray, true: np.ndarray | None) -> str:
    name = a.output.name
    if row.size > 1:
        summary = f"outputs {row.size:,} numbers for {a.first}, {in_digits(row.min())} to {in_digits(row.max())}"
        if true is None:
            return summary
        return f"{summary}; the mean absolute error is {in_digits(np.abs(row - true).mean())}"
    if true is None:
        return f"predicts {name} = {in_digits(row.item(), 4)} for {a.first}"
    answer, right = told_apart((row.item(), true.item()), 4)
    return f"predicts {name} = {answer} for {a.first}; the true number is {right}"
