"""Panels of a network's answer: a module for each kind of answer, chosen by `answer_panels`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from dlviz.panels.answers.base import AnswerPanels, Answers

__all__ = ["AnswerPanels", "Answers", "answer_panels"]


def answer_panels(answers: Answers) -> AnswerPanels:
    """Return panels, a summary and arrays for the answers of a network."""
    show: Callable[[Answers], AnswerPanels] = import_module(f"dlviz.panels.answers.{answers.output.kind}").show
    return show(answers)
