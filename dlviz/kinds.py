"""The kinds of panels, each registered here with how every medium draws it; to add a kind is to add a line.

Functions and classes are named, not imported: the window must not load matplotlib, nor a figure Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from dlviz.sheet import (
    Arrays,
    Bars,
    Curves,
    Formula,
    Graph,
    Image,
    Logos,
    Matrix,
    Panel,
    Passages,
    Scatter,
    Stems,
    Text,
    Tiles,
)


@dataclass(frozen=True)
class Kind:
    """Where the drawing of a kind of panel is found, each "module:name".

    Attributes:
        paper: (panel, width, room) to a `dlviz.draw.canvas.Block`, in inches; slides and films show it as well.
        web: panel to the HTML in its place; empty: the drawing on paper, as SVG.
        window: a widget of `dlviz_gui` with `set_panel`.
        weight: the heaviest panel of a sheet has the most room, unless panels say their roles.
    """

    paper: str
    window: str
    web: str = ""
    weight: int = 0


KINDS: dict[type[Panel], Kind] = {
    Tiles: Kind("dlviz.draw.tiles:fit_tiles", "dlviz_gui.mosaic:Mosaic", "dlviz.draw.web:tiles", 6),
    Image: Kind("dlviz.draw.tiles:fit_image", "dlviz_gui.mosaic:Mosaic", "dlviz.draw.web:image", 1),
    Matrix: Kind("dlviz.draw.charts:fit_matrix", "dlviz_gui.matrix:MatrixWidget", "dlviz.draw.web:matrix", 4),
    Curves: Kind("dlviz.draw.charts:fit_curves", "dlviz_gui.curves:CurvesWidget", weight=3),
    Bars: Kind("dlviz.draw.charts:fit_bars", "dlviz_gui.bars:BarsWidget", "dlviz.draw.web:bars", 2),
    Graph: Kind("dlviz.draw.diagram:fit_graph", "dlviz_gui.graph_view:GraphView", weight=5),
    Text: Kind("dlviz.draw.charts:fit_text", "dlviz_gui.text:TextWidget", "dlviz.draw.web:text"),
    Scatter: Kind("dlviz.draw.scatter:fit_scatter", "dlviz_gui.scatter:ScatterWidget", weight=5),
    Stems: Kind("dlviz.draw.stems:fit_stems", "dlviz_gui.stems:StemsWidget", weight=3),
    Formula: Kind("dlviz.draw.formulas:fit_formula", "dlviz_gui.formula:FormulaWidget"),
    Arrays: Kind("dlviz.draw.arrays:fit_arrays", "dlviz_gui.arrays:ArraysWidget", weight=5),
    Logos: Kind("dlviz.draw.letters:fit_logos", "dlviz_gui.logos:LogosWidget", weight=5),
    Passages: Kind("dlviz.draw.letters:fit_passages", "dlviz_gui.passages:PassagesWidget", weight=4),
}


def kind_of(panel: Panel) -> Kind:
    """How a panel is drawn."""
    return KINDS[type(panel)]


def named(name: str) -> Any:
    """What "module:name" names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
