"""A network drawn down the margin of a list of its layers, as version control draws branches. No Qt.

Every row has one layer on a lane; what is not yet used passes the rows between on lanes of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlviz.jobs import LayerInfo


@dataclass(frozen=True)
class Row:
    """One layer: its lane, the lanes that come into it from above, leave it below, and pass it by."""

    lane: int
    incoming: tuple[int, ...]
    outgoing: tuple[int, ...]
    passing: tuple[int, ...]


def rows(layers: Sequence[LayerInfo]) -> tuple[Row, ...]:
    """The rows of a network whose layers are in an order of computation."""
    position = {layer.name: i for i, layer in enumerate(layers)}
    children: list[list[int]] = [[] for _ in layers]
    for i, layer in enumerate(layers):
        for parent in layer.parents:
            children[position[parent]].append(i)
    lanes: list[tuple[int, int] | None] = []  # (parent, child) of the arrow that a lane holds
    result = []
    for i, _ in enumerate(layers):
        incoming = tuple(lane for lane, arrow in enumerate(lanes) if arrow and arrow[1] == i)
        passing = tuple(lane for lane, arrow in enumerate(lanes) if arrow and arrow[1] != i)
        for lane in incoming:
            lanes[lane] = None
        lane = min(incoming) if incoming else _free(lanes)
        outgoing = []
        for n, child in enumerate(children[i]):
            at = lane if n == 0 else _free(lanes)
            lanes[at] = (i, child)
            outgoing.append(at)
        result.append(Row(lane, incoming, tuple(outgoing), passing))
    return tuple(result)


def _free(lanes: list[tuple[int, int] | None]) -> int:
    """The first lane that holds nothing."""
    if None not in lanes:
        lanes.append(None)
    return lanes.index(None)
