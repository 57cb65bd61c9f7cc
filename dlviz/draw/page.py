"""A sheet as one white page, 13.3 by 7.5 inches as a slide is, taller where its panels need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from dlviz.draw import lettering
from dlviz.draw.canvas import BETWEEN, GREY, INK, Block, Canvas
from dlviz.layout import Rect, arrange, main_panels
from dlviz.sheet import Formula, Image, Panel, Sheet, SizeHint
from dlviz.sheet.panel_registry import import_by_name, panel_kind
from dlviz.style import ACCENT, LARGE, NOTE, SENTENCE, TITLE, WORDS

WIDTH, HEIGHT, MARGIN = 40 / 3, 7.5, 0.4
"""Inches."""
HIGHER = (7.5, 8.0, 8.5, 9.0, 9.5, 10.0)
"""Inches of the heights that are tried for a page on paper, from a slide's to 3:4 of the width."""
BODY = 6.05
"""Inches of the panels of a film's frame, which has its words beside it."""
MOST_LINES, ASKED = 8, 7
"""Of the sentence, and of the question, with its answer where that is included."""
LINE = lettering.line_height(WORDS)
BELOW = (0.75, 1.0, 1.5, 2.0)
"""Of the room of what a sheet asks about, what is tried for the rest below it."""
TALLEST = 8
"""The maximum height of a page, in multiples of its room."""


@dataclass(frozen=True)
class Placed:
    """A panel as it is drawn, the place of its upper left corner in inches, and the rectangle that it was given."""

    panel: Panel
    block: Block
    left: float
    top: float
    room: Rect


def fitted(panel: Panel, width: float, room: float) -> Block:
    """The panel laid out in `width` by about `room` inches."""
    block: Block = import_by_name(panel_kind(panel).paper)(panel, width, room)
    return block


def page(sheet: Sheet, height: float = HEIGHT, below: Sequence[Panel] = (), width: float = WIDTH) -> Figure:
    """The sheet on a page of that size, or a higher one where its panels need it or others stand below them."""
    heading, note, top, foot = _around(sheet, width)
    room = height - top - (MARGIN if below else foot)
    body = _body(sheet.panels, room, width)
    if below:
        body = _under_each_other(body, _body(below, _room_below(below, room, width), width))
    canvas = Canvas(width, max(height, top + body.height + foot))
    for start, lines, size, colour in heading:
        canvas.lines(MARGIN, start, lines, size, bold=size == TITLE or colour == ACCENT, colour=colour)
    body.draw(canvas, MARGIN, top)
    canvas.lines(MARGIN, canvas.height - foot + MARGIN * 0.3, note, NOTE, colour=GREY)
    return canvas.figure


def panels_page(panels: Sequence[Panel], height: float) -> Figure:
    """Panels alone on a page of that height, or a higher one where they need it."""
    return drawn(placed_panels(panels, height), height)


def placed_panels(panels: Sequence[Panel], height: float) -> list[Placed]:
    """Where each of some panels stands on a page of their own, which is `height` inches high or higher."""
    return [
        replace(place, left=place.left + MARGIN, top=place.top + MARGIN / 2)
        for place in placed(panels, height - MARGIN)
    ]


def drawn(places: Sequence[Placed], height: float) -> Figure:
    """Panels on a page, which is at least `height` inches high."""
    canvas = Canvas(WIDTH, max(height, max((p.top + p.block.height for p in places), default=0) + MARGIN / 2))
    for place in places:
        place.block.draw(canvas, place.left, place.top)
    return canvas.figure


def room_on_page(sheet: Sheet, height: float = HEIGHT, width: float = WIDTH) -> float:
    """Inches of its height that a page of that size leaves for the panels of a sheet."""
    _, _, top, below = _around(sheet, width)
    return height - top - below


def paper_height(sheet: Sheet) -> float:
    """Inches of the height of a page on paper: more than a slide's where the main image is then larger."""
    images = [i for i in main_panels(sheet.panels) if isinstance(sheet.panels[i], Image)]

    def area(height: float) -> float:
        places = placed(sheet.panels, room_on_page(sheet, height))
        return round(sum(places[i].block.pictures for i in images), 1)

    return max(HIGHER, key=area) if images else HEIGHT


def has_room_for_words(sheet: Sheet) -> bool:
    """Whether little but the sentence and formulas stands on a page, as the answer to a question."""
    return bool(sheet.panels) and all(isinstance(panel, Formula) for panel in sheet.panels)


def _around(
    sheet: Sheet, width: float = WIDTH
) -> tuple[list[tuple[float, list[str], float, str]], list[str], float, float]:
    """Title, sentence and question, each (top, lines, size, colour); the notes; what they take above and below."""
    across = width - 2 * MARGIN
    question = lettering.plain(sheet.question)
    asked = lettering.wrap(question, SENTENCE, across, ASKED, bold=True) if question else []
    size, colour = (LARGE, INK) if has_room_for_words(sheet) else (SENTENCE, GREY)
    written = (
        (lettering.wrap(lettering.plain(sheet.title), TITLE, across, 2, bold=True), TITLE, INK),
        (lettering.wrap(lettering.plain(sheet.summary), size, across, MOST_LINES), size, colour),
        (asked, SENTENCE, ACCENT),
    )
    feet = (sheet.note, 2), (sheet.explanation, 3), (sheet.source, 2)
    note = [line for text, most in feet if text for line in lettering.wrap(lettering.plain(text), NOTE, across, most)]
    heading, top = [], MARGIN
    for lines, size, colour in written:
        heading.append((top, lines, size, colour))
        top += len(lines) * lettering.line_height(size) + (0.06 if lines else 0)
    return heading, note, top + 0.15, MARGIN * 0.8 + len(note) * lettering.line_height(NOTE)


