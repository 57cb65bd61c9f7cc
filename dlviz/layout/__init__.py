"""Where the panels of a sheet stand in a room: the main picture as large as it can be. For the window and for paper.

Lengths are in whatever unit the room is given in; what panels wish for is in lines of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

from dlviz.sheet import Flow, Panel, Wish

BESIDE_COUNTS = 0.25
"""What a covered area beside the main picture is worth, in that of the main picture's own."""
MISSING_COSTS = 4.0
"""What it costs, in areas of the room, when a panel gets none of the room that it needs."""
SOME = 0.25
"""The share that a panel lacks from which on each further one costs more than the first."""
SHARES = tuple(n / 50 for n in range(6, 31))
"""Of the room's width or height, what is tried for the panels beside."""
FILLED = 0.65
"""Up to this share of its room that a main panel's picture covers, the one that covers the least is worth the most."""
HALVES = tuple(n / 20 for n in range(4, 17))
"""Of the room's width or height, what is tried for the first of two main panels."""
LONGEST_CELL = 12.0
MANY = 4
"""The maximum number of panels next to the main picture that may form a grid."""
FEW = 16
"""Up to so many tiles leave room where they have not the right shape; more fill any."""
BETWEEN_TILES = 0.25
"""Lines of text between two tiles."""
LEGEND = 0.5
"""What panels below take of the height at most."""


@dataclass(frozen=True)
class Rect:
    """A rectangle, measured from the top left."""

    left: float
    top: float
    width: float
    height: float


def arrange(
    panels: Sequence[Panel],
    width: float,
    height: float,
    line: float,
    gap: float,
    wishes: Sequence[Wish] | None = None,
) -> list[Rect]:
    """The rectangle of each panel in a room.

    Main panels stand side by side or under each other; those beside them in a column left or right, or in a row above
    or below, whichever leaves the main picture the most; legends in lines at the bottom.

    Args:
        width, height: of the room.
        line: the height of a line of text.
        gap: between two panels.
        wishes: what the panels wish for, where that is known better than by themselves.
    """
    wanted = dict(enumerate(wishes or [panel.wish for panel in panels]))
    main = main_panels(panels)
    legend = [i for i, panel in enumerate(panels) if panel.role == "legend" and i not in main]
    beside = [i for i in wanted if i not in main and i not in legend]
    low = min(sum(wanted[i].height * line + gap for i in legend), LEGEND * height) if legend else 0.0
    room = Rect(0, 0, width, height - low)
    first = bool(beside) and beside[0] < main[0]
    tried = (
        _tried(room, wanted, main, beside, first, line, gap)
        if beside
        else iter([_split(wanted, main, room, line, gap)])
    )
    found = max(tried, key=lambda rects: _worth(wanted, main, rects, room, line))
    if legend:
        below = Rect(0, height - low + gap, width, low - gap)
        found |= dict(zip(legend, _in_column([wanted[i] for i in legend], below, line, gap), strict=True))
    return [found[i] for i in range(len(panels))]


def main_panels(panels: Sequence[Panel]) -> list[int]:
    """The positions of the main panels: those that say so, else the heaviest and its equals."""
    from dlviz.sheet.panel_registry import panel_kind

    said = [i for i, panel in enumerate(panels) if panel.role == "main"]
    if said or not panels:
        return said
    free = [i for i, panel in enumerate(panels) if not panel.role] or list(range(len(panels)))

    def importance(i: int) -> tuple[int, int]:
        return panel_kind(panels[i]).weight, panels[i].amount

    first = max(free, key=importance)
    return [i for i in free if type(panels[i]) is type(panels[first]) and importance(i) == importance(first)]


def _tried(
    room: Rect, wishes: dict[int, Wish], main: list[int], beside: list[int], first: bool, line: float, gap: float
) -> Iterator[dict[int, Rect]]:
    """Every way to stand that is considered."""
    sides = [wishes[i] for i in beside]
    everything = sorted([*main, *beside])
    yield dict(zip(everything, _in_column([wishes[i] for i in everything], room, line, gap), strict=True))
    for share in SHARES:
        across, down = share * (room.width - gap), share * (room.height - gap)
        left, top = (across + gap, down + gap) if first else (0.0, 0.0)
        column = Rect(0 if first else room.width - across, 0, across, room.height)
        rest = Rect(left, 0, room.width - across - gap, room.height)
        mains = _split(wishes, main, rest, line, gap)
        for rects in [_in_column(sides, column, line, gap), *_in_grids(len(beside), column, gap)]:
            yield dict(zip(beside, rects, strict=True)) | mains
        row = Rect(0, 0 if first else room.height - down, room.width, down)
        rest = Rect(0, top, room.width, room.height - down - gap)
        mains = _split(wishes, main, rest, line, gap)
        for rects in [_in_row(sides, row, line, gap), *_in_grids(len(beside), row, gap)]:
            yield dict(zip(beside, rects, strict=True)) | mains


