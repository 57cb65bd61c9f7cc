"""A sheet that does not fit on one page goes on several: its main panel is cut, or its panels stand alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil

from dlviz.draw.page import laid_out
from dlviz.layout import main_panels
from dlviz.pages import named_page, part, parts, step_of, with_panel
from dlviz.sheet import Graph, Panel, Sheet, Tiles, retitled

ENOUGH, LARGE = 0.63, 1.2
"""What pictures are to cover of the main panel's rectangle; inches of a side of those that are large in any case."""
TOLERANCE = 0.02
"""Inches that a panel may be too high."""
FEWER, TRIED = 0.88, 16
"""Of what a page holds, again and again, what is tried where pictures cover less than `ENOUGH`; how often at most."""
MOST_NAMES = 30
"""Letters of the names of panels in the title of their page, for which `room` has a line."""


@dataclass(frozen=True)
class Fit:
    """How panels stand on a page."""

    inside: bool
    """None needs more than its room."""
    whole: bool
    """They are inside, and all their words stand there."""
    covered: float
    """Of the main panel's rectangle, by its pictures; 1 where it has none, or `LARGE` ones."""


def paged(sheet: Sheet, room: float, title: str = "") -> list[Sheet]:
    """The sheet on as few pages as show everything, `room` inches high without their headings.

    What asks something, as a lesson does, stays together.

    Args:
        title: what the names of panels are added to in the titles of pages; empty: the sheet's own.
    """
    title = title or sheet.title
    if not sheet.panels or sheet.question:
        return [sheet]
    mains = main_panels(sheet.panels)
    panels = [replace(panel, role="main") if i in mains else panel for i, panel in enumerate(sheet.panels)]
    sheet, at = (
        replace(sheet, panels=tuple(panels)),
        mains[0],
    )  # however little of it is on a page, it stays the main one
    main = sheet.panels[at]
    alone = len(sheet.panels) == 1

    def fit(each: int) -> Fit:
        return _fit(with_panel(sheet, at, part(main, 0, each)).panels, at, room)

    each = _most(parts(main), fit, lambda f: f.whole) or (_most(parts(main), fit, lambda f: f.inside) if alone else 0)
    if not alone and (not each or (isinstance(main, Graph) and each < parts(main)) or _is_squeezed(main, each)):
        first = _together(sheet, at, room) if parts(main) == 1 else [at]
        others = [i for i in range(len(sheet.panels)) if i not in first]
        return [page for some in (first, others) if some for page in paged(_only(sheet, some, title), room, title)]
    return _cut(sheet, at, each) if each else [sheet]


def _most(total: int, fit: Callable[[int], Fit], good: Callable[[Fit], bool]) -> int:
    """The most parts with which a page is good, or less whose pictures cover `ENOUGH`; 0 where one is too much."""
    low, high = 0, total
    while low < high:  # the most that are good: with less on it a page is no worse
        middle = (low + high + 1) // 2
        low, high = (middle, high) if good(fit(middle)) else (low, middle - 1)
    if not low:
        return 0
    sizes = {int(low * FEWER**step) for step in range(TRIED)} | {
        ceil(total / (ceil(total / low) + i)) for i in range(4)
    }
    tried: dict[int, float] = {}
    for size in sorted((size for size in sizes if 0 < size <= low), reverse=True):
        tried[size] = fit(size).covered
        if tried[size] >= ENOUGH:
            break
    best = max(tried.values())
    size = next(size for size, covered in tried.items() if covered >= min(ENOUGH, 0.9 * best))
    even = ceil(total / ceil(total / size))  # all pages alike, if they are as good
    return even if even < size and fit(even).covered >= min(ENOUGH, tried[size]) else size


def _fit(panels: Sequence[Panel], at: int, room: float) -> Fit:
    rects, blocks = laid_out(panels, room)
    inside = all(
        block.height <= rect.height + TOLERANCE and block.width <= rect.width + TOLERANCE
        for block, rect in zip(blocks, rects, strict=True)
    )
    area = rects[at].width * (rects[at].height - blocks[at].head)
    covered = blocks[at].pictures / max(area, 1e-9) if blocks[at].tile < LARGE else 1.0
    return Fit(inside, inside and all(block.whole for block in blocks), covered)


def _is_squeezed(main: Panel, each: int) -> bool:
    """Whether of several named rows of tiles only one stands on a page beside the other panels."""
    return isinstance(main, Tiles) and each == 1 and parts(main) > 2 and len(main.row_labels) > 2 and main.together == 1


def _together(sheet: Sheet, at: int, room: float) -> list[int]:
    """The main panel and those after it in their order, as many as stand on one page without being cut."""
    order = [at, *(i for i in range(len(sheet.panels)) if i != at)]
    for count in range(len(order) - 1, 1, -1):
        chosen = sorted(order[:count])
        fit = _fit([sheet.panels[i] for i in chosen], chosen.index(at), room)
        if fit.whole:
            return chosen
    return [at]


def _only(sheet: Sheet, numbers: Sequence[int], title: str) -> Sheet:
    """The sheet with these panels alone, named after them where the names are short."""
    panels = tuple(sheet.panels[i] for i in numbers)
    names = ", ".join(panel.title for panel in panels if panel.title)
    if not names or len(names) > MOST_NAMES:
        return replace(sheet, title=title, panels=panels)
    bare = (retitled(panels[0], ""),) if len(panels) == 1 else panels
    return replace(sheet, title=f"{title} · {names}", panels=bare)


def _cut(sheet: Sheet, at: int, each: int) -> list[Sheet]:
    main = sheet.panels[at]
    total = parts(main)
    starts = range(0, total, each)
    if len(starts) < 2:
        return [sheet]
    pages = []
    for number, start in enumerate(starts, 1):
        stop = min(start + each, total)
        if isinstance(main, Tiles):
            step = step_of(main)
            name = named_page(main, start * step, min(stop * step, len(main.images)))
        else:
            name = f"{number} of {len(starts)}"
        page = with_panel(sheet, at, part(main, start, stop))
        pages.append(replace(page, title=f"{sheet.title} · {name}"))
    return pages
