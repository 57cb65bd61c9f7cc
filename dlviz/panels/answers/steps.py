"""A class for each step of a sequence."""

from __future__ import annotations

import numpy as np

from dlviz.panels.answers.answered import Answered, Shown
from dlviz.panels.answers.pixels import classes_of
from dlviz.panels.samples import axis_labels
from dlviz.sheet import Matrix, Panel


def show(a: Answered) -> Shown:
    """How sure it is of each class at each step, under the tokens where it reads some."""
    panels: list[Panel] = []
    for number, answer in enumerate(a.raw):
        feeds = {name: x[number : number + 1] for name, x in a.feeds.items()}
        labels = axis_labels(a.network, a.network.output, feeds, a.samples[number])
        columns = labels if len(labels) == len(answer) else tuple(map(str, range(len(answer))))
        rows = a.class_names(answer.shape[-1]) if answer.shape[-1] > 1 else (a.output.name,)
        panels += [*a.given(number), Matrix(answer.T, rows, columns, "class", "step", "Output at each step")]
    classes = classes_of(a.raw, a.output.scale)
    summary = f"classifies each of the {classes.shape[1]} steps of {a.first}"
    target = a.target(0)
    if isinstance(target, np.ndarray) and target.shape == classes[0].shape:
        summary += f"; {(target == classes[0]).mean():.1%} of them are right"
    return Shown(panels, summary, {"classes": classes})
