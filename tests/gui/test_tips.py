"""Tooltips stay while the pointer rests."""

from __future__ import annotations

from typing import Any

import numpy as np
from qtpy.QtCore import QEvent, QPoint, Qt
from qtpy.QtGui import QHelpEvent
from qtpy.QtWidgets import QApplication, QToolTip, QWidget

from dlviz.sheet import Bars, Diagram, Matrix, Node, Tiles
from dlviz_gui.panels.bars import BarsWidget
from dlviz_gui.panels.diagram_view import DiagramView
from dlviz_gui.panels.matrix import MatrixWidget
from dlviz_gui.panels.mosaic import Mosaic
from dlviz_gui.window import Window

TILES = Tiles(np.zeros((1, 8, 8, 1), np.uint8), captions=("first",))
MATRIX = Matrix(np.eye(2), ("a", "b"), ("c", "d"))


def rest(widget: QWidget, at: QPoint) -> None:
    """What Qt sends once the pointer has rested for a moment."""
    QApplication.sendEvent(widget, QHelpEvent(QEvent.ToolTip, at, widget.mapToGlobal(at)))


def shown(qtbot: Any, widget: Any, panel: object, target: str = "") -> Any:
    qtbot.addWidget(widget)
    widget.resize(300, 300)
    widget.show()
    qtbot.waitExposed(widget)
    if target:
        with qtbot.waitSignal(getattr(widget, target)):
            widget.set_panel(panel)
    else:
        widget.set_panel(panel)
    return widget


def test_what_hovering_tells_stays_where_the_pointer_rests(qtbot: Any) -> None:
    QToolTip.hideText()
    mosaic = shown(qtbot, Mosaic(), TILES, "shown")
    for widget, at in (
        (mosaic.viewport(), mosaic.mapFromScene(4, 4)),
        (shown(qtbot, BarsWidget(), Bars(("a", "b"), np.array([1.0, 2.0]))), QPoint(20, 20)),
        (shown(qtbot, MatrixWidget(), MATRIX), QPoint(150, 150)),
    ):
        qtbot.mouseMove(widget, at)
        said = QToolTip.text()
        assert said
        rest(widget, at)
        assert QToolTip.text() == said
        QToolTip.hideText()


def test_boxes_tabs_and_lists_have_tips_of_their_own(qtbot: Any, opened: Window) -> None:
    graph = shown(qtbot, DiagramView(), Diagram((Node("layer", ("3 units",), row=0, column=0),), ()))
    rest(graph.viewport(), graph.mapFromScene(graph.scene().itemsBoundingRect().center()))
    assert "3 units" in QToolTip.text()
    tabs, layers = opened.view_pane.tabs.bar, opened.network.list
    rest(tabs, tabs.tabRect(tabs.currentIndex()).center())
    assert QToolTip.text() == tabs.tabToolTip(tabs.currentIndex())
    index = layers.model().index(1, 0)
    rest(layers.viewport(), layers.visualRect(index).center())
    assert QToolTip.text() == index.data(Qt.ToolTipRole)
    QToolTip.hideText()


def test_tips_of_controls_last(opened: Window) -> None:
    tipped = [w for w in opened.findChildren(QWidget) if w.toolTip()]
    assert len(tipped) > 3
    assert not [(w.objectName(), w.toolTip()) for w in tipped if w.toolTipDuration() < 10**9]
