"""A sheet that does not fit on one page goes on several: its main panel is cut, or its panels stand alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from math import ceil

from dlviz.draw.canvas import Block
from dlviz.draw.page import LINE, MARGIN, WIDTH, has_room_for_words, laid_out, placed, room_on_page
from dlviz.grammar import sentences
from dlviz.layout import main_panels
from dlviz.layout.pages import are_cut_alike, fullest, named_page, part, parts, starts_of, step_of, with_panel
from dlviz.sheet import Curves, Diagram, Formula, Image, Logos, Matrix, Panel, Paragraph, Sheet, Tiles, retitled

SMALL = 0.6
"""Pictures that cover less of the main panel's rectangle have a page without other panels."""
LARGER = 1.1
"""How much larger tiles are to be there, where they cover less there as well."""
MUCH_LARGER = 1.6
"""How much more of a page main pictures are to cover without the other panels to stand above them in one picture."""
TOLERANCE = 0.02
"""Inches that a panel may be too high."""
WIDER = (1.0, 1.25, 1.5, 1.8, 2.2)
"""How much wider than a slide pages are tried for one picture of a given size, on which letters are as much smaller."""
LEAST_LINE = 14.0
"""Pixels of a line of letters that are read on a screen."""
MOST_NAMES = 32
"""Letters of the names of panels in the title of their page, for which `room` has a line."""


@dataclass(frozen=True)
class Fit:
    """How panels stand on a page."""

    inside: bool
    """None needs more than its room."""
    whole: bool
    """They are inside, and all their words stand there."""
    covered: float
    """Of the rectangle of a main panel, by its pictures, of several the least; 1 where it has none."""


def paged(sheet: Sheet, room: Callable[[Sheet], float]) -> list[Sheet]:
    """The sheet on as few pages as show everything well; of one that asks something, the answer is on the next.

    Args:
        room: the inches that a page leaves for the panels of a sheet under its heading.
    """
    pages = _paged(sheet, room(sheet), sheet.title)
    pictured = [page for page in pages if not has_room_for_words(page)]
    least = min(map(room, pictured), default=room(sheet))  # the titles of pages are longer: they name what is there
    return pages if least >= room(sheet) else _paged(sheet, least, sheet.title)


def _paged(sheet: Sheet, room: float, title: str) -> list[Sheet]:
    """The sheet on pages with so many inches for panels; the names of panels are added to `title` in their titles."""
    if not sheet.panels:
        return [sheet]
    if sheet.question:
        return _asked(sheet, room, title)
    mains = main_panels(sheet.panels)
    panels = [replace(panel, role="main") if i in mains else panel for i, panel in enumerate(sheet.panels)]
    sheet = replace(sheet, panels=tuple(panels))  # however little of it is on a page, it stays the main one
    at, alone = mains[0], len(panels) == 1
    main = sheet.panels[at]

    @cache
    def fit(each: int) -> Fit:
        return _fit(with_panel(sheet, at, part(main, 0, each)).panels, at, room)

    each = _most(parts(main), fit, lambda f: f.whole) or (_most(parts(main), fit, lambda f: f.inside) if alone else 0)
    are_compared = sum(are_cut_alike(panels[i], main) for i in mains) > 1
    if not alone and (
        not each
        or (are_compared and each < parts(main))  # of one network some units beside all of the other
        or (isinstance(main, Diagram | Paragraph) and each < parts(main))
        or _is_squeezed(main, each)
        or _is_larger_alone(sheet.panels, at, each, room)
    ):
        first = _together(sheet, at, room) if parts(main) == 1 else [at]
        others = [i for i in range(len(sheet.panels)) if i not in first]
        return [page for some in (first, others) if some for page in _paged(_only(sheet, some, title), room, title)]
    return _cut(sheet, at, each) if each else [sheet]


def _asked(sheet: Sheet, room: float, title: str) -> list[Sheet]:
    """What is asked about, then the formula, what there was no room for, and the answer."""
    first, rest = asked_about(sheet.panels, room)
    asked = replace(sheet, panels=first)
    if not rest:
        return [asked]
    answer = replace(sheet, panels=rest, question="", title=f"{title} · answer", summary=sheet.answer or sheet.summary)
    return [*_cut_if_small(asked, room), *_in_one_or_two(answer, room)]


def asked_about(panels: Sequence[Panel], room: float) -> tuple[tuple[Panel, ...], tuple[Panel, ...]]:
    """What is asked about, as large as a class needs it, with whatever else leaves it so; and the rest."""
    shown = next((some for some in _ways_to_ask(panels) if _is_large([*some.values()], room)), None)
    shown = shown or {i: panels[i] for i in main_panels(panels)}
    rest = (panel for i, panel in enumerate(panels) if i not in shown)
    return tuple(shown.values()), tuple(p if isinstance(p, Formula) else replace(p, role="main") for p in rest)


