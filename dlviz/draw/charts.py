"""Bars, curves, matrices and words on paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz.draw import lettering
from dlviz.draw.canvas import FAINT, GREY, INK, Block, Canvas, spread_numbers, title_height, titled, write_x_title
from dlviz.draw.pixels import PLAIN_DIAGONAL, is_light, shades
from dlviz.layout import MAX_CELL_ASPECT, cell_size
from dlviz.sheet import Bars, Curves, Matrix, Paragraph
from dlviz.spacing import every_nth
from dlviz.style import ACCENT, NEGATIVE, RIGHT, TITLE, WORDS

LINE = lettering.line_height(WORDS)
LABELLED = 2 * LINE
"""The height up to which rows of a matrix grow, however narrow its cells are, in inches."""
BAR_ROW, ROOMY_BAR_ROW, MOST_BAR_ROW = 0.36, 0.48, 1.1
"""Inches that a bar is high with the gap under it: at least, where one column has room, and at most."""
LARGER_WORDS = (26.0, 23.0, 20.0)
"""Points of words that have room."""
LETTERS = 0.35
"""How large the type beside a bar is, in the height of its row."""
MOST_NAMED_BARS = 160
NARROW = 4.0
"""Inches across in which bars stay low."""
ONE_COLUMN = 10
"""Bars that stand under each other, whatever room there is."""
MOST_NAME = 0.6
"""Of the width of a bar and its name, what the name takes at most."""
MOST_LABEL, MOST_UPRIGHT = 2.6, 3.0
"""Inches that the name of a row takes at most, unless a third of the width is more, and that of a column that stands
upright."""
APART = 0.1
"""Inches between the names of columns that are not turned, at least."""
MOST_NAMED_ROWS = 16
"""Rows of a matrix that are all named, whatever room there is."""
FEW_CELLS = 16
"""Cells of a matrix of which each number is looked at."""
LEAST_SHARE = 0.35
"""Of the width of a matrix without numbers, what its cells take at least."""
LEFT = 0.8
"""Inches beside a plot, for the numbers at its upright axis."""
LEAST_PLOT, TALLEST_PLOT = 1.1, 1.8
"""The height of lines without their words: inches at least, and multiples of their width at most."""
ALONG = 0.9
"""Of the width of a plot, what its points take."""
BEYOND = 0.03
"""Of the length of an axis with ends of its own, what there is beyond each, so that lines along them are seen."""
MOST_SLANTED, SLANT = 2.6, 0.72
"""Inches of a name that stands aslant under an axis, and how much of them it goes down."""
NAMES_SHARE = 0.4
"""Of the room of lines, what such names take at most."""
SCALE_BAR, LEAST_INNER = 0.4, 0.8
"""Inches for the colours' scale beside a matrix without numbers, but for its words, and for its cells at least."""
TURNED = WORDS / 72
"""Inches from one name that is turned by a quarter to the next, at least: their letters just do not touch."""


