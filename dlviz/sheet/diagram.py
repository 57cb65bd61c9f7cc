"""Boxes and arrows as a panel."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from dlviz.sheet.panel import Panel, Selects, SizeHint


@dataclass(frozen=True)
class Node:
    """A box of a graph at (row, column), counted from the top left; columns may be fractional."""

    name: str
    lines: tuple[str, ...]
    row: int
    column: float
    kind: str = ""
    colour: str = ""
    """As "#rrggbb"; empty: that of its kind."""
    members: tuple[str, ...] = ()
    """The layers that it stands for, empty: the one of its name. A click chooses the last."""

    @property
    def stands_for(self) -> tuple[str, ...]:
        """The names of what it stands for."""
        return self.members or (self.name,)


@dataclass(frozen=True)
class Diagram(Panel):
    """Boxes and arrows; an edge is a pair of positions in `nodes`."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]
    title: str = ""
    selects: Selects = ""

    @property
    def rows(self) -> int:
        return 1 + max((node.row for node in self.nodes), default=0)

    @property
    def columns(self) -> float:
        return 1 + max((node.column for node in self.nodes), default=0)

    @property
    def size_hint(self) -> SizeHint:
        folds = ceil(self.rows / 16)  # a long graph is drawn in columns side by side
        return SizeHint(min(15 * self.columns * folds, 45), min(2.2 * self.rows / folds, 30))
