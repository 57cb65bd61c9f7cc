"""Sequence logos and words in context on paper."""

from __future__ import annotations

import math

from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from dlviz.draw import lettering
from dlviz.draw.canvas import FAINT, GREY, INK, Block, Canvas, title_height, titled
from dlviz.sheet import Logo, Logos, Passages
from dlviz.style import ACCENT, FRAME, MARK, WORDS, letter_colour

LINE = lettering.line_height(WORDS)
LEAST_HEIGHT, LETTER_WIDTH = 1.0, 0.32
AXIS = 0.25
"""Inches of the numbers beside a logo."""
GAP = 0.3
CAPTION_ROOM, LABEL_ROOM = 3.8, 1.2
MOST_SEEN, SEEN = 0.9, 0.6
"""What the seen part of a passage takes of the room between label and caption: so much to be whole, less where it is
cut anyway."""


def fit_logos(panel: Logos, width: float, room: float) -> Block:
    """The logos in as many columns as leave them the most room, which they fill."""
    room -= title_height(panel.title, width)
    count = len(panel.logos)
    columns, each, tall = _logo_grid(panel, width, room)
    rows = math.ceil(count / columns)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for number, logo in enumerate(panel.logos):
            row, column = divmod(number, columns)
            place = (x + column * (each + GAP), y + row * (tall + LINE + GAP), each, tall)
            _draw_logo(canvas, panel, logo, *place)

    block = Block(width, rows * (tall + LINE + GAP) - GAP, draw, pictures=count * each * tall)
    return titled(panel.title, block, width)


def _logo_grid(panel: Logos, width: float, room: float) -> tuple[int, float, float]:
    """How many logos stand side by side, and the width and height of each."""
    places, count = max((len(logo.heights) for logo in panel.logos), default=1), max(len(panel.logos), 1)
    most = max(1, int((width + GAP) / (places * LETTER_WIDTH + AXIS + GAP)))
    found = []
    for columns in range(1, min(most, count) + 1):
        rows = math.ceil(count / columns)
        tall = (room + GAP) / rows - LINE - GAP
        found.append((columns, (width + GAP) / columns - GAP, max(tall, LEAST_HEIGHT), tall >= LEAST_HEIGHT))
    inside = [way[:3] for way in found if way[3]] or [found[-1][:3]]
    return max(inside, key=lambda way: way[1] * way[2])


def _draw_logo(canvas: Canvas, panel: Logos, logo: Logo, x: float, y: float, width: float, height: float) -> None:
    canvas.text(x, y, f"{logo.label}, {logo.windows} windows", colour=ACCENT)
    left, top, most = x + AXIS, y + LINE, panel.most
    step = (width - AXIS) / len(logo.heights)
    for bits in range(0, most + 1, math.ceil(most * LINE / height)):
        level = top + height * (1 - bits / most)
        canvas.box(left, level, width - AXIS, 0, line=FAINT, thick=0.8)
        vertical = "top" if bits == most else "center" if bits else "bottom"
        canvas.text(left - 0.05, level, str(bits), colour=GREY, align="right", vertical=vertical)
    start, stop = logo.seen
    canvas.box(left + start * step, top, (stop - start) * step, height, line=FRAME, thick=1.5)
    for place, column in enumerate(logo.heights):
        base = top + height
        for letter in column.argsort(kind="stable"):
            tall = float(column[letter]) / most * height
            if tall > 0.01:
                _draw_letter(canvas, panel.letters[letter], left + place * step, base - tall, step * 0.94, tall)
            base -= tall


def _draw_letter(canvas: Canvas, letter: str, left: float, top: float, width: float, height: float) -> None:
    """A letter stretched to a rectangle."""
    path = TextPath((0, 0), letter, prop=FontProperties(family=lettering.FAMILY, weight="bold"), usetex=False)
    box = path.get_extents()
    fitted = Affine2D().translate(-box.x0, -box.y1).scale(width / (box.width or 1), -height / (box.height or 1))
    canvas.axes.add_patch(
        PathPatch(fitted.translate(left, top).transform_path(path), color=letter_colour(letter), lw=0)
    )


def fit_passages(panel: Passages, width: float, room: float) -> Block:
    """A line each: heading, what stands before, what is seen, what stands behind, caption."""
    rows = panel.rows
    label = min(max((lettering.width(lettering.plain(r.label), WORDS) for r in rows), default=0) + 0.15, LABEL_ROOM)
    caption = min(
        max((lettering.width(lettering.plain(r.caption), WORDS) for r in rows), default=0) + 0.15, CAPTION_ROOM
    )
    seen = max((lettering.width(lettering.plain(r.seen), WORDS, True) for r in rows), default=0) + 0.1
    middle = width - label - caption
    seen = seen if seen <= middle * MOST_SEEN else middle * SEEN
    side = (middle - seen) / 2

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for number, row in enumerate(rows):
            top = y + number * LINE * 1.15
            canvas.text(x, top, lettering.shorten(lettering.plain(row.label), WORDS, label - 0.1), colour=ACCENT)
            at = x + label + side
            before = _end_of(lettering.plain(row.before + panel.joint), side)
            canvas.text(at, top, before, align="right", colour=GREY)
            shown = lettering.shorten(lettering.plain(row.seen), WORDS, seen, bold=True)
            across = lettering.width(shown, WORDS, True)
            if shown:
                canvas.box(at - 0.02, top, across + 0.04, LINE, fill=MARK)
            canvas.text(at, top, shown, bold=True, colour=INK)
            after = _start_of(lettering.plain(panel.joint + row.after), width - caption - label - side - across - 0.12)
            canvas.text(at + across, top, after, colour=GREY)
            canvas.text(
                x + width - caption, top, lettering.shorten(lettering.plain(row.caption), WORDS, caption), colour=GREY
            )

    return titled(panel.title, Block(width, len(rows) * LINE * 1.15, draw), width)


def _start_of(text: str, room: float) -> str:
    """As much of a text as fits, from its start."""
    while text and lettering.width(text, WORDS) > room:
        text = text[: -max(1, len(text) // 10)]
    return text


def _end_of(text: str, room: float) -> str:
    """As much of a text as fits, up to its end."""
    while text and lettering.width(text, WORDS) > room:
        text = text[max(1, len(text) // 10) :]
    return text