def _split(wishes: dict[int, Wish], main: list[int], room: Rect, line: float, gap: float) -> dict[int, Rect]:
    """The main panels in rows and columns of a grid, side by side or under each other; two alike are equally large."""
    if len(main) == 1:
        return {main[0]: room}
    wanted = [wishes[i] for i in main]
    ways = [_in_row(wanted, room, line, gap), _in_column(wanted, room, line, gap)]
    ways += [_in_grid(len(main), columns, room, gap) for columns in range(2, len(main))]
    ways += _in_two(wanted, room, gap) if len(main) == 2 and wanted[0] != wanted[1] else []

    def worth(rects: list[Rect]) -> float:
        areas = [covered(w, r, line) for w, r in zip(wanted, rects, strict=True)]
        least = min((area / max(r.width * r.height, 1e-9) for area, r in zip(areas, rects, strict=True)), default=0.0)
        lack = sum(_lack(w, r, line) for w, r in zip(wanted, rects, strict=True))
        return sum(areas) - lack + (min(least, FILLED) + _equal(wanted, rects, line)) * room.width * room.height

    best = max(ways, key=worth)
    return dict(zip(main, best, strict=True))


def _equal(wishes: Sequence[Wish], rects: Sequence[Rect], line: float) -> float:
    """How nearly pictures of one shape, as those of two networks, are as large in one panel as in the others, up to 1
    where they are; 1 for any others."""
    flows = [wish.flow for wish in wishes if wish.flow]
    if len(flows) < len(wishes) or len({flow.aspect for flow in flows}) != 1:
        return 1.0
    each = [_flowing(flow, rect.width, rect.height, line) / flow.count for flow, rect in zip(flows, rects, strict=True)]
    return min(each) / max(*each, 1e-9)


def _in_two(wishes: Sequence[Wish], room: Rect, gap: float) -> list[list[Rect]]:
    """A room cut in two at several places, across and down, also where both have as much of it for each picture."""
    first, second = (wish.flow.count if wish.flow else 1 for wish in wishes)
    cuts = []
    for share in (*HALVES, first / (first + second)):
        left, top = share * (room.width - gap), share * (room.height - gap)
        right, below = room.width - gap - left, room.height - gap - top
        cuts.append([replace(room, width=left), Rect(room.left + left + gap, room.top, right, room.height)])
        cuts.append([replace(room, height=top), Rect(room.left, room.top + top + gap, room.width, below)])
    return cuts


def _in_grids(count: int, room: Rect, gap: float) -> list[list[Rect]]:
    """The grids in which the panels beside the main picture may stand, where there are many."""
    return [_in_grid(count, columns, room, gap) for columns in range(2, count)] if count >= MANY else []


