"""Contact sheets and single images on paper."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dlviz.blocks import in_blocks
from dlviz.draw import words
from dlviz.draw.canvas import ACCENT, BETWEEN, GREY, SMALL, TITLE_ROOM, Block, Canvas, beside, resampled, titled
from dlviz.draw.pixels import mosaic, overlay, to_rgb
from dlviz.sheet import Image, Tiles

LINE = words.line_height(SMALL)
GAP = 0.08
LARGEST_TILE, LEAST_FREE = 2.4, 0.1
LEAST_IN_BLOCK = 0.45
MOST_GROWTH = 2.0
"""How much taller than it should be a panel may become so that its captions can be read."""
AIR = 0.08
"""Inches between the captions of neighbours."""
LABEL_ROOM = 2.0
"""Inches for the names of rows."""
FRAME = "#f2a900"


@dataclass(frozen=True)
class Grid:
    """Where tiles stand: `tile` inches wide, `tall` high, each row `pitch` below the one before."""

    columns: int
    rows: int
    tile: float
    tall: float
    caption_lines: int
    gap: float

    @property
    def caption(self) -> float:
        return self.caption_lines * LINE + (0.1 if self.caption_lines else 0)

    @property
    def pitch(self) -> float:
        return self.tall + self.caption + self.gap

    @property
    def width(self) -> float:
        return self.columns * (self.tile + self.gap) - self.gap

    @property
    def height(self) -> float:
        return self.rows * self.pitch - self.gap


def fit_tiles(panel: Tiles, width: float, room: float) -> Block:
    """The panel in `width` inches and, where its tiles stay visible, in `room` inches of height.

    A table of tiles that is too long is folded into tables side by side.
    """
    room -= TITLE_ROOM if panel.title else 0
    if panel.together > 1 and len(panel.images) > panel.columns * panel.together:
        return titled(panel.title, _fit_blocks(panel, width, room), width)
    block = _fit_table(replace(panel, title=""), width, room)
    folds = min(_folds(panel, block.width, width), math.ceil(block.height / max(room, 1)))
    if folds > 1:
        rows = math.ceil(len(panel.images) / panel.columns / folds)
        rgb = to_rgb(panel.images, panel.scale)
        parts = [_rows(panel, rgb, i * rows, (i + 1) * rows) for i in range(folds)]
        each = (width + BETWEEN) / folds - BETWEEN
        shares = [len(part.images) / (rows * panel.columns) for part in parts]
        blocks = [_fit_table(part, each, room * share) for part, share in zip(parts, shares, strict=True) if share]
        block = beside(blocks, BETWEEN)
    return titled(panel.title, block, width)


def _fit_blocks(panel: Tiles, width: float, room: float) -> Block:
    """The rows that belong together as blocks side by side, with their names over them."""
    blocks = in_blocks(panel, width, room, LEAST_IN_BLOCK, LINE + 0.05)
    across, tall = blocks.tile

    def draw(canvas: Canvas, x: float, y: float) -> None:
        rgb = resampled(to_rgb(panel.images, panel.scale), across)
        for number, tile in enumerate(rgb):
            row, column = divmod(number, panel.columns)
            left, top = blocks.place(*divmod(row, panel.together), column)
            canvas.picture(tile, x + left, y + top, across, tall)
            if not column and row < len(panel.row_labels):
                label = words.shorten(words.plain(panel.row_labels[row]), SMALL, blocks.block[0])
                canvas.text(x + left, y + top - LINE - 0.02, label, colour=GREY if row % panel.together else ACCENT)

    return Block(*blocks.size, draw)


def _folds(panel: Tiles, table: float, width: float) -> int:
    """How many tables of the width `table` stand side by side."""
    return max(1, int((width + BETWEEN) / (table + BETWEEN))) if panel.columns else 1


def _rows(panel: Tiles, rgb: np.ndarray, start: int, stop: int) -> Tiles:
    part = slice(start * panel.columns, stop * panel.columns)
    boxes = None if panel.boxes is None else panel.boxes[part]
    return replace(
        panel, images=rgb[part], scale="pixels", title="", captions=panel.captions[part], keys=panel.keys[part],
        row_labels=panel.row_labels[start:stop], boxes=boxes,
    )  # fmt: skip


def _fit_table(panel: Tiles, width: float, room: float) -> Block:
    if len(panel.images) == 0:
        return Block(width, LINE, lambda canvas, x, y: canvas.text(x, y, "nothing to show", colour=GREY))
    row_labels = [words.plain(label) for label in panel.row_labels]
    left = min(LABEL_ROOM, max((words.width(label, SMALL) for label in row_labels), default=0)) + 0.12
    left = left if row_labels else 0.0
    top = LINE * 2 + 0.05 if panel.column_labels else 0.0
    room -= top
    captions = [words.plain(caption) for caption in panel.captions]
    grid = _grid(panel, captions, width - left, room, left)
    captions = _set(captions, grid.caption_lines)
    if not grid.caption_lines and captions and not panel.columns and not row_labels:
        numbers = panel.keys or tuple(range(len(panel.images)))
        left = words.width(str(max(numbers)), SMALL) + 0.12
        grid = _grid(panel, [], width - left, room, left)
        row_labels = [str(numbers[row * grid.columns]) for row in range(grid.rows)]

    def draw(canvas: Canvas, x: float, y: float) -> None:
        _draw_labels(canvas, panel, grid, row_labels, x, y, left, top)
        rgb = resampled(to_rgb(panel.images, panel.scale), grid.tile)
        gap = max(1, round(grid.gap / grid.tile * rgb.shape[2]))
        for row in range(grid.rows):
            start = row * grid.columns
            tiles = rgb[start : start + grid.columns]
            across = len(tiles) * rgb.shape[2] + (len(tiles) - 1) * gap
            place = (x + left, y + top + row * grid.pitch, across / rgb.shape[2] * grid.tile, grid.tall)
            canvas.picture(mosaic(tiles, len(tiles), gap), *place)
            step = grid.tile * (1 + gap / rgb.shape[2])
            for column in range(len(tiles)):
                _draw_one(canvas, panel, captions, grid, start + column, place[0] + column * step, place[1])

    return Block(left + grid.width, top + grid.height, draw)


def fit_image(panel: Image, width: float, room: float) -> Block:
    """One image as large as it can stand in `width` by `room` inches."""
    height, across = panel.pixels.shape[:2]
    room = max(room - (TITLE_ROOM if panel.title else 0), 1.0)
    scale = min(width / across, room / height)
    rgb = to_rgb(panel.pixels[None], panel.scale)
    shown = overlay(rgb[0], panel.heat)[None] if panel.heat is not None else rgb

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.picture(resampled(shown, across * scale)[0], x, y, across * scale, height * scale)
        for top, left, bottom, right in np.zeros((0, 4)) if panel.boxes is None else panel.boxes:
            place = (x + left * scale, y + top * scale, (right - left) * scale, (bottom - top) * scale)
            canvas.box(*place, line=FRAME, thick=2)

    return titled(panel.title, Block(across * scale, height * scale, draw), width)


def _grid(panel: Tiles, captions: list[str], width: float, room: float, left: float) -> Grid:
    """The largest tiles under which the captions are legible; where there are none such, without captions."""
    n, height, across, _ = panel.images.shape
    columns = [panel.columns] if panel.columns else range(1, min(n, int(width / LEAST_FREE)) + 1)
    legible: list[Grid] = []
    for lines in (1, 2, 3) if any(captions) else ():
        need = max(_need(_set(captions, lines), lines), _least(panel))
        grids = [_arranged(n, c, height / across, width, room, lines, need) for c in columns]
        legible += [g for g in grids if g.tile >= need and (panel.columns or g.height <= room * MOST_GROWTH)]
    if legible and not panel.columns:
        return max(legible, key=lambda g: g.tile * min(1, room / g.height))
    if legible:
        inside = [g for g in legible if g.height <= room + 1e-6]
        folds = {g: _folds(panel, left + g.width, left + width) for g in legible}
        return inside[0] if inside else min(legible, key=lambda g: g.height * (1 + g.caption_lines / 8) / folds[g])
    least = _least(panel) if panel.columns else LEAST_FREE
    return max(
        (_arranged(n, c, height / across, width, room, 0, least) for c in columns),
        key=lambda g: (g.height <= room, round(g.tile, 2)),
    )


def _set(captions: list[str], lines: int) -> list[str]:
    """The captions for so many lines: broken after what stands first in each, unless they then need wider tiles."""
    if lines < 2:
        return captions
    broken = [caption.replace(" · ", "\n", 1).replace(": ", ":\n", 1) for caption in captions]
    return min(broken, captions, key=lambda each: _need(each, lines))


def _least(panel: Tiles) -> float:
    """The width in inches under which the tiles of a table say nothing, or the words over them do not fit."""
    labels = panel.column_labels if panel.columns <= 12 else ()
    longest = max((words.width(word, SMALL) for label in labels for word in words.plain(label).split()), default=0)
    return max(min(max(panel.images.shape[2] * 0.08, 0.25), 0.42), min(longest + 0.02, 1.2))


def _need(captions: list[str], lines: int) -> float:
    """The width in inches of tiles whose captions stand in so many lines; three lines may be shortened."""
    widest = 1.2 if lines == 3 else LARGEST_TILE
    for step in range(6, int(widest * 20)):
        if all(words.fits(caption, SMALL, step / 20 - AIR, lines) for caption in captions):
            return step / 20
    return widest if lines == 3 else np.inf


def _arranged(n: int, columns: int, aspect: float, width: float, room: float, lines: int, least: float) -> Grid:
    rows = math.ceil(n / columns)
    gap = GAP if lines or (width / columns > 0.5 and room / rows > 0.4) else 0.03
    by_width = (width + gap) / columns - gap
    caption = lines * LINE + (0.1 if lines else 0)
    by_height = ((room + gap) / rows - gap - caption) / aspect
    tile = max(min(by_width, by_height, LARGEST_TILE), min(by_width, least))
    return Grid(columns, rows, tile, tile * aspect, lines, gap)


def _draw_one(canvas: Canvas, panel: Tiles, captions: list[str], grid: Grid, number: int, x: float, y: float) -> None:
    if panel.boxes is not None:
        scale = grid.tile / panel.images.shape[2]
        top, left, bottom, right = (float(v) * scale for v in panel.boxes[number])
        canvas.box(x + left, y + top, right - left, bottom - top, line=FRAME, thick=1.2)
    if grid.caption_lines:
        lines = words.wrap(captions[number], SMALL, grid.tile - AIR + grid.gap, grid.caption_lines)
        for line_number, line in enumerate(lines):
            middle = x + grid.tile / 2
            canvas.text(middle, y + grid.tall + 0.05 + line_number * LINE, line, colour=GREY, align="center")


def _draw_labels(
    canvas: Canvas, panel: Tiles, grid: Grid, row_labels: list[str], x: float, y: float, left: float, top: float
) -> None:
    every = math.ceil(LINE / grid.pitch)
    for row in range(0, min(grid.rows, len(row_labels)), every):
        label = words.shorten(row_labels[row], SMALL, LABEL_ROOM)
        middle = y + top + row * grid.pitch + grid.tall / 2
        canvas.text(x + left - 0.12, middle, label, colour=ACCENT, align="right", vertical="center")
    step = grid.tile + grid.gap
    labels = [words.plain(label) for label in panel.column_labels[: grid.columns]]
    longest = max((words.width(word, SMALL) for label in labels for word in label.split()), default=0)
    every = max(1, math.ceil((longest + 0.05) / step)) if longest < 0.5 else 1
    for column in range(0, len(labels), every):
        lines = words.wrap(labels[column], SMALL, step * every - 0.05, 2)
        for number, line in enumerate(lines):
            middle = x + left + column * step + grid.tile / 2
            baseline = y + top - 0.05 - (len(lines) - number) * LINE
            canvas.text(middle, baseline, line, colour=ACCENT, align="center")
