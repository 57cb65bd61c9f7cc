"""A sheet as one white page, 13.3 by 7.5 inches as a slide is, taller where its panels need it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from dlviz.draw import words
from dlviz.draw.canvas import ACCENT, BETWEEN, GREY, Block, Canvas, beside, stacked
from dlviz.kinds import kind_of, named
from dlviz.sheet import Bars, Curves, Formula, Graph, Image, Matrix, Panel, Sheet, Text, Tiles

WIDTH, HEIGHT, MARGIN = 40 / 3, 7.5, 0.5
HEADER = 1.45
"""Inches that title and sentence take where they are written beside the page, on a slide."""
SIDE, WIDE_SIDE, LEAST = 3.3, 3.8, 2.6
"""Inches for what stands beside the main panels, with curves among it, and at least for each of those side by side."""
LEGEND, SHARE_BESIDE_ONE, SHARE_BESIDE = 0.35, 0.42, 0.34
"""What panels below take at most of the height; what those beside one main panel, or beside several, take of the width.
"""
GROWTH = 0.5
"""How much taller than a slide matrices may make a page in order to be large, in inches."""
TITLE, SAYS = 22.0, 14.0


def fitted(panel: Panel, width: float, room: float) -> Block:
    """The panel laid out in `width` by about `room` inches."""
    block: Block = named(kind_of(panel).paper)(panel, width, room)
    return block


def page(sheet: Sheet, *, header: bool = True) -> Figure:
    """The sheet on a page; without `header` its panels alone."""
    across = WIDTH - 2 * MARGIN
    title = words.wrap(words.plain(sheet.title), TITLE, across, 2, bold=True) if header else []
    says = words.wrap(words.plain(sheet.says), SAYS, across, 3) if header else []
    says_top = MARGIN * 0.8 + len(title) * words.line_height(TITLE) + 0.04
    top = says_top + len(says) * words.line_height(SAYS) + 0.25 if header else MARGIN * 0.5
    height = HEIGHT if header else HEIGHT - HEADER
    question = words.wrap(words.plain(sheet.question), SAYS, across, 2, bold=True) if header else []
    says_end = top - 0.15
    top += len(question) * words.line_height(SAYS)
    body = _arranged(sheet.panels, across, height - top - MARGIN * 0.8)
    canvas = Canvas(WIDTH, max(height, top + body.height + MARGIN * 0.8))
    canvas.lines(MARGIN, MARGIN * 0.8, title, TITLE, bold=True)
    canvas.lines(MARGIN, says_top, says, SAYS, colour=GREY)
    canvas.lines(MARGIN, says_end, question, SAYS, bold=True, colour=ACCENT)
    body.draw(canvas, MARGIN, top)
    return canvas.figure


def block_alone(panel: Panel, width: float, height: float) -> Figure:
    """One panel on a page of its own size."""
    block = fitted(panel, width, height)
    canvas = Canvas(max(block.width, 1) + 0.1, block.height + 0.1)
    block.draw(canvas, 0.05, 0.05)
    return canvas.figure


def _arranged(panels: Sequence[Panel], width: float, room: float) -> Block:
    """Small panels in a column beside the large ones; where there are only small ones, side by side."""
    if any(panel.role for panel in panels):
        return _by_role(panels, width, room)
    beside_tiles = any(isinstance(p, Tiles | Graph) for p in panels)
    small = [p for p in panels if _is_small(p, beside_tiles)]
    large = [p for p in panels if not _is_small(p, beside_tiles)]
    if not large or not small:
        across = not large or (len(large) > 1 and any(isinstance(p, Matrix | Curves) for p in large))
        return _row(panels, width, room) if across else _column(large, width, room)
    limit = WIDE_SIDE if any(isinstance(p, Curves) for p in small) else SIDE
    side = _column(small, limit, room)
    used = min(side.width, limit)
    rest = width - used - BETWEEN
    across = len(large) > 1 and any(isinstance(p, Matrix | Curves) for p in large)
    main = _row(large, rest, room) if across else _column(large, rest, room)
    return beside([side, main] if small[0] is panels[0] else [main, side], BETWEEN)


def _by_role(panels: Sequence[Panel], width: float, room: float) -> Block:
    """The main panels side by side, a column beside them, the legend below."""
    legend = [fitted(p, width, room * LEGEND) for p in panels if p.role == "legend"]
    main = [p for p in panels if p.role in ("", "main")]
    side = [p for p in panels if p.role == "beside"]
    room -= sum(block.height + BETWEEN for block in legend)
    if side:
        column = _column(side, width * (SHARE_BESIDE_ONE if len(main) < 2 else SHARE_BESIDE), room)
        rest = [_row(main, width - column.width - BETWEEN, room)] if main else []
        above = beside([*rest, column], BETWEEN)
    else:
        above = _row(main, width, room)
    return stacked([above, *legend], BETWEEN)


def _is_small(panel: Panel, beside_tiles: bool) -> bool:
    """Whether the panel does with a column at the side; curves do where tiles need the room."""
    if isinstance(panel, Curves):
        return beside_tiles
    return isinstance(panel, Image | Text) or (isinstance(panel, Bars) and len(panel.values) <= 20)


def _row(panels: Sequence[Panel], width: float, room: float) -> Block:
    """The panels side by side, in rows where there are too many; matrices so that they become as large as they can."""
    most = max(1, int((width + BETWEEN) / (LEAST + BETWEEN)))
    if len(panels) > 1 and all(isinstance(panel, Matrix) for panel in panels):
        counts = {math.ceil(len(panels) / rows) for rows in range(1, len(panels) + 1)}
        tried = [_rows(panels, n, width, room) for n in sorted(counts) if n <= most]
        fitting = [block for block in tried if block.height <= room + GROWTH] or tried[-1:]
        return max(fitting, key=lambda block: block.width * block.height)
    return _rows(panels, most, width, room)


def _rows(panels: Sequence[Panel], most: int, width: float, room: float) -> Block:
    """The panels in rows of `most` each."""
    if len(panels) > most:
        rows = [panels[i : i + most] for i in range(0, len(panels), most)]
        return stacked([_rows(row, most, width, max(room / len(rows), LEAST)) for row in rows], BETWEEN)
    shares = [1.3 if isinstance(panel, Matrix) else 1.0 for panel in panels]
    each = (width + BETWEEN) / max(sum(shares), 1)
    blocks = [fitted(p, each * share - BETWEEN, room) for p, share in zip(panels, shares, strict=True)]
    return beside(blocks, BETWEEN)


def _column(panels: Sequence[Panel], width: float, room: float) -> Block:
    weights = [_weight(panel) for panel in panels]
    left, blocks = room - BETWEEN * (len(panels) - 1), []
    for i, panel in enumerate(panels):
        share = left * weights[i] / sum(weights[i:])
        blocks.append(fitted(panel, width, share))
        left -= blocks[-1].height

    return stacked(blocks, BETWEEN)


def _weight(panel: Panel) -> float:
    """How much of a column's height a panel asks for, beside the others."""
    if isinstance(panel, Tiles) and panel.columns:
        return 0.5 + math.ceil(len(panel.images) / panel.columns)
    if isinstance(panel, Tiles):
        return 0.5 + math.sqrt(len(panel.images)) / 2
    if isinstance(panel, Bars):
        return 0.5 + len(panel.values) / 8
    return 1.0 if isinstance(panel, Formula) else 2.0
