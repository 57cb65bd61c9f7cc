"""A class for each step of a sequence."""

from __future__ import annotations

import numpy as np

from dlviz.feeding.padding import unmasked_steps
from dlviz.feeding.tokens import axis_labels
from dlviz.panels.answers.base import AnswerPanels, Answers
from dlviz.panels.answers.pixels import classes_of
from dlviz.sheet import Matrix, Panel
from dlviz.sheet.numerals import percent


def show(a: Answers) -> AnswerPanels:
    """The probability of each class at each unmasked step, with the tokens as labels, if any."""
    read = unmasked_steps(a.network, a.feeds, a.raw)
    panels: list[Panel] = []
    for number, answer in enumerate(a.raw):
        feeds = {name: x[number : number + 1] for name, x in a.feeds.items()}
        labels = axis_labels(a.network, a.network.output, feeds, a.samples[number])
        named = len(labels) == len(answer)
        labels = labels if named else tuple(map(str, range(len(answer))))
        shown = np.flatnonzero(read[number])
        rows = a.class_names(answer.shape[-1]) if answer.shape[-1] > 1 else (a.output.name,)
        columns = tuple(labels[step] for step in shown)
        panels += [
            *a.sample_panels(number),
            Matrix(answer[shown].T, rows, columns, "class", "step", "Output at each step"),
        ]
    classes = classes_of(a.raw, a.output.scale)
    padding = "" if read[0].all() else ", padding left out"
    summary = f"classifies each of the {read[0].sum()} steps of {a.first}{padding}"
    target = a.target(0)
    if isinstance(target, np.ndarray) and target.shape == classes[0].shape:
        summary += f"; {percent((target == classes[0])[read[0]].mean())} of them are right"
    return AnswerPanels(panels, summary, {"classes": classes, "read": read})
