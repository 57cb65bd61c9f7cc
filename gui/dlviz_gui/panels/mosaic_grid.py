"""The grid of a contact sheet in a rectangle, chosen so that the words round its tiles are whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from qtpy.QtGui import QFont, QFontMetrics

from dlviz.layout.blocks import stands_in_blocks
from dlviz.sheet import Image, Tiles
from dlviz_gui.panels.captions import are_whole, captions_in, font_of, headings_in
from dlviz_gui.panels.mosaic_layout import CAPTION, Grid, fit, fit_blocks

LEAST_LABELLED = 14
"""The narrowest columns, in screen pixels, that have labels; without them there is more room for tiles."""
MOST_LINES = (1, 2, 3)
"""Lines that captions may take."""
SAME = 0.9
"""Tiles that cover so much of what they can, or type that is so large, is as good as larger."""
LEAST_IN_BLOCK = 40
"""Screen pixels of the shorter side of a tile in a block."""


@dataclass(frozen=True)
class _Table:
    """What of a contact sheet decides on its grid: all but its pixels."""

    count: int
    size: tuple[int, int]
    columns: int
    slots: int
    captions: tuple[str, ...]
    column_labels: tuple[str, ...]
    row_labels: tuple[str, ...]


def grid_in(panel: Tiles | Image, view: tuple[int, int], font: QFont) -> Grid:
    """How a panel is laid out in (height, width) screen pixels, its words in `font` or a smaller one."""
    if isinstance(panel, Image):
        return fit(1, panel.pixels.shape[:2], view)
    if stands_in_blocks(panel):
        return fit_blocks(panel, view, LEAST_IN_BLOCK, QFontMetrics(font).height() + 7)
    count, *size = panel.images.shape[:3]
    words = panel.captions, panel.column_labels, panel.row_labels
    return _grid(_Table(count, (size[0], size[1]), panel.columns, panel.slots, *words), view, font.toString())


@lru_cache(2000)
def _grid(table: _Table, view: tuple[int, int], described: str) -> Grid:
    """The grid of a contact sheet: pages are laid out in many ways before one is chosen, and often as the last ones."""
    font = font_of(described)
    header = _header(table, view, font)
    grid = _captioned(table, view, font, header) or _fitted(table, view, font, header, 0)
    if header and grid.width * grid.zoom < LEAST_LABELLED:
        return _fitted(table, view, font, 0, grid.caption_lines)
    return grid


def _header(table: _Table, view: tuple[int, int], font: QFont) -> int:
    """How many lines the names over columns take: two where they are whole, or as large as other words, only so."""
    if not table.column_labels:
        return 0
    for lines in (1, 2):
        grid = _fitted(table, view, font, lines, 0)
        room = grid.room_for_words(grid.zoom)
        labels, narrow = headings_in(table.column_labels, font, room, lines)
        if are_whole(labels, narrow if lines > 1 else font, room, lines):
            return lines
    return 1


def _fitted(table: _Table, view: tuple[int, int], font: QFont, header: int, lines: int) -> Grid:
    """The largest tiles with so many lines of names over columns and of captions."""
    metrics = QFontMetrics(font)
    columns = table.columns or len(table.column_labels)
    if table.count <= columns and not header:
        columns = 0  # a single row may as well be several
    names = [metrics.horizontalAdvance(name) for name in table.row_labels if columns]
    return fit(
        max(table.count, 1), table.size, view, columns=columns, captions=lines, header=header,
        side=min(max(names, default=-8) + 8, 160), slots=table.slots, line=max(CAPTION, metrics.height()),
    )  # fmt: skip


def _captioned(table: _Table, view: tuple[int, int], font: QFont, header: int) -> Grid | None:
    """The grid in which captions, or less well what stands first in them, are whole, in the largest type that takes
    little room of the tiles; None where there is none."""
    found: list[tuple[float, Grid]] = []
    for lines in MOST_LINES if any(table.captions) else ():
        grid = _fitted(table, view, font, header, lines)
        if not grid.caption_lines:
            break  # nor for more
        captions, narrow, room = captions_in(table.captions, font, grid, grid.zoom)
        if are_whole(captions, narrow, room, grid.caption_lines):
            is_full = lines > 1 or captions == table.captions
            if is_full and not found and narrow.pointSizeF() >= font.pointSizeF():
                return grid  # more lines would only take room
            found.append((narrow.pointSizeF() * (1 if is_full else SAME), grid))
    largest = max((grid.pictures for _, grid in found), default=0.0)
    large = [(points, grid) for points, grid in found if grid.pictures >= SAME * largest]
    return max(large, key=lambda each: each[0])[1] if large else None
