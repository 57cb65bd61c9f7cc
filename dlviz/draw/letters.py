"""Sequence logos and words in context on paper."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from dlviz.draw import lettering
from dlviz.draw.canvas import FAINT, GREY, INK, Block, Canvas, title_height, titled
from dlviz.layout.passages import end_of, start_of, widths
from dlviz.sheet import Logo, Logos, Passage, Passages
from dlviz.style import ACCENT, FRAME, MARK, WORDS, letter_colour

LINE = lettering.line_height(WORDS)
LEAST_HEIGHT, LETTER_WIDTH = 1.0, 0.32
AXIS = 0.25
"""Inches of the numbers beside a logo."""
GAP = 0.3
CAPTION_ROOM, LABEL_ROOM = 3.8, 1.2
CLEAR = 0.1
"""Inches behind what is seen and behind what follows it."""
SPACED = 1.15
"""The height of a passage in lines."""
LARGER = (40, 36, 32, 28, 24, 21)
"""Sizes of type of passages that have room for more than `WORDS`."""


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


@dataclass(frozen=True)
class _Columns:
    """The columns of passages in so many inches, in one size of type."""

    size: float
    label: float
    before: float
    seen: float
    after: float
    caption: float

    @property
    def line(self) -> float:
        return lettering.line_height(self.size) * SPACED

    @classmethod
    def of(cls, panel: Passages, width: float, size: float) -> _Columns:
        def widest(texts: Iterable[str], bold: bool = False) -> float:
            return max((lettering.width(lettering.plain(text), size, bold) for text in texts), default=0)

        scale = size / WORDS
        label = min(widest(row.label for row in panel.rows) + 0.15, LABEL_ROOM * scale)
        caption = min(widest(row.caption for row in panel.rows) + 0.15, CAPTION_ROOM * scale)
        before = widest(row.before + panel.joint for row in panel.rows)
        seen = widest((row.seen for row in panel.rows), bold=True) + CLEAR
        after = widest(panel.joint + row.after for row in panel.rows) + CLEAR
        return cls(size, label, *widths(before, seen, after, width - label - caption), caption)

    def hold_whole(self, panel: Passages) -> bool:
        """Whether no word is cut."""

        def fits(text: str, room: float, bold: bool = False) -> bool:
            return lettering.width(lettering.plain(text), self.size, bold) <= room + 1e-6

        return all(
            fits(row.label, self.label - 0.1)
            and fits(row.before + panel.joint, self.before)
            and fits(row.seen, self.seen - CLEAR, bold=True)
            and fits(panel.joint + row.after, self.after - CLEAR)
            and fits(row.caption, self.caption)
            for row in panel.rows
        )


def fit_passages(panel: Passages, width: float, room: float) -> Block:
    """A line each: heading, what stands before, what is seen, what stands behind, caption; in larger type where all
    words have room."""
    room -= title_height(panel.title, width)
    larger = (_Columns.of(panel, width, size) for size in LARGER)
    whole = (each for each in larger if len(panel.rows) * each.line <= room and each.hold_whole(panel))
    columns = next(whole, None) or _Columns.of(panel, width, WORDS)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for number, row in enumerate(panel.rows):
            _draw_passage(canvas, row, panel.joint, columns, x, y + number * columns.line, width)

    return titled(panel.title, Block(width, len(panel.rows) * columns.line, draw), width)


def _draw_passage(
    canvas: Canvas, row: Passage, joint: str, columns: _Columns, x: float, y: float, width: float
) -> None:
    size, right = columns.size, x + width - columns.caption

    def within(room: float, bold: bool = False) -> Callable[[str], bool]:
        return lambda text: lettering.width(text, size, bold) <= room + 1e-6

    canvas.text(x, y, lettering.shorten(lettering.plain(row.label), size, columns.label - 0.1), size, colour=ACCENT)
    at = x + columns.label + columns.before
    before = end_of(lettering.plain(row.before + joint), joint, within(columns.before))
    canvas.text(at, y, before, size, align="right", colour=GREY)
    seen, room = lettering.plain(row.seen), columns.seen - CLEAR
    shown = end_of(seen, joint, within(room, bold=True), "…") or lettering.shorten(seen, size, room, bold=True)
    across = lettering.width(shown, size, True)
    if shown:
        canvas.box(at - 0.02, y, across + 0.04, lettering.line_height(size), fill=MARK)
    canvas.text(at, y, shown, size, bold=True, colour=INK)
    after = start_of(lettering.plain(joint + row.after), joint, within(right - at - across - CLEAR))
    canvas.text(at + across, y, after, size, colour=GREY)
    canvas.text(right, y, lettering.shorten(lettering.plain(row.caption), size, columns.caption), size, colour=GREY)
