"""Contact sheets and single images on paper."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dlviz.draw import lettering
from dlviz.draw.canvas import BETWEEN, FAINT, GREY, Block, Canvas, beside, resampled, title_height, titled
from dlviz.draw.charts import legend
from dlviz.draw.pixels import mosaic, overlay, to_rgb
from dlviz.layout.blocks import in_blocks, stands_in_blocks
from dlviz.sheet import Image, Tiles
from dlviz.style import ACCENT, FRAME, WORDS

LINE = lettering.line_height(WORDS)
GAP, LEAST_GAP, GAP_SHARE = 0.08, 0.03, 0.06
"""Inches between tiles at most and at least, and what of a tile it is between."""
FEW = 16
"""Up to so many pictures each have their caption, however high that makes them."""
LARGEST_TILE, LEAST_FREE = 5.0, 0.1
MOST_FOLDS = 6
LEAST_TILE = 0.45
"""Inches of a side of a tile that is seen from the back of a hall."""
ENOUGH = 0.6
"""What tiles are to cover of their room before captions are shortened."""
BRIEF = 0.6
"""What tiles under shortened captions are worth, in those of which all is said."""
UNDER = 0.05
"""Inches between a tile and its caption, and below that, together."""
AIR = 0.08
"""Inches between the captions of neighbours."""
MOST_CAPTION = 4.0
"""Inches of the widest caption."""
LABEL_ROOM = 2.0
"""Inches for the names of rows."""


@dataclass(frozen=True)
class TileGrid:
    """Where tiles stand: `tile` inches wide, `tall` high, each row `pitch` below the one before."""

    columns: int
    rows: int
    tile: float
    tall: float
    caption_lines: int
    gap: float

    @property
    def caption(self) -> float:
        return self.caption_lines * LINE + (UNDER if self.caption_lines else 0)

    @property
    def pitch(self) -> float:
        return self.tall + self.caption + self.gap

    @property
    def width(self) -> float:
        return self.columns * (self.tile + self.gap) - self.gap

    @property
    def height(self) -> float:
        return self.rows * self.pitch - self.gap

    @property
    def pictures(self) -> float:
        """Square inches of tiles where all rows are full."""
        return self.rows * self.columns * self.tile * self.tall


def fit_tiles(panel: Tiles, width: float, room: float) -> Block:
    """The panel in `width` inches and, where its tiles stay visible, in `room` inches of height.

    A table of tiles is folded into tables side by side, and the rows of one unit are broken into lines, where that
    makes its tiles larger; it is higher than its room rather than without its words.
    """
    room -= title_height(panel.title, width)
    if stands_in_blocks(panel):
        return titled(panel.title, _fit_blocks(panel, width, room), width)
    untitled = replace(panel, title="")
    rows = math.ceil(panel.slots / panel.columns) if panel.columns else 1
    folds = range(1, min(rows // panel.together, MOST_FOLDS) + 1)  # rows that belong together stay under each other
    blocks = [_folded(untitled, each, width, room) for each in folds]
    blocks += [_fit_table(lines, width, room) for lines in broken(untitled)]
    best = max(blocks, key=lambda b: (b.whole, b.height <= room + 1e-6, min(room / b.height, 1) * b.pictures))
    if not best.whole and panel.columns and any(panel.captions):
        best = blocks[0]
    return titled(panel.title, best, width)


def broken(panel: Tiles) -> Iterator[Tiles]:
    """The rows of one unit in every number of equal lines, those that belong together under each other."""
    if not panel.is_one_strip or panel.slots != len(panel.images) or panel.column_labels:
        return
    places = np.arange(len(panel.images)).reshape(panel.together, panel.columns)
    for columns in range(1, panel.columns):
        lines, rest = divmod(panel.columns, columns)
        if rest:
            continue
        order = places.reshape(panel.together, lines, columns).swapaxes(0, 1).ravel()
        yield replace(
            panel,
            images=panel.images[order],
            captions=tuple(panel.captions[i] for i in order) if panel.captions else (),
            keys=tuple(panel.keys[i] for i in order) if panel.keys else (),
            boxes=None if panel.boxes is None else panel.boxes[order],
            row_labels=panel.row_labels * lines,
            columns=columns,
        )


def _fit_blocks(panel: Tiles, width: float, room: float) -> Block:
    """The rows that belong together as blocks side by side, with their names over them."""
    blocks = in_blocks(panel, width, room, LEAST_TILE, LINE + 0.05)
    across, tall = blocks.tile

    def draw(canvas: Canvas, x: float, y: float) -> None:
        rgb = resampled(to_rgb(panel.images, panel.scale), across)
        for number, tile in enumerate(rgb):
            row, column = divmod(number, panel.columns)
            left, top = blocks.place(*divmod(row, panel.together), column)
            canvas.picture(tile, x + left, y + top, across, tall)
            canvas.box(x + left, y + top, across, tall, line=FAINT, thick=0.6)
            if not column and row < len(panel.row_labels):
                label = lettering.shorten(lettering.plain(panel.row_labels[row]), WORDS, blocks.block[0])
                canvas.text(x + left, y + top - LINE - 0.02, label, colour=GREY if row % panel.together else ACCENT)

    labels = [lettering.plain(label) for label in panel.row_labels]
    whole = all(lettering.width(label, WORDS) <= blocks.block[0] for label in labels)
    return Block(*blocks.size, draw, pictures=len(panel.images) * across * tall, whole=whole)


def _folded(panel: Tiles, folds: int, width: float, room: float) -> Block:
    """A table as so many tables side by side, all with tiles of one size."""
    if folds == 1:
        return _fit_table(panel, width, room)
    rows = math.ceil(panel.slots / panel.columns / folds)
    rgb = to_rgb(panel.images, panel.scale)
    each = (width + BETWEEN) / folds - BETWEEN
    parts = [_rows(panel, rgb, start * rows, (start + 1) * rows) for start in range(folds)]
    parts[0] = replace(parts[0], room_for=rows * panel.columns)
    first, *others = [part for part in parts if len(part.images)]
    block = _fit_table(first, each, room)
    shares = [len(part.images) / len(first.images) for part in others]
    return beside(
        [block, *(_fit_table(part, each, block.height * s) for part, s in zip(others, shares, strict=True))], BETWEEN
    )


def _rows(panel: Tiles, rgb: np.ndarray, start: int, stop: int) -> Tiles:
    part = slice(start * panel.columns, stop * panel.columns)
    boxes = None if panel.boxes is None else panel.boxes[part]
    return replace(
        panel, images=rgb[part], scale="pixels", title="", captions=panel.captions[part], keys=panel.keys[part],
        row_labels=panel.row_labels[start:stop], boxes=boxes, room_for=0,
    )  # fmt: skip


def _fit_table(panel: Tiles, width: float, room: float) -> Block:
    if len(panel.images) == 0:
        return Block(width, LINE, lambda canvas, x, y: canvas.text(x, y, "nothing to show", colour=GREY))
    row_labels = [lettering.plain(label) for label in panel.row_labels]
    left = min(LABEL_ROOM, max((lettering.width(label, WORDS) for label in row_labels), default=0)) + 0.12
    left = left if row_labels else 0.0
    plain = [lettering.plain(caption) for caption in panel.captions]
    for lines in range(3 if panel.column_labels else 1):
        top = lines * LINE + 0.05 if lines else 0.0
        grid, captions = _grid(panel, plain, width - left, room - top)
        if _label_lines(panel, grid) <= lines:
            break
    if not grid.caption_lines and any(panel.captions) and not panel.columns and not row_labels:
        numbers = panel.keys or tuple(range(len(panel.images)))
        left = lettering.width(str(max(numbers)), WORDS) + 0.12
        grid, _ = _grid(panel, [], width - left, room - top)
        row_labels = [str(numbers[row * grid.columns]) for row in range(grid.rows)]
    whole = _is_whole(panel, grid, row_labels, captions)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        _draw_labels(canvas, panel, grid, row_labels, x, y, left, top)
        rgb = resampled(to_rgb(panel.images, panel.scale), grid.tile)
        gap = max(1, round(grid.gap / grid.tile * rgb.shape[2]))
        for row in range(math.ceil(len(rgb) / grid.columns)):
            start = row * grid.columns
            tiles = rgb[start : start + grid.columns]
            across = len(tiles) * rgb.shape[2] + (len(tiles) - 1) * gap
            place = (x + left, y + top + row * grid.pitch, across / rgb.shape[2] * grid.tile, grid.tall)
            canvas.picture(mosaic(tiles, len(tiles), gap), *place)
            step = grid.tile * (1 + gap / rgb.shape[2])
            for column in range(len(tiles)):
                _draw_one(canvas, panel, captions, grid, start + column, place[0] + column * step, place[1])

    pictures = len(panel.images) * grid.tile * grid.tall
    return Block(left + grid.width, top + grid.height, draw, pictures=pictures, whole=whole)


def _is_whole(panel: Tiles, grid: TileGrid, row_labels: list[str], captions: list[str]) -> bool:
    """Whether captions and labels all stand there in full, and tiles are large enough to be seen."""
    labelled = all(lettering.width(label, WORDS) <= LABEL_ROOM for label in row_labels) and (
        all(label.isdecimal() for label in row_labels) or grid.pitch >= LINE
    )
    step = (grid.tile + grid.gap) * _every(panel, grid) - 0.05
    labelled &= all(lettering.fits(lettering.plain(label), WORDS, step, 2) for label in panel.column_labels)
    seen = min(grid.tile, grid.tall) >= LEAST_TILE or not panel.captions
    captioned = grid.caption_lines or not any(panel.captions)
    room = grid.tile - AIR + grid.gap
    return (
        labelled and seen and bool(captioned)
        and (not captions or all(lettering.fits(caption, WORDS, room, grid.caption_lines) for caption in captions))
    )  # fmt: skip


def fit_image(panel: Image, width: float, room: float) -> Block:
    """One image as large as it can stand in `width` by `room` inches."""
    height, across = panel.pixels.shape[:2]
    colours = legend([*panel.legend], width, [*panel.legend.values()])
    above = colours.height if panel.legend else 0.0
    room = max(room - title_height(panel.title, width) - above, 1.0)
    scale = min(width / across, room / height)
    rgb = to_rgb(panel.pixels[None], panel.scale)
    shown = overlay(rgb[0], panel.heat)[None] if panel.heat is not None else rgb
    indent = (width - across * scale) / 2 if panel.legend else 0.0

    def draw(canvas: Canvas, x: float, y: float) -> None:
        colours.draw(canvas, x, y)
        x, y = x + indent, y + above
        canvas.picture(resampled(shown, across * scale)[0], x, y, across * scale, height * scale)
        for top, left, bottom, right in np.zeros((0, 4)) if panel.boxes is None else panel.boxes:
            place = (x + left * scale, y + top * scale, (right - left) * scale, (bottom - top) * scale)
            canvas.box(*place, line=FRAME, thick=2)

    wide = width if panel.legend else across * scale
    block = Block(wide, above + height * scale, draw, pictures=across * scale * height * scale)
    return titled(panel.title, block, width)


def _grid(panel: Tiles, captions: list[str], width: float, room: float) -> tuple[TileGrid, list[str]]:
    """The largest tiles under which the captions are legible, and the captions as they are set; none where none are.

    Captions become what stands first in them where tiles would cover little of the room otherwise.
    """
    n, (height, across) = panel.slots, panel.images.shape[1:3]
    columns = range(1, max(1, min(n, int(width / LEAST_FREE))) + 1) if panel.flows else [panel.columns]
    least = _least(panel) if panel.columns else LEAST_FREE
    found: list[tuple[TileGrid, list[str]]] = []
    for lines, texts in _ways(captions):
        need = max(_need(texts, lines), least)
        grids = [_arranged(n, c, height / across, width, room, lines, need) for c in columns]
        legible = [g for g in grids if g.tile >= need - 1e-6 and (not panel.flows or g.height <= room + 1e-6)]
        if legible:
            found.append((max(legible, key=lambda g: g.tile), texts))
    inside = [way for way in found if way[0].height <= room + 1e-6]
    enough = [way for way in inside if way[0].pictures >= ENOUGH * width * room]
    if found:
        return (enough or [max(inside or found, key=lambda way: _worth(way[0], way[1], captions, room))])[0]
    if panel.flows and n <= FEW:  # higher than the room rather than without what is said of each
        for lines, texts in _ways(captions):
            high = (_arranged(n, c, height / across, width, np.inf, lines, 0) for c in columns)
            found += [(grid, texts) for grid in high if grid.tile >= _need(texts, lines)]
        if found:
            return min(found, key=lambda way: way[0].height)
    if not panel.flows and any(captions):  # shortened
        return _arranged(n, panel.columns, height / across, width, room, 2, least), captions
    grids = [_arranged(n, c, height / across, width, room, 0, least) for c in columns]
    return max(grids, key=lambda g: (g.height <= room, round(g.tile, 2))), []


def _worth(grid: TileGrid, texts: list[str], captions: list[str], room: float) -> float:
    """What tiles with captions set in this way are worth: the area that they cover, less where words are missing."""
    whole = all(len(text.replace("\n", " · ")) >= len(caption) for text, caption in zip(texts, captions, strict=True))
    return grid.pictures * min(1, room / grid.height) * (1 if whole else BRIEF)


def _ways(captions: list[str]) -> list[tuple[int, list[str]]]:
    """How captions may be set, each (lines, captions): in full, in as many lines as they need, or what stands first."""
    if not any(captions):
        return []
    brief = [re.split(": | · ", caption, maxsplit=1)[0] for caption in captions]
    return [*((lines, _set(captions, lines)) for lines in (1, 2, 3, 4)), (1, brief)]


def _set(captions: list[str], lines: int) -> list[str]:
    """The captions for so many lines: broken after what stands first in each, unless they then need wider tiles."""
    if lines < 2:
        return captions
    broken = [caption.replace(" · ", "\n", 1).replace(": ", ":\n", 1) for caption in captions]
    return min(broken, captions, key=lambda each: _need(each, lines))


def _least(panel: Tiles) -> float:
    """The width in inches under which the tiles of a table say nothing, or the words over them do not fit."""
    labels = panel.column_labels if panel.columns <= 12 else ()
    longest = max(
        (lettering.width(word, WORDS) for label in labels for word in lettering.plain(label).split()), default=0
    )
    return max(min(max(panel.images.shape[2] * 0.08, 0.25), 0.42), min(longest + 0.02, 1.6))


def _need(captions: list[str], lines: int) -> float:
    """The width in inches of tiles under which all captions stand in so many lines."""
    for step in range(6, int(MOST_CAPTION * 20)):
        if all(lettering.fits(caption, WORDS, step / 20 - AIR, lines) for caption in captions):
            return step / 20
    return np.inf


def _arranged(n: int, columns: int, aspect: float, width: float, room: float, lines: int, least: float) -> TileGrid:
    rows = math.ceil(n / columns)
    gap = GAP if lines else min(GAP, max(LEAST_GAP, GAP_SHARE * min(width / columns, room / rows)))
    by_width = (width + gap) / columns - gap
    caption = lines * LINE + (UNDER if lines else 0)
    by_height = ((room + gap) / rows - gap - caption) / aspect
    tile = max(min(by_width, by_height, LARGEST_TILE), min(by_width, least))
    return TileGrid(columns, rows, tile, tile * aspect, lines, gap)


def _draw_one(
    canvas: Canvas, panel: Tiles, captions: list[str], grid: TileGrid, number: int, x: float, y: float
) -> None:
    canvas.box(x, y, grid.tile, grid.tall, line=GREY, thick=0.5)  # white pixels end somewhere on white paper
    if panel.boxes is not None:
        scale = grid.tile / panel.images.shape[2]
        top, left, bottom, right = (float(v) * scale for v in panel.boxes[number])
        canvas.box(x + left, y + top, right - left, bottom - top, line=FRAME, thick=1.2)
    if grid.caption_lines:
        lines = lettering.wrap(captions[number], WORDS, grid.tile - AIR + grid.gap, grid.caption_lines)
        for line_number, line in enumerate(lines):
            middle = x + grid.tile / 2
            canvas.text(middle, y + grid.tall + UNDER / 2 + line_number * LINE, line, colour=GREY, align="center")


def _draw_labels(
    canvas: Canvas, panel: Tiles, grid: TileGrid, row_labels: list[str], x: float, y: float, left: float, top: float
) -> None:
    every = math.ceil(LINE / grid.pitch)
    for row in range(0, min(grid.rows, len(row_labels)), every):
        label = lettering.shorten(row_labels[row], WORDS, LABEL_ROOM)
        middle = y + top + row * grid.pitch + grid.tall / 2
        canvas.text(x + left - 0.12, middle, label, colour=ACCENT, align="right", vertical="center")
    step, every = grid.tile + grid.gap, _every(panel, grid)
    labels = [lettering.plain(label) for label in panel.column_labels[: grid.columns]]
    for column in range(0, len(labels), every):
        lines = lettering.wrap(labels[column], WORDS, step * every - 0.05, 2)
        for number, line in enumerate(lines):
            middle = x + left + column * step + grid.tile / 2
            baseline = y + top - 0.05 - (len(lines) - number) * LINE
            canvas.text(middle, baseline, line, colour=ACCENT, align="center")


def _label_lines(panel: Tiles, grid: TileGrid) -> int:
    """The lines of the highest of the names over columns, two at most."""
    room = (grid.tile + grid.gap) * _every(panel, grid) - 0.05
    return max(
        (len(lettering.wrap(lettering.plain(label), WORDS, room, 2)) for label in panel.column_labels), default=0
    )


def _every(panel: Tiles, grid: TileGrid) -> int:
    """The step between the columns whose labels are written: 1, unless they are as short as numbers."""
    longest = max((lettering.width(word, WORDS) for label in panel.column_labels for word in label.split()), default=0)
    return max(1, math.ceil((longest + 0.05) / (grid.tile + grid.gap))) if longest < 0.5 else 1
