"""Small arrays with all their numbers on paper."""

from __future__ import annotations

import numpy as np

from dlviz.draw import lettering
from dlviz.draw.array_layout import NUMBER, Placed, numbers, placed
from dlviz.draw.canvas import FAINT, GREY, INK, Block, Canvas, title_height, titled
from dlviz.draw.pixels import is_light, shades
from dlviz.sheet import Arrays
from dlviz.style import FRAME

NAMES = 13.0
"""Points of names and signs."""
LARGEST = 0.75
"""Inches that a cell is high at most."""
LEADING = 72 / lettering.LEADING
"""Points of a line that is an inch high."""


def fit_arrays(panel: Arrays, width: float, room: float) -> Block:
    """The boxes as large as they can be."""
    room = max(room - title_height(panel.title, width), 1.0)
    boxes, (across, tall) = placed(panel, width, room, lettering.line_height(NAMES), LARGEST)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for each in boxes:
            _draw_box(canvas, each, x, y)

    return titled(panel.title, Block(min(across, width), tall, draw), width)


def _draw_box(canvas: Canvas, placed: Placed, x: float, y: float) -> None:
    box, left, top = placed.box, x + placed.left, y + placed.top
    line = lettering.line_height(NAMES)
    rgb = shades(np.asarray(box.values, float), box.limit)
    canvas.picture(rgb, left, top, placed.width, placed.height)
    size = min(placed.cell_height * NUMBER * LEADING, 20.0)
    for (row, column), light in np.ndenumerate(is_light(rgb)):
        canvas.box(left + column * placed.cell_width, top + row * placed.cell_height, placed.cell_width,
                   placed.cell_height, line=FAINT, thick=0.6)  # fmt: skip
        middle = (left + (column + 0.5) * placed.cell_width, top + (row + 0.5) * placed.cell_height)
        ink = INK if light else "white"
        canvas.text(*middle, numbers(box)[row][column], size, align="center", vertical="center", colour=ink)
    canvas.box(left, top, placed.width, placed.height, line=GREY, thick=1.0)
    for first, start, last, stop in box.marked:
        across, tall = (stop - start) * placed.cell_width, (last - first) * placed.cell_height
        mark = (left + start * placed.cell_width, top + first * placed.cell_height, across, tall)
        canvas.box(*mark, line=FRAME, thick=3)
    labels = line * bool(box.column_labels)
    canvas.text(left, top - labels - 0.04, lettering.plain(box.name), NAMES, bold=True, vertical="bottom")
    if box.sign:
        canvas.text(x + placed.sign_x, top + placed.height / 2, box.sign, NAMES + 3, align="center", vertical="center")
    for row, label in enumerate(box.row_labels):
        middle_y = top + (row + 0.5) * placed.cell_height
        canvas.text(left - 0.08, middle_y, lettering.plain(label), NAMES, align="right", vertical="center", colour=GREY)
    for column, label in enumerate(box.column_labels):
        middle_x = left + (column + 0.5) * placed.cell_width
        shown = lettering.shorten(lettering.plain(label), NAMES, placed.cell_width)
        canvas.text(middle_x, top - 0.04, shown, NAMES, align="center", vertical="bottom", colour=GREY)
