"""Lay out the panels of a sheet in a rectangle, with the main picture as large as possible; for window and paper.

Lengths have the unit of the given rectangle; the hints of panels are in lines of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import ceil

from dlviz.sheet import Flow, Panel, SizeHint

BESIDE_WEIGHT = 0.25
"""The weight of the area covered by pictures beside the main one, relative to the main picture's."""
MISSING_WEIGHT = 4.0
"""The penalty, in areas of the whole rectangle, for a panel that gets none of the area that it needs."""
MISSING_OFFSET = 0.25
"""The offset of the quadratic penalty, which punishes one large deficit more than several small ones."""
SHARES = tuple(n / 50 for n in range(6, 31))
"""The shares of the width or height that are tried for the panels beside the main one."""
FILL_LIMIT = 0.65
"""Up to this share, the coverage of the least covered main panel is rewarded."""
SPLITS = tuple(n / 20 for n in range(4, 17))
"""The shares of the width or height that are tried for the first of two main panels."""
MAX_CELL_ASPECT = 12.0
MIN_GRID = 4
"""The number of panels beside the main picture from which grids are tried."""
MAX_SHAPED_TILES = 16
"""The maximum number of tiles whose shape matters; more tiles fill any rectangle."""
TILE_GAP = 0.25
"""The gap between two tiles in lines of text."""
MAX_LEGEND = 0.5
"""The maximum share of the height for legends."""


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
    hints: Sequence[SizeHint] | None = None,
) -> list[Rect]:
    """The rectangle of each panel.

    Main panels are placed side by side or below each other; the others in a column to the left or right, or in a row
    above or below, whichever leaves the main picture the most; legends at the bottom.

    Args:
        width, height: the size of the whole rectangle.
        line: the height of a line of text.
        gap: the gap between two panels.
        hints: the hints of the panels; None: their own.
    """
    main = main_panels(panels)
    legend = [i for i, panel in enumerate(panels) if panel.role == "legend" and i not in main]
    hints = hints or [panel.size_hint for panel in panels]
    if len(main) == 1:
        hints = [_without_shape(hint) for hint in hints]
    return list(_arranged(tuple(hints), tuple(main), tuple(legend), width, height, line, gap))


@lru_cache(1000)
def _arranged(
    hints: tuple[SizeHint, ...],
    main: tuple[int, ...],
    legend: tuple[int, ...],
    width: float,
    height: float,
    line: float,
    gap: float,
) -> tuple[Rect, ...]:
    """The rectangle of each panel, by their hints alone: sheets that follow each other often have the same."""
    wanted = dict(enumerate(hints))
    beside = [i for i in wanted if i not in main and i not in legend]
    low = min(sum(wanted[i].height * line + gap for i in legend), MAX_LEGEND * height) if legend else 0.0
    room = Rect(0, 0, width, height - low)
    first = bool(beside) and beside[0] < main[0]
    tried = (
        _candidates(room, wanted, main, beside, first, line, gap)
        if beside
        else iter([_split(wanted, main, room, line, gap)])
    )
    found = max(tried, key=lambda rects: _quality(wanted, main, rects, room, line))
    if legend:
        below = Rect(0, height - low + gap, width, low - gap)
        found |= dict(zip(legend, _in_column([wanted[i] for i in legend], below, line, gap), strict=True))
    return tuple(found[i] for i in range(len(hints)))


def main_panels(panels: Sequence[Panel]) -> list[int]:
    """The indices of the main panels: those with that role, else the most important one and its equals."""
    from dlviz.sheet.panel_registry import panel_kind

    marked = [i for i, panel in enumerate(panels) if panel.role == "main"]
    if marked or not panels:
        return marked
    free = [i for i, panel in enumerate(panels) if not panel.role] or list(range(len(panels)))

    def importance(i: int) -> tuple[int, int]:
        return panel_kind(panels[i]).weight, panels[i].amount

    first = max(free, key=importance)
    return [i for i in free if type(panels[i]) is type(panels[first]) and importance(i) == importance(first)]


