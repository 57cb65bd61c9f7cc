"""How a contact sheet is laid out: where each tile stands, in pixels of the tiles themselves. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

GAP, CAPTION, HEADER = 8, 20, 24
"""Screen pixels between tiles, for a line under a tile, and above the first row."""
LEAST_CAPTIONED = 60
"""The narrowest tile, in screen pixels, under which a caption is worth its room."""


@dataclass(frozen=True)
class Grid:
    """n tiles of (height, width) in rows of `columns`; everything in tile pixels, `zoom` screen pixels each."""

    n: int
    height: int
    width: int
    columns: int
    gap_x: int
    gap_y: int
    top: int
    left: int
    zoom: float

    @property
    def rows(self) -> int:
        """The number of rows."""
        return math.ceil(self.n / self.columns)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the whole."""
        height = self.top + self.rows * (self.height + self.gap_y)
        width = self.left + self.columns * (self.width + self.gap_x)
        return height, width

    def corner(self, tile: int) -> tuple[int, int]:
        """(top, left) of a tile."""
        row, column = divmod(tile, self.columns)
        return self.top + row * (self.height + self.gap_y), self.left + column * (self.width + self.gap_x)

    def at(self, y: float, x: float) -> tuple[int, int, int] | None:
        """(tile, row, column): which pixel of which tile is at a place, None between tiles."""
        row, dy = divmod(math.floor(y) - self.top, self.height + self.gap_y)
        column, dx = divmod(math.floor(x) - self.left, self.width + self.gap_x)
        tile = row * self.columns + column
        inside = row >= 0 and 0 <= column < self.columns and 0 <= tile < self.n
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
    """The grid with the largest tiles for a view of (height, width) screen pixels, `side` of them for row labels."""
    height, width = tile
    room_y, room_x = max(view[0] - (HEADER if header else 0), 40), max(view[1] - side, 40)
    below = GAP + (CAPTION if captions else 0)

    def zoom_of(c: int) -> float:
        rows = math.ceil(n / c)
        return min((room_x / c - GAP) / width, (room_y / rows - below) / height)

    counts = np.unique(np.ceil(n / np.arange(1, n + 1)).astype(int)) if not columns else [columns]
    best = max((int(c) for c in counts), key=zoom_of)
    zoom = zoom_of(best)
    if captions and zoom * width < LEAST_CAPTIONED:
        return fit(n, tile, view, columns=columns, header=header, side=side)
    if zoom * min(height, width) < 2:  # too many for the view: it is zoomed out further
        gap = max(1, min(height, width) // 8)
        best = columns or max(1, round(math.sqrt(n * height * view[1] / (width * view[0]))))
        return Grid(n, height, width, best, gap, gap, 0, 0, 1.0)
    if zoom > 4:
        zoom = math.floor(zoom)
    gap_x, gap_y = max(1, int(GAP / zoom)), max(1, int(below / zoom))
    top, left = (math.ceil(HEADER / zoom) if header else 0), math.ceil(side / zoom)
    return Grid(n, height, width, best, gap_x, gap_y, top, left, zoom)


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