def came_for(panels: Sequence[Panel], room: float) -> tuple[tuple[Panel, ...], tuple[Panel, ...]]:
    """The main pictures that are small among the other panels and larger without them, and the rest; else all."""
    mains = main_panels(panels)
    first = tuple(panels[i] for i in mains)
    rest = tuple(replace(panel, role="main") for i, panel in enumerate(panels) if i not in mains)
    if rest and _covered(panels, room)[0] < _covered(first, room)[0] / MUCH_LARGER:
        return tuple(replace(panel, role="main") for panel in first), rest
    return tuple(panels), ()


def best_width(sheet: Sheet, size: tuple[int, int]) -> float:
    """The width in inches of the page for one picture of `size` pixels (width, height) that shows most of what one came
    for: on a wider page letters are smaller, and pictures have the room that others do not need."""
    widest = max(size[0] / WIDTH * LINE / LEAST_LINE, 1.0)
    return max((WIDTH * wider for wider in WIDER if wider <= widest), key=lambda width: _shown(sheet, width, size))


def _shown(sheet: Sheet, width: float, size: tuple[int, int]) -> float:
    """What main pictures cover of a page of that width, in the shape of `size`, times the size of letters on it."""
    height = width * size[1] / size[0]
    room = room_on_page(sheet, height, width)
    covered, needed = _covered(sheet.panels, room, width)
    smaller = height / (height + needed - room)
    return covered * needed / height * smaller**3 / width


def _covered(panels: Sequence[Panel], room: float, width: float = WIDTH) -> tuple[float, float]:
    """What main pictures cover of a page's width and of the height that its panels take, `room` or more; and that
    height."""
    places = placed(panels, room, width)
    height = max(room, *(place.top + place.block.height for place in places)) if places else room
    pictures = sum(_picture(places[i].panel, places[i].block) for i in main_panels(panels))
    return pictures / (width * height), height


def _ways_to_ask(panels: Sequence[Panel]) -> Iterator[dict[int, Panel]]:
    """What may stand on a slide with the question, by position, the best first: the main panels with those beside them
    or alone, then some of those beside as large as they are, then fewer."""
    main = dict.fromkeys(main_panels(panels))
    beside = [i for i, panel in enumerate(panels) if i not in main and not isinstance(panel, Formula)]

    def some(numbers: Iterable[int], large: Container[int]) -> dict[int, Panel]:
        return {i: replace(panels[i], role="main") if i in large else panels[i] for i in sorted(numbers)}

    for count in range(len(beside), -1, -1):
        yield some([*main, *beside[:count]], main)
    for count in range(1, len(beside) + 1):
        yield some([*main, *beside[:count]], [*main, *beside])
    for count in range(len(main) - 1, 0, -1):
        yield some([*main][:count], main)


def _cut_if_small(sheet: Sheet, room: float) -> list[Sheet]:
    """The sheet, or where that makes all of its words legible each part of its main panel on a page of its own."""
    at = main_panels(sheet.panels)[0]
    cut = [] if _fit(sheet.panels, at, room).whole else _cut(sheet, at, 1)
    return cut if cut and all(_fit(page.panels, at, room).whole for page in cut) else [sheet]


def _in_one_or_two(sheet: Sheet, room: float) -> list[Sheet]:
    """The sheet, or where its words do not all stand on a page its formulas on another one, where they are large."""
    formulas = tuple(replace(panel, role="main") for panel in sheet.panels if isinstance(panel, Formula))
    others = tuple(panel for panel in sheet.panels if not isinstance(panel, Formula))
    if others and (not formulas or _fit(sheet.panels, main_panels(sheet.panels)[0], room).whole):
        return [sheet]
    return [replace(sheet, panels=panels) for panels in (others, formulas) if panels]


def _is_large(panels: Sequence[Panel], room: float) -> bool:
    """Whether the main picture covers most of the page, and all words stand there."""
    mains = main_panels(panels)
    rects, blocks = laid_out(panels, room)
    covered = sum(_picture(panels[i], blocks[i]) for i in mains) / ((WIDTH - 2 * MARGIN) * room)
    return covered >= SMALL and all(
        block.whole and block.height <= rect.height + TOLERANCE and block.width <= rect.width + TOLERANCE
        for block, rect in zip(blocks, rects, strict=True)
    )


def _picture(panel: Panel, block: Block) -> float:
    """Square inches of what one looks at: of pictures without the words around them."""
    has_words_around = isinstance(panel, Tiles | Image | Matrix | Logos)
    return block.pictures if has_words_around else block.width * (block.height - block.head)


def _most(total: int, fit: Callable[[int], Fit], good: Callable[[Fit], bool]) -> int:
    """How many parts stand best on a page that is good; 0 where one is too much."""
    low, high = (total, total) if good(fit(total)) else (0, total)
    while low < high:  # the most that are good: with less on it a page is no worse
        middle = (low + high + 1) // 2
        low, high = (middle, high) if good(fit(middle)) else (low, middle - 1)
    return fullest(total, low, lambda each: fit(each).covered) if low else 0


def _fit(panels: Sequence[Panel], at: int, room: float) -> Fit:
    rects, blocks = laid_out(panels, room)
    inside = all(
        block.height <= rect.height + TOLERANCE and block.width <= rect.width + TOLERANCE
        for block, rect in zip(blocks, rects, strict=True)
    )
    covered = [
        block.pictures / max(rect.width * (rect.height - block.head), 1e-9)
        for panel, block, rect in zip(panels, blocks, rects, strict=True)
        if type(panel) is type(panels[at])
        and isinstance(panel, Curves | Tiles | Matrix | Logos)
        and panel.role == "main"
    ]
    return Fit(inside, inside and all(block.whole for block in blocks), min(covered, default=1.0))