def _candidates(
    room: Rect,
    hints: dict[int, SizeHint],
    main: Sequence[int],
    beside: Sequence[int],
    first: bool,
    line: float,
    gap: float,
) -> Iterator[dict[int, Rect]]:
    """All candidate layouts."""
    sides = [hints[i] for i in beside]
    everything = sorted([*main, *beside])
    yield dict(zip(everything, _in_column([hints[i] for i in everything], room, line, gap), strict=True))
    for share in SHARES:
        across, down = share * (room.width - gap), share * (room.height - gap)
        left, top = (across + gap, down + gap) if first else (0.0, 0.0)
        column = Rect(0 if first else room.width - across, 0, across, room.height)
        rest = Rect(left, 0, room.width - across - gap, room.height)
        mains = _split(hints, main, rest, line, gap)
        for rects in [_in_column(sides, column, line, gap), *_in_grids(len(beside), column, gap)]:
            yield dict(zip(beside, rects, strict=True)) | mains
        row = Rect(0, 0 if first else room.height - down, room.width, down)
        rest = Rect(0, top, room.width, room.height - down - gap)
        mains = _split(hints, main, rest, line, gap)
        for rects in [_in_row(sides, row, line, gap), *_in_grids(len(beside), row, gap)]:
            yield dict(zip(beside, rects, strict=True)) | mains


def _split(hints: dict[int, SizeHint], main: Sequence[int], room: Rect, line: float, gap: float) -> dict[int, Rect]:
    """Place the main panels in a row, a column or a grid; two similar ones get equal sizes."""
    if len(main) == 1:
        return {main[0]: room}
    wanted = [hints[i] for i in main]
    ways = [_in_row(wanted, room, line, gap), _in_column(wanted, room, line, gap)]
    ways += [_in_grid(len(main), columns, room, gap) for columns in range(2, len(main))]
    ways += _splits_in_two(wanted, room, gap) if len(main) == 2 and wanted[0] != wanted[1] else []

    def worth(rects: list[Rect]) -> float:
        areas = [covered(w, r, line) for w, r in zip(wanted, rects, strict=True)]
        least = min((area / max(r.width * r.height, 1e-9) for area, r in zip(areas, rects, strict=True)), default=0.0)
        lack = sum(_missing_area(w, r, line) for w, r in zip(wanted, rects, strict=True))
        return sum(areas) - lack + (min(least, FILL_LIMIT) + _evenness(wanted, rects, line)) * room.width * room.height

    best = max(ways, key=worth)
    return dict(zip(main, best, strict=True))


def _evenness(hints: Sequence[SizeHint], rects: Sequence[Rect], line: float) -> float:
    """The ratio of the smallest to the largest picture size across panels whose pictures have one shape, such as those
    of two networks, 0..1; 1 for other panels."""
    flows = [hint.flow for hint in hints if hint.flow]
    if len(flows) < len(hints) or len({flow.aspect for flow in flows}) != 1:
        return 1.0
    each = [
        _tiled_area(flow, rect.width, rect.height, line) / flow.count for flow, rect in zip(flows, rects, strict=True)
    ]
    return min(each) / max(*each, 1e-9)


def _splits_in_two(hints: Sequence[SizeHint], room: Rect, gap: float) -> list[list[Rect]]:
    """Candidate splits of a rectangle in two, across and down, including one with equal area per picture."""
    first, second = (hint.flow.count if hint.flow else 1 for hint in hints)
    cuts = []
    for share in (*SPLITS, first / (first + second)):
        left, top = share * (room.width - gap), share * (room.height - gap)
        right, below = room.width - gap - left, room.height - gap - top
        cuts.append([replace(room, width=left), Rect(room.left + left + gap, room.top, right, room.height)])
        cuts.append([replace(room, height=top), Rect(room.left, room.top + top + gap, room.width, below)])
    return cuts


def _in_grids(count: int, room: Rect, gap: float) -> list[list[Rect]]:
    """Candidate grids for the panels beside the main picture, if there are many."""
    return [_in_grid(count, columns, room, gap) for columns in range(2, count)] if count >= MIN_GRID else []


