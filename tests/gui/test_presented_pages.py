"""What is presented: the main pictures first and large, all else on pages after them, nothing to be scrolled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qtpy.QtGui import QFontMetricsF
from qtpy.QtWidgets import QApplication

from dlviz.sheet import Bars, Curves, Diagram, Image, Matrix, Node, Panel, Paragraph, Sheet, Tiles
from dlviz_gui import theme
from dlviz_gui.panels.diagram_view import MARGIN, MARKED_MARGIN
from dlviz_gui.panels.panel_frame import PanelFrame
from dlviz_gui.panels.sheet_view import SheetView

ROOM = (1340, 640)
CASES = Tiles(
    np.zeros((16, 28, 28, 1)), "pixels", "cases", ("7, 98%",) * 16, columns=4,
    column_labels=("before", "change", "after", "noise"), role="main",
)  # fmt: skip
CURVES = Curves(np.arange(8), {"adversarial": np.arange(8.0), "noise": np.zeros(8)}, "layer", "change", "curves")
BARS = Bars(("L-BFGS", "noise"), np.array([1.0, 0.0]), "fooled by", 1.0)
COUNTS = Matrix(np.eye(10), tuple("0123456789"), tuple("0123456789"), "said", "true", "confusion", decimals=0)
INPUT = Image(np.zeros((28, 28, 1), np.uint8), "pixels", "input", role="beside")
MAPS = Tiles(np.zeros((16, 10, 10, 1)), "each", "", tuple(f"{i}: 0 to 4.59" for i in range(16)), keys=(*range(16),))


def _pages(view: SheetView) -> list[list[PanelFrame]]:
    """The frames on each page."""
    seen = []
    while True:
        shown = [frame for frame in view.frames if frame.isVisibleTo(view)]
        assert view.verticalScrollBar().maximum() == 0
        room = view.viewport().rect().adjusted(-1, -1, 1, 1)
        assert all(room.contains(frame.geometry()) for frame in shown)
        seen.append(shown)
        if not view.pager.turn(1):
            return seen


def _presented(qtbot: Any, *panels: Panel) -> SheetView:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(*ROOM)
    view.set_presented(True)
    view.show()
    qtbot.waitExposed(view)
    view.set_sheet(Sheet("t", "s", panels))
    return view


@pytest.mark.parametrize(
    ("main", "others"),
    [(CASES, (BARS, CURVES)), (CASES, (COUNTS,))],
    ids=["charts", "table"],
)
def test_main_pictures_have_the_room_alone_and_nothing_is_lost(
    qtbot: Any, main: Panel, others: tuple[Panel, ...]
) -> None:
    view = _presented(qtbot, main, *others)
    first, rest = view.frames[0], view.frames[1:]
    pages = _pages(view)
    assert pages[0] == [first]
    assert first.width() >= 0.99 * ROOM[0]
    assert pages[-1] == rest
    assert all(page == [first] for page in pages[:-1])


@pytest.mark.parametrize("high", [420, 640, 900])
def test_what_is_needed_beside_stays(qtbot: Any, high: int) -> None:
    view = _presented(qtbot, INPUT, MAPS)
    view.resize(ROOM[0], high)
    assert all(page == view.frames for page in _pages(view))


def test_the_window_has_everything_together_again(qtbot: Any) -> None:
    view = _presented(qtbot, CASES, BARS, CURVES)
    view.set_presented(False)
    assert [frame.isVisibleTo(view) for frame in view.frames] == [True] * 3


def test_a_few_words_fill_their_room(qtbot: Any) -> None:
    view = _presented(qtbot, Paragraph("42", "written", role="beside"), Bars(("42", "43"), np.array([1.0, 0.0])))
    usual, body = view.font().pointSizeF(), view.frames[0].body
    assert body.font().pointSizeF() >= 2 * usual
    assert body.verticalScrollBar().maximum() == 0


def test_boxes_of_layers_are_as_wide_as_their_words_in_any_type(qtbot: Any) -> None:
    words = "48,120 parameters  sees 28×28"
    view = _presented(qtbot, Diagram((Node("conv3", (words,), 0, 0.0, "Conv2D"),), (), selects="layer"))
    graph = view.frames[0].body
    for scale in (1.0, 1.6, 2.0):
        theme.apply(QApplication.instance(), dark=False, scale=scale)
        beside = MARGIN + MARKED_MARGIN
        assert graph._box_size(graph.panel)[0] - beside >= QFontMetricsF(graph.font()).horizontalAdvance(words)
    theme.apply(QApplication.instance(), dark=False)


def test_what_would_have_to_be_scrolled_stands_on_pages(qtbot: Any) -> None:
    beside = tuple(Curves(np.arange(8), {"largest": np.arange(8.0)}, "", "", f"c{i}", role="beside") for i in range(5))
    view = _presented(qtbot, CASES, *beside)
    view.resize(700, 360)
    assert _pages(view)[0] == [view.frames[0]]
