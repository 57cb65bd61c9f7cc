"""How a contact sheet is laid out: where each tile stands, in pixels of the tiles themselves. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

GAP, CAPTION, HEADER = 8, 20, 24
"""Screen pixels between tiles, for a line under a tile, and above the first row."""
LEAST_CAPTIONED = 60
"""The narrowest tile, in screen pixels, under which a caption is worth its room."""
SPACE = 3
"""Gaps between two blocks."""


@dataclass(frozen=True)
class Grid:
    """n tiles of (height, width) in rows of `columns`, the rows in `blocks` side by side as columns on a page.

    Everything is in pixels of the tiles, `zoom` screen pixels each.
    """

    n: int
    height: int
    width: int
    columns: int
    gap_x: int
    gap_y: int
    top: int = 0
    """For a line of column labels."""
    left: int = 0
    """For the row labels of each block."""
    blocks: int = 1
    zoom: float = 1.0

    @property
    def rows(self) -> int:
        """The number of rows of a block."""
        return math.ceil(math.ceil(self.n / self.columns) / self.blocks)

    @property
    def block_width(self) -> int:
        """From the left of one block to the left of the next."""
        return self.left + self.columns * (self.width + self.gap_x) + SPACE * self.gap_x

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the whole."""
        height = self.top + self.rows * (self.height + self.gap_y)
        return height, self.blocks * self.block_width - SPACE * self.gap_x

    def corner(self, tile: int) -> tuple[int, int]:
        """(top, left) of a tile."""
        row, column = divmod(tile, self.columns)
        block, row = divmod(row, self.rows)
        left = block * self.block_width + self.left + column * (self.width + self.gap_x)
        return self.top + row * (self.height + self.gap_y), left

    def at(self, y: float, x: float) -> tuple[int, int, int] | None:
        """(tile, row, column): which pixel of which tile is at a place, None between tiles."""
        row, dy = divmod(math.floor(y) - self.top, self.height + self.gap_y)
        block, x_in = divmod(math.floor(x), self.block_width)
        column, dx = divmod(x_in - self.left, self.width + self.gap_x)
        tile = (block * self.rows + row) * self.columns + column
        inside = 0 <= row < self.rows and 0 <= column < self.columns and block >= 0 and tile < self.n
        return (tile, dy, dx) if inside and dy < self.height and dx < self.width else None


def fit(
    n: int,
    tile: tuple[int, int],
    view: tuple[int, int],
    *,
    columns: int = 0,
    captions: bool = False,
    header: bool = False,
    side: int = 0,
) -> Grid:
    """The grid with the largest tiles for a view of (height, width) screen pixels, `side` of them for row labels.

    With `columns` given, it is the number of blocks that is chosen.
    """
    height, width = tile
    below = GAP + (CAPTION if captions else 0)
    room_y = max(view[0] - (HEADER if header else 0), 40)

    def zoom_of(shape: tuple[int, int]) -> float:
        across, blocks = shape
        rows = math.ceil(math.ceil(n / across) / blocks)
        room_x = max(view[1] - blocks * side - (blocks - 1) * SPACE * GAP, 40)
        return min((room_x / (across * blocks) - GAP) / width, (room_y / rows - below) / height)

    if columns:
        shapes = [(columns, blocks) for blocks in range(1, math.ceil(n / columns) + 1)]
    else:
        shapes = [(int(c), 1) for c in np.unique(np.ceil(n / np.arange(1, n + 1)))]
    across, blocks = max(shapes, key=zoom_of)
    zoom = zoom_of((across, blocks))
    if captions and zoom * width < LEAST_CAPTIONED:
        return fit(n, tile, view, columns=columns, header=header, side=side)
    if zoom * min(height, width) < 2:  # too many for the view
        gap = max(1, min(height, width) // 8)
        across = columns or max(1, round(math.sqrt(n * height * view[1] / (width * view[0]))))
        return Grid(n, height, width, across, gap, gap)
    if zoom > 4:
        zoom = math.floor(zoom)
    return Grid(
        n, height, width, across,
        gap_x=max(1, int(GAP / zoom)),
        gap_y=max(1, int(below / zoom)),
        top=math.ceil(HEADER / zoom) if header else 0,
        left=math.ceil(side / zoom),
        blocks=blocks,
        zoom=zoom,
    )  # fmt: skip


def compose(rgb: np.ndarray, grid: Grid) -> np.ndarray:
    """Tiles, uint8 (n, height, width, 3), as one premultiplied BGRA canvas (H, W, 4), clear between them."""
    height, width = grid.size
    canvas = np.zeros((height, width, 4), np.uint8)
    for i, tile in enumerate(rgb):
        top, left = grid.corner(i)
        view = canvas[top : top + grid.height, left : left + grid.width]
        view[..., :3] = tile[..., ::-1]
        view[..., 3] = 255
    return canvas
