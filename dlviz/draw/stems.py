"""A signal as stems, on paper."""

from __future__ import annotations

import numpy as np

from dlviz.draw import lettering
from dlviz.draw.canvas import GREY, Block, Canvas, title_height, titled
from dlviz.grammar import in_digits
from dlviz.sheet import Stems
from dlviz.sheet.stems import BOTH_WAYS
from dlviz.style import FRAME, MARK, NEGATIVE, POSITIVE, WORDS

TALLEST = 2.0
"""Inches."""
LINE = lettering.line_height(WORDS)


def fit_stems(panel: Stems, width: float, room: float) -> Block:
    """The stems over their line, with numbers where they have room."""
    height = min(max(room - title_height(panel.title, width), 0.9), TALLEST)
    first, stop = panel.places
    step = width / (stop - first)
    values = np.asarray(panel.values, float)
    texts = [in_digits(value) if np.isfinite(value) else "" for value in values]
    numbered = max((lettering.width(text, WORDS) for text in texts), default=0) < step
    under = panel.share_under
    rise = (height - LINE * (2 if under == BOTH_WAYS else 1.3)) * (1 - under)
    zero = LINE + rise

    def draw(canvas: Canvas, x: float, y: float) -> None:
        if panel.marked[1] > panel.marked[0]:
            left, right = ((place - first) * step for place in panel.marked)
            canvas.box(x + left, y, right - left, height, fill=MARK)
        for place in panel.framed:
            canvas.box(x + (place - first) * step, y, step, height, line=FRAME, thick=2)
        canvas.axes.plot([x, x + width], [y + zero] * 2, color=GREY, linewidth=0.8)
        for number, value in enumerate(values):
            middle = x + (panel.start + number - first + 0.5) * step
            if not np.isfinite(value):
                continue
            colour = POSITIVE if value >= 0 else NEGATIVE
            tip = y + zero - value / panel.magnitude * rise
            canvas.axes.plot([middle, middle], [y + zero, tip], color=colour, linewidth=2.5)
            canvas.axes.plot([middle], [tip], "o", color=colour, markersize=6)
            if numbered:
                up = value >= 0
                canvas.text(
                    middle, tip + (-0.07 if up else 0.07), texts[number], align="center",
                    vertical="bottom" if up else "top",
                )  # fmt: skip

    return titled(panel.title, Block(width, height, draw), width)
