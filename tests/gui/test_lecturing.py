"""Lectures and tours in the window, and presenter mode, before an engine that answers what the test tells it to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import QSettings, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from dlviz.jobs import Item, Lecture, MakeDeck, Request, Saved
from dlviz.lectures.lecture import read_lecture
from dlviz.lectures.tours import TOURS
from dlviz.progress import Progress
from dlviz_gui.labels import FoldedLabel
from dlviz_gui.panes.tray import Tray
from dlviz_gui.presenter import around_picture
from dlviz_gui.selection import MAIN
from dlviz_gui.window import Window
from tests.gui.asking import Settle
from tests.gui.conftest import sheet_for

VIEWS = tuple(Request("activations", "toy", layer=layer, inputs=("digits:0",)) for layer in ("conv1", "answer"))
LECTURE = Lecture("t", tuple(Item(request, f"title {n}", f"notes {n}") for n, request in enumerate(VIEWS)))


@pytest.fixture
def tray(qtbot: Any) -> Tray:
    shown = Tray()
    qtbot.addWidget(shown)
    shown.set_lecture(LECTURE)
    return shown


def test_titles_and_notes_are_edited_and_pictures_moved_and_removed(qtbot: Any, tray: Tray) -> None:
    assert tray.lecture == LECTURE
    assert not tray.notes.isEnabled()
    with qtbot.waitSignal(tray.visited) as visited:
        tray.step(1)
    assert visited.args == [VIEWS[0]]
    assert (tray.title.text(), tray.notes.toPlainText(), tray.count.text()) == ("title 0", "notes 0", "1 of 2")
    with qtbot.waitSignal(tray.changed):
        QTest.keyClicks(tray.title, "!")
    tray.notes.setPlainText("one\ntwo")
    assert tray.lecture.items[0] == Item(VIEWS[0], "title 0!", "one\ntwo")
    tray.move_by(1)
    assert [item.request for item in tray.lecture.items] == [VIEWS[1], VIEWS[0]]
    tray.remove()
    assert tray.lecture.items == LECTURE.items[1:]
    tray.step(5)
    assert tray.lecture.items == LECTURE.items[1:]


def test_what_is_shown_is_collected_and_a_click_brings_it_back(opened: Window, settle: Settle, tmp_path: Path) -> None:
    lecturing = opened.lecturing
    lecturing.add()
    opened.controller.choose_layer("answer")
    settle()
    lecturing.add()
    assert lecturing.dock.isVisible()
    assert [item.request.layer for item in lecturing.tray.lecture.items] == ["conv1", "answer"]
    lecturing.tray.step(-1)
    settle()
    assert opened.controller.shown[MAIN] == lecturing.tray.lecture.items[0].request
    assert opened.controller.selection.layer == "conv1"
    lecturing.save(str(tmp_path / "monday.toml"))
    assert read_lecture(tmp_path / "monday.toml").title == "monday"
    assert "not saved" not in lecturing.tray.name.words
    lecturing.tray.remove()
    assert "not saved" in lecturing.tray.name.words


def test_predictions_of_a_lecture_are_the_picture_and_not_beside_it(opened: Window, settle: Settle) -> None:
    request = Request("predictions", "toy", inputs=("digits:3",))
    opened.lecturing.visit(request)
    settle()
    assert opened.controller.shown[MAIN] == request


def test_a_title_never_stands_over_the_picture_of_another_network(opened: Window, engine: Any, qtbot: Any) -> None:
    pane = opened.view_pane.sheet_pane
    opened.lecturing.visit(Request("activations", "gone/other.keras", layer="conv1", inputs=("digits:0",)))
    assert pane.words == "Opening other.keras…"
    ((number, _),) = engine.waiting.items()
    engine.fail(number, "other.keras does not exist.")
    with qtbot.waitSignal(opened.controller.failed):
        pass
    assert pane.words == "other.keras does not exist."


def test_a_layer_that_is_not_there_is_said(opened: Window, settle: Settle) -> None:
    opened.lecturing.visit(Request("activations", "toy", layer="conv9", inputs=("digits:0",)))
    settle()
    assert opened.message.words == "toy has no layer conv9: conv1 is shown instead."


def test_what_was_shown_goes_with_its_network(qtbot: Any, opened: Window, engine: Any) -> None:
    opened.lecturing.add()
    opened.controller.open_network("other")
    with qtbot.waitSignal(opened.controller.network_opened):
        engine.answer_all()
    assert MAIN not in opened.controller.shown  # else the words in its place became the picture in the tray


def test_a_lecture_that_was_not_saved_can_be_brought_back(opened: Window, settle: Settle) -> None:
    lecturing = opened.lecturing
    lecturing.add()
    before = lecturing.tray.lecture
    lecturing.take(LECTURE, "monday.toml")
    settle()
    assert lecturing.tray.lecture == LECTURE
    assert "1 pictures" not in opened.message.words
    opened.message.offer.click()
    assert lecturing.tray.lecture == before


def test_a_lecture_on_the_open_network_is_suggested(opened: Window, settle: Settle) -> None:
    opened.lecturing.suggest()
    settle()
    lecture = opened.lecturing.tray.lecture
    assert lecture.title == "toy on digits"
    assert {item.request.model for item in lecture.items} == {"toy"}
    assert opened.controller.shown[MAIN].view == lecture.items[0].request.view == "architecture"


def test_what_was_not_saved_outlasts_the_window(qtbot: Any, opened: Window, engine: Any) -> None:
    opened.lecturing._bring_back(LECTURE)
    settings = QSettings(QSettings.IniFormat, QSettings.UserScope, "dlviz", "window")
    opened.lecturing.remember(settings)
    opened.lecturing.tray.set_lecture(Lecture())
    opened.lecturing.recall(settings)
    assert opened.message.words == "Last time the tray held 2 pictures not saved yet."
    opened.message.offer.click()
    assert opened.lecturing.tray.lecture == LECTURE
    assert "not saved" in opened.lecturing.tray.name.words


def test_a_tour_starts_with_its_first_picture(opened: Window) -> None:
    opened.lecturing.open_tour("convolution")
    assert opened.shows_lesson
    assert opened.lessons.name == "convolution1d"
    assert opened.lecturing.tray.chosen
    assert opened.lecturing.tray.notes.toPlainText() == opened.lecturing.tray.chosen.notes
    assert len(TOURS) == 5


def test_slides_are_made_beside_the_window_and_their_process_goes(qtbot: Any, opened: Window, engine: Any) -> None:
    worker = type(engine)()
    opened.lecturing.process.start = lambda: worker
    opened.lecturing.open(LECTURE)
    opened.lecturing.make_deck("a.pptx")
    ((number, job),) = worker.waiting.items()
    assert job == MakeDeck(LECTURE, "a.pptx")
    worker.answer(number, Progress(1, 2), Saved("a.pptx"))
    qtbot.waitUntil(lambda: worker.closed)
    assert opened.message.words == "Saved as a.pptx."


def test_a_view_that_the_network_has_not_is_said_and_gone_with_the_next_picture(
    qtbot: Any, opened: Window, settle: Settle
) -> None:
    items = (Item(Request("attention", "toy"), "heads"), Item(VIEWS[0], "maps"))
    opened.lecturing.open(Lecture("t", items))
    settle()
    assert opened.message.words.endswith(
        "has no attention layer, which attention needs: its architecture is shown instead."
    )
    opened.presenter.start()
    while opened.lecturing.tray.chosen.title == "heads":
        QTest.keyClick(opened, Qt.Key_Right)
    settle()
    assert not opened.message.words
    opened.presenter.stop()


def test_the_sentence_is_presented_whole(opened: Window) -> None:
    pane = opened.view_pane
    pane.set_sheet(
        replace(sheet_for("activations", "conv1"), summary="It says what is seen, and how it is meant. " * 8)
    )
    folded = pane.findChild(FoldedLabel)
    assert folded.text() != pane.summary
    opened.presenter.start()
    assert folded.text() == pane.summary
    opened.presenter.stop()
    assert folded.text() != pane.summary


def test_presenting_leaves_the_picture_and_gives_everything_back(qtbot: Any, opened: Window, settle: Settle) -> None:
    opened.lecturing.open(LECTURE)
    settle()
    shown = [widget for widget in around_picture(opened) if not widget.isHidden()]
    size = QApplication.font().pointSizeF()
    opened.presenter.toggle()
    assert opened.isFullScreen()
    assert all(widget.isHidden() for widget in shown)
    assert opened.caption.text() == "title 0"
    assert QApplication.font().pointSizeF() > 1.2 * size
    assert QApplication.overrideCursor() is not None
    pager = opened.view_pane.sheet_pane.sheets.pager
    while pager.turn(1):  # to the last page
        pass
    QTest.keyClick(opened, Qt.Key_Right)
    settle()
    assert opened.caption.text() == "title 1"
    assert opened.controller.shown[MAIN] == VIEWS[1]
    assert not opened.view_pane.controls.isVisible()  # also those of another view
    opened.controller.choose_view("filters")
    settle()
    assert not opened.caption.isVisible()  # it is the title of another picture
    opened.controller.choose_view("activations")
    settle()
    assert opened.caption.text() == "title 1"
    pager.set_pages(["1 to 2", "3"])
    with qtbot.waitSignal(pager.turned):
        QTest.keyClick(opened, Qt.Key_Right)  # another page comes before another picture
    assert opened.caption.text() == "title 1"
    QTest.keyClick(opened, Qt.Key_Plus)
    assert QApplication.font().pointSizeF() > 1.4 * size
    QTest.keyClick(opened, Qt.Key_C)
    assert opened.view_pane.controls.isVisible()
    QTest.keyClick(opened, Qt.Key_L)
    assert QApplication.overrideCursor() is None
    QTest.keyClick(opened, Qt.Key_Escape)
    assert not opened.isFullScreen()
    assert not any(widget.isHidden() for widget in shown)
    assert QApplication.font().pointSizeF() == size


def test_help_goes_before_the_picture_is_presented_and_escape_closes_it_first(qtbot: Any, opened: Window) -> None:
    qtbot.keyClick(opened, Qt.Key_H)
    qtbot.keyClick(opened.help, Qt.Key_F11)
    assert opened.presenter.is_on
    assert not opened.help.isVisible()
    opened.help.toggle()
    qtbot.keyClick(opened.help, Qt.Key_Escape)
    assert opened.presenter.is_on
    assert not opened.help.isVisible()
    qtbot.keyClick(opened, Qt.Key_Escape)
    assert not opened.presenter.is_on
