"""A sheet as one white page, 13.3 by 7.5 inches as a slide is, taller where its panels need it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from matplotlib.figure import Figure

from dlviz.draw import words
from dlviz.draw.canvas import ACCENT, BETWEEN, GREY, INK, SMALL, Block, Canvas
from dlviz.draw.tiles import GAP
from dlviz.kinds import kind_of, named
from dlviz.layout import arrange, main_panels
from dlviz.pages import capacity, named_page, page_of, pages_of, with_panel
from dlviz.sheet import Panel, Sheet, Tiles, Wish

WIDTH, HEIGHT, MARGIN = 40 / 3, 7.5, 0.4
HEADER = 1.45
"""Inches that title and sentence take where they are written beside the page, on a slide."""
TITLE, SAYS, NOTE = 26.0, 20.0, 12.0
LINE = words.line_height(SMALL)
LEAST_TILE, MOST_CAPTION = 0.45, 1.3
"""Inches of the shorter side of a tile: smaller ones are put on pages; and of a caption for which tiles are larger."""
TALLEST = 8
"""So many times higher than its room a page becomes at most."""


def fitted(panel: Panel, width: float, room: float) -> Block:
    """The panel laid out in `width` by about `room` inches."""
    block: Block = named(kind_of(panel).paper)(panel, width, room)
    return block


def page(sheet: Sheet, *, header: bool = True) -> Figure:
    """The sheet on a page, which is as high as its panels need; without `header` its panels alone."""
    across = WIDTH - 2 * MARGIN
    title, says, question, note = _words(sheet, across) if header else ([], [], [], [])
    top = MARGIN * (1 if header else 0.5)
    lines = ((title, TITLE), (says, SAYS), (question, SAYS))
    starts = []
    for text, size in lines:
        starts.append(top)
        top += len(text) * words.line_height(size) + (0.06 if text else 0)
    top += 0.15 if header else 0
    below = MARGIN * 0.8 + len(note) * words.line_height(NOTE)
    height = HEIGHT if header else HEIGHT - HEADER
    body = _body(sheet.panels, across, height - top - below)
    canvas = Canvas(WIDTH, max(height, top + body.height + below))
    for (text, size), start, colour in zip(lines, starts, (INK, GREY, ACCENT), strict=True):
        canvas.lines(MARGIN, start, text, size, bold=size == TITLE or colour == ACCENT, colour=colour)
    body.draw(canvas, MARGIN, top)
    canvas.lines(MARGIN, canvas.height - below + MARGIN * 0.3, note, NOTE, colour=GREY)
    return canvas.figure


def _words(sheet: Sheet, across: float) -> tuple[list[str], list[str], list[str], list[str]]:
    """Title, sentence, question and note in lines."""
    return (
        words.wrap(words.plain(sheet.title), TITLE, across, 2, bold=True),
        words.wrap(words.plain(sheet.says), SAYS, across, 4),
        words.wrap(words.plain(sheet.question), SAYS, across, 2, bold=True) if sheet.question else [],
        words.wrap(words.plain(sheet.note), NOTE, across, 2) if sheet.note else [],
    )


def paged(sheet: Sheet, *, header: bool = True) -> list[Sheet]:
    """The sheet as several, each with as many tiles of its main panel as stand on a page."""
    if not sheet.panels:
        return [sheet]
    at = main_panels(sheet.panels)[0]
    main = sheet.panels[at]
    if not isinstance(main, Tiles):
        return [sheet]
    width, room = WIDTH - 2 * MARGIN, HEIGHT - HEADER - 1.5 * MARGIN - (0.3 if header else 0)
    rect = arrange(sheet.panels, width, room, LINE, BETWEEN)[at]
    most = capacity(main, rect.width, rect.height, _least(main), LINE, GAP)
    pages = pages_of(main, most)
    if len(pages) < 2:
        return [sheet]
    parts = [with_panel(sheet, at, page_of(main, *part)) for part in pages]
    names = [named_page(main, *part) for part in pages]
    return [replace(part, title=f"{part.title} · {name}") for part, name in zip(parts, names, strict=True)]


def _least(panel: Tiles) -> float:
    """The least width of a tile in inches: what stands first in its captions is to be read under it."""
    first = [re.split(": | · ", words.plain(caption), maxsplit=1)[0] for caption in panel.captions]
    longest = max((words.width(text, SMALL) for text in first), default=0.0)
    return max(LEAST_TILE, min(longest + 0.1, MOST_CAPTION))


def block_alone(panel: Panel, width: float, height: float) -> Figure:
    """One panel on a page of its own size."""
    block = fitted(panel, width, height)
    canvas = Canvas(max(block.width, 1) + 0.1, block.height + 0.1)
    block.draw(canvas, 0.05, 0.05)
    return canvas.figure


def _body(panels: Sequence[Panel], width: float, room: float) -> Block:
    """The panels where the layout puts them, in a higher room where they need more."""
    most = TALLEST * room
    wishes = [panel.wish for panel in panels]
    while True:
        rects = arrange(panels, width, room, LINE, BETWEEN, wishes)
        blocks = [fitted(panel, rect.width, rect.height) for panel, rect in zip(panels, rects, strict=True)]
        over = max((block.height - rect.height for block, rect in zip(blocks, rects, strict=True)), default=0)
        if over < 0.1 or room > most:
            break
        room += max(over, 0.5)
        wishes = [_higher(wish, block.height / LINE) for wish, block in zip(wishes, blocks, strict=True)]
    heads = {rect.top: 0.0 for rect in rects}  # what is under titles begins at one height
    for block, rect in zip(blocks, rects, strict=True):
        heads[rect.top] = max(heads[rect.top], block.head)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for block, rect in zip(blocks, rects, strict=True):
            left = x + rect.left + max(0, rect.width - block.width) / 2
            block.draw(canvas, left, y + rect.top + heads[rect.top] - block.head)

    ends = (r.top + heads[r.top] - block.head + block.height for block, r in zip(blocks, rects, strict=True))
    return Block(width, max(ends, default=0), draw)


def _higher(wish: Wish, height: float) -> Wish:
    """The wish of a panel that turned out to need that many lines."""
    return replace(wish, height=max(wish.height, height), most_height=max(wish.most_height, height))
