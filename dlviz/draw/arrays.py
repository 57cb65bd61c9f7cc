"""Small arrays with all their numbers on paper."""

from __future__ import annotations

import numpy as np

from dlviz.draw import lettering
from dlviz.draw.array_layout import NUMBER, Placed, numbers, placed
from dlviz.draw.canvas import FAINT, GREY, INK, Block, Canvas, title_height, titled
from dlviz.draw.pixels import is_light, shades
from dlviz.sheet import Arrays
from dlviz.style import FRAME, TITLE, WORDS

LARGEST = 1.1
"""Inches that a cell is high at most."""
LEADING = 72 / lettering.LEADING
"""Points of a line that is an inch high."""
LEGIBLE = WORDS / (NUMBER * LEADING)
"""Inches of a cell from which on its number is legible from the back of a hall."""


def fit_arrays(panel: Arrays, width: float, room: float) -> Block:
    """The boxes as large as they can be."""
    room = max(room - title_height(panel.title, width), 1.0)
    boxes, (across, tall) = placed(panel, width, room, lettering.line_height(WORDS), LARGEST)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for each in boxes:
            _draw_box(canvas, each, x, y)

    whole = across <= width and all(box.cell_height >= LEGIBLE - 1e-6 for box in boxes)
    return titled(panel.title, Block(min(across, width), tall, draw, whole=whole), width)


def _draw_box(canvas: Canvas, placed: Placed, x: float, y: float) -> None:
    box, left, top = placed.box, x + placed.left, y + placed.top
    line = lettering.line_height(WORDS)
    rgb = shades(np.asarray(box.values, float), box.limit)
    canvas.picture(rgb, left, top, placed.width, placed.height)
    size = min(placed.cell_height * NUMBER * LEADING, TITLE)
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
    canvas.text(left, top - labels - 0.04, lettering.plain(box.name), WORDS, bold=True, vertical="bottom")
    if box.sign:
        canvas.text(x + placed.sign_x, top + placed.height / 2, box.sign, TITLE, align="center", vertical="center")
    for row, label in enumerate(box.row_labels):
        middle_y = top + (row + 0.5) * placed.cell_height
        canvas.text(left - 0.08, middle_y, lettering.plain(label), WORDS, align="right", vertical="center", colour=GREY)
    for column, label in enumerate(box.column_labels):
        middle_x = left + (column + 0.5) * placed.cell_width
        shown = lettering.shorten(lettering.plain(label), WORDS, placed.cell_width)
        canvas.text(middle_x, top - 0.04, shown, WORDS, align="center", vertical="bottom", colour=GREY)
