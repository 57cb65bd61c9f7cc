"""How a contact sheet is laid out: where each tile stands, in pixels of the tiles themselves. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from dlviz.layout.blocks import Blocks, in_blocks
from dlviz.sheet import Tiles

GAP, CAPTION = 4, 20
"""Screen pixels between tiles at most, and for a line of captions in usual type."""
LEAST_GAP, GAP_SHARE = 2, 0.05
"""Screen pixels between tiles at least, and what of a tile it is between."""
RIM = 3
"""Screen pixels round all tiles."""
LEAST_CAPTIONED = 44
"""The narrowest tile, in screen pixels, under which a caption is worth its room."""
WIDER = 24
"""Screen pixels by which tiles stand further apart at most, where that leaves room to write under them."""
BETWEEN_WORDS = 8
"""Screen pixels between captions side by side, at least."""
FINEST = 24
"""Tiles of fewer pixels across are drawn with finer ones."""
SPACE = 3
"""Gaps between two blocks."""


@dataclass(frozen=True)
class Grid:
    """n tiles of (height, width) in rows of `columns`.

    Rows stand in `blocks` side by side, as columns of words on a page, or each is broken into `folds` lines, all rows'
    first lines first. Everything is in pixels of the canvas: `finer` to a pixel of a tile, `zoom` screen pixels each.
    """

    n: int
    height: int
    width: int
    columns: int
    gap_x: int
    gap_y: int
    top: int = 0
    """For column labels."""
    left: int = 0
    """For the row labels of each block."""
    blocks: int = 1
    folds: int = 1
    finer: int = 1
    zoom: float = 1.0
    caption_lines: int = 0
    """For how many lines there is room under each tile."""

    @property
    def below(self) -> int:
        """How many tiles after a tile the one below it comes."""
        return self.columns

    @property
    def rows(self) -> int:
        """The number of rows of a block."""
        return math.ceil(math.ceil(self.n / self.columns) / self.blocks)

    @property
    def across(self) -> int:
        """The number of tiles in a line of a block."""
        return math.ceil(self.columns / self.folds)

    def room_for_words(self, zoom: float) -> float:
        """Screen pixels for a line under or over a tile, clear of those of its neighbours."""
        return (self.width + self.gap_x) * zoom - BETWEEN_WORDS

    @property
    def block_width(self) -> int:
        """From the left of one block to the left of the next."""
        return self.left + self.across * (self.width + self.gap_x) + SPACE * self.gap_x

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the whole."""
        height = self.top + self.folds * self.rows * (self.height + self.gap_y)
        return height, self.blocks * self.block_width - SPACE * self.gap_x

    @property
    def pictures(self) -> float:
        """Screen pixels that the tiles cover where all of them fit."""
        return self.n * self.height * self.width * self.zoom**2

    def corner(self, tile: int) -> tuple[int, int]:
        """(top, left) of a tile."""
        row, column = divmod(tile, self.columns)
        block, row = divmod(row, self.rows)
        fold, column = divmod(column, self.across)
        top = self.top + (fold * self.rows + row) * (self.height + self.gap_y)
        return top, block * self.block_width + self.left + column * (self.width + self.gap_x)

    def at(self, y: float, x: float) -> tuple[int, int, int] | None:
        """(tile, row, column): which pixel of which tile is at a place of the canvas, None between tiles."""
        line, dy = divmod(math.floor(y) - self.top, self.height + self.gap_y)
        block, x_in = divmod(math.floor(x), self.block_width)
        column, dx = divmod(x_in - self.left, self.width + self.gap_x)
        if not (0 <= line < self.folds * self.rows and 0 <= column < self.across and 0 <= block < self.blocks):
            return None
        fold, row = divmod(line, self.rows)
        column += fold * self.across
        tile = (block * self.rows + row) * self.columns + column
        inside = column < self.columns and tile < self.n and dy < self.height and dx < self.width
        return (tile, dy // self.finer, dx // self.finer) if inside else None


@dataclass(frozen=True)
class BlockGrid(Grid):
    """Rows of tiles folded into blocks, which stand as `stand` says, in whole pixels of the canvas."""

    stand: Blocks = field(kw_only=True)

    @property
    def below(self) -> int:
        return self.stand.across * self.stand.parts * self.columns

    @property
    def size(self) -> tuple[int, int]:
        width, height = self.stand.size
        return int(height), int(width)

    def corner(self, tile: int) -> tuple[int, int]:
        row, number = divmod(tile, self.columns)
        left, top = self.stand.place(*divmod(row, self.stand.parts), number)
        return int(top), int(left)

    def at(self, y: float, x: float) -> tuple[int, int, int] | None:
        y, x = math.floor(y), math.floor(x)
        found = self.stand.group_at(x, y)
        if found is None:
            return None
        group, part, number = found
        tile = (group * self.stand.parts + part) * self.columns + number
        if number >= self.columns or tile >= self.n:
            return None
        top, left = self.corner(tile)
        return tile, int(y - top) // self.finer, int(x - left) // self.finer


def fit_blocks(panel: Tiles, view: tuple[int, int], least: float, label: int) -> BlockGrid:
    """The grid of a panel in blocks for a view of (height, width) screen pixels, its tiles not below `least`."""
    n, (high, wide) = len(panel.images), panel.images.shape[1:3]
    stand = in_blocks(panel, view[1], view[0], least, label)
    finer = math.ceil(FINEST / min(high, wide))
    zoom = stand.tile[0] / (wide * finer)
    gap, label = max(1, round(stand.gap / zoom)), math.ceil(label / zoom)
    whole = replace(stand, tile=(wide * finer, high * finer), gap=gap, label=label)
    zoom = min(zoom, view[1] / whole.size[0], view[0] / whole.size[1])
    return BlockGrid(
        n, high * finer, wide * finer, panel.columns, gap, gap, top=label, finer=finer, zoom=zoom, stand=whole
    )


def fit(
    n: int, tile: tuple[int, int], view: tuple[int, int], *, columns: int = 0, captions: int = 0, header: int = 0,
    side: int = 0, slots: int = 0, line: float = CAPTION,
) -> Grid:  # fmt: skip
    """The grid with the largest tiles for a view of (height, width) screen pixels, `side` of them for row labels.

    Room is kept for as many as `slots` tiles, and under each for so many lines of `captions`, each `line` high; over
    all for as many lines of column labels as `header`.

    With `columns` given, it is the blocks or, without a header, the folds that are chosen.
    """
    finer = math.ceil(FINEST / min(tile))  # so that the narrowest gap, a pixel, is narrow
    height, width = tile[0] * finer, tile[1] * finer
    under, above = line * captions, line * header + GAP if header else 0
    slots = max(n, slots)
    room_y = max(view[0] - above, 40)

    def zoom_of(shape: tuple[int, int, int]) -> float:
        row, blocks, folds = shape
        lines = math.ceil(math.ceil(slots / row) / blocks) * folds
        room_x = max(view[1] - blocks * side - (blocks - 1) * SPACE * GAP, 40)
        across = _tile(room_x / (math.ceil(row / folds) * blocks))
        return min(across / width, _tile(room_y / lines - under) / height)

    if columns:
        shapes = [(columns, blocks, 1) for blocks in range(1, math.ceil(slots / columns) + 1)]
        shapes += [(columns, 1, folds) for folds in range(2, 1 if header else columns + 1)]
    else:
        shapes = [(c, 1, 1) for c in sorted({math.ceil(slots / rows) for rows in range(1, slots + 1)})]
    row, blocks, folds = max(shapes, key=zoom_of)
    zoom = zoom_of((row, blocks, folds))
    if captions and zoom * width < LEAST_CAPTIONED:
        return fit(n, tile, view, columns=columns, header=header, side=side, slots=slots, line=line)
    if zoom * min(height, width) < 2:  # too many for the view
        gap = max(1, min(height, width) // 8)
        row = columns or max(1, round(math.sqrt(n * height * view[1] / (width * view[0]))))
        return Grid(n, height, width, row, gap, gap, finer=finer)
    between = min(max(GAP_SHARE * zoom * min(height, width), LEAST_GAP), GAP)
    below = between + under
    while captions and int(below / zoom) * zoom < under:  # no number of such large pixels leaves room for a line
        finer, height, width, zoom = 2 * finer, 2 * height, 2 * width, zoom / 2
    spare = view[1] / row - zoom * width - between if captions and blocks == folds == 1 and not side else 0
    return Grid(
        n, height, width, row,
        gap_x=max(1, int((between + min(max(spare, 0), WIDER)) / zoom)),
        gap_y=max(1, int(below / zoom)),
        top=math.ceil(above / zoom),
        left=math.ceil(side / zoom),
        blocks=blocks,
        folds=folds,
        finer=finer,
        zoom=zoom,
        caption_lines=captions,
    )  # fmt: skip


def _tile(step: float) -> float:
    """The screen pixels of a tile's side, of so many from one tile to the next."""
    return min(max(step / (1 + GAP_SHARE), step - GAP), step - LEAST_GAP)


def compose(rgb: np.ndarray, grid: Grid) -> np.ndarray:
    """Tiles, uint8 (n, height, width, 3), as one premultiplied BGRA canvas (H, W, 4), clear between them."""
    height, width = grid.size
    canvas = np.zeros((height, width, 4), np.uint8)
    fine = rgb.repeat(grid.finer, axis=1).repeat(grid.finer, axis=2) if grid.finer > 1 else rgb
    for i, tile in enumerate(fine):
        top, left = grid.corner(i)
        view = canvas[top : top + grid.height, left : left + grid.width]
        view[..., :3] = tile[..., ::-1]
        view[..., 3] = 255
    return canvas
