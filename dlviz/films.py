"""What a lesson shows, and as a film each of its steps; no network is opened and no framework imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from dlviz.options import Value, configure, options_of
from dlviz.sheet import Progress, Sheet
from dlviz.view import Scene, View

MOST_FRAMES = 120
"""Of a film; a longer one leaves out steps."""


def shown(lesson: type[View], settings: Mapping[str, Value]) -> Iterator[Progress | Sheet]:
    """Progress and sheets of a lesson.

    Raises:
        UserError: an option is refused.
    """
    return configure(lesson, settings).run(Scene({}))


def last(lesson: type[View], settings: Mapping[str, Value]) -> Sheet:
    """The sheet that stays."""
    *_, sheet = (each for each in shown(lesson, settings) if isinstance(each, Sheet))
    return sheet


def film(lesson: type[View], settings: Mapping[str, Value]) -> Iterator[Progress | Sheet]:
    """A sheet for each step, the last one among them; of a lesson without steps its own sheets."""
    name = next((option.name for option in options_of(lesson) if option.kind == "step"), "")
    if not name:
        yield from shown(lesson, settings)
        return
    steps = last(lesson, settings).steps
    chosen = np.unique(np.linspace(0, steps - 1, min(steps, MOST_FRAMES)).round().astype(int))
    for number, at in enumerate(chosen):
        yield Progress(number, len(chosen), f"step {at}")
        yield last(lesson, {**settings, name: int(at)})
