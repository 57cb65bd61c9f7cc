"""Panels that compare the evaluation of a network before and after units are changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from string import ascii_lowercase
from typing import Any

import numpy as np

from dlviz.grammar import number_of
from dlviz.panels.mistakes.classes import Count
from dlviz.panels.mistakes.tally import Tally, add_to_confusion, confusion_matrix, most_confused
from dlviz.sheet import Matrix, Panel, on_one_scale, retitled
from dlviz.sheet.numerals import percent
from dlviz.targets import class_count

SHOWN = 12
"""The maximum number of samples with a changed answer that are shown."""
SHORT = 4
"""The maximum length of a column label."""
CLASSES = 10
"""The maximum number of classes in a confusion matrix."""


@dataclass(frozen=True)
class Comparison:
    """Panels of the samples whose answers change, panels of the evaluation before and after, a clause about accuracy,
    and raw arrays."""

    changed: tuple[Panel, ...]
    overview: tuple[Panel, ...]
    summary: str
    arrays: dict[str, Any]


def compare_tallies(before: Tally, after: Tally) -> Comparison:
    """Compare two evaluations of the same samples."""
    if isinstance(before, Count) and isinstance(after, Count):
        return _classes(before, after)
    first, second = before.report(1), after.report(1)
    panels = [
        replace(retitled(found.panels[0], f"{when}. {found.panels[0].title}"), role="main")
        for when, found in (("Before", first), ("After", second))
    ]
    matrices = [panel for panel in panels if isinstance(panel, Matrix)]
    if len(matrices) == len(panels):
        panels = [*on_one_scale(matrices)]
    both = {"before": first, "after": second}
    arrays = {f"{name}_{when}": x for when, found in both.items() for name, x in found.arrays.items()}
    (figure, was), (_, is_) = first.figure, second.figure
    change = f"stays {is_}" if was == is_ else f"is {is_} instead of {was}"
    summary = f"the {figure} of {before.network.name} on {before.examples} {change}."
    return Comparison((), tuple(panels), summary, arrays)


def _classes(before: Count, after: Count) -> Comparison:
    true, name, classes = before.true, before.match.name, class_count(before.network)
    right = np.stack([tally.predicted == true for tally in (before, after)])  # (2, samples)
    accuracy = right.mean(axis=1)
    counts = np.bincount(true, minlength=classes)
    hits = np.stack([np.bincount(true[found], minlength=classes) for found in right])
    recall = hits / np.maximum(counts, 1)  # (2, classes)
    worst = int((recall[0] - recall[1]).argmax())
    confusions = np.zeros((2, classes, classes), np.int64)
    for confusion, tally in zip(confusions, (before, after), strict=True):
        add_to_confusion(confusion, true, tally.predicted)
    changed = np.flatnonzero(before.predicted != after.predicted)
    changed = changed[np.argsort(~right[0][changed], kind="stable")]  # the right ones that are lost first

    def caption(i: int) -> str:
        was, now = name(before.predicted[i]), name(after.predicted[i])
        return f"{was}→{now}" if len(was + now) <= SHORT else f"{now}: was {was}"

    was, is_ = map(percent, accuracy)
    summary = (
        f"accuracy does not change: {is_} of {number_of(len(true), before.thing)} are right as before"
        if was == is_
        else f"{is_} of {number_of(len(true), before.thing)} are right instead of {was}"
    )
    if recall[0, worst] > recall[1, worst]:
        lost = before.match.in_words(worst)
        summary += f"; most is lost of “{lost}”: {recall[1, worst]:.0%} are right instead of {recall[0, worst]:.0%}"
    listed = [replace(panel, role="main") for panel in before.listed("Changed answers", changed[:SHOWN], caption)]
    matrices = [replace(matrix, role="" if listed else "main") for matrix in _matrices(before, confusions, recall)]
    return Comparison(
        tuple(listed),
        tuple(matrices),
        f"{summary}. {before.match.note}".rstrip(),
        {
            "accuracy": accuracy, "confusion_before": confusions[0], "confusion_after": confusions[1],
            "class": np.flatnonzero(counts), "recall": recall.T[counts > 0], "changed": changed,
            "index": before.data.numbers_at(np.arange(len(true))),
            "predicted_before": before.predicted, "predicted_after": after.predicted,
        },
    )  # fmt: skip


def _matrices(tally: Count, confusions: np.ndarray, recall: np.ndarray) -> list[Matrix]:
    """The confusion matrices (2, classes, classes) before and after, with the recall (2, classes) in the labels."""
    rows = most_confused(confusions[1], CLASSES)
    names = [tally.match.name(int(row)) for row in rows]
    letters = ascii_lowercase[: len(names)] if max(map(len, names)) > SHORT else ()
    found = []
    for when, confusion, shares in zip(("Before", "After"), confusions, recall, strict=True):
        matrix = confusion_matrix(tally.match.name, confusion, rows)
        labels = [f"{name}: {shares[row]:.0%}" for name, row in zip(names, rows, strict=True)]
        if letters:  # above the columns there is no room for long names
            labels = [f"{letter}  {label}" for letter, label in zip(letters, labels, strict=True)]
            others = ("other",) * (len(matrix.column_labels) - len(letters))
            matrix = replace(matrix, column_labels=(*letters, *others))
        title = f"{when}: {percent(confusion.trace() / confusion.sum())} right"
        found.append(replace(matrix, row_labels=tuple(labels), title=title))
    return on_one_scale(found)
