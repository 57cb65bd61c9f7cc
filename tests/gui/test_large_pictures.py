"""In a window of 1366 by 768 the picture that one came for is large, on every page of every view of every network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from qtpy.QtCore import QRectF, QThreadPool
from qtpy.QtGui import QFontMetricsF
from qtpy.QtWidgets import QWidget

from dlviz.engine.client import Engine
from dlviz.sheet import Tiles
from dlviz_gui.engine import EngineLink
from dlviz_gui.panels.bars import BarsWidget
from dlviz_gui.panels.curves import CurvesWidget
from dlviz_gui.panels.diagram_view import DiagramView
from dlviz_gui.panels.logos import LogosWidget
from dlviz_gui.panels.matrix import MatrixWidget
from dlviz_gui.panels.mosaic import Mosaic
from dlviz_gui.panels.passages import PassagesWidget
from dlviz_gui.panels.scatter import ScatterWidget
from dlviz_gui.panels.sheet_view import PanelFrame, SheetView
from dlviz_gui.panels.text import TextWidget
from dlviz_gui.selection import takes
from dlviz_gui.window import Window

ENOUGH = 0.6
"""What pictures cover of the main panel."""
WHOLE = 0.95
"""What a row of pictures takes of the width of its panel."""
LEAST_TILE = 40
"""Pixels of the shorter side of a tile."""
LONG = 180_000
"""Milliseconds after which something has gone wrong; no figure."""
SETTLED = 5000
"""Milliseconds after which the window stays as it is."""
NETWORKS = {
    "lenet5": ("conv1", "conv2"),
    "squeezenet": ("fire4_expand3x3",),
    "alexnet32": ("conv1",),
    "autoencoder": ("encoder1",),
    "dbn": ("rbm1",),
    "sums": ("encoder1",),
    "dates": ("encoder1_attention",),
    "motifs": ("conv1",),
    "tones": ("conv1",),
    "tree_lstm": ("cell",),
}
"""The shipped networks, and the layers that are looked at."""
QUICK = {
    "maximise": {"steps": 1, "shown": 12},
    "failures": {"method": "fgsm"},
    "feature_map": {"method": "pca", "samples_used": 40},
    "features": {"samples_used": 40},
    "robustness": {"count": 2},
    "saliency": {"method": "gradient"},
    "transfer": {"count": 4, "method": "fgsm"},
    "fooling": {"count": 2, "confidence": 0.02},
    "saliency_checks": {"method": "gradient"},
    "dreams": {"steps": 1},
    "compare": {"samples_used": 40},
    "influence": {"samples_used": 40},
}
"""Options with which views are as quick as they can be; the pictures are as many and as large."""
VIEWS = (
    "activations", "architecture", "attention", "checkup", "compare", "dreams", "failures", "feature_map", "features",
    "filters", "fooling", "guess", "influence", "maximise", "mistakes", "patches", "predictions", "robustness",
    "saliency", "saliency_checks", "states", "transfer",
)  # fmt: skip
SLOW = {"squeezenet": ("fooling", "robustness")}
"""Left out: their pictures and curves are like those of the other networks, and take longer than all other views."""
LIMIT = 40


@pytest.fixture(scope="module")
def window(qapp: Any) -> Iterator[Window]:
    link = EngineLink()
    link.start(Engine())
    shown = Window(link)
    shown.resize(1366, 768)
    shown.show()
    yield shown
    shown.close()
    QThreadPool.globalInstance().waitForDone()


@pytest.mark.parametrize("model", NETWORKS)
def test_pictures_cover_the_main_panel(qtbot: Any, window: Window, model: str) -> None:
    controller = window.controller
    with qtbot.waitSignal(controller.network_opened, timeout=LONG):
        controller.open_network(model)
    assert controller.selection
    assert controller.network
    controller.selection = replace(controller.selection, settings=QUICK, limit=LIMIT)
    for layer in NETWORKS[model]:
        controller.choose_layer(layer)
        for view in (name for name in VIEWS if name in window.view_pane.tabs.names and name not in SLOW.get(model, ())):
            if layer != NETWORKS[model][0] and "layer" not in takes(view):
                continue  # its picture is that of the first layer
            other = _second(model) if "other" in takes(view) else ""
            controller.selection = replace(controller.selection, other=other)
            controller.choose_view(view)
            qtbot.waitUntil(lambda: not window.slots.busy, timeout=LONG)
            if not window.view_pane.sheet_pane.words:  # a sentence says why there is no picture
                _look_at_every_page(qtbot, window.view_pane.sheet_pane.sheets, f"{model} {layer} {view}")


def _second(model: str) -> str:
    return {"squeezenet": "alexnet32", "alexnet32": "squeezenet", "lenet5": "dbn", "dbn": "lenet5"}.get(model, model)


def _look_at_every_page(qtbot: Any, sheets: SheetView, name: str) -> None:
    sizes: dict[PanelFrame, float] = {}
    while True:
        shown = [frame for frame in sheets.frames if frame.isVisibleTo(sheets)]
        for frame in shown:
            if isinstance(frame.body, Mosaic):
                qtbot.waitUntil(lambda body=frame.body: _is_laid_out(body), timeout=LONG)
                _captions_are_whole(frame.body, name)
        for one, other in combinations(shown, 2):
            assert not one.geometry().intersects(other.geometry()), name
        assert sheets.mains, name
        for frame in sheets.mains:
            panel = frame.panel
            size = _tile(frame.body) if isinstance(frame.body, Mosaic) else 1.0
            if not isinstance(panel, Tiles) or len(panel.images) >= panel.room_for:
                with suppress(qtbot.TimeoutError):  # a line that comes or goes elsewhere changes its height once more
                    qtbot.waitUntil(lambda frame=frame: _is_large(frame), timeout=SETTLED)
                assert _is_large(frame), (name, type(panel).__name__, panel.title, _covered(frame), frame.body.size())
            before = sizes.setdefault(frame, size)
            assert size == pytest.approx(before, rel=0.05), name  # names of rows may be longer
        if not sheets.pager.turn(1):
            return


def _is_large(frame: PanelFrame) -> bool:
    return _covered(frame) >= ENOUGH or _is_one_row_across(frame.body)


def _is_laid_out(body: Mosaic) -> bool:
    room = body.maximumViewportSize()
    assert body.panel is not None
    return body.item.panel is body.panel and body.item.grid == body.grid_in(body.panel, room.height(), room.width())


def _covered(frame: PanelFrame) -> float:
    """What is drawn covers so much of a panel without its title."""
    body = frame.body
    return sum(box.width() * box.height() for box in _boxes(body)) / (body.width() * body.height())


def _is_one_row_across(body: QWidget) -> bool:
    """Whether pictures stand in one row as wide as the panel, which is as large as they can be."""
    grid = body.item.grid if isinstance(body, Mosaic) else None
    return grid is not None and grid.n == grid.across and grid.size[1] * body.transform().m11() >= WHOLE * body.width()


def _boxes(body: QWidget) -> list[QRectF]:
    """What is drawn: tiles, cells, the axes of plots, bars with their names, logos, lines of text, a diagram."""
    room = QRectF(body.rect())
    match body:
        case Mosaic():
            assert body.item.grid is not None
            side = _tile(body) ** 0.5
            return [QRectF(0, 0, side, side)] * body.item.grid.n
        case MatrixWidget():
            return [body.placed.field]
        case CurvesWidget():
            axes = body._plot.getViewBox()
            return [QRectF(0, 0, axes.width(), axes.height())]
        case BarsWidget():
            return [QRectF(0, 0, room.width(), body._row_height() * len(body._values))] if body.in_rows else [room]
        case LogosWidget():
            return body.places()
        case ScatterWidget():
            return [body._field()]
        case PassagesWidget():
            lines = QRectF(0, 0, room.width(), body.rowCount() * body.rowHeight(0))
            return [lines & room]
        case DiagramView():
            return [QRectF(body.mapFromScene(body.scene().itemsBoundingRect()).boundingRect()) & room]
    assert isinstance(body, TextWidget)
    return [room]  # sentences take the room that they need


def _tile(body: Mosaic) -> float:
    """Pixels of the screen that a tile covers; none is too small to be seen."""
    grid, zoom = body.item.grid, body.transform().m11()
    assert grid is not None
    assert min(grid.width, grid.height) * zoom >= LEAST_TILE - 1
    return float(grid.width * grid.height * zoom**2)


def _captions_are_whole(body: Mosaic, name: str) -> None:
    grid, zoom = body.item.grid, body.transform().m11()
    assert grid is not None
    captions, font = body.item._captions(body.font(), zoom)
    if not grid.caption_lines:
        return  # they are told by the pointer
    metrics = QFontMetricsF(font)
    assert grid.gap_y * zoom >= metrics.height() * grid.caption_lines - 1, name
    for words in captions:
        assert words.count("\n") < grid.caption_lines, (name, words)
        for line in words.split("\n"):
            assert metrics.horizontalAdvance(line) <= (grid.width + grid.gap_x) * zoom, (name, words)
