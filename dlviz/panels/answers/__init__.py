"""Panels of a network's answer: a module for each kind of answer, chosen by `shown`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from dlviz.panels.answers.answered import Answered, Shown

__all__ = ["Answered", "Shown", "shown"]


def shown(answered: Answered) -> Shown:
    """Return panels, a summary and arrays for the answers of a network."""
    show: Callable[[Answered], Shown] = import_module(f"dlviz.panels.answers.{answered.output.kind}").show
    return show(answered)
