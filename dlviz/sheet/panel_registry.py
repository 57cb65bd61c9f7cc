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
    Diagram,
    Formula,
    Image,
    Logos,
    Matrix,
    Panel,
    Paragraph,
    Passages,
    Scatter,
    Stems,
    Tiles,
)


@dataclass(frozen=True)
class PanelKind:
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


PANEL_KINDS: dict[type[Panel], PanelKind] = {
    Tiles: PanelKind("dlviz.draw.tiles:fit_tiles", "dlviz_gui.panels.mosaic:Mosaic", "dlviz.draw.web:tiles", 6),
    Image: PanelKind("dlviz.draw.tiles:fit_image", "dlviz_gui.panels.mosaic:Mosaic", "dlviz.draw.web:image", 1),
    Matrix: PanelKind(
        "dlviz.draw.charts:fit_matrix", "dlviz_gui.panels.matrix:MatrixWidget", "dlviz.draw.web:matrix", 4
    ),
    Curves: PanelKind("dlviz.draw.charts:fit_curves", "dlviz_gui.panels.curves:CurvesWidget", weight=3),
    Bars: PanelKind("dlviz.draw.charts:fit_bars", "dlviz_gui.panels.bars:BarsWidget", "dlviz.draw.web:bars", 2),
    Diagram: PanelKind("dlviz.draw.diagram:fit_diagram", "dlviz_gui.panels.diagram_view:DiagramView", weight=5),
    Paragraph: PanelKind("dlviz.draw.charts:fit_text", "dlviz_gui.panels.text:TextWidget", "dlviz.draw.web:text"),
    Scatter: PanelKind("dlviz.draw.scatter:fit_scatter", "dlviz_gui.panels.scatter:ScatterWidget", weight=5),
    Stems: PanelKind("dlviz.draw.stems:fit_stems", "dlviz_gui.panels.stems:StemsWidget", weight=3),
    Formula: PanelKind("dlviz.draw.formulas:fit_formula", "dlviz_gui.panels.formula:FormulaWidget"),
    Arrays: PanelKind("dlviz.draw.arrays:fit_arrays", "dlviz_gui.panels.arrays:ArraysWidget", weight=5),
    Logos: PanelKind("dlviz.draw.letters:fit_logos", "dlviz_gui.panels.logos:LogosWidget", weight=5),
    Passages: PanelKind("dlviz.draw.letters:fit_passages", "dlviz_gui.panels.passages:PassagesWidget", weight=4),
}


def panel_kind(panel: Panel) -> PanelKind:
    """How a panel is drawn."""
    return PANEL_KINDS[type(panel)]


def import_by_name(name: str) -> Any:
    """What "module:name" names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