def _is_squeezed(main: Panel, each: int) -> bool:
    """Whether of several named rows of tiles only one stands on a page beside the other panels."""
    return isinstance(main, Tiles) and each == 1 and parts(main) > 2 and len(main.row_labels) > 2 and main.together == 1


def _together(sheet: Sheet, at: int, room: float) -> list[int]:
    """The main panel and those after it in their order, as many as stand on one page without being cut or small; of
    equal ones, as many as on the pages after it."""
    order = [at, *(i for i in range(len(sheet.panels)) if i != at)]
    for count in range(len(order) - 1, 1, -1):
        chosen = sorted(order[:count])
        fit = _fit([sheet.panels[i] for i in chosen], chosen.index(at), room)
        if fit.whole and (fit.covered >= SMALL or _are_compared([sheet.panels[i] for i in chosen])):
            equal = len({type(panel) for panel in sheet.panels}) == 1
            return sorted(order[: ceil(len(order) / ceil(len(order) / count))]) if equal else chosen
    return [at]


def _is_larger_alone(panels: Sequence[Panel], at: int, each: int, room: float) -> bool:
    """Whether pictures that are small beside other panels would not be on a page of their own."""
    if any(panel.role == "beside" for panel in panels) or _are_compared(panels):
        return False  # they are needed with each other
    main = panels[at]
    now = _fit([*panels[:at], part(main, 0, each), *panels[at + 1 :]], at, room).covered
    if now >= SMALL:
        return False

    @cache
    def alone(each: int) -> Fit:
        return _fit([part(main, 0, each)], 0, room)

    covered = alone(_most(parts(main), alone, lambda fit: fit.whole) or each).covered
    return covered >= SMALL or (isinstance(main, Tiles) and covered > LARGER * now)


def _are_compared(panels: Sequence[Panel]) -> bool:
    """Whether panels are matrices on one scale with the same rows and columns, as those before and after a change."""
    first = panels[0]
    return len(panels) > 1 and all(
        isinstance(first, Matrix)
        and isinstance(panel, Matrix)
        and panel.limits == first.limits != (0.0, 0.0)
        and panel.column_labels == first.column_labels
        for panel in panels
    )


def _only(sheet: Sheet, numbers: Sequence[int], title: str) -> Sheet:
    """The sheet with these panels alone, named after them where the names are short, and what is said of them."""
    panels = tuple(sheet.panels[i] for i in numbers)
    others = [panel.title for i, panel in enumerate(sheet.panels) if i not in numbers]
    names = _names([panel.title for panel in panels if panel.title])
    bare = (retitled(panels[0], ""),) if len(panels) == 1 and names == panels[0].title else panels
    summary = said_of([panel.title for panel in panels], others, sheet.summary)
    return replace(sheet, title=f"{title} · {names}" if names else title, summary=summary, panels=bare)


def _names(titles: Sequence[str]) -> str:
    """The titles in `MOST_NAMES` letters: without what is in brackets, and without the last, where they are longer."""
    short = [title.partition(" (")[0] for title in titles]
    fewer = (f"{', '.join(short[:count])}, …" for count in range(len(short) - 1, 0, -1))
    return next((names for names in (", ".join(titles), ", ".join(short), *fewer) if len(names) <= MOST_NAMES), "")


def said_of(shown: Sequence[str], others: Sequence[str], summary: str) -> str:
    """What a summary says of the panels with the titles `shown`, and of all. A sentence that begins with the title of a
    panel, or the start of it, and a colon is about that panel, and so are those after it up to the next.

    >>> said_of(["Loss (mean)"], ["Weights"], "Epoch 3. Weights: red is negative. Grey is 0. Loss: of the test set.")
    'Epoch 3. Loss: of the test set.'
    """
    kept, is_shown = [], True
    for sentence in sentences(summary):
        head, colon, _ = sentence.partition(": ")
        start = re.compile(rf"{re.escape(head)}\b")
        if colon and any(map(start.match, (*shown, *others))):
            is_shown = any(map(start.match, shown))
        kept += [sentence] if is_shown else []
    return " ".join(kept)


def _cut(sheet: Sheet, at: int, each: int) -> list[Sheet]:
    main = sheet.panels[at]
    starts = starts_of(parts(main), each)
    if len(starts) == 2:
        return [sheet]
    pages = []
    for number, (start, stop) in enumerate(pairwise(starts), 1):
        if isinstance(main, Tiles):
            step = step_of(main)
            name = named_page(main, start * step, min(stop * step, len(main.images)))
        else:
            name = f"{number} of {len(starts) - 1}"
        room_for = each if 2 * (stop - start) > each else 0  # on half a page or less, they use the whole
        page = with_panel(sheet, at, part(main, start, stop, room_for))
        pages.append(replace(page, title=f"{sheet.title} · {name}"))
    return pages
