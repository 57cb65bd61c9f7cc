"""In a window of 1366 by 768 the picture that one came for is large, on every page of every view."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from qtpy.QtCore import QThreadPool
from qtpy.QtGui import QFontMetricsF

from dlviz.engine.client import Engine
from dlviz.sheet import Panel, Tiles
from dlviz_gui.engine import EngineLink
from dlviz_gui.matrix import MatrixWidget
from dlviz_gui.mosaic import Mosaic
from dlviz_gui.panels import PanelFrame, SheetView
from dlviz_gui.window import Window

ENOUGH = 0.6
"""What pictures cover of the main panel."""
LONG = 120_000
"""Milliseconds after which something has gone wrong; no figure."""
SHOWN = {
    ("lenet5", "conv1"): ("filters", "activations", "patches", "failures"),
    ("lenet5", "conv2"): ("filters", "activations", "patches"),
    ("squeezenet", "fire4_expand3x3"): ("filters", "activations", "patches", "failures"),
    ("sums", "attention"): ("attention",),
    ("sums", "encoder1"): ("activations",),
    ("dates", "encoder1_attention"): ("activations", "attention"),
    ("tree_lstm", "cell"): ("activations",),
    ("motifs", "motifs"): ("filters",),
}

SHORT = {"dates encoder1_attention activations": 0.55}
"""Four square maps in a row of a low pane cover less; three would leave one alone on the next page."""


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


@pytest.mark.parametrize(("model", "layer"), SHOWN)
def test_pictures_cover_the_main_panel(qtbot: Any, window: Window, model: str, layer: str) -> None:
    controller = window.controller
    if controller.selection is None or controller.selection.model != model:
        with qtbot.waitSignal(controller.network_opened, timeout=LONG):
            controller.open_network(model)
    assert controller.network
    names = [each.name for each in controller.network.layers]
    controller.choose_layer(layer if layer in names else names[-1])
    for view in SHOWN[model, layer]:
        controller.choose_view(view)
        qtbot.waitUntil(lambda: not window.slots.busy, timeout=LONG)
        assert not window.view_pane.sheet_pane.words
        _look_at_every_page(qtbot, window.view_pane.sheet_pane.sheets, f"{model} {layer} {view}")


def _look_at_every_page(qtbot: Any, sheets: SheetView, name: str) -> None:
    first: dict[int, float] = {}
    while True:
        frame = sheets.main
        assert frame is not None
        body = frame.body
        if isinstance(body, Mosaic):
            qtbot.waitUntil(lambda body=body: _is_laid_out(body), timeout=LONG)
        for one, other in combinations(sheets.frames, 2):
            assert not one.geometry().intersects(other.geometry()), name
        panel = frame.body.panel if isinstance(frame.body, Mosaic) else frame.wanted
        size = _size(frame)
        if not isinstance(panel, Tiles) or len(panel.images) >= panel.room_for:
            assert _covered(frame, panel) >= SHORT.get(name, ENOUGH), (name, _covered(frame, panel))
        assert size == pytest.approx(first.setdefault(0, size), rel=0.05), name  # names of rows may be longer
        if isinstance(frame.body, Mosaic):
            _captions_are_whole(frame.body, name)
        if not sheets.pager.turn(1):
            return


def _is_laid_out(body: Mosaic) -> bool:
    room = body.maximumViewportSize()
    assert body.panel is not None
    return body.item.panel is body.panel and body.item.grid == body.grid_in(body.panel, room.height(), room.width())


def _covered(frame: PanelFrame, panel: Panel) -> float:
    body = frame.body
    if isinstance(body, MatrixWidget):
        field = body._field()
        return float(field.width() * field.height() / (body.width() * body.height()))
    assert isinstance(panel, Tiles)
    return len(panel.images) * _size(frame) / (body.width() * body.height())


def _size(frame: PanelFrame) -> float:
    """Pixels of the screen that a tile covers."""
    if not isinstance(frame.body, Mosaic):
        return 1.0
    grid = frame.body.item.grid
    assert grid is not None
    return float(grid.width * grid.height * frame.body.transform().m11() ** 2)


def _captions_are_whole(body: Mosaic, name: str) -> None:
    grid, zoom = body.item.grid, body.transform().m11()
    assert grid is not None
    captions, font = body.item._captions(body.font(), zoom)
    if grid.gap_y * zoom < QFontMetricsF(font).height():
        return  # they are told by the pointer
    for words in captions:
        assert QFontMetricsF(font).horizontalAdvance(words) <= (grid.width + grid.gap_x) * zoom, (name, words)