def fit_bars(panel: Bars, width: float, room: float) -> Block:
    """Named bars, in several columns where there are many; without names where there are too many."""
    below = LINE if panel.right >= 0 else 0.0
    room = max(room - title_height(panel.title, width) - below, BAR_ROW)
    count = len(panel.values)
    if count > MOST_NAMED_BARS:
        return titled(panel.title, _unnamed_bars(panel, width, min(room, 4.0)), width)
    is_roomy = count * ROOMY_BAR_ROW <= room and width > NARROW
    row = min(room / max(count, 1), MOST_BAR_ROW) if is_roomy else BAR_ROW
    per_column = min(count, max(int(room / row), ONE_COLUMN, math.ceil(count / max(1, int(width / 2.0)))))
    columns = math.ceil(count / max(per_column, 1))
    per_column = math.ceil(count / max(columns, 1))  # none of them much shorter than the others
    across = (width + 0.3) / max(columns, 1) - 0.3
    values = np.nan_to_num(np.asarray(panel.values, float))
    low, high = panel.ends
    shares, shown = panel.shares(), panel.numbers
    labels = [lettering.plain(label) for label in panel.labels]
    size = min(max(LETTERS * row * 72, WORDS), TITLE)
    if _widest(labels, size) > across * MOST_NAME:
        size = WORDS
    numbers, needed = _widest(shown, size) + 0.1, _widest(labels, size)
    written = min(needed, across * MOST_NAME)
    names = written + 0.1
    longest = across - names - numbers

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for i, (label, value) in enumerate(zip(labels, values, strict=True)):
            left, top = x + i // per_column * (across + 0.3) + names, y + i % per_column * row
            right, middle = i == panel.right, top + row / 2
            colour = RIGHT if right else ACCENT if value >= 0 else NEGATIVE
            start, stop = (share * longest for share in shares[i])
            canvas.box(left, top + row / 10, longest, 0.8 * row, fill="#f1f2f5")
            canvas.box(left + start, top + row / 10, stop - start, 0.8 * row, fill=colour)
            if low < 0:
                canvas.box(left - low / (high - low) * longest - 0.01, top, 0.02, row, fill=GREY)
            ink: dict[str, Any] = {"colour": RIGHT if right else INK, "bold": right, "vertical": "center", "size": size}
            name = lettering.shorten(label, size, written, bold=right)
            canvas.text(left - 0.1, middle, name, align="right", **ink)
            canvas.text(left + longest + 0.08, middle, shown[i], **ink)
        if panel.right >= 0:
            canvas.text(x + names, y + per_column * row, f"■ {panel.right_is}", colour=RIGHT)

    used = columns * (across + 0.3) - 0.3
    return titled(panel.title, Block(used, per_column * row + below, draw, whole=needed <= written), width)


def _widest(words: Sequence[str], size: float) -> float:
    """Inches of the longest of some words in bold type."""
    return max((lettering.width(word, size, True) for word in words), default=0.0)


def fit_curves(panel: Curves, width: float, room: float) -> Block:
    """Lines over a common axis, under their names."""
    named = list(panel.series) if len(panel.series) > 1 else []
    names = legend(named, width, panel.colours) if named else Block(0, 0, lambda canvas, x, y: None)
    head = names.height + (LINE + 0.05 if panel.y_title else 0)
    room -= title_height(panel.title, width)
    longest = min(MOST_SLANTED, max(room, LEAST_PLOT) * NAMES_SHARE / SLANT)
    labels = [lettering.shorten(lettering.plain(text), WORDS, longest) for text in panel.x_labels]
    slanted = max((lettering.width(label, WORDS) for label in labels), default=0.0) * SLANT
    below = 0.2 + (slanted + 0.3 if labels else LINE) + (LINE if panel.x_title else 0)
    height = max(min(room, TALLEST_PLOT * width + head + below), LEAST_PLOT + head + below)
    left = max(LEFT, slanted)
    across, tall = width - left - 0.1, height - below - head - 0.1

    def draw(canvas: Canvas, x: float, y: float) -> None:
        names.draw(canvas, x, y)
        write_y_title(canvas, panel.y_title, x, y + names.height, width)
        axes = canvas.plot(x + left, y + head + 0.1, across, tall)
        for number, values in enumerate(panel.series.values()):
            marker, thick = "o" if len(panel.x) <= 40 or not panel.joined else "", 2.2 if panel.joined else 0
            colour = panel.colours[number % len(panel.colours)]
            axes.plot(panel.x, values, marker=marker, markersize=5, color=colour, linewidth=thick)
        write_x_title(axes, panel.x_title, across, width)
        axes.grid(color=FAINT, linewidth=0.8)
        if panel.log:
            axes.set_yscale("log", nonpositive="mask")
            axes.minorticks_off()
        if panel.limits:
            low, high = panel.limits
            axes.set_ylim(low - BEYOND * (high - low), high + BEYOND * (high - low))
        if labels:
            named = every_nth(len(panel.x), LINE / SLANT * (len(panel.x) - 1) / (ALONG * across))
            axes.set_xticks(np.asarray(panel.x)[named])
            how = {"rotation": 45, "ha": "right", "rotation_mode": "anchor", "parse_math": False}
            axes.set_xticklabels([labels[n] for n in named], family=lettering.families("".join(labels)), **how)
        else:
            spread_numbers(axes)

    whole = names.whole and not any("…" in label for label in labels if label not in panel.x_labels)
    return titled(panel.title, Block(width, height, draw, pictures=across * tall, whole=whole), width)


