"""Paths and points in a plane, on paper."""

from __future__ import annotations

from matplotlib.patheffects import Stroke, withStroke

from dlviz.draw.canvas import Block, Canvas, spread_numbers, title_height, titled, write_x_title
from dlviz.draw.charts import LEFT, LINE, legend, write_y_title
from dlviz.draw.pixels import backdrop
from dlviz.sheet import Scatter

CLEAR = 9
"""Points between an axis and its numbers, so that those at the corner do not overlap."""
HALO: list[Stroke] = [withStroke(linewidth=4.5, foreground="white")]


def fit_scatter(panel: Scatter, width: float, room: float) -> Block:
    """The plane under its legend, as large as it can be, not taller than wide."""
    names, behind = panel.names, backdrop(panel)
    head = legend(names, width, panel.colours) if len(names) > 1 else Block(0, 0, lambda canvas, x, y: None)
    above = head.height + (LINE if panel.y_title else 0)
    room = max(room - title_height(panel.title, width), 2.5)
    height = min(room, width + above)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        head.draw(canvas, x, y)
        write_y_title(canvas, panel.y_title, x, y + head.height, width)
        axes = canvas.plot(x + LEFT, y + above + 0.1, width - LEFT - 0.1, height - above - 0.8)
        if behind is not None:
            axes.imshow(behind, extent=panel.limits, aspect="auto", interpolation="bilinear")
        for number, name in enumerate(names):
            how = {"color": panel.colours[number % len(panel.colours)], "path_effects": HALO, "clip_on": True}
            if name in panel.paths:
                axes.plot(*panel.paths[name].T, linewidth=2.4, **how)
            if name in panel.points:
                axes.plot(*panel.points[name].T, "o", markersize=10, zorder=5, **how)
        axes.set(xlim=panel.limits[:2], ylim=panel.limits[2:], aspect="equal" if panel.to_scale else "auto")
        axes.tick_params(axis="x", pad=CLEAR)
        spread_numbers(axes)
        write_x_title(axes, panel.x_title, width - LEFT - 0.1, width)

    return titled(panel.title, Block(width, height, draw, whole=head.whole), width)