def block_alone(panel: Panel, width: float, height: float) -> Figure:
    """One panel on a page of its own size."""
    block = fitted(panel, width, height)
    canvas = Canvas(max(block.width, 1) + 0.1, block.height + 0.1)
    block.draw(canvas, 0.05, 0.05)
    return canvas.figure


def laid_out(
    panels: Sequence[Panel], room: float, hints: Sequence[SizeHint] | None = None, width: float = WIDTH
) -> tuple[list[Rect], list[Block]]:
    """The rectangle of each panel in so many inches of the height of a page, and the panel as it is drawn there."""
    rects = arrange(panels, width - 2 * MARGIN, room, LINE, BETWEEN, hints)
    blocks = [fitted(panel, rect.width, rect.height) for panel, rect in zip(panels, rects, strict=True)]
    heads = {rect.top: 0.0 for rect in rects}  # what is under titles begins at one height
    for block, rect in zip(blocks, rects, strict=True):
        heads[rect.top] = max(heads[rect.top], block.head)
    placed = zip(panels, blocks, rects, strict=True)
    return rects, [_lowered(panel, block, rect, heads[rect.top] - block.head) for panel, block, rect in placed]


def _lowered(panel: Panel, block: Block, rect: Rect, drop: float) -> Block:
    """The block moved down by `drop` inches, and laid out anew where it would then stand over the edge."""
    if drop <= 0:
        return block
    if block.height > rect.height - drop:
        block = fitted(panel, rect.width, rect.height - drop)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        block.draw(canvas, x, y + drop)

    return replace(block, height=drop + block.height, draw=draw, head=drop + block.head)


def _body(panels: Sequence[Panel], room: float, width: float) -> Block:
    """The panels where the layout puts them, in a higher room where they need more."""
    places = placed(panels, room, width)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for place in places:
            place.block.draw(canvas, x + place.left, y + place.top)

    return Block(width - 2 * MARGIN, max((place.top + place.block.height for place in places), default=0), draw)


def _room_below(panels: Sequence[Panel], room: float, width: float) -> float:
    """The least height in which all words of the panels stand there and are legible."""
    if all(isinstance(panel, Formula) for panel in panels):
        return LINE
    tried = [share * room for share in BELOW]
    blocks = ((each, laid_out(panels, each, width=width)[1]) for each in tried)
    return next((each for each, some in blocks if all(block.whole for block in some)), tried[-1])


def _under_each_other(first: Block, second: Block) -> Block:
    def draw(canvas: Canvas, x: float, y: float) -> None:
        first.draw(canvas, x, y)
        second.draw(canvas, x, y + first.height + BETWEEN)

    return Block(first.width, first.height + BETWEEN + second.height, draw)


def placed(panels: Sequence[Panel], room: float, width: float = WIDTH) -> list[Placed]:
    """Each panel where the layout puts it in so much of a page, or in more of it where they need more."""
    most = TALLEST * room
    hints = [panel.size_hint for panel in panels]
    while True:
        rects, blocks = laid_out(panels, room, hints, width)
        over = max((_over(block, rect) for block, rect in zip(blocks, rects, strict=True)), default=0)
        if over < 0.1 or room > most:
            break
        room += max(over, 0.5)
        hints = [_larger(hint, block) for hint, block in zip(hints, blocks, strict=True)]

    places = [
        Placed(panel, block, rect.left + max(0, rect.width - block.width) / 2, rect.top, rect)
        for panel, block, rect in zip(panels, blocks, rects, strict=True)
    ]
    return places if over < 0.1 else _apart(places)


def _apart(places: Sequence[Placed]) -> list[Placed]:
    """The same in their order, each below what is higher than its rectangle and stands over it."""
    found = list(places)
    for number in sorted(range(len(found)), key=lambda n: found[n].room.top):
        room = found[number].room
        above = [
            place.top + place.block.height + BETWEEN
            for place in found
            if place.room.top < room.top and place.room.left < room.left + room.width
            and room.left < place.room.left + place.room.width
        ]  # fmt: skip
        found[number] = replace(found[number], top=max([room.top, *above]))
    return found


def _over(block: Block, rect: Rect) -> float:
    """Inches by which a block is higher, or wider, than its rectangle."""
    return max(block.height - rect.height, block.width - rect.width)


def _larger(hint: SizeHint, block: Block) -> SizeHint:
    """The size hint of a panel, enlarged to what its block takes."""
    width, height = max(hint.width, block.width / LINE), max(hint.height, block.height / LINE)
    most_width, most_height = max(hint.most_width, width), max(hint.most_height, height)
    return replace(hint, width=width, height=height, most_width=most_width, most_height=most_height)