def write_y_title(canvas: Canvas, title: str, x: float, y: float, width: float) -> None:
    """What the upright axis stands for, in a line above it: beside it the numbers would push it off the page."""
    if title:
        canvas.text(x, y, lettering.shorten(lettering.plain(title), WORDS, width), colour=GREY)


def legend(names: list[str], width: float, colours: Sequence[str]) -> Block:
    """Names in these colours, from left to right, in as many lines as they take."""
    places: list[tuple[float, float, str]] = []
    left = top = 0.0
    for name in names:
        shown = lettering.shorten(lettering.plain(name), WORDS, width - 0.4)
        across = lettering.width(shown, WORDS) + 0.55
        if left and left + across > width + 0.2:
            left, top = 0.0, top + LINE
        places.append((left, top, shown))
        left += across

    def draw(canvas: Canvas, x: float, y: float) -> None:
        for number, (left, top, name) in enumerate(places):
            canvas.box(x + left, y + top + 0.07, 0.26, 0.06, fill=colours[number % len(colours)])
            canvas.text(x + left + 0.34, y + top, name)

    whole = all(lettering.width(lettering.plain(name), WORDS) <= width - 0.4 for name in names)
    return Block(width, top + LINE + 0.05, draw, whole=whole)


def fit_matrix(panel: Matrix, width: float, room: float) -> Block:
    """A heat map: its numbers where they are legible, a scale beside it where they are not."""
    rows, columns = panel.values.shape
    row_labels = [lettering.plain(label) for label in panel.row_labels]
    column_labels = [lettering.plain(label) for label in panel.column_labels]
    most_label = max(MOST_LABEL, width / 3)
    left = min(max((lettering.width(t, WORDS) for t in row_labels), default=0), most_label)
    left += 0.52 if panel.row_title else 0.12
    above = 0.4 if panel.column_title else 0.0
    inner = max(width - left, LEAST_INNER)
    room = max(room - title_height(panel.title, width), 2.0)
    longest = max((lettering.width(t, WORDS) for t in column_labels), default=0)
    numbers = all(map(str.isdecimal, column_labels))  # some of them may be left out
    upright = numbers or longest + APART <= min(inner / columns, (room - above - LINE) / rows * MAX_CELL_ASPECT)
    corner = [] if upright else _in_corner(panel.column_title, left, longest)
    above = 0.0 if corner else above
    top = above + (LINE + 0.04 if upright else min(longest, MOST_UPRIGHT) + 0.1)
    words = panel.plain_diagonal or not all(map(str.isdecimal, row_labels))  # classes are told by numbers too
    least = rows * LINE if rows <= MOST_NAMED_ROWS and words else 1.0
    _, cell_h = cell_size(inner, max(room - top, least), rows, columns)
    values = np.asarray(panel.values, float)
    is_written = rows * columns <= 900
    texts = [["" if np.isnan(v) else f"{v:z.{panel.decimals}f}" for v in row] for row in values if is_written]
    widest = max((lettering.width(t, WORDS) for row in texts for t in row), default=9.0)
    widest_cell = cell_h * MAX_CELL_ASPECT
    cell_w = min(inner / columns, widest_cell)
    numbered = widest + 0.03 <= cell_w and cell_h >= LINE
    scale_room = SCALE_BAR + max(lettering.width(text, WORDS) for text in _scale_ends(panel))
    if not numbered:
        cell_w = min(max(inner - scale_room, LEAST_INNER / 2) / columns, widest_cell)
    cell_h = min(cell_h, max(cell_w * (1 if panel.role == "beside" else MAX_CELL_ASPECT), LABELLED))
    rgb, across, tall = _coloured(panel), columns * cell_w, rows * cell_h

    def draw(canvas: Canvas, x: float, y: float) -> None:
        canvas.picture(rgb, x + left, y + top, across, tall)
        canvas.box(x + left, y + top, across, tall, line=FAINT)
        canvas.lines(x + left - 0.1, y, corner, WORDS, colour=GREY, align="right")
        if above:
            title = lettering.shorten(lettering.plain(panel.column_title), WORDS, width)
            beside = max(0.0, min(left, width - lettering.width(title, WORDS)))  # over the cells, if it fits there
            canvas.text(x + beside, y, title, WORDS, colour=GREY)
        if panel.row_title:
            title = lettering.shorten(lettering.plain(panel.row_title), WORDS, tall)
            canvas.text(x + 0.2, y + top + tall / 2, title, WORDS, colour=GREY, align="center", vertical="center",
                        angle=90)  # fmt: skip
        cells = _Cells(x + left, y + top, cell_w, cell_h)
        _name_rows(canvas, cells, row_labels, most_label)
        _name_columns(canvas, cells, column_labels, upright)
        if numbered:
            for (row, column), light in np.ndenumerate(is_light(rgb)):
                place, colour = cells.middle(row, column), INK if light else "white"
                canvas.text(*place, texts[row][column], align="center", vertical="center", colour=colour)
        else:
            _draw_scale(canvas, panel, x + left + across + 0.15, y + top, min(tall, 2.5))

    used = left + across + (0 if numbered else scale_room)
    seen = numbered or (across >= LEAST_SHARE * used and rows * columns > FEW_CELLS)
    upper = _all_there(column_labels, upright or cell_w >= TURNED - 1e-6, MOST_UPRIGHT)
    whole = seen and upper and _all_there(row_labels, cell_h >= LINE - 1e-6, most_label)
    return titled(panel.title, Block(used, top + tall, draw, pictures=across * tall, whole=whole), width)


