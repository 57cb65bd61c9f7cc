"""What is remembered: selections to go back to, files, what was looked at last, and the cards of shipped networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QSettings, Qt
from qtpy.QtWidgets import QMenu

from dlviz.jobs import Describe, Job, Show
from dlviz.sheet import Sheet, Tiles
from dlviz_gui.history import MOST, History
from dlviz_gui.memories import last_selection, recent_files, remember_files, remember_selection
from dlviz_gui.network_cards import SENTENCES, NetworkCards
from dlviz_gui.selection import Selection
from dlviz_gui.window import Window
from dlviz_models.zoo import NAMES

START = Selection("toy", "digits", "conv1", input="digits:0")


def test_going_back_and_forward() -> None:
    history = History()
    assert history.step(-1) is None
    layers = [replace(START, layer=layer) for layer in "abc"]
    for selection in layers:
        history.visit(selection)
    assert history.step(1) is None
    assert history.step(-1) is layers[1]
    assert history.step(-1) is layers[0]
    assert history.step(-1) is None
    assert history.step(1) is layers[1]
    other = replace(START, layer="d")
    history.visit(other)
    assert history.step(1) is None
    assert history.step(-1) is layers[1]
    for number in range(2 * MOST):
        history.visit(replace(START, unit=number))
    assert sum(history.step(-1) is not None for _ in range(3 * MOST)) == MOST - 1


def test_options_and_strokes_are_no_steps_of_their_own() -> None:
    history = History()
    history.visit(START)
    ink = [replace(START, input=np.full((2, 2, 1), n, np.uint8)) for n in range(3)]
    for selection in ink:
        history.visit(selection)
    changed = replace(ink[-1], settings={"patches": {"shown": 3}})
    history.visit(changed)
    assert history.step(-1) is START
    assert history.step(1) is changed


def test_what_was_looked_at_last_is_kept(tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.IniFormat)
    assert last_selection(settings) is None
    selection = replace(
        START, unit=3, units=(1, 2), view="patches", page=2, settings={"patches": {"shown": 3}}, output="b"
    )
    remember_selection(settings, selection)
    found = last_selection(settings)
    assert found
    assert asdict(found) == asdict(selection)
    remember_selection(settings, replace(START, input=("a=digits:0", "b=digits:1")))
    assert last_selection(settings).input == ("a=digits:0", "b=digits:1")  # type: ignore[union-attr]
    remember_selection(settings, replace(START, layer="other", trust=("mine:Layer",)))  # code is never run unasked
    assert last_selection(settings).layer == "conv1"  # type: ignore[union-attr]
    remember_selection(settings, replace(START, model=str(tmp_path / "gone.keras")))
    assert last_selection(settings) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"model": 3}', '{"model": "toy"}', '{"model": ["toy"]}'])
def test_a_damaged_memory_is_none(tmp_path: Path, text: str) -> None:
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.IniFormat)
    settings.setValue("last", text)
    settings.setValue("recent", text)
    assert last_selection(settings) is None
    assert recent_files(settings) == []


def test_recent_files_are_those_that_are_still_there(tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.IniFormat)
    paths = [tmp_path / f"{n}.keras" for n in range(12)]
    for path in paths:
        path.touch()
        remember_files(settings, replace(START, model=str(path)))
    remember_files(settings, replace(START, input=str(paths[5])))
    paths[11].unlink()
    expected = [paths[5], *(paths[n] for n in (10, 9, 8, 7, 6, 4, 3))]
    assert recent_files(settings)[: len(expected)] == [str(path) for path in expected]


def test_the_page_comes_back(opened: Window, settle: Callable[[], list[Job]]) -> None:
    def show(title: str) -> None:
        opened.view_pane.set_sheet(Sheet(title, "", (Tiles(np.zeros((3000, 9, 9, 1), np.float32)),)))

    pager = opened.view_pane.sheet_pane.sheets.pager
    show("many")
    assert pager.turn(1)
    assert opened.controller.selection.page == 1
    opened.controller.choose_layer("answer")
    settle()
    show("of another layer")
    assert pager.page == opened.controller.selection.page == 0
    opened.controller.step_history(-1)
    show("many again")
    assert pager.page == 1


def test_the_window_goes_back(qtbot: Any, opened: Window, engine: Any, settle: Callable[[], list[Job]]) -> None:
    opened.controller.choose_layer("answer")
    settle()
    opened.controller.choose_view("architecture")
    settle()
    qtbot.keyClick(opened, Qt.Key_Left, Qt.AltModifier)
    qtbot.keyClick(opened, Qt.Key_Left, Qt.AltModifier)
    assert opened.controller.selection is not None
    assert (opened.controller.selection.layer, opened.controller.selection.view) == ("conv1", "activations")
    asked = [job.request.view for job in settle() if isinstance(job, Show)]
    assert "activations" in asked
    opened.controller.open_network("another")
    with qtbot.waitSignal(opened.controller.network_opened):
        engine.answer_all()
    settle()
    qtbot.keyClick(opened, Qt.Key_Left, Qt.AltModifier)
    assert [job.model for job in engine.waiting.values() if isinstance(job, Describe)] == ["toy"]
    with qtbot.waitSignal(opened.controller.network_opened):
        engine.answer_all()
    settle()
    qtbot.keyClick(opened, Qt.Key_Right, Qt.AltModifier)
    assert [job.model for job in engine.waiting.values() if isinstance(job, Describe)] == ["another"]
    settle()


def test_going_back_sets_the_controls(qtbot: Any, opened: Window, settle: Callable[[], list[Job]]) -> None:
    opened.controller.set_options({"contrast": "all"})
    settle()
    assert opened.view_pane.controls.values() == {"contrast": "all"}
    opened.controller.choose_layer("answer")
    opened.controller.set_options({})
    settle()
    assert opened.view_pane.controls.values() == {}
    opened.controller.step_history(-1)
    settle()
    assert opened.view_pane.controls.values() == {"contrast": "all"}


def test_the_last_session_is_offered(qtbot: Any, opened: Window, engine: Any, settle: Callable[[], list[Job]]) -> None:
    opened.opening.offer_last()
    assert not opened.message.words
    assert opened.controller.selection is not None
    settings = QSettings(QSettings.IniFormat, QSettings.UserScope, "dlviz", "window")
    remember_selection(settings, opened.controller.selection)
    opened.opening.offer_last()
    assert not opened.message.words  # it is looked at already
    remember_selection(settings, replace(START, model="squeezenet", layer="conv1", view="patches"))
    opened.opening.offer_last_once_open()
    assert not opened.message.words
    opened.controller.choose_layer("answer")
    assert opened.message.words == "Last time: patches of conv1 in squeezenet."
    menu = QMenu()
    opened.opening.fill(menu)
    assert menu.actions()[0].text() == "Last time: patches of conv1 in squeezenet"
    qtbot.mouseClick(opened.message.offer, Qt.LeftButton)
    assert [job.model for job in engine.waiting.values() if isinstance(job, Describe)] == ["squeezenet"]
    with qtbot.waitSignal(opened.controller.network_opened):
        engine.answer_all()
    assert opened.controller.selection is not None
    assert opened.controller.selection.view == "patches"
    settle()


def test_each_shipped_network_has_a_card(qtbot: Any) -> None:
    cards = NetworkCards()
    qtbot.addWidget(cards)
    assert set(cards.cards) == set(NAMES) == set(SENTENCES)
    assert all(not card.icon().isNull() for card in cards.cards.values())
    with qtbot.waitSignal(cards.chosen) as told:
        qtbot.mouseClick(cards.cards["dates"], Qt.LeftButton)
    assert told.args == ["dates"]
