"""A panel that has too much for a room, page by page, in the window and on paper alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil

from dlviz.layout.blocks import stands_in_blocks, units_on_a_page
from dlviz.sheet import Arrays, Bars, Diagram, Logos, Panel, Paragraph, Passages, Sheet, Tiles

ENOUGH = 0.605
"""What pictures are to cover of their panel."""
FEWER, TRIED = 0.95, 48
"""Of what a page holds, again and again, what is tried; how often at most."""
SPREAD = 2 / 3
"""What a page is to hold where parts are spread evenly, of what it could."""
ALMOST = 0.94
"""Of what the best pages cover, what is as good where it takes fewer."""


def fullest(total: int, most: int, covered: Callable[[int], float]) -> int:
    """How many of `total` parts have room on a page: the most, up to `most`, with which pictures cover `ENOUGH` and
    pages are full enough where `starts_of` spreads all parts over them; where they never do, as many as cover almost
    as much as any number does.

    Args:
        covered: what pictures cover of their panel with so many parts on a page, as a share.
    """
    sizes = {int(most * FEWER**step) for step in range(TRIED)} | {
        ceil(total / (ceil(total / most) + i)) for i in range(4)
    }
    tried: dict[int, float] = {}
    for size in sorted((size for size in sizes if 0 < size <= most), reverse=True):
        tried[size] = covered(size)
        pages = ceil(total / size)
        if tried[size] >= ENOUGH and total >= SPREAD * pages * size:
            even = ceil(total / pages)
            return even if covered(even) >= ENOUGH else size
    best = max(tried.values())
    return next(size for size, share in tried.items() if share >= (ENOUGH if best >= ENOUGH else ALMOST * best))


def starts_of(total: int, each: int) -> list[int]:
    """Where each of the fewest pages of at most `each` of `total` parts begins, and where the last one ends: none holds
    two parts more than another.

    >>> starts_of(16, 12)
    [0, 8, 16]
    >>> starts_of(10, 4)
    [0, 4, 7, 10]
    """
    pages = ceil(total / each)
    return [ceil(page * total / pages) for page in range(pages + 1)]


def capacity(panel: Tiles, width: float, height: float, least: float, line: float, gap: float) -> int:
    """How many tiles of a contact sheet stand in a room, none of them narrower or lower than `least`; whole rows where
    the sheet has columns.

    Args:
        line: the height of a line of text, which stands under tiles with captions and over titles.
    """
    if stands_in_blocks(panel):
        height -= 1.5 * line if panel.title else 0
        return units_on_a_page(panel, width, height, least, 1.2 * line) * step_of(panel)
    n, (high, wide) = panel.slots, panel.images.shape[1:3]
    scale = least / min(high, wide)
    high, wide = high * scale, wide * scale
    height -= 1.5 * line if panel.title else 0
    height -= 1.5 * line if panel.column_labels else 0
    below = 1.2 * line if panel.captions else 0
    rows = max(1, int((height + gap) // (high + below + gap)))
    if not panel.columns:
        return rows * max(1, int((width + gap) // (wide + gap)))
    left = 0.6 * line * max(map(len, panel.row_labels), default=0)
    blocks = max(1, int((width + 2 * gap) // (panel.columns * (wide + gap) + left + gap)))
    return min(rows * blocks, ceil(n / panel.columns)) * panel.columns


def step_of(panel: Tiles) -> int:
    """How many tiles are kept together: those of the rows that belong together, or one."""
    return (panel.columns or 1) * panel.together


def page_of(panel: Tiles, start: int, stop: int, room_for: int = 0) -> Tiles:
    """The tiles start..stop-1 of a contact sheet, no larger than `room_for` of them would be."""
    rows = slice(start // panel.columns, ceil(stop / panel.columns)) if panel.columns else slice(0)
    return replace(
        panel,
        images=panel.images[start:stop],
        captions=panel.captions[start:stop],
        keys=panel.keys[start:stop],
        row_labels=panel.row_labels[rows],
        boxes=None if panel.boxes is None else panel.boxes[start:stop],
        weight=panel.weight and panel.weight.cut(slice(start, stop)),
        room_for=room_for,
    )


def named_page(panel: Tiles, start: int, stop: int) -> str:
    """What of a contact sheet is on a page, such as "units 0 to 11 of 128".

    Units and classes have the numbers by which they are chosen, from 0; pictures are counted from 1. Where not the
    first ones are shown, their places among those are told as well: "unit 7 (2 of 2)". Rows that hold the same units
    each, as those of epochs, go by their labels, and rows of a table that stand for nothing else are counted.
    """
    things = panel.things or {"unit": "units", "input": "pictures"}.get(panel.selects, "tiles")
    if len(set(panel.keys)) < 2:
        first, last, total = (ceil(tile / step_of(panel)) for tile in (start, stop, len(panel.images)))
        return f"{f'{first + 1} to ' if last > first + 1 else ''}{last} of {total}"
    every, shown = tuple(dict.fromkeys(panel.keys)), tuple(dict.fromkeys(panel.keys[start:stop]))
    total = len(every)
    if panel.row_labels and shown == every:
        rows = panel.row_labels[start // panel.columns : ceil(stop / panel.columns)]
        return f"{' to '.join(dict.fromkeys((rows[0], rows[-1])))} of {len(panel.row_labels)}"
    if things in ("pictures", "tiles"):
        shown = tuple(every.index(key) + 1 for key in shown)
    if shown != tuple(range(shown[0], shown[-1] + 1)):
        return f"{len(shown)} of {total} {things}, from {shown[0]} to {shown[-1]}"
    name = f"{'class' if things == 'classes' else things[:-1]} {shown[0]}"
    if len(shown) > 1:
        name = f"{things} {shown[0]} to {shown[-1]}"
    if things in ("pictures", "tiles") or every == tuple(range(total)):
        return f"{name} of {total}"
    places = sorted({every.index(shown[0]) + 1, every.index(shown[-1]) + 1})
    return f"{name} ({' to '.join(map(str, places))} of {total})"


def with_panel(sheet: Sheet, number: int, panel: Panel) -> Sheet:
    """The sheet with another panel in one place."""
    return replace(sheet, panels=(*sheet.panels[:number], panel, *sheet.panels[number + 1 :]))


def parts(panel: Panel) -> int:
    """Into how many parts a panel can be cut: its tiles, rows of a table or of boxes, bars, lines, levels;
    1 if not at all."""
    match panel:
        case Tiles(images=images):
            return ceil(len(images) / step_of(panel))
        case Bars(values=values):
            return len(values)
        case Passages(rows=rows):
            return len(rows)
        case Logos(logos=logos):
            return len(logos)
        case Paragraph(text=text):
            return text.count("\n") + 1
        case Arrays(boxes=boxes):
            return len({box.row for box in boxes})
        case Diagram(nodes=nodes):
            return max((node.row for node in nodes), default=0) + 1
    return 1


def part(panel: Panel, start: int, stop: int, room_for: int = 0) -> Panel:
    """The parts start..stop-1 of a panel, tiles no larger than those of `room_for` parts; of a graph also the level
    before, from which its arrows come."""
    match panel:
        case Tiles():
            step = step_of(panel)
            return page_of(panel, start * step, min(stop * step, len(panel.images)), room_for * step)
        case Bars(labels=labels, values=values, right=right):
            limit = panel.limit or float(max(abs(values), default=1.0)) or 1.0
            inside = right - start if start <= right < stop else -1
            weight = panel.weight and panel.weight.cut(slice(start, stop))
            return replace(
                panel, labels=labels[start:stop], values=values[start:stop], limit=limit, right=inside, weight=weight
            )
        case Passages(rows=rows):
            return replace(panel, rows=rows[start:stop])
        case Logos(logos=logos):
            return replace(panel, logos=logos[start:stop], limit=panel.most)
        case Paragraph(text=text):
            return replace(panel, text="\n".join(text.split("\n")[start:stop]))
        case Arrays(boxes=boxes):
            shown = sorted({box.row for box in boxes})[start:stop]
            return replace(panel, boxes=tuple(box for box in boxes if box.row in shown))
        case Diagram():
            return _levels(panel, max(start - 1, 0), stop)
    return panel


def are_cut_alike(panel: Panel, other: Panel) -> bool:
    """Whether two panels show units, or the same of whatever else their parts stand for."""
    if isinstance(panel, Tiles) and isinstance(other, Tiles):
        alike = len(panel.images) == len(other.images) and panel.keys == other.keys != ()
        return panel is other or alike or panel.selects == other.selects == "unit"
    return panel is other


def _levels(panel: Diagram, start: int, stop: int) -> Diagram:
    inside = [i for i, node in enumerate(panel.nodes) if start <= node.row < stop]
    new = {old: number for number, old in enumerate(inside)}
    left = min((panel.nodes[i].column for i in inside), default=0)
    kept = (panel.nodes[i] for i in inside)
    nodes = tuple(replace(node, row=node.row - start, column=node.column - left) for node in kept)
    return replace(panel, nodes=nodes, edges=tuple((new[a], new[b]) for a, b in panel.edges if a in new and b in new))
