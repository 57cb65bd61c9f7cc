"""Mathematics, typeset by matplotlib's mathtext: on paper as text, for the window as ink."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

from dlviz.draw import lettering
from dlviz.draw.canvas import Block, Canvas, title_height, titled
from dlviz.sheet import Formula, Panel, Sheet
from dlviz.style import SENTENCE, WORDS

LARGEST, BY_OTHERS = 40.0, SENTENCE
"""Points at most, where there is room: as the main panel, and with one."""
BETWEEN = 0.1
"""Inches between two lines."""
FINE = 192
"""Dots an inch of ink for the window: twice as fine as most screens."""
INK_SIZE = 17.0


def fit_formula(panel: Formula, width: float, room: float) -> Block:
    """The lines as large as they can be, in the middle of the room."""
    widest = max((_measured(line)[0] for line in panel.lines), default=1.0)
    tall = sum(_measured(line)[1] for line in panel.lines)
    free = room - title_height(panel.title, width) - BETWEEN * len(panel.lines)
    largest = BY_OTHERS if panel.role in ("beside", "legend") else LARGEST
    scale = max(min(largest / WORDS, width / widest, free / tall), 1.0)
    size = WORDS * scale
    heights = [_measured(line)[1] * scale + BETWEEN for line in panel.lines]
    over = max((free - tall * scale) / 2, 0.0)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        y += over
        for line, height in zip(panel.lines, heights, strict=True):
            canvas.axes.text(x, y + height / 2, line, size=size, va="center", family=lettering.FAMILY)
            y += height

    return titled(panel.title, Block(min(widest * scale, width), sum(heights) + over, draw), width)


def with_ink(sheet: Sheet) -> Sheet:
    """The sheet with its formulas typeset, for a medium that cannot."""
    return replace(sheet, panels=tuple(_inked(panel) for panel in sheet.panels))


def _inked(panel: Panel) -> Panel:
    if not isinstance(panel, Formula):
        return panel
    pieces = {piece for line in panel.lines for piece in Formula.pieces(line) if piece.startswith("$")}
    return replace(panel, ink={piece: ink(piece) for piece in sorted(pieces)})


@lru_cache(maxsize=500)
def ink(mathematics: str) -> tuple[np.ndarray, float]:
    """Mathematics as ink, uint8 (height, width), `FINE` dots an inch, and how much of it is below the line."""
    found = _parser("agg").parse(mathematics, FINE, _font(INK_SIZE))
    return np.array(found.image, np.uint8), float(found.depth)


@lru_cache(maxsize=500)
def _measured(line: str) -> tuple[float, float]:
    """Width and height of a line in inches, at `WORDS` points."""
    found = _parser("path").parse(line, 72, _font(WORDS))
    return found.width / 72, max((found.height + found.depth) / 72, lettering.line_height(WORDS) * 0.9)


@lru_cache(maxsize=2)
def _parser(output: str) -> MathTextParser:
    return MathTextParser(output)


@lru_cache(maxsize=4)
def _font(size: float) -> FontProperties:
    return FontProperties(family=lettering.FAMILY, size=size)
