"""The window on small screens: everything in it can be reached."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QRect, QSize
from qtpy.QtWidgets import QAbstractScrollArea, QWidget

from dlviz.sheet import Image, Matrix, Paragraph, Sheet, Tiles
from dlviz_gui import geometry
from dlviz_gui.engine import EngineLink
from dlviz_gui.panels.sheet_view import SheetView
from dlviz_gui.scrolled import Scrolled
from dlviz_gui.window import Window
from tests.gui.asking import Settle, is_inside


def test_the_window_can_be_as_small_as_promised(opened: Window) -> None:
    opened.resize(800, 500)
    assert (opened.width(), opened.height()) == (800, 500)
    assert not unreachable(opened)


@pytest.mark.parametrize("view", ["activations", "patches", "failures", "mistakes", "architecture"])
def test_everything_is_reached_in_the_smallest_window(qtbot: Any, opened: Window, settle: Settle, view: str) -> None:
    opened.resize(800, 500)
    opened.controller.choose_view(view)
    settle()
    tall = Paragraph("\n".join(["some words of a hundred letters " * 3] * 40), "Words")
    maps = Tiles(np.zeros((9, 8, 8, 1), np.uint8), title="Maps")
    matrix, picture = Matrix(np.eye(3), tuple("abc"), tuple("abc")), Image(np.zeros((9, 9, 1)))
    opened.view_pane.set_sheet(Sheet("t", "says " * 40, (maps, tall, matrix, picture)))
    opened.unit.set_sheet(Sheet("t", "s", (maps, maps, maps, tall)))
    qtbot.waitUntil(lambda: opened.view_pane.sheet_pane.height() >= 120 and not unreachable(opened))


def unreachable(window: Window) -> list[QWidget]:
    """The parts of the window that are neither in it nor in what can be scrolled to."""
    found = []
    areas = [*window.findChildren(SheetView), *window.findChildren(Scrolled)]  # the innermost first
    areas = [area for area in areas if area.isVisibleTo(window)]
    for widget in window.findChildren(QWidget):
        area = next((a for a in areas if a.widget().isAncestorOf(widget)), None)
        root = area.widget() if area else window
        is_item = not area and is_inside(widget, (QAbstractScrollArea,))  # of a list that scrolls
        if widget.isVisibleTo(window) and widget.width() and not is_item:
            rect = QRect(widget.mapTo(root, QPoint()), widget.size())
            found += [] if root.rect().adjusted(-1, -1, 1, 1).contains(rect) else [widget]
    for area in areas:
        room = area.viewport().size() + QSize(area.horizontalScrollBar().maximum(), area.verticalScrollBar().maximum())
        found += [] if room.expandedTo(area.widget().size()) == room else [area]
    return found


@pytest.mark.parametrize("scale", [1.25, 1.5, 2.0, 3.0])
def test_the_window_is_never_larger_than_the_screen(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch, engine: Any, scale: float
) -> None:
    screen = QRect(0, 0, int(1366 / scale), int(768 / scale))
    monkeypatch.setattr(geometry, "screen", screen.size)
    link = EngineLink()
    link.start(engine)
    window = Window(link)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    assert screen.size().boundedTo(window.size()) == window.size()
    window.close()
