"""The window before an engine that answers what the test tells it to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QPointF, Qt
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QGraphicsView,
    QLineEdit,
    QMenuBar,
    QScrollBar,
    QSpinBox,
    QTabBar,
    QWidget,
)

from dlviz.cli.requests import read_command
from dlviz.jobs import Describe, Export, Identified, Identify, Item, Lecture, Request, Show
from dlviz.request_text import command, python
from dlviz.sheet import Bars, Image, Sheet, Tiles
from dlviz_gui.labels import title
from dlviz_gui.selection import MAIN, offered
from dlviz_gui.window import Window
from tests.gui.asking import Settle, is_inside, views_asked
from tests.gui.conftest import NETWORK, PICTURES


def test_before_a_network_is_open_the_window_says_what_to_expect(window: Window) -> None:
    assert window.view_pane.sheet_pane.words == "Opening the network…"
    assert window.unit.sheet_pane.words
    assert window.predictions.sheet_pane.words
    window.controller.step_layer(1)
    window.controller.step_input(1)
    window.controller.step_unit(1)
    window.ask_export()


def test_opening_fills_every_place(opened: Window) -> None:
    assert opened.windowTitle() == "toy — dlviz"
    assert not opened.view_pane.sheet_pane.words
    assert not opened.unit.sheet_pane.words
    assert not opened.predictions.sheet_pane.words
    assert opened.input.strip.pictures.total == 5000


@pytest.mark.parametrize(
    ("key", "asked", "field", "value"),
    [
        (Qt.Key_Right, ["unit"], "unit", 1),
        (Qt.Key_O, ["activations", "unit"], "layer", "answer"),
        (Qt.Key_U, ["activations", "unit"], "layer", "pixels"),
        (Qt.Key_E, ["predictions", "activations", "unit"], "input", "digits:1"),
    ],
)
def test_keys_move_and_only_what_changed_is_asked_for(
    qtbot: Any, opened: Window, settle: Settle, key: int, asked: list[str], field: str, value: object
) -> None:
    qtbot.keyClick(opened, key)
    assert getattr(opened.controller.selection, field) == value
    assert views_asked(settle()) == asked


def test_keys_go_to_the_picture_from_the_start_and_a_search_replaces_the_last_one(opened: Window) -> None:
    assert opened.focusWidget() is opened.view_pane
    search = opened.network.search
    search.setText("conv")
    assert not opened.network.list.message
    search.setText("nothing")
    assert opened.network.list.message
    search.start()
    assert search.selectedText() == "nothing"
    search.clear()
    assert not opened.network.list.message


def test_a_view_that_has_nothing_to_show_of_the_layer_goes_to_one_that_it_can_show(opened: Window) -> None:
    controller = opened.controller
    layers = tuple(replace(la, weights=("kernel",) if la.name == "conv1" else ()) for la in controller.network.layers)
    controller.network = replace(controller.network, layers=layers)
    controller.choose_layer("answer")
    controller.choose_view("filters")
    assert opened.controller.selection.layer == "conv1"


def test_the_mask_of_an_answer_is_shown_without_what_is_fed(opened: Window) -> None:
    given, mask = (Image(np.zeros((4, 4, 3), np.uint8), role=role) for role in ("beside", "main"))
    area = Bars(("sky",), np.ones(1), limit=1.0)
    opened.predictions.set_sheet(Sheet("t", "s", (given, mask, area)))
    shown = opened.predictions.sheet_pane.sheets.sheet
    assert shown is not None
    assert shown.panels == (mask, area)


def test_the_ends_stay(qtbot: Any, opened: Window, settle: Settle) -> None:
    for key in (Qt.Key_W, Qt.Key_Left, Qt.Key_U, Qt.Key_U):
        qtbot.keyClick(opened, key)
    settle()
    selection = opened.controller.selection
    assert selection is not None
    assert (selection.input, selection.unit, selection.layer) == ("digits:0", 0, "pixels")


def test_a_new_request_takes_the_place_of_an_old_one(opened: Window, engine: Any) -> None:
    opened.controller.choose_input(3)
    first = set(engine.waiting)
    opened.controller.choose_input(4)
    assert first <= set(engine.cancelled)
    shown = [job.request for job in engine.waiting.values() if isinstance(job, Show)]
    assert all(request.inputs in ((), ("digits:4",)) for request in shown)


def test_drawing_feeds_the_network(opened: Window, engine: Any) -> None:
    ink = np.zeros((28, 28, 1), np.uint8)
    opened.input.given.emit(ink)
    assert all(job.request.inputs[0] is ink for job in engine.waiting.values())
    assert not opened.input.strip.selectedIndexes()


def test_controls_change_the_request(qtbot: Any, opened: Window, engine: Any, settle: Settle) -> None:
    with qtbot.waitSignal(opened.view_pane.options_changed):
        opened.view_pane.controls.findChild(QComboBox, "contrast").setCurrentText("one for all")
    (job,) = engine.waiting.values()
    assert job.request.settings == {"contrast": "all"}
    settle()
    opened.view_pane.step_to("filters")
    opened.view_pane.step_to("activations")
    assert opened.view_pane.controls.values() == {"contrast": "all"}


def test_ablation_switches_the_selected_unit_off(opened: Window, engine: Any, settle: Settle) -> None:
    opened.controller.choose_unit(4)
    settle()
    for unit in (4, 2):
        opened.controller.choose_unit(unit)
        opened.view_pane.step_to("ablation")
        assert [job.request.units for job in engine.waiting.values() if job.request.view == "ablation"] == [(unit,)]
        settle()


def test_chosen_units_are_shown_alone(qtbot: Any, opened: Window, engine: Any, settle: Settle) -> None:
    field = opened.view_pane.units
    assert field.isVisible()
    assert field.line.placeholderText() == "all 6"
    assert not field.show_these.isVisible()
    opened.view_pane.sheet_pane.picked.emit(4)
    opened.view_pane.sheet_pane.picked.emit(1)
    opened.view_pane.sheet_pane.picked.emit(2)
    opened.view_pane.sheet_pane.picked.emit(2)
    assert opened.view_pane.sheet_pane.sheets.mains[0].body.item.picked == {1, 4}
    assert not engine.waiting
    qtbot.mouseClick(field.show_these, Qt.LeftButton)
    (job,) = engine.waiting.values()
    assert job.request.units == (4, 1)
    settle()
    field.line.setText("0-2, 9")
    qtbot.keyClick(field.line, Qt.Key_Return)
    assert "no 9" in opened.message.words
    field.line.setText("0-2")
    qtbot.keyClick(field.line, Qt.Key_Return)
    assert [job.request.units for job in engine.waiting.values()] == [(0, 1, 2)]
    settle()
    opened.controller.choose_layer("answer")
    assert opened.controller.selection is not None
    assert opened.controller.selection.units == ()
    assert field.line.placeholderText() == "all 10"
    opened.controller.choose_view("mistakes")
    assert not field.isVisible()
    settle()


def test_the_preprocessing_is_said_and_can_be_chosen(qtbot: Any, opened: Window, engine: Any, settle: Settle) -> None:
    control = opened.network.preprocess
    assert control.isVisible()
    assert "unit" in control.modes.toolTip()
    opened.controller.choose_layer("answer")
    opened.controller.choose_input(5)
    settle()
    control.modes.activated.emit(control.modes.findData("tf"))
    assert [job for job in engine.waiting.values() if isinstance(job, Describe)] == [
        Describe("toy", preprocess="tf", data="digits")
    ]
    with qtbot.waitSignal(opened.controller.network_opened):
        engine.answer_all()
    asked = [job.request for job in settle() if isinstance(job, Show)]
    assert {request.preprocess for request in asked} == {"tf"}
    assert opened.controller.selection is not None
    assert (opened.controller.selection.layer, opened.controller.selection.input) == ("answer", "digits:5")
    assert control.modes.currentData() == "tf"


def test_light_and_dark(opened: Window) -> None:
    opened.set_dark(True)
    dark = QApplication.palette().window().color().lightness()
    opened.set_dark(False)
    assert dark < 100 < QApplication.palette().window().color().lightness()


def test_every_control_has_an_accessible_name(opened: Window) -> None:
    kinds = (
        QAbstractButton,
        QAbstractItemView,
        QAbstractSlider,
        QComboBox,
        QGraphicsView,
        QLineEdit,
        QSpinBox,
        QTabBar,
    )
    own = [w for kind in kinds for w in opened.findChildren(kind) if not isinstance(w, QScrollBar)]
    part_of_another = (QComboBox, QMenuBar, QSpinBox, QTabBar)
    nameless = [
        w for w in own
        if not (w.accessibleName() or w.property("text")) and not is_inside(w, part_of_another)
    ]  # fmt: skip
    assert not nameless


def test_what_is_shown_is_copied_as_text_that_makes_it_again(opened: Window, settle: Settle) -> None:
    opened.view_pane.step_to("activations")
    settle()
    opened.exporting.copy_text(command, lesson=False)
    asked = opened.controller.shown[MAIN]
    assert read_command(QApplication.clipboard().text().rpartition(" --out ")[0]) == replace(asked, settings={})
    opened.exporting.copy_text(python, lesson=False)
    assert '    input="digits:0",\n' in QApplication.clipboard().text()


def test_a_picture_of_dlviz_opens_as_the_view_that_made_it(
    qtbot: Any, opened: Window, engine: Any, settle: Settle
) -> None:
    request = Request("activations", "toy", layer="answer", inputs=("digits:9",), preprocess="unit")
    opened.controller.open_path("a.png")
    (number,) = (n for n, job in engine.waiting.items() if isinstance(job, Identify))
    with qtbot.waitSignal(opened.controller.made):
        engine.answer(number, Identified("a.png", "picture", lecture=Lecture(items=(Item(request),))))
    settle()
    assert opened.controller.shown[MAIN] == request
    lesson = Request("convolution2d", "", settings={"preset": "Sobel y"})
    opened.lecturing.visit(lesson)
    assert opened.shows_lesson
    assert opened.lessons.request == lesson
    opened.lecturing.visit(request)
    assert not opened.shows_lesson


def test_pictures_are_exported_in_the_chosen_size(monkeypatch: pytest.MonkeyPatch, opened: Window, engine: Any) -> None:
    opened.exporting.set_size("1920 × 1080 pixels")
    for name, size in (("a.png", (1920, 1080)), ("a.svg", None)):
        monkeypatch.setattr("dlviz_gui.exporting.ask_export_path", lambda *given, name=name: name)
        opened.ask_export()
        (job,) = (job for job in engine.waiting.values() if isinstance(job, Export) and job.path == name)
        assert job.size == size


def test_no_two_actions_have_the_same_keys(window: Window) -> None:
    keys = [action.shortcut().toString() for action in window.actions() if not action.shortcut().isEmpty()]
    assert len(keys) > 20
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("kind", "is_asked"), [("Conv2D", False), ("Embedding", True)])
def test_options_that_mean_nothing_for_a_layer_are_not_offered(
    opened: Window, settle: Settle, kind: str, is_asked: bool
) -> None:
    pixels, conv, *others = NETWORK.layers
    layers = (pixels, replace(conv, kind=kind, weights=("kernel",)), *others)
    opened.view_pane.set_network(replace(NETWORK, layers=layers))
    opened.controller.choose_view("filters")
    opened.controller.choose_layer("conv1")
    settle()
    assert (opened.view_pane.controls.findChild(QLineEdit, "words") is not None) == is_asked
    assert opened.view_pane.controls.findChild(QWidget, "shown") is not None


@pytest.mark.parametrize(("kind", "is_asked"), [("picture", True), ("tree", False), ("text", False)])
def test_options_that_mean_nothing_for_a_kind_of_sample_are_not_offered(
    opened: Window, settle: Settle, kind: str, is_asked: bool
) -> None:
    opened.view_pane.set_network(replace(NETWORK, inputs=(replace(PICTURES[0], kind=kind),)))
    opened.controller.choose_view("unit")
    settle()
    for name in ("reconstruct", "maximised"):
        assert (opened.view_pane.controls.findChild(QWidget, name) is not None) == is_asked
    assert opened.view_pane.controls.findChild(QWidget, "per_unit") is not None


def test_a_click_on_a_picture_answers_the_question_that_is_asked_over_it(
    qtbot: Any, opened: Window, engine: Any, settle: Settle
) -> None:
    opened.controller.choose_view("guess")
    opened.controller.set_options({"round": 2})
    settle()
    pictures = np.zeros((2, 8, 8, 1), np.uint8)
    two = Tiles(pictures, columns=2, column_labels=("left", "right"), role="main", sets="pick", by="click")
    pane = opened.view_pane
    pane.set_sheet(Sheet("t", "Nobody has guessed yet.", (two,), question="Left or right?"))
    assert pane.summary == "Left or right? Nobody has guessed yet."
    (mosaic,) = (frame.body for frame in pane.sheet_pane.sheets.mains)
    qtbot.waitUntil(lambda: mosaic.item.grid is not None and mosaic.item.isVisible())
    top, left = mosaic.item.grid.corner(1)
    qtbot.mouseClick(mosaic.viewport(), Qt.LeftButton, pos=mosaic.mapFromScene(QPointF(left + 1, top + 1)))
    (job,) = engine.waiting.values()
    assert job.request.settings == {"round": 2, "pick": "right"}
    assert pane.controls.values() == {"round": 2, "pick": "right"}


def test_keys_and_the_menu_count_the_views_as_the_tabs_do(qtbot: Any, opened: Window) -> None:
    names = opened.view_pane.tabs.names
    assert set(names) < set(offered())
    for number in (4, 6):  # after views that this network cannot have
        qtbot.keyClick(opened, getattr(Qt, f"Key_{number}"), Qt.ControlModifier)
        assert opened.controller.selection.view == names[number - 1]
    actions = {action.text(): action for action in opened.actions()}
    for name in offered():
        assert actions[title(name)].isEnabled() == (name in names)
    assert "toy has no attention layer" in actions["Attention"].toolTip()
