"""What was looked at before, to go back to, and what was left by going back. No Qt."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from dlviz_gui.selection import Selection

MOST = 100


class History:
    """Selections, oldest first.

    One that only sets options, turns a page, or goes on with a drawing, replaces the one before it.
    """

    def __init__(self) -> None:
        self._selections: list[Selection] = []
        self._at = -1

    def visit(self, selection: Selection) -> None:
        """Remember a selection; what lay ahead of it is forgotten."""
        now = self._selections[self._at] if self._selections else None
        if now is not None and _goes_on(now, selection):
            self._selections[self._at] = selection
            return
        del self._selections[self._at + 1 :]
        self._selections.append(selection)
        del self._selections[:-MOST]
        self._at = len(self._selections) - 1

    def step(self, by: int) -> Selection | None:
        """Go back (-1) or forward (1); what is looked at there, None where there is nothing."""
        if not 0 <= self._at + by < len(self._selections):
            return None
        self._at += by
        return self._selections[self._at]


def _goes_on(before: Selection, after: Selection) -> bool:
    """Whether a selection is the one before it but for options, the page and strokes of the pen."""
    for field in fields(Selection):
        old, new = getattr(before, field.name), getattr(after, field.name)
        drawn = isinstance(old, np.ndarray) and isinstance(new, np.ndarray)
        if field.name not in ("settings", "page") and not drawn and (type(old) is not type(new) or old != new):
            return False
    return True
