"""The slider over the sheets of a film: what came before the last one can be seen again."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dlviz.sheet import Image, Sheet
from dlviz_gui.panes.film_bar import FilmBar
from dlviz_gui.window import Window

FILM = [Sheet("ascent", f"after {n} steps", (Image(np.full((4, 4, 1), n, np.uint8)),), steps=3) for n in (0, 100, 200)]


def test_it_is_there_where_there_is_a_film(qtbot: Any) -> None:
    bar = FilmBar()
    qtbot.addWidget(bar)
    bar.add(replace(FILM[0], steps=0))
    bar.add(FILM[0])
    assert bar.isHidden()
    with qtbot.assertNotEmitted(bar.chosen):
        bar.add(FILM[1])
    assert not bar.isHidden()
    assert bar.counter.text() == "picture 2 of 2"
    with qtbot.waitSignal(bar.chosen) as told:
        bar.slider.setValue(0)
    assert told.args == [FILM[0]]
    bar.clear()
    assert bar.isHidden()


def test_it_is_played_from_the_start_to_the_end(qtbot: Any, opened: Window) -> None:
    pane, seen = opened.view_pane, []
    for sheet in FILM:
        pane.set_sheet(sheet)
    pane.film.chosen.connect(lambda sheet: seen.append(sheet.summary))
    pane.film.speed.setCurrentText("fastest")
    pane.film.play.click()
    qtbot.waitUntil(lambda: not pane.film.is_playing)
    assert seen == [sheet.summary for sheet in FILM]
    assert pane.summary == FILM[-1].summary


@pytest.mark.parametrize("other", ["asked", "said"])
def test_another_sheet_ends_it(opened: Window, other: str) -> None:
    for sheet in FILM:
        opened.view_pane.set_sheet(sheet)
    assert opened.view_pane.film.isVisible()
    if other == "asked":
        opened.view_pane.sheet_pane.wait("Computing…")
    else:
        opened.view_pane.say("There is nothing.")
    assert opened.view_pane.film.isHidden()
