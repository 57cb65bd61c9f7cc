"""The likeliest classes, or the labels of a multi-label classifier, as bars."""

from __future__ import annotations

import numpy as np

from dlviz.panels.answers.base import AnswerPanels, Answers
from dlviz.sheet import Bars, Panel
from dlviz.sheet.numerals import percent


def show(a: Answers) -> AnswerPanels:
    """Bars for each sample, the likeliest class on top."""
    probabilities = a.network.probabilities(a.raw)
    panels: list[Panel] = []
    for number, row in enumerate(probabilities):
        order = np.argsort(-row, kind="stable")[: a.most]
        true = _true(a, number, len(row))
        names = [a.network.class_name(int(c)) for c in order]
        if len(true) > 1:
            names = [f"{name} (true)" if c in true else name for name, c in zip(names, order, strict=True)]
        right = [place for place, c in enumerate(order) if c in true]
        title = a.output.name if len(a.network.outputs) > 1 else ""
        bars = Bars(tuple(names), row[order], title, limit=1.0, right=right[0] if len(true) == 1 and right else -1)
        panels += [*a.sample_panels(number), bars]
    summary = _labels(a, probabilities[0]) if a.output.labels else _one_class(a, probabilities[0])
    return AnswerPanels(panels, summary, {"probabilities": probabilities})


def _true(a: Answers, number: int, classes: int) -> list[int]:
    """The true classes of a sample."""
    target = a.target(number)
    if isinstance(target, int | np.integer) and 0 <= target < classes:
        return [int(target)]
    if isinstance(target, np.ndarray) and target.shape == (classes,):
        return np.flatnonzero(target > 0.5).tolist()
    return []


def _one_class(a: Answers, row: np.ndarray) -> str:
    best, true = int(row.argmax()), _true(a, 0, len(row))
    summary = f"classifies {a.first} as {a.network.class_in_words(best)}, {percent(row[best])} sure"
    if len(true) == 1:
        summary += ": right" if true == [best] else f"; it is {a.network.class_in_words(true[0])}"
    return summary


def _labels(a: Answers, row: np.ndarray) -> str:
    order = np.argsort(-row, kind="stable")
    found = [f"{a.network.class_in_words(int(c))} {row[c]:.0%}" for c in order[: a.most] if row[c] > 0.5]
    if found:
        return f"finds {', '.join(found)} in {a.first}; each label has a probability of its own"
    best = order[0]
    return (
        f"finds none of its {len(row)} labels in {a.first}; the likeliest, {a.network.class_in_words(int(best))}, has"
        f" {row[best]:.0%}"
    )