def _in_grid(count: int, columns: int, room: Rect, gap: float) -> list[Rect]:
    rows = -(-count // columns)
    width, height = (room.width + gap) / columns, (room.height + gap) / rows
    return [
        Rect(room.left + i % columns * width, room.top + i // columns * height, width - gap, height - gap)
        for i in range(count)
    ]


def _lack(wish: Wish, rect: Rect, line: float) -> float:
    """The area of what a panel lacks of what it needs."""
    width, height = wish.width * line, wish.height * line
    return width * height - min(width, rect.width) * min(height, rect.height)


def _worth(wishes: dict[int, Wish], main: list[int], rects: dict[int, Rect], room: Rect, line: float) -> float:
    """How good a way to stand is: the area that the pictures cover, less what panels lack."""
    area = room.width * room.height
    total = 0.0
    for i, rect in rects.items():
        lack = 1 - min(1, rect.width / (wishes[i].width * line)) * min(1, rect.height / (wishes[i].height * line))
        total += covered(wishes[i], rect, line) / area * (1 if i in main else BESIDE_COUNTS) - MISSING_COSTS * lack * (
            lack + SOME
        )
    return total


def covered(wish: Wish, rect: Rect, line: float) -> float:
    """The area that a panel's picture covers of a rectangle."""
    width, height = min(rect.width, wish.most_width * line), min(rect.height, wish.most_height * line)
    if all(wish.cells):
        rows, columns = wish.cells
        across, down = cell_size(width - wish.around[0] * line, height - wish.around[1] * line, rows, columns)
        return across * columns * down * rows
    if wish.flow and wish.flow.count <= FEW:
        return _flowing(wish.flow, width, height, line)
    if not wish.aspect:
        return max(0.0, width - wish.around[0] * line) * max(0.0, height - wish.around[1] * line)
    high = max(0.0, min(height - wish.around[1] * line, (width - wish.around[0] * line) / wish.aspect))
    return high * high * wish.aspect


def _flowing(flow: Flow, width: float, height: float, line: float) -> float:
    """The area of pictures or rows of one size, the largest that stand in a room with gaps between them."""
    gap = BETWEEN_TILES * line
    height -= flow.above * line
    grids = ((columns, ceil(flow.count / columns)) for columns in range(1, flow.count + 1))
    tall = max(
        min(
            ((width + gap) / columns - gap - flow.beside * line) / flow.aspect,
            (height + gap) / rows - gap - flow.under * line,
        )
        for columns, rows in grids
    )
    return flow.count * max(tall, 0.0) ** 2 * flow.aspect


def cell_size(width: float, height: float, rows: int, columns: int) -> tuple[float, float]:
    """The width and height of a matrix's cells in a room: they fill it, at most `LONGEST_CELL` times longer than high
    or the other way round."""
    across, down = max(width / columns, 0.01), max(height / rows, 0.01)
    return min(across, down * LONGEST_CELL), min(down, across * LONGEST_CELL)


def _in_column(wishes: Sequence[Wish], room: Rect, line: float, gap: float) -> list[Rect]:
    if len(wishes) == 1:
        return [room]
    wanted = [_high(wish, room.width, line) for wish in wishes]
    tops = _shared(wanted, [w.height * line for w in wishes], room.height, gap)
    return [Rect(room.left, room.top + top, room.width, bottom - top - gap) for top, bottom in pairwise(tops)]


def _in_row(wishes: Sequence[Wish], room: Rect, line: float, gap: float) -> list[Rect]:
    if len(wishes) == 1:
        return [room]
    wanted = [_wide(wish, room, line) for wish in wishes]
    lefts = _shared(wanted, [w.width * line for w in wishes], room.width, gap)
    return [Rect(room.left + left, room.top, right - left - gap, room.height) for left, right in pairwise(lefts)]


def _wide(wish: Wish, room: Rect, line: float) -> float:
    """The width that a panel would use in a row as high as the room."""
    across, down = wish.around[0] * line, wish.around[1] * line
    picture = max(room.height - down, 0) * wish.aspect + across if wish.aspect else room.width
    return min(max(picture, wish.width * line), wish.most_width * line)


def _high(wish: Wish, width: float, line: float) -> float:
    """The height that a panel would use in a column of that width."""
    if wish.aspect:
        picture = (width - wish.around[0] * line) / wish.aspect + wish.around[1] * line
    else:
        picture = max(width, wish.height * line)
    return min(max(picture, wish.height * line), wish.most_height * line)


def _shared(wanted: Sequence[float], least: Sequence[float], room: float, gap: float) -> list[float]:
    """Where each of several parts of a length begins, and one end more: at least `least`, then as wanted."""
    room -= gap * (len(wanted) - 1)
    least = [min(a, b) for a, b in zip(least, wanted, strict=True)]
    needed, wished = sum(least), sum(wanted)
    if room <= needed:
        sizes = [room * a / needed for a in least]
    elif room < wished:
        share = (room - needed) / (wished - needed)
        sizes = [a + share * (b - a) for a, b in zip(least, wanted, strict=True)]
    else:
        sizes = [room * b / wished for b in wanted]
    starts = [0.0]
    for size in sizes:
        starts.append(starts[-1] + size + gap)
    return starts
