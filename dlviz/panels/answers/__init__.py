"""Panels of a network's answer: a module for each kind of answer, chosen by `answer_panels`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module

import numpy as np

from dlviz.panels.answers.base import AnswerPanels, Answers

__all__ = ["AnswerPanels", "Answers", "answer_panels"]


def answer_panels(answers: Answers) -> AnswerPanels:
    """Return panels, a summary and arrays for the answers of a network; of one that is no number only this is said."""
    show: Callable[[Answers], AnswerPanels] = import_module(f"dlviz.panels.answers.{answers.output.kind}").show
    found, first = show(answers), answers.raw[0]
    if np.isfinite(first).all():
        return found
    return replace(found, summary=f"answers {'NaN' if np.isnan(first).any() else 'infinity'} for {answers.first}")
