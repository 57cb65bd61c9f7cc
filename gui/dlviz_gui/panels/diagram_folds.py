"""A graph in columns side by side, so that a long one stands in a low room: where its boxes and arrows are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from qtpy.QtCore import QPointF, QRectF
from qtpy.QtGui import QPainterPath

from dlviz.sheet import Diagram, Node

GAP_X, GAP_Y = 30, 34
"""Pixels between boxes, at zoom 1."""
WIDEST = 460
"""Pixels of a box at most, where there is room."""
GUTTER = 26
"""Pixels between folds, in addition."""
RIM = 12
"""Pixels round a graph."""
MOST_FOLDS, MOST_STRETCH = 8, 3.0
"""Columns side by side, and how much further apart boxes stand where there is room, in what is between them."""
NEARLY = 0.9
"""Of the largest zoom, for which a graph need not be folded more."""


@dataclass(frozen=True)
class Folds:
    """How a graph is folded; lengths are pixels of the scene, a box's place is the middle of its upper edge."""

    box: tuple[float, float]
    """The width and height of a box."""
    rows: int
    """Rows of a fold."""
    columns: tuple[float, float]
    """The first and the last column of boxes."""
    down: float = GAP_Y
    """Between two boxes under each other."""
    gutter: float = GUTTER
    """Between two folds, in addition to what is between boxes."""

    @property
    def pitch(self) -> float:
        """From fold to fold."""
        return (self.columns[1] - self.columns[0] + 1) * (self.box[0] + GAP_X) + self.gutter

    def place(self, node: Node) -> QPointF:
        """Where a box stands."""
        fold, row = divmod(node.row, self.rows)
        return QPointF(node.column * (self.box[0] + GAP_X) + fold * self.pitch, row * (self.box[1] + self.down))

    def size(self, panel: Diagram) -> tuple[float, float]:
        """The width and height of a graph with what is round it."""
        places = [self.place(node) for node in panel.nodes]
        across, down = [place.x() for place in places], [place.y() for place in places]
        over = GAP_Y if self.is_folded(panel) else 0
        return max(across) - min(across) + self.box[0] + 2 * RIM, max(down) + self.box[1] + over + 2 * RIM

    def rect(self, panel: Diagram) -> QRectF:
        """What a graph takes of the scene."""
        width, height = self.size(panel)
        left = min(self.place(node).x() for node in panel.nodes) - self.box[0] / 2 - RIM
        return QRectF(left, -RIM - (GAP_Y / 2 if self.is_folded(panel) else 0), width, height)

    def stretched(self, panel: Diagram, size: tuple[float, float]) -> Folds:
        """The same graph over more of so many pixels of the scene: its boxes wider and further apart."""
        levels = max(node.row for node in panel.nodes) + 1
        across, down = ceil(levels / self.rows), min(levels, self.rows) - 1
        spare = max(size[0] - self.size(panel)[0], 0.0) / across / (self.columns[1] - self.columns[0] + 1)
        wider = replace(self, box=(max(min(self.box[0] + spare, WIDEST), self.box[0]), self.box[1]))
        wide, high = wider.size(panel)
        free = max(size[0] - wide, 0.0) / (across - 1) if across > 1 else 0.0
        gap = self.down + min(max(size[1] - high, 0.0) / down, MOST_STRETCH * GAP_Y) if down else self.down
        return replace(wider, gutter=self.gutter + min(free, self.box[0]), down=gap)

    def is_folded(self, panel: Diagram) -> bool:
        """Whether a graph has several folds."""
        return max(node.row for node in panel.nodes) >= self.rows

    def arrow(self, source: Node, target: Node) -> QPainterPath:
        """A curve from the bottom of a box to the top of another; into another fold over its top."""
        start, end = self.place(source) + QPointF(0, self.box[1]), self.place(target)
        if source.row // self.rows == target.row // self.rows:
            return _curve(start, end, (self.box[0] + GAP_X) / 2, self.box[1] + self.down)
        path = QPainterPath(start)
        gutter = end.x() - (target.column - self.columns[0]) * (self.box[0] + GAP_X)
        gutter -= (self.box[0] + GAP_X + self.gutter) / 2
        for x, y in ((start.x(), start.y() + GAP_Y / 3), (gutter, start.y() + GAP_Y / 3), (gutter, -GAP_Y / 2),
                     (end.x(), -GAP_Y / 2), (end.x(), end.y())):  # fmt: skip
            path.lineTo(x, y)
        return _with_head(path, end)


def folded(panel: Diagram, box: tuple[float, float], view: tuple[float, float], readable: float) -> Folds:
    """The fewest folds with which a chain of layers is readable as a whole, else those with which it is nearly
    largest; other
    graphs are not folded.

    Args:
        box, view: widths and heights in pixels.
        readable: the zoom from which on it is.
    """
    rows = max(node.row for node in panel.nodes) + 1
    columns = min(node.column for node in panel.nodes), max(node.column for node in panel.nodes)
    most = MOST_FOLDS if panel.selects and columns[0] == columns[1] else 1  # arrows of branches would cross in a gutter
    tried = [Folds(box, ceil(rows / count), columns) for count in range(1, most + 1)]
    zooms = {folds: min(have / need for have, need in zip(view, folds.size(panel), strict=True)) for folds in tried}
    best = max(zooms.values())
    return next(folds for folds, zoom in zooms.items() if zoom >= min(readable, NEARLY * best))


def _curve(start: QPointF, end: QPointF, aside: float, step: float) -> QPainterPath:
    """Downwards; one that passes boxes swings out to the side."""
    path = QPainterPath(start)
    bend = min((end.y() - start.y()) / 2, step / 2)
    passes = end.y() - start.y() > step and abs(end.x() - start.x()) < 1
    if passes:
        side = start.x() - aside
        path.cubicTo(
            QPointF(start.x(), start.y() + bend / 2), QPointF(side, start.y()), QPointF(side, start.y() + bend)
        )
        path.lineTo(side, end.y() - bend)
        path.cubicTo(QPointF(side, end.y()), QPointF(end.x(), end.y() - bend / 2), end)
    else:
        path.cubicTo(start + QPointF(0, bend), end - QPointF(0, bend), end)
    return _with_head(path, end)


def _with_head(path: QPainterPath, end: QPointF) -> QPainterPath:
    path.moveTo(end - QPointF(4, 7))
    path.lineTo(end)
    path.lineTo(end - QPointF(-4, 7))
    return path
