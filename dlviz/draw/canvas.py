"""A white page measured in inches from its top left, and the blocks that stand on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path
from PIL import Image as Pillow

from dlviz.draw import lettering
from dlviz.style import HEADING, WORDS

INK, GREY, FAINT = "#1b1b1f", "#55565e", "#d9dae0"
PIXELS_PER_INCH = 200
BETWEEN = 0.3
"""Inches between panels."""
MOST_NUMBERS, APART = 9, 0.2
"""Steps between the numbers of an axis, and inches between these, at least."""
TITLE_LINES = 4
"""Of the title of a panel, at most."""


@dataclass(frozen=True)
class Block:
    """A panel laid out: its size in inches, and how it is drawn at (left, top)."""

    width: float
    height: float
    draw: Callable[[Canvas, float, float], None]
    head: float = 0.0
    """How much of the height is a title."""
    pictures: float = 0.0
    """Square inches that its pictures cover."""
    whole: bool = True
    """Whether all its words stand there, and nothing is too small to be seen."""


class Canvas:
    """A matplotlib figure that is written on in inches; nothing of pyplot's state is touched."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height), facecolor="white")
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, width), ylim=(height, 0))
        self.axes.set_axis_off()
        self.axes.set_autoscale_on(False)

    def text(
        self, x: float, y: float, text: str, size: float = WORDS, *, bold: bool = False, colour: str = INK,
        align: str = "left", vertical: str = "top", mono: bool = False, angle: float = 0,
    ) -> None:  # fmt: skip
        """One line of words, taken as it is: a $ is a $; with `mono` its spaces stay where SVG would join them."""
        if text:
            text = text.replace(" ", "\u00a0") if mono else text
            self.axes.text(
                x, y, text, size=size, weight="bold" if bold else "normal", color=colour, ha=align, va=vertical,
                family=lettering.families(text, mono), rotation=angle, rotation_mode="anchor", parse_math=False,
            )  # fmt: skip

    def lines(self, x: float, y: float, lines: Sequence[str], size: float = WORDS, **how: object) -> None:
        """Several lines, `y` the top of the first."""
        for number, line in enumerate(lines):
            self.text(x, y + number * lettering.line_height(size), line, size, **how)  # type: ignore[arg-type]

    def picture(self, rgb: np.ndarray, left: float, top: float, width: float, height: float) -> None:
        """An image, uint8 (h, w, 3), stretched to the rectangle."""
        self.axes.imshow(rgb, extent=(left, left + width, top + height, top), aspect="auto", origin="upper")
        self.axes.set(xlim=(0, self.width), ylim=(self.height, 0))

    def box(
        self, left: float, top: float, width: float, height: float, *, line: str = "none", fill: str = "none",
        thick: float = 1.0, rounded: float = 0.0,
    ) -> None:  # fmt: skip
        """A rectangle."""
        how = {"edgecolor": line, "facecolor": fill, "linewidth": thick}
        if rounded:
            style = f"round,pad=0,rounding_size={rounded}"
            self.axes.add_artist(FancyBboxPatch((left, top), width, height, boxstyle=style, **how))
        else:
            self.axes.add_artist(Rectangle((left, top), width, height, **how))

    def arrow(self, points: Sequence[tuple[float, float]], *, curved: bool = False, colour: str = GREY) -> None:
        """An arrow along straight pieces, or where `curved` along one Bezier curve of four points."""
        codes = [Path.MOVETO, *([Path.CURVE4] * 3 if curved else [Path.LINETO] * (len(points) - 1))]
        *_, (x0, y0), (x1, y1) = points
        self.axes.add_artist(PathPatch(Path(list(points), codes), fill=False, edgecolor=colour, linewidth=1.1))
        length = max(np.hypot(x1 - x0, y1 - y0), 1e-9)
        start = (x1 - (x1 - x0) / length * 0.02, y1 - (y1 - y0) / length * 0.02)
        self.axes.add_artist(
            FancyArrowPatch(start, (x1, y1), arrowstyle="-|>", mutation_scale=9, color=colour, linewidth=0, shrinkA=0,
                            shrinkB=0)
        )  # fmt: skip

    def plot(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes of their own in the rectangle."""
        place = (left / self.width, 1 - (top + height) / self.height, width / self.width, height / self.height)
        axes = self.figure.add_axes(place)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=WORDS, colors=GREY)
        return axes


def write_x_title(axes: Axes, title: str, across: float, room: float) -> None:
    """What the lower axis, `across` inches long, stands for: under its middle, or where it is longer up to its end, in
    so many inches."""
    shown = lettering.shorten(lettering.plain(title), WORDS, room)
    is_long = lettering.width(shown, WORDS) > across
    axes.set_xlabel(shown, x=1.0 if is_long else 0.5, ha="right" if is_long else "center", size=WORDS, color=INK,
                    family=lettering.families(shown), parse_math=False)  # fmt: skip


def spread_numbers(axes: Axes) -> None:
    """Number the lower axis as densely as the numbers stand beside each other."""
    axes.apply_aspect()
    across = axes.get_position().width * axes.figure.get_figwidth()
    low, high = axes.get_xlim()
    for most in range(MOST_NUMBERS, 1, -1):
        axes.locator_params(axis="x", nbins=most)
        places = [place for place in axes.get_xticks() if low <= place <= high]
        texts = axes.xaxis.get_major_formatter().format_ticks(places)
        longest = max((lettering.width(text, WORDS) for text in texts), default=0.0)
        if len(places) < 2 or longest + APART <= (places[1] - places[0]) / (high - low) * across:
            return


def resampled(rgb: np.ndarray, inches: float) -> np.ndarray:
    """Tiles (n, h, w, 3) for a width in inches: pixels repeated to stay sharp, or averaged if far too many."""
    ratio = inches * PIXELS_PER_INCH / rgb.shape[2]
    if ratio > 1:
        return rgb.repeat(int(np.ceil(ratio)), axis=1).repeat(int(np.ceil(ratio)), axis=2)
    if ratio > 0.5:
        return rgb
    return np.stack([np.asarray(Pillow.fromarray(tile).reduce(int(1 / ratio))) for tile in rgb])


def beside(blocks: Sequence[Block], gap: float) -> Block:
    """Blocks from left to right, what is under their titles at one height."""
    head = max((b.head for b in blocks), default=0)

    def draw(canvas: Canvas, left: float, top: float) -> None:
        for block in blocks:
            block.draw(canvas, left, top + head - block.head)
            left += block.width + gap

    width = sum(b.width + gap for b in blocks) - gap
    height = max((b.height + head - b.head for b in blocks), default=0)
    return Block(max(width, 0), height, draw, head, sum(b.pictures for b in blocks), all(b.whole for b in blocks))


def title_height(title: str, width: float) -> float:
    """Inches that the title of a panel takes in so many inches of width; 0 where there is none."""
    lines = len(lettering.wrap(lettering.plain(title), HEADING, width, TITLE_LINES, bold=True)) if title else 0
    return lines * lettering.line_height(HEADING) + (0.08 if title else 0)


def titled(title: str, block: Block, room: float) -> Block:
    """The block under its title, if it has one, in `room` inches."""
    if not title:
        return block
    shown = lettering.plain(title)
    across = max(block.width, min(lettering.width(shown, HEADING, True) + 0.05, room))
    lines = lettering.wrap(shown, HEADING, across, TITLE_LINES, bold=True)
    head = len(lines) * lettering.line_height(HEADING) + 0.08

    def draw(canvas: Canvas, left: float, top: float) -> None:
        canvas.lines(left, top, lines, HEADING, bold=True)
        block.draw(canvas, left, top + head)

    width = max(block.width, *(lettering.width(line, HEADING, True) for line in lines))
    whole = block.whole and not any("…" in line for line in lines if "…" not in shown)
    return replace(block, width=width, height=head + block.height, draw=draw, head=head + block.head, whole=whole)
