"""Paths and points in a plane, on paper."""

from __future__ import annotations

from matplotlib.patheffects import Stroke, withStroke

from dlviz.draw import lettering
from dlviz.draw.canvas import INK, Block, Canvas, title_height, titled
from dlviz.draw.charts import legend
from dlviz.draw.pixels import backdrop
from dlviz.sheet import Scatter
from dlviz.style import WORDS

HALO: list[Stroke] = [withStroke(linewidth=4.5, foreground="white")]


def fit_scatter(panel: Scatter, width: float, room: float) -> Block:
    """The plane under its legend, as large as it can be, not taller than wide."""
    names, behind = panel.names, backdrop(panel)
    head = legend(names, width, panel.colours) if len(names) > 1 else Block(0, 0, lambda canvas, x, y: None)
    room = max(room - title_height(panel.title, width), 2.5)
    height = min(room, width + head.height)

    def draw(canvas: Canvas, x: float, y: float) -> None:
        head.draw(canvas, x, y)
        axes = canvas.plot(x + 0.65, y + head.height + 0.1, width - 0.75, height - head.height - 0.75)
        if behind is not None:
            axes.imshow(behind, extent=panel.limits, aspect="auto", interpolation="bilinear")
        for number, name in enumerate(names):
            how = {"color": panel.colours[number % len(panel.colours)], "path_effects": HALO, "clip_on": True}
            if name in panel.paths:
                axes.plot(*panel.paths[name].T, linewidth=2.4, **how)
            if name in panel.points:
                axes.plot(*panel.points[name].T, "o", markersize=10, zorder=5, **how)
        axes.set(xlim=panel.limits[:2], ylim=panel.limits[2:])
        for set_title, title in ((axes.set_xlabel, panel.x_title), (axes.set_ylabel, panel.y_title)):
            shown = lettering.plain(title)
            set_title(shown, size=WORDS, color=INK, family=lettering.families(shown), parse_math=False)

    return titled(panel.title, Block(width, height, draw), width)
