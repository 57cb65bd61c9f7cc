"""Cut a panel that has too much for one page into pages, for window and paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil

from dlviz.layout.blocks import stands_in_blocks, units_on_a_page
from dlviz.sheet import Arrays, Bars, Diagram, Logos, Panel, Paragraph, Passages, Sheet, Tiles

ENOUGH = 0.605
"""The share of a panel that pictures should cover."""
FEWER, TRIED = 0.95, 48
"""The factor between the page capacities tried, and their maximum number."""
SPREAD = 2 / 3
"""The minimum share of its capacity that a page should hold when parts are spread evenly."""
ALMOST = 0.94
"""Pages that cover this share of the best coverage are good enough if there are fewer of them."""


def fullest(total: int, most: int, covered: Callable[[int], float]) -> int:
    """The number of parts per page, out of `total`: the largest, up to `most`, with which pictures cover `ENOUGH` and
    evenly spread pages are full enough; if there is none, the largest with nearly the best coverage.

    Args:
        covered: from the number of parts on a page to the share of the panel that pictures cover.
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
    """The start of each page, and the end of the last, for the fewest evenly filled pages of at most `each` of `total`
    parts.

    >>> starts_of(16, 12)
    [0, 8, 16]
    >>> starts_of(10, 4)
    [0, 4, 7, 10]
    """
    pages = ceil(total / each)
    return [ceil(page * total / pages) for page in range(pages + 1)]


def capacity(panel: Tiles, width: float, height: float, least: float, line: float, gap: float) -> int:
    """The number of tiles of a contact sheet that fit into a rectangle, with sides of at least `least`; whole rows if
    the sheet has columns.

    Args:
        line: the height of a line of text, for captions and titles.
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
    """The number of tiles that stay on one page: those of the rows that belong together, or one."""
    return (panel.columns or 1) * panel.together


def page_of(panel: Tiles, start: int, stop: int, room_for: int = 0) -> Tiles:
    """The tiles start..stop-1 of a contact sheet, no larger than if there were `room_for` tiles."""
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
    """The name of a page of a contact sheet, such as "units 0 to 11 of 128".

    Units and classes are numbered from 0, pictures from 1. A selection of units is also counted: "unit 7 (2 of 2)".
    Rows that contain the same units, such as those of epochs, are named by their labels; other rows are counted.
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
    """The sheet with panel `number` replaced."""
    return replace(sheet, panels=(*sheet.panels[:number], panel, *sheet.panels[number + 1 :]))


def parts(panel: Panel) -> int:
    """The number of parts into which a panel can be cut: tiles, rows, bars, lines or levels; 1 if it cannot be cut."""
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
    """The parts start..stop-1 of a panel, with tiles no larger than for `room_for` parts; a graph includes the level
    before, where its arrows start."""
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
    """Whether two panels are cut at the same places, because both show units or the same items."""
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
