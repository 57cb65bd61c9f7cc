"""What was looked at before, to go back to, and what was left by going back. No Qt."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from dlviz_gui.choice import Choice

MOST = 100


class History:
    """Choices in the order in which they were made.

    One that only sets options, or goes on with a drawing, replaces the one before it.
    """

    def __init__(self) -> None:
        self._choices: list[Choice] = []
        self._at = -1

    def visit(self, choice: Choice) -> None:
        """Remember a choice that was made; what was left by going back is forgotten."""
        now = self._choices[self._at] if self._choices else None
        if now is not None and _goes_on(now, choice):
            self._choices[self._at] = choice
            return
        del self._choices[self._at + 1 :]
        self._choices.append(choice)
        del self._choices[:-MOST]
        self._at = len(self._choices) - 1

    def step(self, by: int) -> Choice | None:
        """Go back (-1) or forward (1); what is looked at there, None where there is nothing."""
        if not 0 <= self._at + by < len(self._choices):
            return None
        self._at += by
        return self._choices[self._at]


def _goes_on(before: Choice, after: Choice) -> bool:
    """Whether a choice is the one before it but for options and strokes of the pen."""
    for field in fields(Choice):
        old, new = getattr(before, field.name), getattr(after, field.name)
        drawn = isinstance(old, np.ndarray) and isinstance(new, np.ndarray)
        if field.name != "settings" and not drawn and (type(old) is not type(new) or old != new):
            return False
    return True
