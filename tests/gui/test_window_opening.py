"""What the window does with networks and files that are opened."""

from __future__ import annotations

from typing import Any

import pytest
from qtpy.QtCore import QMimeData, QPointF, Qt, QUrl
from qtpy.QtGui import QDropEvent
from qtpy.QtWidgets import (
    QApplication,
    QComboBox,
)

from dlviz.jobs import Describe, Identified, Identify, Show
from dlviz_gui.window import Window
from tests.gui.asking import Settle


@pytest.mark.parametrize("holds", ["network", "picture", "data"])
def test_files_are_opened_by_dropping_them(qtbot: Any, opened: Window, engine: Any, holds: str) -> None:
    path = "/pictures/file"
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    drop = QDropEvent(QPointF(300, 300), Qt.CopyAction, mime, Qt.LeftButton, Qt.NoModifier)
    QApplication.sendEvent(opened.windowHandle(), drop)
    ((number, job),) = engine.waiting.items()
    assert job == Identify(path)
    with qtbot.waitSignal(opened.slots.done):
        engine.answer(number, Identified(path, holds))
    jobs = list(engine.waiting.values())
    if holds == "network":
        assert jobs == [Describe(path)]
    else:
        first = next(job.request for job in jobs if isinstance(job, Show))
        assert first.inputs == ((path,) if holds == "picture" else (f"{path}:0",))


def test_a_layer_of_the_network_before_is_not_chosen(opened: Window, engine: Any) -> None:
    before = opened.controller.selection
    opened.view_pane.chosen.emit("layer", "of_another_network")
    assert opened.controller.selection is before
    assert not engine.waiting


@pytest.mark.parametrize("holds", ["picture", "data"])
def test_pictures_need_a_network_first(qtbot: Any, window: Window, engine: Any, holds: str) -> None:
    window.controller.open_path("/pictures/file")
    (number,) = engine.waiting
    with qtbot.waitSignal(window.slots.done):
        engine.answer(number, Identified("/pictures/file", holds))
    assert not engine.waiting
    assert window.message.words.startswith("file can only be fed to a network")


def test_a_network_that_cannot_be_opened_leaves_the_old_one(qtbot: Any, opened: Window, engine: Any) -> None:
    opened.controller.open_network("broken.keras")
    (number,) = engine.waiting
    with qtbot.waitSignal(opened.controller.failed):
        engine.fail(number, "broken.keras is no network: <b>choose</b> another file.")
    assert opened.message.words == "broken.keras is no network: <b>choose</b> another file."
    assert opened.windowTitle() == "toy — dlviz"
    opened.message.hide()
    assert not opened.message.words


def test_another_network_clears_what_was_shown_of_the_one_before(
    qtbot: Any, opened: Window, engine: Any, settle: Settle
) -> None:
    opened.controller.open_network("another")
    assert opened.work.words.startswith("Ready")
    qtbot.waitUntil(lambda: opened.work.words == "Opening another")
    with qtbot.waitSignal(opened.controller.network_opened):
        engine.answer_all()
    assert opened.unit.sheet_pane.words == "Computing unit 0 of conv1…"
    assert opened.view_pane.sheet_pane.words.startswith("Computing activations")
    settle()
    assert not opened.unit.sheet_pane.words


def test_another_network_starts_with_the_options_as_they_are_declared(
    qtbot: Any, opened: Window, engine: Any, settle: Settle
) -> None:
    contrast = opened.view_pane.controls.findChild(QComboBox, "contrast")
    with qtbot.waitSignal(opened.view_pane.options_changed):
        contrast.setCurrentText("one for all")
    settle()
    opened.controller.open_network("toy")
    with qtbot.waitSignal(opened.controller.network_opened):
        engine.answer_all()
    assert opened.view_pane.controls.values() == {"contrast": "all"}  # the same one again
    settle()
    opened.controller.open_network("another")
    with qtbot.waitSignal(opened.controller.network_opened):
        engine.answer_all()
    assert opened.view_pane.controls.values() == {}
    [shown] = [
        job.request for job in engine.waiting.values() if isinstance(job, Show) and job.request.view == "activations"
    ]
    assert not shown.settings
    settle()


def test_a_view_of_the_network_alone_is_asked_before_a_sample_passes_through_it(
    qtbot: Any, opened: Window, engine: Any, settle: Settle
) -> None:
    for view, first in (("architecture", "architecture"), ("activations", "predictions")):
        opened.controller.choose_view(view)
        settle()
        opened.controller.open_network("another")
        with qtbot.waitSignal(opened.controller.network_opened):
            engine.answer_all()
        shows = [job.request.view for job in engine.waiting.values() if isinstance(job, Show)]
        assert shows[0] == first
        settle()


def test_another_picture_leaves_a_view_of_the_network_alone(opened: Window, settle: Settle) -> None:
    opened.controller.choose_view("architecture")
    settle()
    opened.controller.choose_input(3)
    assert "architecture" not in [job.request.view for job in settle() if isinstance(job, Show)]
