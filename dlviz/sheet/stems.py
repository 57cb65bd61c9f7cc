"""A signal as stems, as a panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlviz.sheet.panel import Panel, SizeHint

BOTH_WAYS = 0.5
"""The share of the height under the line where stems go up and down."""


@dataclass(frozen=True)
class Stems(Panel):
    """A signal (n,) as stems from a line at zero; NaN: not known yet.

    With `by="drag"` they are dragged up and down; otherwise the pointer over one sets a step, the number of the stem
    more than the column of `origin`.
    """

    values: np.ndarray
    title: str = ""
    start: int = 0
    """The place of the first."""
    span: tuple[int, int] = (0, 0)
    """The first place of the axis and the one after its last, which panels may share; (0, 0): the signal's own."""
    marked: tuple[int, int] = (0, 0)
    """The first place that is marked and the one after the last."""
    framed: tuple[int, ...] = ()
    """Places in a frame."""
    limit: float = 0.0
    """The magnitude that fills the height over the line and under it; 0: the largest there is."""

    @property
    def places(self) -> tuple[int, int]:
        """The first place of the axis, and the one after its last."""
        return self.span if self.span[1] > self.span[0] else (self.start, self.start + max(len(self.values), 1))

    @property
    def share_under(self) -> float:
        """The share of the height that is under the line: half where stems go down, less where one may be dragged."""
        if self.limit or np.nanmin(self.values, initial=0.0) < 0:
            return BOTH_WAYS
        return 0.25 if self.sets and self.by == "drag" else 0.0

    @property
    def magnitude(self) -> float:
        """What fills the height."""
        return self.limit or float(np.nanmax(np.abs(self.values), initial=0.0)) or 1.0

    @property
    def size_hint(self) -> SizeHint:
        first, stop = self.places
        return SizeHint(min(max(20, 1.2 * (stop - first)), 48), 4.2, most_height=14)
