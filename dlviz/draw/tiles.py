"""Contact sheets and single images on paper."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlviz.draw import words
from dlviz.draw.canvas import ACCENT, GREY, SMALL, TITLE_ROOM, Block, Canvas, resampled, titled
from dlviz.draw.pixels import mosaic, overlay, to_rgb
from dlviz.sheet import Image, Tiles

LINE = words.line_height(SMALL)
GAP = 0.08
LARGEST_TILE, LEAST_FIXED, LEAST_FREE = 2.4, 0.42, 0.1
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
    """The panel in `width` inches and, where its tiles stay visible, in `room` inches of height."""
    if len(panel.images) == 0:
        return titled(panel.title, Block(width, LINE, lambda canvas, x, y: canvas.text(x, y, "nothing", colour=GREY)))
    row_labels = [words.plain(label) for label in panel.row_labels]
    left = min(LABEL_ROOM, max((words.width(label, SMALL) for label in row_labels), default=0)) + 0.12
    left = left if row_labels else 0.0
    top = LINE * 2 + 0.05 if panel.column_labels else 0.0
    room -= top + (TITLE_ROOM if panel.title else 0)
    captions = [words.plain(caption) for caption in panel.captions]
    grid = _grid(panel, captions, width - left, room)
    if not grid.caption_lines and captions and not panel.columns and not row_labels:
        numbers = panel.keys or tuple(range(len(panel.images)))
        left = words.width(str(max(numbers)), SMALL) + 0.12
        grid = _grid(panel, [], width - left, room)
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

    return titled(panel.title, Block(left + grid.width, top + grid.height, draw))


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

    return titled(panel.title, Block(across * scale, height * scale, draw))


def _grid(panel: Tiles, captions: list[str], width: float, room: float) -> Grid:
    """The largest tiles under which the captions are legible; where there are none such, without captions."""
    n, height, across, _ = panel.images.shape
    aspect = height / across
    options = [panel.columns] if panel.columns else range(1, min(n, int(width / LEAST_FREE)) + 1)
    for lines in (1, 2, 3, 0) if any(captions) else (0,):
        grids = [_arranged(n, columns, aspect, width, room, lines, bool(panel.columns)) for columns in options]
        grid = max(grids, key=lambda g: (g.height <= room, round(g.tile, 2), -g.columns))
        legible = all(words.fits(caption, SMALL, grid.tile + grid.gap - 0.06, lines) for caption in captions)
        if not lines or (legible and (panel.columns or grid.height <= room + 1e-6)):
            return grid
    raise AssertionError("captions of no lines always fit")


def _arranged(n: int, columns: int, aspect: float, width: float, room: float, caption_lines: int, fixed: bool) -> Grid:
    rows = math.ceil(n / columns)
    gap = GAP if caption_lines or width / columns > 0.5 else 0.03
    by_width = (width + gap) / columns - gap
    caption = caption_lines * LINE + (0.1 if caption_lines else 0)
    by_height = ((room + gap) / rows - gap - caption) / aspect
    least = min(by_width, LEAST_FIXED if fixed else LEAST_FREE)
    tile = max(min(by_width, by_height, LARGEST_TILE), least)
    if fixed and caption_lines and tile < by_width:  # captions first: the page grows
        tile = max(tile, min(by_width, 0.9))
    return Grid(columns, rows, tile, tile * aspect, caption_lines, gap)


def _draw_one(canvas: Canvas, panel: Tiles, captions: list[str], grid: Grid, number: int, x: float, y: float) -> None:
    if panel.boxes is not None:
        scale = grid.tile / panel.images.shape[2]
        top, left, bottom, right = (float(v) * scale for v in panel.boxes[number])
        canvas.box(x + left, y + top, right - left, bottom - top, line=FRAME, thick=1.2)
    if grid.caption_lines:
        lines = words.wrap(captions[number], SMALL, grid.tile + grid.gap - 0.06, grid.caption_lines)
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
