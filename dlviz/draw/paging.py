"""A sheet that does not fit on one page goes on several: its main panel is cut, or its panels stand alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil

from dlviz.draw.page import laid_out
from dlviz.layout import main_panels
from dlviz.pages import named_page, part, parts, step_of, with_panel
from dlviz.sheet import Graph, Panel, Sheet, Tiles, retitled

ENOUGH, LARGE = 0.6, 1.2
"""What pictures are to cover of the main panel's rectangle; inches of a side of those that are large in any case."""
TOLERANCE = 0.02
"""Inches that a panel may be too high."""
FEWER = 6
"""So many smaller pages are tried where pictures cover less than `ENOUGH`."""


@dataclass(frozen=True)
class Fit:
    """How panels stand on a page."""

    inside: bool
    """None needs more than its room."""
    whole: bool
    """They are inside, and all their words stand there."""
    covered: float
    """Of the main panel's rectangle, by its pictures; 1 where it has none, or `LARGE` ones."""


def paged(sheet: Sheet, room: float) -> list[Sheet]:
    """The sheet on as few pages as show everything, `room` inches high without their headings."""
    if not sheet.panels:
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

    sizes = sorted({ceil(parts(main) / pages) for pages in range(1, parts(main) + 1)}, reverse=True)
    each = _largest(sizes, fit, lambda f: f.whole) or (_largest(sizes, fit, lambda f: f.inside) if alone else 0)
    if not alone and (not each or (isinstance(main, Graph) and each < parts(main))):
        return [page for i in _order(at, len(sheet.panels)) for page in paged(_alone(sheet, i), room)]
    return _cut(sheet, at, each) if each else [sheet]


def _largest(sizes: Sequence[int], fit: Callable[[int], Fit], good: Callable[[Fit], bool]) -> int:
    """The largest size that is good, or a smaller one whose pictures cover `ENOUGH`; 0 where none is good."""
    low, high = 0, len(sizes)
    while low < high:  # the first that is good: with less on it a page is no worse
        middle = (low + high) // 2
        low, high = (low, middle) if good(fit(sizes[middle])) else (middle + 1, high)
    if low == len(sizes):
        return 0
    tried: dict[int, float] = {}
    for size in sizes[low : low + FEWER]:
        tried[size] = fit(size).covered
        if tried[size] >= ENOUGH:
            return size
    return next(size for size, covered in tried.items() if covered >= 0.9 * max(tried.values()))


def _fit(panels: Sequence[Panel], at: int, room: float) -> Fit:
    rects, blocks = laid_out(panels, room)
    inside = all(block.height <= rect.height + TOLERANCE for block, rect in zip(blocks, rects, strict=True))
    area = rects[at].width * (rects[at].height - blocks[at].head)
    covered = blocks[at].pictures / max(area, 1e-9) if blocks[at].tile < LARGE else 1.0
    return Fit(inside, inside and all(block.whole for block in blocks), covered)


def _order(first: int, count: int) -> list[int]:
    return [first, *(i for i in range(count) if i != first)]


def _alone(sheet: Sheet, number: int) -> Sheet:
    panel = sheet.panels[number]
    name = f" · {panel.title}" if panel.title else ""
    return replace(sheet, title=sheet.title + name, panels=(retitled(panel, ""),))


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
