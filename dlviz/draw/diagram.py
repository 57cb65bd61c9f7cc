"""Boxes and arrows on paper; a long graph is folded into several columns."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dlviz.draw import lettering
from dlviz.draw.canvas import FAINT, GREY, Block, Canvas, title_height, titled
from dlviz.sheet import Diagram, Node
from dlviz.style import GREY as PLAIN
from dlviz.style import WORDS, layer_colour, tint

LINE = lettering.line_height(WORDS)
GUTTER = 0.45
LIFT = 0.09
"""Inches over the boxes, and under them, for an arrow into the next fold."""
PADDING = 0.1
MOST_FOLDS = 8
MOST_BETWEEN = 0.9
"""Inches between two rows of boxes at most."""
WIDEST = 5.0
"""Inches of a box at most, where it has several lines."""
FILL, EDGE = 0.14, 0.6
"""How much of its colour a box has, and its edge."""


@dataclass(frozen=True)
class Fold:
    """How a graph is folded: rows a fold, lines of words a box, distances in inches."""

    folds: int
    rows: int
    lines: int
    fold_width: float
    step: float
    box: float
    pitch: float

    @property
    def tall(self) -> float:
        return self.lines * LINE + PADDING

    @property
    def edge(self) -> float:
        """What arrows between folds take above the boxes."""
        return LIFT if self.folds > 1 else 0.0

    @property
    def height(self) -> float:
        return self.edge + (self.rows - 1) * self.pitch + self.tall + self.drop

    @property
    def drop(self) -> float:
        """How far an arrow into the next fold goes down first."""
        return (self.pitch - self.tall) * 0.5 if self.folds > 1 else 0.0


def fit_diagram(panel: Diagram, width: float, room: float) -> Block:
    """The graph in as few folds as make it fit; the page grows where none do."""
    room -= title_height(panel.title, width)
    fold = _folded(panel, width, room)
    places = [_place(node, fold) for node in panel.nodes]
    columns: dict[int, list[float]] = defaultdict(list)
    for node in panel.nodes:
        columns[node.row].append(node.column)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        y += fold.edge
        for source, target in panel.edges:
            _draw_edge(canvas, panel.nodes[source], panel.nodes[target], columns, fold, x, y)
        for node, (left, top) in zip(panel.nodes, places, strict=True):
            _draw_node(canvas, node, fold, x + left, y + top)

    height = fold.edge + max((top for _, top in places), default=0) + fold.tall + fold.drop
    width_used = fold.folds * (fold.fold_width + GUTTER) - GUTTER
    whole = fold.box >= _need(panel, fold.lines, 1) - 0.01
    return titled(panel.title, Block(width_used, height, draw, whole=whole), width)


def _folded(panel: Diagram, width: float, room: float) -> Fold:
    """The fold that says most within the room, if possible with nothing cut; where none fits, the lowest in which names
    can be read."""
    most = 1 + max((len(n.lines) for n in panel.nodes), default=0)
    most_folds = MOST_FOLDS if panel.rows > panel.columns else 1  # what is wide needs the width
    found = []
    for share in (1.0, 0.9):
        for lines in range(most, 0, -1):
            need, whole = _need(panel, lines, share), _need(panel, lines, 1)
            for folds in range(1, most_folds + 1):
                fold = _in_folds(panel, lines, folds, width, room, whole)
                readable = fold.step - 0.15 >= need
                if fold.height <= room and readable:
                    return fold
                if readable or (folds == 1 and lines == min(most, 2)):
                    found.append(fold)
    return min(found, key=lambda fold: fold.height)


def _in_folds(panel: Diagram, lines: int, folds: int, width: float, room: float, whole: float) -> Fold:
    """The graph in so many folds, with so many lines in each box; of width `whole` all say everything."""
    fold_width = (width + GUTTER) / folds - GUTTER
    step, per_fold = fold_width / panel.columns, math.ceil(panel.rows / folds)
    tall = lines * LINE + PADDING
    free = room - per_fold * tall - (LIFT if folds > 1 else 0)
    pitch = tall + min(max(free / (per_fold - 0.5), 0.18), MOST_BETWEEN)
    box = min(step - 0.15, whole)
    return Fold(folds, per_fold, lines, fold_width, step, box, pitch)


def _need(panel: Diagram, lines: int, share: float) -> float:
    """The width of boxes in which this share of the nodes is written in full."""
    widths = []
    for node in panel.nodes:
        name = lettering.width(lettering.plain(node.name), WORDS, True)
        texts = [lettering.width(lettering.plain(text), WORDS) for text in node.lines[: max(lines - 1, 1)]]
        widths.append(name + 0.25 + sum(texts) if lines == 1 else max([name, *texts]))
    most = WIDEST * (1.5 if lines == 1 else 1)
    return min(sorted(widths)[min(int(len(widths) * share), len(widths) - 1)] if widths else 0, most) + 0.2


def _place(node: Node, fold: Fold) -> tuple[float, float]:
    number, row = divmod(node.row, fold.rows)
    left = number * (fold.fold_width + GUTTER) + node.column * fold.step + (fold.step - fold.box) / 2
    return left, row * fold.pitch


def _draw_node(canvas: Canvas, node: Node, fold: Fold, left: float, top: float) -> None:
    colour = layer_colour(node.kind)
    plain = colour == PLAIN
    fill, line = ("white", FAINT) if plain else (tint(colour, FILL), tint(colour, EDGE))
    canvas.box(left, top, fold.box, fold.tall, fill=node.colour or fill, line=line, rounded=0.05)
    room, texts = fold.box - 0.16, [lettering.plain(text) for text in node.lines]
    name = lettering.plain(node.name)
    if fold.lines == 1:
        left_over = room - lettering.width(name, WORDS, True) - 0.1
        detail = lettering.shorten(texts[0] if texts else "", WORDS, max(room * 0.6, left_over))
        shown = lettering.shorten(name, WORDS, room - lettering.width(detail, WORDS) - 0.1, bold=True)
        canvas.text(left + 0.08, top + fold.tall / 2, shown, bold=True, vertical="center")
        canvas.text(left + 0.08 + room, top + fold.tall / 2, detail, vertical="center", align="right", colour=GREY)
        return
    canvas.text(left + 0.08, top + PADDING / 2, lettering.shorten(name, WORDS, room, bold=True), bold=True)
    for number, text in enumerate(texts[: fold.lines - 1], 1):
        canvas.text(left + 0.08, top + PADDING / 2 + number * LINE, lettering.shorten(text, WORDS, room), colour=GREY)


def _draw_edge(
    canvas: Canvas, a: Node, b: Node, columns: Mapping[int, Sequence[float]], fold: Fold, x: float, y: float
) -> None:
    (ax, ay), (bx, by) = _place(a, fold), _place(b, fold)
    middle = fold.box / 2
    start, end = (x + ax + middle, y + ay + fold.tall), (x + bx + middle, y + by)
    if a.row // fold.rows != b.row // fold.rows:  # into the next fold, over its top
        gutter = x + (b.row // fold.rows) * (fold.fold_width + GUTTER) - GUTTER * 0.4
        canvas.arrow([start, (start[0], start[1] + fold.drop), (gutter, start[1] + fold.drop), (gutter, end[1] - LIFT),
                      (end[0], end[1] - LIFT), end])  # fmt: skip
    elif b.row - a.row > 1 and any(
        abs(column - (a.column + b.column) / 2) < 0.6 for row in range(a.row + 1, b.row) for column in columns[row]
    ):
        side, out = fold.box, min(0.22 + 0.03 * (b.row - a.row), 0.42)
        start, end = (x + ax + side, y + ay + fold.tall / 2), (x + bx + side, y + by + fold.tall / 2)
        edge = max(start[0], end[0]) + out
        canvas.arrow([start, (edge, start[1]), (edge, end[1]), end], curved=True)
    elif abs(start[0] - end[0]) < 0.01:
        canvas.arrow([start, end])
    else:
        bend = (end[1] - start[1]) * 0.5
        canvas.arrow([start, (start[0], start[1] + bend), (end[0], end[1] - bend), end], curved=True)
