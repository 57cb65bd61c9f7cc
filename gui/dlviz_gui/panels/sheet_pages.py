"""Pages of a sheet in the window: how much of its main panels stands on one, and where the panels stand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
NEEDED = ("beside", "legend")
"""The roles of what is needed with the main pictures, as the given picture."""
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
    def needed(self) -> list[int]:
        """The positions of the panels that come before the main ones or are needed beside them."""
        return [i for i in self.others() if i < self.mains[0] or self.panels[i].role in NEEDED]

    def others(self, but: Collection[int] = ()) -> list[int]:
        """The positions of the other panels than the main ones, but for some."""
        return [i for i in range(len(self.panels)) if i not in self.mains and i not in but]

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
        titles = [] if _is_cut(main) else [self.panels[i].title for i in self.mains[start:stop]]
        if titles and all(titles):
            return ", ".join(titles)
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

    @cached_property
    def _wordiest(self) -> int:
        """The part with the longest words under its tiles."""
        main = self.panels[self.mains[0]]
        if not isinstance(main, Tiles) or not main.captions:
            return 0
        lengths = [len(words) for words in main.captions]
        return lengths.index(max(lengths)) // step_of(main)

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

    @property
    def best(self) -> tuple[int, dict[int, Rect]]:
        """How many parts make a good page, and the places of the panels on the first."""
        return self._good[0], self._places(self._good[0])

    @property
    def covered(self) -> float:
        """What pictures cover of their panel on a good page, as a share."""
        return self._good[1]

    def parted(self, after: Collection[int]) -> list[SheetPages]:
        """The pages without some of the panels, and the pages of these."""
        every = range(len(self.panels))
        both = [i for i in every if i not in after], [i for i in every if i in after]
        return [
            SheetPages([self.panels[i] for i in some], [self.frames[i] for i in some], self.room, True) for some in both
        ]

    @property
    def fits(self) -> bool:
        """Whether nothing has to be scrolled."""
        return self._is_inside(self.best[1])

    @property
    def is_cramped(self) -> bool:
        """Whether a panel that is not needed beside the main ones has too little room there."""
        each, rects = self.best
        page, rest = self.page(0, each, each), self.others(self.needed)
        return any(self.frames[i].is_cramped(page[i], rects[i]) for i in rest if i in page)

    def _is_inside(self, rects: Mapping[int, Rect]) -> bool:
        """Whether all panels stand in the room."""
        return all(rect.top + rect.height <= self.room.height for rect in rects.values())

    @property
    def shown(self) -> float:
        """What the pictures of the main panels cover of the room, on the first page."""
        each, rects = self.best
        page = self.page(0, each, each)
        shown = ((self.frames[i], page[i], rects[i]) for i in self.mains if i in page)
        area = sum(f.covered(panel, rect, self.room.line) * rect.width * rect.height for f, panel, rect in shown)
        return area / (self.room.width * self.room.height)

    @cached_property
    def _good(self) -> tuple[int, float]:
        """How many parts make a good page, and what share pictures then cover."""

        def on(each: int, start: int = 0, stop: int = 0) -> Iterator[tuple[PanelFrame, Panel, Rect]]:
            page, rects = self._tried(start, stop or each, each), self._places(each)
            return ((self.frames[i], page[i], rects[i]) for i in self.mains if i in page and i in rects)

        @cache
        def is_legible(each: int) -> bool:
            if not (_is_cut(self.panels[self.mains[0]]) or self._is_inside(self._places(each))):
                return False
            wordiest = next(ends for ends in pairwise(starts_of(self.total, each)) if ends[1] > self._wordiest)
            both = (shown for ends in {(0, each), wordiest} for shown in on(each, *ends))
            return all(frame.is_legible(panel, rect, self.room.line) for frame, panel, rect in both)

        @cache
        def covered(each: int) -> float:
            shares = [frame.covered(panel, rect, self.room.line) for frame, panel, rect in on(each)]
            return min(shares) if each == 1 or is_legible(each) else 0.0

        low, high = (self.total, self.total) if is_legible(self.total) else (1, self.total - 1)
        while low < high:  # with less on it a page is no worse
            middle = (low + high + 1) // 2
            low, high = (middle, high) if is_legible(middle) else (low, middle - 1)
        each = fullest(self.total, max(low, 1), covered)
        return each, covered(each)

    @cached_property
    def _tried(self) -> Callable[[int, int, int], dict[int, Panel]]:
        """`page`, put together once for each size that is tried."""
        return cache(self.page)

    @cached_property
    def _places(self) -> Callable[[int], dict[int, Rect]]:
        """Where the panels of the first page stand, which holds so many parts."""
        return cache(lambda each: self._arranged(self._tried(0, each, each), self._below(each)))

    def _below(self, each: int) -> int:
        """Pixels that the buttons to turn pages take."""
        return PAGER if self.is_some or each < self.total else 0

    def _arranged(self, panels: Mapping[int, Panel], below: int) -> dict[int, Rect]:
        """The places of panels in the room there is but for some pixels `below`, or in a higher one, to be scrolled,
        where they need more."""
        if not panels:
            return {}
        width, height, line = self.room.width, max(1.0, self.room.height - below), self.room.line
        most = MOST_GROWTH * height
        size_hints = [self.frames[i].size_hint(panel, line) for i, panel in panels.items()]
        while True:
            rects = dict(zip(panels, arrange([*panels.values()], width, height, line, GAP, size_hints), strict=True))
            if height > most or all(self.frames[i].fits(panels[i], rect, line) for i, rect in rects.items()):
                return rects
            height += 3 * line
            width = self.room.width - self.room.bar


def paged(pages: SheetPages) -> list[SheetPages]:
    """The pages of the window: other panels have pages of their own where pictures would be small between them or they
    beside pictures, where main panels that are to be compared would stand on several pages, or where all would have to
    be scrolled."""
    is_small, are_cramped = pages.covered < ENOUGH, pages.is_cramped
    are_parted = pages.best[0] < pages.total == len(pages.mains)

    def is_better(alone: SheetPages) -> bool:
        larger, together = alone.covered > pages.covered, alone.best[0] == alone.total
        return are_cramped or (is_small and larger) or (are_parted and together) or (alone.fits and not pages.fits)

    if not (is_small or are_cramped or are_parted) and pages.fits:
        return [pages]
    first, *others = _apart(pages, is_better, pages.needed)
    return [first, *(page for rest in others for page in paged(rest))]


def presented(pages: SheetPages) -> list[SheetPages]:
    """The pages to present: other panels have pages of their own where the main pictures are much larger without them,
    or where all would have to be scrolled."""

    def is_better(alone: SheetPages) -> bool:
        return alone.fits and (not pages.fits or alone.shown >= LARGER * pages.shown)

    return _apart(pages, is_better, *([pages.needed] if pages.fits else [pages.needed, []]))


def _apart(pages: SheetPages, is_better: Callable[[SheetPages], bool], *ways: list[int]) -> list[SheetPages]:
    """The main panels first, with what one of several ways keeps beside them, and then all others, in the first way
    that is better than all together, if there is one."""
    for kept in ways:
        if rest := pages.others(kept):
            alone, after = pages.parted(rest)
            if is_better(alone):
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
