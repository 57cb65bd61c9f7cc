"""What the window says while it works, and of what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qtpy.QtCore import Qt, QThreadPool

from dlviz.engine.client import Answer, Died, Restarted
from dlviz.jobs import Strip
from dlviz.progress import Progress
from dlviz.views import views
from dlviz_gui.window import Window
from tests.gui.asking import Settle, views_asked
from tests.gui.conftest import reply, sheet_for


def test_a_view_that_fails_says_so_in_its_place(qtbot: Any, opened: Window, engine: Any, settle: Settle) -> None:
    opened.controller.choose_layer("shape")
    assert "no units" in opened.unit.sheet_pane.words
    (number,) = engine.waiting
    with qtbot.waitSignal(opened.controller.failed):
        engine.fail(number, "Nothing to see: choose another layer.")
    assert opened.view_pane.sheet_pane.words == "Nothing to see: choose another layer."
    opened.controller.choose_layer("conv1")
    settle()
    assert not opened.view_pane.sheet_pane.words


def test_below_stands_what_of_the_data_was_left_out(opened: Window, engine: Any, settle: Settle) -> None:
    settle()
    assert opened.work.words.startswith("Ready.")
    thumbnails = reply(Strip("folder", 0, 48))
    note = "Left out 1 of 12 pictures: broken.jpg (cut off)."
    opened.controller.thumbnails.emit(replace(thumbnails, notes=(note,)))
    assert opened.work.words == note
    opened.controller.thumbnails.emit(thumbnails)
    assert opened.work.words.startswith("Ready.")


def test_long_work_shows_its_progress_and_can_be_cancelled(qtbot: Any, opened: Window, engine: Any) -> None:
    opened.controller.choose_view("patches")
    assert not opened.work.bar.isVisible()
    qtbot.waitUntil(opened.work.bar.isVisible)
    (number,) = engine.waiting
    with qtbot.waitSignal(opened.controller.progress):
        engine.events.append(Answer(number, Progress(30, 100, "Controller at pictures")))
    assert (opened.work.bar.value(), opened.work.bar.maximum()) == (30, 100)
    assert opened.work.words.startswith("Computing patches of conv1 · Controller at pictures")
    qtbot.keyClick(opened, Qt.Key_Escape)
    assert engine.cancelled[-1] == number
    assert not opened.work.bar.isVisible()
    assert opened.view_pane.sheet_pane.words == "Cancelled: F5 computes it again."


def test_what_is_seen_of_work_stays_when_it_is_cancelled(qtbot: Any, opened: Window, engine: Any) -> None:
    opened.controller.choose_view("patches")
    (number,) = engine.waiting
    part = replace(sheet_for("patches", "conv1"), summary="100 of 1,000 looked at so far")
    with qtbot.waitSignal(opened.controller.sheet):
        engine.events.append(Answer(number, part))
    qtbot.keyClick(opened, Qt.Key_Escape)
    assert engine.cancelled[-1] == number
    assert not opened.view_pane.sheet_pane.words
    assert opened.view_pane.summary == part.summary
    assert opened.message.words == "Cancelled: F5 computes it again."


def test_a_heading_never_stands_over_the_picture_of_another_view(qtbot: Any, opened: Window, settle: Settle) -> None:
    place = opened.view_pane.sheet_pane
    with qtbot.waitSignal(place.waits):
        opened.controller.choose_view("patches")
        assert opened.view_pane.summary == "activations of conv1"
        assert not place.waiting
    assert place.waiting == "Computing patches of conv1…"
    assert opened.view_pane.summary == views()["patches"].summary
    settle()
    assert not place.waiting
    assert opened.view_pane.summary == "patches of conv1"


def test_the_unit_that_is_named_is_the_one_that_is_shown(qtbot: Any, opened: Window, settle: Settle) -> None:
    with qtbot.waitSignal(opened.unit.sheet_pane.waits):
        opened.controller.choose_unit(3)
        assert opened.unit.heading == "Unit 0 of conv1"
    assert opened.unit.heading == "Unit 3 of conv1"
    assert opened.unit.sheet_pane.waiting == "Computing unit 3 of conv1…"
    settle()
    assert not opened.unit.sheet_pane.waiting


def test_an_engine_that_dies_is_told_and_the_window_goes_on(
    qtbot: Any, opened: Window, engine: Any, settle: Settle
) -> None:
    opened.controller.choose_layer("answer")
    with qtbot.waitSignal(opened._link.died):
        for number in engine.waiting:
            engine.fail(number, "The engine stopped: try again.")
        engine.events += [Died("The engine stopped: try again."), Restarted()]
    assert opened.message.words == "The engine stopped: try again."
    assert not opened.slots.busy
    qtbot.keyClick(opened, Qt.Key_F5)
    assert views_asked(settle()) == ["predictions", "activations", "unit"]


def test_an_error_is_not_left_under_another_tab(qtbot: Any, opened: Window, engine: Any, settle: Settle) -> None:
    opened.controller.choose_view("filters")
    (number,) = engine.waiting
    with qtbot.waitSignal(opened.controller.failed):
        engine.fail(number, "This layer has no weights: choose another.")
    assert opened.view_pane.sheet_pane.words.startswith("This layer has no weights")
    opened.controller.choose_view("patches")
    assert "weights" not in opened.view_pane.sheet_pane.words
    settle()
    assert not opened.view_pane.sheet_pane.words


def test_what_goes_wrong_in_another_thread_is_told_by_the_main_one(qtbot: Any, window: Window) -> None:
    with qtbot.waitSignal(window.wrong):
        QThreadPool.globalInstance().start(lambda: window.wrong.emit("Something went wrong."))
    qtbot.waitUntil(lambda: window.message.words == "Something went wrong.")


def test_samples_whose_reading_was_cancelled_are_read_again(
    qtbot: Any, opened: Window, engine: Any, settle: Settle
) -> None:
    controller, pictures = opened.controller, opened.input.strip.pictures
    for read_again in (controller.refresh, lambda: controller.choose_data("/pictures")):
        controller.choose_data("fashion")
        settle()
        controller.choose_data("/pictures")
        assert "strip" in opened.slots.busy
        qtbot.keyClick(opened, Qt.Key_Escape)
        assert not pictures.total
        read_again()
        settle()
        assert pictures.total == 5000


def test_a_message_goes_with_what_it_speaks_of(qtbot: Any, opened: Window, engine: Any, settle: Settle) -> None:
    controller, message = opened.controller, opened.message
    for leave in (
        lambda: controller.choose_view("patches"),
        lambda: controller.open_network("other"),
        lambda: controller.open_path("/nets/other.keras"),
        controller.refresh,
    ):
        message.say("toy has no attention layer: its architecture is shown instead.")
        leave()
        assert not message.words
    message.say("Three pictures are not saved.", "Bring them back", lambda: None)
    controller.choose_view("filters")
    assert message.words


def test_a_message_leaves_the_samples_in_sight(opened: Window) -> None:
    opened.message.say("Something is wrong. " * 20)
    bar = opened.message
    assert bar.mapToGlobal(bar.rect().bottomLeft()).y() < opened.input.mapToGlobal(opened.input.rect().topLeft()).y()
    opened.input.hide()
    assert bar.geometry().bottom() > opened.pages.height() - 20
