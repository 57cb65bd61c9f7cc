"""A table of tiles as blocks: each row is folded into a square, rows that belong together are placed side by side, and
these groups flow over the page, as in figure 2 of M. D. Zeiler, R. Fergus, arXiv 1311.2901. Any unit of length.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from dlviz.sheet import Tiles

GAP_SHARE = 0.04
"""The gap between tiles as a share of a tile."""
MUCH = 1.25
"""Blocks are wider than squares only if that makes tiles larger by this factor."""


@dataclass(frozen=True)
class Blocks:
    """The geometry of blocks.

    Attributes:
        groups, parts: the number of units, and of blocks per unit.
        across: the number of units side by side.
        folded: the rows and columns of a block.
        tile: the width and height of a tile.
        gap: the gap between tiles; twice that between the blocks of a unit, four times between units.
        label: the height of the line above a block.
    """

    groups: int
    parts: int
    across: int
    folded: tuple[int, int]
    tile: tuple[float, float]
    gap: float
    label: float

    @property
    def block(self) -> tuple[float, float]:
        """The width and height of one block."""
        rows, columns = self.folded
        return columns * (self.tile[0] + self.gap) - self.gap, rows * (self.tile[1] + self.gap) - self.gap

    @property
    def pitch(self) -> tuple[float, float]:
        """The distance from one unit to the next, horizontally and vertically."""
        width, height = self.block
        return self.parts * (width + 2 * self.gap) + 2 * self.gap, self.label + height + 4 * self.gap

    @property
    def size(self) -> tuple[float, float]:
        """The total width and height."""
        rows = ceil(self.groups / self.across)
        return self.across * self.pitch[0] - 4 * self.gap, rows * self.pitch[1] - 4 * self.gap

    def unit(self, group: int) -> tuple[float, float, float, float]:
        """The left, top, width and height of the blocks of a unit."""
        left, top = self.place(group, 0, 0)
        return left, top, self.pitch[0] - 4 * self.gap, self.block[1]

    def group_at(self, left: float, top: float) -> tuple[int, int, int] | None:
        """(group, part, number) of the tile at a point; None between tiles."""
        wide, tall = self.tile
        (column, x), (row, y) = divmod(left, self.pitch[0]), divmod(top, self.pitch[1])
        part, x = divmod(x, self.block[0] + 2 * self.gap)
        (right, x), (down, y) = divmod(x, wide + self.gap), divmod(y - self.label, tall + self.gap)
        number, group = int(down * self.folded[1] + right), int(row * self.across + column)
        inside = (
            0 <= column < self.across and 0 <= part < self.parts and 0 <= right < self.folded[1] and x < wide
            and row >= 0 and 0 <= down < self.folded[0] and y < tall
        )  # fmt: skip
        return (group, int(part), number) if inside and group < self.groups else None

    def place(self, group: int, part: int, number: int) -> tuple[float, float]:
        """The left and top of tile `number` of a block."""
        (row, column), (down, right) = divmod(group, self.across), divmod(number, self.folded[1])
        left = column * self.pitch[0] + part * (self.block[0] + 2 * self.gap) + right * (self.tile[0] + self.gap)
        return left, row * self.pitch[1] + self.label + down * (self.tile[1] + self.gap)


def stands_in_blocks(panel: Tiles) -> bool:
    """Whether a panel is shown in blocks: it is marked so, and has more than one unit or is a page of such a panel."""
    return panel.folded and (not panel.is_one_strip or panel.room_for > 0)


def in_blocks(panel: Tiles, width: float, height: float, least: float, label: float) -> Blocks:
    """The blocks with the largest tiles that fit into a rectangle, but no tile side below `least`.

    Blocks are squares, or wider if that makes tiles much larger.
    """
    square, *wider = (_folded(panel, columns, width, height, least, label) for columns in _columns(panel))
    inside = [blocks for blocks in (square, *wider) if blocks.size[1] <= height * 1.001]
    largest = max(inside, key=lambda blocks: blocks.tile[0], default=square)
    return largest if square not in inside or largest.tile[0] > MUCH * square.tile[0] else square


def units_on_a_page(panel: Tiles, width: float, height: float, least: float, label: float) -> int:
    """The number of units that fit with tiles of at least `least`; at least one."""
    for columns in _columns(panel):
        blocks = _folded(panel, columns, width, height, least, label)
        if rows := int((height + 4 * blocks.gap) // blocks.pitch[1]):
            return min(blocks.groups, rows * blocks.across)
    return 1


def _columns(panel: Tiles) -> range:
    """The possible numbers of columns of a block, that of a square first."""
    return range(ceil(sqrt(panel.columns)), panel.columns + 1)


def _folded(panel: Tiles, columns: int, width: float, height: float, least: float, label: float) -> Blocks:
    """Blocks of `columns` columns with the largest tiles; they overflow if tiles would be below `least`."""
    groups = max(1, ceil(panel.slots / (panel.columns * panel.together)))
    folded = ceil(panel.columns / columns), columns
    high, wide = panel.images.shape[1:3]
    aspect = high / wide
    smallest = least / min(1.0, aspect)
    found: list[Blocks] = []
    for across in range(1, groups + 1):
        rows = ceil(groups / across)
        per_unit = panel.together * (columns * (1 + GAP_SHARE) + GAP_SHARE) + 2 * GAP_SHARE
        by_width = width / (across * per_unit - 4 * GAP_SHARE)
        by_height = (height / rows - label) / (folded[0] * (aspect + GAP_SHARE) + 3 * GAP_SHARE)
        tile = max(min(by_width, max(by_height, smallest)), 0.0)
        found.append(Blocks(groups, panel.together, across, folded, (tile, tile * aspect), tile * GAP_SHARE, label))
    legible = [b for b in found if b.tile[0] >= smallest * 0.999] or found[:1]
    inside = [b for b in legible if b.size[1] <= height * 1.001]
    return max(inside, key=lambda b: b.tile[0]) if inside else min(legible, key=lambda b: b.size[1])
