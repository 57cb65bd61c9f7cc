"""Pages of a sheet in the window: how much of its main panels stands on one, and where the panels stand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from math import ceil

from dlviz.layout import Rect, arrange, main_panels
from dlviz.layout.pages import ENOUGH, are_cut_alike, fullest, named_page, part, parts, starts_of, step_of
from dlviz.sheet import Diagram, Logos, Panel, Passages, Tiles
from dlviz_gui.panels.panel_frame import PanelFrame

GAP = 8
"""Pixels between panels."""
PAGER = 30
"""Pixels that the buttons to turn pages are high."""
MOST_GROWTH = 6
"""The maximum height of a scrolled sheet, in multiples of its room."""
LARGER = 1.2
"""How much more the main pictures are to cover without the panels after them for these to have pages of their own."""


@dataclass(frozen=True)
class Room:
    """The room for a sheet, in pixels: its width and height, of a line of text, and the width of a scroll bar."""

    width: float
    height: float
    line: float
    bar: int


@dataclass(frozen=True)
class SheetPages:
    """A sheet's panels and the frames that show them, a frame each.

    What is cut is the main panel, and panels alike it in the same way; of several main panels that cannot be cut, some
    stand on each page.
    """

    panels: Sequence[Panel]
    frames: Sequence[PanelFrame]
    room: Room
    is_some: bool = False
    """Whether the sheet has other panels on pages before or after."""

    @property
    def cuts(self) -> list[tuple[int, int]]:
        """The first part on each page, and the one after the last."""
        return [*pairwise(starts_of(self.total, self.best[0]))]

    @cached_property
    def mains(self) -> list[int]:
        """The positions of the main panels."""
        return main_panels(self.panels)

    @property
    def total(self) -> int:
        """Into how many parts the sheet can be cut."""
        main = self.panels[self.mains[0]]
        return parts(main) if _is_cut(main) else len(self.mains)

    def name(self, start: int, stop: int) -> str:
        """What is on a page, such as "units 0 to 11 of 128"."""
        main = self.panels[self.mains[0]]
        if (start, stop) == (0, self.total):
            return ", ".join(panel.title for panel in self.panels if panel.title)
        if isinstance(main, Tiles):
            return named_page(main, start * step_of(main), min(stop * step_of(main), len(main.images)))
        return f"{start + 1} to {stop} of {self.total}" if stop > start + 1 else f"{stop} of {self.total}"

    def page(self, start: int, stop: int, each: int) -> dict[int, Panel]:
        """The panels on the page with the parts start..stop-1, by their positions; room is kept for `each` parts."""
        main, mains = self.panels[self.mains[0]], self.mains
        if self.total == 1:
            return dict(enumerate(self.panels))
        if _is_cut(main):
            alike = [i for i in mains if are_cut_alike(self.panels[i], main)]
            cut = {i: replace(self._part(i, start, stop, each), role="main") for i in alike}
            keys = {logo.key for logo in main.logos[start:stop]} if isinstance(main, Logos) else set()
            return {i: cut.get(i, _of_units(panel, keys)) for i, panel in enumerate(self.panels)}
        others = [i for i in range(len(self.panels)) if i not in mains]
        belonging = [mains, others] if len(others) == len(mains) and self._are_alike(others) else [mains]
        hidden = {i for group in belonging for i in (*group[:start], *group[stop:])}
        shown = {i: panel for i, panel in enumerate(self.panels) if i not in hidden}
        return {i: replace(panel, role="main") if i in mains else panel for i, panel in shown.items()}

    def _part(self, number: int, start: int, stop: int, each: int) -> Panel:
        """The parts of a panel that stand on the page with the parts start..stop-1 of the main one; as large a share of
        its own where it has more or fewer, as one of two networks may have units."""
        panel, total = self.panels[number], self.total
        own = parts(panel)
        first = start * own // total
        return part(panel, first, max(first + 1, stop * own // total), ceil(each * own / total))

    def _are_alike(self, numbers: Sequence[int]) -> bool:
        """Whether panels are all of one kind."""
        return len({type(self.panels[i]) for i in numbers}) == 1

    def places(self, page: Mapping[int, Panel], rects: Mapping[int, Rect]) -> dict[int, Rect]:
        """Where the panels of any page stand: as those in their place do on the first, where these are as many."""
        if len(page) != len(rects):
            return self._arranged(page, self._below(self.best[0]))
        placed: dict[int, Rect] = {}
        for is_main in (True, False):
            here = [i for i in page if (i in self.mains) == is_main]
            first = [rect for i, rect in rects.items() if (i in self.mains) == is_main]
            placed |= dict(zip(here, first, strict=False))
        return placed

    @cached_property
    def best(self) -> tuple[int, dict[int, Rect]]:
        """How many parts make a good page, and the places of the panels on the first."""
        together = cache(self._together)
        each, _ = self._good(together)
        return each, together(each)

    @property
    def fits(self) -> bool:
        """Whether nothing has to be scrolled."""
        return all(rect.top + rect.height <= self.room.height for rect in self.best[1].values())

    @property
    def shown(self) -> float:
        """What the pictures of the main panels cover of the room, on the first page."""
        each, rects = self.best
        page = self.page(0, each, each)
        shown = ((self.frames[i], page[i], rects[i]) for i in self.mains if i in page)
        area = sum(f.covered(panel, rect, self.room.line) * rect.width * rect.height for f, panel, rect in shown)
        return area / (self.room.width * self.room.height)

    def _good(self, placed: Callable[[int], Mapping[int, Rect]]) -> tuple[int, float]:
        """How many parts make a good page where they stand as `placed` says, and what share pictures then cover."""

        def on(each: int) -> list[tuple[PanelFrame, Panel, Rect]]:
            page, rects = self.page(0, each, each), placed(each)
            return [(self.frames[i], page[i], rects[i]) for i in self.mains if i in page]

        def is_legible(each: int) -> bool:
            return all(frame.is_legible(panel, rect, self.room.line) for frame, panel, rect in on(each))

        def covered(each: int) -> float:
            return min(frame.covered(panel, rect, self.room.line) for frame, panel, rect in on(each))

        low, high = (self.total, self.total) if is_legible(self.total) else (1, self.total - 1)
        while low < high:  # with less on it a page is no worse
            middle = (low + high + 1) // 2
            low, high = (middle, high) if is_legible(middle) else (low, middle - 1)
        each = fullest(self.total, max(low, 1), covered)
        return each, covered(each)

    def _together(self, each: int) -> dict[int, Rect]:
        """All panels of a page in one room."""
        return self._arranged(self.page(0, each, each), self._below(each))

    def _below(self, each: int) -> int:
        """Pixels that the buttons to turn pages take."""
        return PAGER if self.is_some or each < self.total else 0

    def _arranged(self, panels: Mapping[int, Panel], below: int, beside: int = 0) -> dict[int, Rect]:
        """The places of panels in the room there is, or in a higher one, to be scrolled, where they need more.

        Args:
            below, beside: pixels of the room that are taken already.
        """
        if not panels:
            return {}
        width, height, line = self.room.width - beside, max(1.0, self.room.height - below), self.room.line
        most = MOST_GROWTH * height
        wishes = [self.frames[i].wish(panel, line) for i, panel in panels.items()]
        while True:
            rects = dict(zip(panels, arrange([*panels.values()], width, height, line, GAP, wishes), strict=True))
            if height > most or all(self.frames[i].fits(rect) for i, rect in rects.items()):
                return rects
            height += 3 * line
            width = self.room.width - self.room.bar


class ScrolledPages(SheetPages):
    """Pages that may be higher than the room, as high as a scroll bar makes good."""

    @cached_property
    def best(self) -> tuple[int, dict[int, Rect]]:
        """How many parts make a good page, and the places of the panels on the first.

        Where pictures would be small between all others, or main panels that are to be compared would stand on several
        pages, the panels after the main ones stand below, to be scrolled to; what is needed with them, as the given
        picture, stays beside them.
        """
        together = cache(self._together)
        each, covered = self._good(together)
        after = [i for i in range(len(self.panels)) if i > self.mains[0] and i not in self.mains]
        is_small, are_parted = covered < ENOUGH, each < self.total == len(self.mains)
        if (is_small or are_parted) and after and not any(panel.role == "beside" for panel in self.panels):
            apart = cache(self._apart)
            larger, then = self._good(apart)
            if (is_small and then > covered) or (are_parted and larger == self.total):
                return larger, apart(larger)
        return each, together(each)

    def _apart(self, each: int) -> dict[int, Rect]:
        """The main panels and those before them in one room, the others under it."""
        page, below = self.page(0, each, each), self._below(each)
        first = {i: panel for i, panel in page.items() if i < self.mains[0] or i in self.mains}
        above = self._arranged(first, below, self.room.bar)
        if len(first) == 1:
            above = {i: self.frames[i].trimmed(first[i], rect) for i, rect in above.items()}
        under = max(rect.top + rect.height for rect in above.values()) + GAP
        rest = self._arranged({i: panel for i, panel in page.items() if i not in first}, below, self.room.bar)
        lower = {i: replace(rect, top=rect.top + under) for i, rect in rest.items()}
        return dict(sorted((above | lower).items()))


def presented(pages: SheetPages) -> list[SheetPages]:
    """The pages to present, none of them scrolled: where the main pictures are much larger without the panels after
    them, they stand first with what is needed beside them, unless there is no room for it, and the others have pages of
    their own."""
    needed = ("beside", "legend")
    for kept in (needed,) if pages.fits else (needed, ()):
        first = [i for i, panel in enumerate(pages.panels) if i in pages.mains or panel.role in kept]
        rest = [i for i in range(len(pages.panels)) if i not in first]
        if not rest:
            continue
        alone, after = (
            SheetPages([pages.panels[i] for i in some], [pages.frames[i] for i in some], pages.room, True)
            for some in (first, rest)
        )
        if alone.fits and (not pages.fits or alone.shown >= LARGER * pages.shown):
            return [alone, after]
    return [pages]


def _is_cut(panel: Panel) -> bool:
    """Whether a panel is cut into pages: contact sheets, logos, and graphs whose boxes are chosen."""
    return isinstance(panel, Tiles | Logos) or (isinstance(panel, Diagram) and bool(panel.selects))


def _of_units(panel: Panel, units: Collection[int]) -> Panel:
    """The panel, of passages those of some units."""
    if not isinstance(panel, Passages) or not units:
        return panel
    return replace(panel, rows=tuple(row for row in panel.rows if row.key in units))