def _in_grid(count: int, columns: int, room: Rect, gap: float) -> list[Rect]:
    rows = -(-count // columns)
    width, height = (room.width + gap) / columns, (room.height + gap) / rows
    return [
        Rect(room.left + i % columns * width, room.top + i // columns * height, width - gap, height - gap)
        for i in range(count)
    ]


def _without_shape(hint: SizeHint) -> SizeHint:
    """The hint without a number of tiles whose shape does not matter."""
    return replace(hint, flow=None) if hint.flow and hint.flow.count > MAX_SHAPED_TILES else hint


def _missing_area(hint: SizeHint, rect: Rect, line: float) -> float:
    """The part of the area that a panel needs but does not get."""
    width, height = hint.width * line, hint.height * line
    return width * height - min(width, rect.width) * min(height, rect.height)


def _quality(hints: dict[int, SizeHint], main: Sequence[int], rects: dict[int, Rect], room: Rect, line: float) -> float:
    """The quality of a layout: the area covered by pictures minus penalties for panels that are too small."""
    area = room.width * room.height
    total = 0.0
    for i, rect in rects.items():
        lack = 1 - min(1, rect.width / (hints[i].width * line)) * min(1, rect.height / (hints[i].height * line))
        total += covered(hints[i], rect, line) / area * (1 if i in main else BESIDE_WEIGHT) - MISSING_WEIGHT * lack * (
            lack + MISSING_OFFSET
        )
    return total


def covered(hint: SizeHint, rect: Rect, line: float) -> float:
    """The area of a rectangle that a panel's picture covers."""
    width, height = min(rect.width, hint.most_width * line), min(rect.height, hint.most_height * line)
    if all(hint.cells):
        rows, columns = hint.cells
        across, down = cell_size(width - hint.around[0] * line, height - hint.around[1] * line, rows, columns)
        return across * columns * down * rows
    if hint.flow and hint.flow.count <= MAX_SHAPED_TILES:
        return _tiled_area(hint.flow, width, height, line)
    if not hint.aspect:
        return max(0.0, width - hint.around[0] * line) * max(0.0, height - hint.around[1] * line)
    high = max(0.0, min(height - hint.around[1] * line, (width - hint.around[0] * line) / hint.aspect))
    return high * high * hint.aspect


def _tiled_area(flow: Flow, width: float, height: float, line: float) -> float:
    """The total area of equal pictures, as large as fit in a rectangle with gaps between them."""
    gap = TILE_GAP * line
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
    """The width and height of a matrix's cells that fill a rectangle, with an aspect ratio of at most
    `MAX_CELL_ASPECT` either way."""
    across, down = max(width / columns, 0.01), max(height / rows, 0.01)
    return min(across, down * MAX_CELL_ASPECT), min(down, across * MAX_CELL_ASPECT)


def _in_column(hints: Sequence[SizeHint], room: Rect, line: float, gap: float) -> list[Rect]:
    if len(hints) == 1:
        return [room]
    wanted = [_wanted_height(hint, room.width, line) for hint in hints]
    tops = _distribute(wanted, [w.height * line for w in hints], room.height, gap)
    return [Rect(room.left, room.top + top, room.width, bottom - top - gap) for top, bottom in pairwise(tops)]


def _in_row(hints: Sequence[SizeHint], room: Rect, line: float, gap: float) -> list[Rect]:
    if len(hints) == 1:
        return [room]
    wanted = [_wanted_width(hint, room, line) for hint in hints]
    lefts = _distribute(wanted, [w.width * line for w in hints], room.width, gap)
    return [Rect(room.left + left, room.top, right - left - gap, room.height) for left, right in pairwise(lefts)]


def _wanted_width(hint: SizeHint, room: Rect, line: float) -> float:
    """The width that a panel uses at the full height."""
    across, down = hint.around[0] * line, hint.around[1] * line
    picture = max(room.height - down, 0) * hint.aspect + across if hint.aspect else room.width
    return min(max(picture, hint.width * line), hint.most_width * line)


def _wanted_height(hint: SizeHint, width: float, line: float) -> float:
    """The height that a panel uses at the given width."""
    if hint.aspect:
        picture = (width - hint.around[0] * line) / hint.aspect + hint.around[1] * line
    else:
        picture = max(width, hint.height * line)
    return min(max(picture, hint.height * line), hint.most_height * line)


def _distribute(wanted: Sequence[float], least: Sequence[float], room: float, gap: float) -> list[float]:
    """Divide a length among parts, first `least`, then in proportion to what is wanted; the starts, and the end."""
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