def _coloured(panel: Matrix) -> np.ndarray:
    """The colours of the cells, uint8 (rows, columns, 3)."""
    rgb = shades(panel.colouring, panel.magnitude)
    if panel.plain_diagonal:
        rgb[np.diag_indices(min(panel.values.shape))] = PLAIN_DIAGONAL
    return rgb


def _in_corner(title: str, left: float, height: float) -> list[str]:
    """What columns are, in lines that stand in the corner between the names of rows and columns; none where they are
    too long for its inches."""
    title, room = lettering.plain(title), left - 0.1
    fits = title and lettering.fits(title, WORDS, room, int(height / LINE))
    return lettering.wrap(title, WORDS, room) if fits else []


@dataclass(frozen=True)
class _Cells:
    """Where the cells of a matrix stand on the page."""

    left: float
    top: float
    width: float
    height: float

    def middle(self, row: float, column: float) -> tuple[float, float]:
        return self.left + (column + 0.5) * self.width, self.top + (row + 0.5) * self.height


def _name_rows(canvas: Canvas, cells: _Cells, labels: list[str], room: float) -> None:
    for row, name in _thinned(labels, math.ceil(LINE / cells.height)).items():
        _, middle = cells.middle(row, 0)
        label = lettering.shorten(name, WORDS, room)
        canvas.text(cells.left - 0.1, middle, label, align="right", vertical="center")


