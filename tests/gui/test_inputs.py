"""The film strip fetches what is looked at and no more; the paper gives 28 x 28 pixels of ink."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QWidget

from dlviz.jobs import Thumbnails
from dlviz_gui.panes.draw_pad import DrawPad
from dlviz_gui.panes.film_strip import KEPT, PAGE, FilmStrip

TOTAL = 60_000


@pytest.fixture
def strip(qtbot: Any) -> FilmStrip:
    widget = FilmStrip()
    qtbot.addWidget(widget)
    widget.resize(800, widget.height())
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def page(start: int, source: str = "digits") -> Thumbnails:
    n = min(PAGE, TOTAL - start)
    images = np.full((n, 64, 64, 3), start % 251, np.uint8)
    return Thumbnails(source, start, TOTAL, images, tuple(str(start + i) for i in range(n)))


def test_only_what_is_in_view_is_asked_for(qtbot: Any, strip: FilmStrip) -> None:
    asked: list[tuple[int, int]] = []
    strip.wanted.connect(lambda start, stop: (asked.append((start, stop)), strip.put(page(start))))
    strip.set_source("digits")
    qtbot.waitUntil(lambda: not strip._soon.isActive())  # all that is in view was looked at
    assert asked == [(0, PAGE)]
    bar = strip.horizontalScrollBar()
    with qtbot.waitSignal(strip.wanted):
        bar.setValue(bar.maximum() // 3)
        bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: not strip._soon.isActive())
    assert asked[1:] == [(TOTAL - PAGE, TOTAL)]


def test_pictures_of_another_source_are_not_taken(strip: FilmStrip) -> None:
    strip.set_source("digits")
    strip.put(page(0, "fashion"))
    assert strip.pictures.total == 0


def test_no_more_pages_are_kept_than_have_room(strip: FilmStrip) -> None:
    strip.set_source("digits")
    for start in range(0, 3 * KEPT * PAGE, PAGE):
        strip.put(page(start))
    assert sum(strip.pictures.has(n) for n in range(3 * KEPT)) == KEPT


def test_a_click_tells_the_number(qtbot: Any, strip: FilmStrip) -> None:
    strip.set_source("digits")
    strip.put(page(0))
    place = strip.visualRect(strip.pictures.index(3)).center()
    with qtbot.waitSignal(strip.chosen) as told:
        qtbot.mouseClick(strip.viewport(), Qt.LeftButton, pos=place)
    assert told.args == [3]


def test_the_mark_waits_for_the_pictures(strip: FilmStrip) -> None:
    strip.set_source("digits")
    strip.set_number(5)
    strip.put(page(0))
    assert strip.currentIndex().row() == 5
    strip.set_number(None)
    assert not strip.selectedIndexes()


def test_ink_is_where_the_mouse_went(qtbot: Any, move: Callable[[QWidget, QPoint], None]) -> None:
    pad = DrawPad()
    qtbot.addWidget(pad)
    pad.show()
    qtbot.waitExposed(pad)
    paper = pad.paper
    unit = paper.width() / 28  # screen pixels of one of the picture's
    start, end = QPoint(round(5 * unit), round(14 * unit)), QPoint(round(22 * unit), round(14 * unit))
    qtbot.mousePress(paper, Qt.LeftButton, pos=start)
    with qtbot.waitSignal(pad.drawn):
        move(paper, end)
    with qtbot.waitSignal(pad.drawn) as told:
        qtbot.mouseRelease(paper, Qt.LeftButton, pos=end)
    ink = told.args[0]
    assert ink.shape == (28, 28, 1)
    assert ink.dtype == np.uint8
    assert ink[13:15, 6:22].min() == 255  # a line 2.2 wide about row 14
    assert 0 < ink[12, 10, 0] < 255  # its soft edge
    assert ink[:11].max() == 0
    assert ink.sum() / 255 == pytest.approx(17 * 2.2 + np.pi * 1.1**2, rel=0.03)
    qtbot.mouseClick(pad.clear, Qt.LeftButton)
    assert not paper.ink().any()