def _name_columns(canvas: Canvas, cells: _Cells, labels: list[str], upright: bool) -> None:
    """The names above the columns; those that are not `upright` are turned by a quarter."""
    step = max((lettering.width(label, WORDS) for label in labels), default=0) + APART if upright else TURNED
    for column, name in _thinned(labels, math.ceil(step / cells.width - 1e-9)).items():
        middle, _ = cells.middle(0, column)
        if upright:
            canvas.text(middle, cells.top - 0.04, name, align="center", vertical="bottom")
        else:
            label = lettering.shorten(name, WORDS, MOST_UPRIGHT)
            canvas.text(middle, cells.top - 0.06, label, vertical="center", angle=90)


def _thinned(labels: list[str], every: int) -> dict[int, str]:
    """Each k-th label by its place; of words the numbers of their places, for those left out would not be missed."""
    words = every > 1 and not all(label.isdecimal() for label in labels)
    return {n: str(n) if words else labels[n] for n in range(0, len(labels), every)}


def _all_there(labels: list[str], each: bool, room: float) -> bool:
    """Whether labels are all written in full, if there is room for `each`; of numbers some may be left out."""
    numbers = all(label.isdecimal() for label in labels)
    return (numbers or each) and all(lettering.width(label, WORDS) <= room for label in labels)


def fit_text(panel: Paragraph, width: float, room: float) -> Block:
    """Words, or lines that keep their columns, as large as they stand in the room without more lines."""
    text = lettering.plain(panel.text)
    table = any("  " in line.strip() for line in text.split("\n"))
    room -= title_height(panel.title, width)
    least = len(_broken(text, width, WORDS, table))

    def stands(size: float) -> bool:
        lines = _broken(text, width, size, table)
        as_told = len(lines) == least if table else not any("…" in line for line in lines)
        return as_told and len(lines) * lettering.line_height(size) <= room

    size = next((size for size in LARGER_WORDS if stands(size)), WORDS)
    lines, high = _broken(text, width, size, table), lettering.line_height(size)
    draw = lambda canvas, x, y: canvas.lines(x, y, lines, size, mono=table)  # noqa: E731
    across = max((lettering.width(line, size, mono=table) for line in lines), default=0)
    whole = "…" in text or not any("…" in line for line in lines)
    return titled(panel.title, Block(min(across + 0.1, width), len(lines) * high, draw, whole=whole), width)


def _broken(text: str, width: float, size: float, mono: bool) -> list[str]:
    """Lines in as many as they take, all parts of one indented as far as it is."""
    broken = []
    for line in text.split("\n"):
        words = line.lstrip(" ")
        indent = "\u00a0" * (len(line) - len(words))
        room = width - lettering.width(indent, size, mono=mono) if indent else width
        broken += [indent + part for part in lettering.wrap(words, size, room, mono=mono)]
    return broken


def _unnamed_bars(panel: Bars, width: float, height: float) -> Block:
    def draw(canvas: Canvas, x: float, y: float) -> None:
        axes = canvas.plot(x + 0.8, y, width - 0.9, height - 0.6)
        values = np.asarray(panel.values, float)
        axes.fill_between(np.arange(len(values)), values, step="mid", color=ACCENT, linewidth=0)
        axes.set_xlim(-0.5, len(values) - 0.5)
        axes.set_xlabel("unit", size=WORDS, color=INK)
        axes.grid(color=FAINT, linewidth=0.8, axis="y")

    return Block(width, height, draw)


def _draw_scale(canvas: Canvas, panel: Matrix, x: float, y: float, height: float) -> None:
    (low, high), (least, most) = panel.ends, _scale_ends(panel)
    canvas.picture(shades(np.linspace(high, low, 64)[:, None]), x, y, 0.16, height)
    canvas.text(x + 0.22, y, most, colour=GREY)
    canvas.text(x + 0.22, y + height, least, colour=GREY, vertical="bottom")


def _scale_ends(panel: Matrix) -> tuple[str, str]:
    """The least and the largest number of a matrix's colours, as they are written."""
    low, high = panel.ends
    return f"{low:z.{panel.decimals}f}", f"{high:z.{panel.decimals}f}"
