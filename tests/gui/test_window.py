"""The window before an engine that answers what the test tells it to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph
import pytest
from qtpy.QtCore import QMimeData, QPoint, QPointF, QRect, QSize, Qt, QThreadPool, QUrl
from qtpy.QtGui import QDropEvent
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QFileDialog,
    QGraphicsView,
    QLineEdit,
    QMenuBar,
    QScrollBar,
    QSpinBox,
    QTabBar,
    QWidget,
)

from dlviz import draw
from dlviz.cli.requests import read_command
from dlviz.engine.client import Answer, Died, Restarted
from dlviz.jobs import Describe, Export, Identified, Identify, Job, Request, Saved, Show
from dlviz.progress import Progress
from dlviz.sheet import Bars, Curves, Image, Matrix, Sheet, Text, Tiles
from dlviz.views import views
from dlviz_gui import exporting
from dlviz_gui.curves import CurvesWidget
from dlviz_gui.engine import EngineLink
from dlviz_gui.panels import SheetView
from dlviz_gui.scrolled import Scrolled
from dlviz_gui.selection import MAIN
from dlviz_gui.window import Window

Settle = Callable[[], list[Job]]


def views_asked(jobs: list[Job]) -> list[str]:
    return [job.request.view for job in jobs if isinstance(job, Show)]


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


@pytest.mark.parametrize("times", [1, 2])
def test_axes_have_the_numbers_that_are_drawn(qtbot: Any, times: int) -> None:
    widget = CurvesWidget()
    qtbot.addWidget(widget)
    for n in range(times):
        x = np.linspace(0, 10, 20)
        widget.set_panel(Curves(x, {f"{n}": 0.1 * np.sin(x)}, "milliseconds", "change", "sound"))
    plot = widget.findChild(pyqtgraph.PlotWidget)
    assert [plot.getAxis(side).autoSIPrefixScale for side in ("left", "bottom")] == [1.0, 1.0]


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


def test_chosen_units_are_shown_alone(qtbot: Any, opened: Window, engine: Any, settle: Settle) -> None:
    field = opened.view_pane.units
    assert field.isVisible()
    assert field.line.placeholderText() == "all 6"
    assert not field.show_these.isVisible()
    opened.view_pane.sheet_pane.picked.emit(4)
    opened.view_pane.sheet_pane.picked.emit(1)
    opened.view_pane.sheet_pane.picked.emit(2)
    opened.view_pane.sheet_pane.picked.emit(2)
    assert opened.view_pane.sheet_pane.sheets.main.body.item.picked == {1, 4}  # type: ignore[union-attr]
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


def test_curves_offer_no_menu_whose_dialog_outlives_them(qtbot: Any) -> None:
    widget = CurvesWidget()
    qtbot.addWidget(widget)
    assert not widget._plot.getPlotItem().getViewBox().menuEnabled()
    assert not widget._plot.getPlotItem().menuEnabled()


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


def test_export_asks_for_what_is_shown(qtbot: Any, opened: Window, engine: Any, tmp_path: Any) -> None:
    opened.controller.export(str(tmp_path / "maps.svg"))
    ((number, job),) = engine.waiting.items()
    assert isinstance(job, Export)
    assert job.request.view == "activations"
    with qtbot.waitSignal(opened.controller.saved):
        engine.answer(number, Saved(job.path))
    assert job.path in opened.message.words


def test_what_is_shown_is_exported_and_not_what_is_asked_for(
    qtbot: Any, opened: Window, engine: Any, settle: Settle
) -> None:
    shown = opened.controller.shown[MAIN]
    opened.controller.choose_view("patches")
    opened.controller.export("maps.png")
    assert [job.request for job in engine.waiting.values() if isinstance(job, Export)] == [shown]
    opened.controller.cancel()
    opened.ask_export()
    assert opened.message.words.startswith("Nothing is shown")


def test_every_medium_is_offered(monkeypatch: pytest.MonkeyPatch, opened: Window, engine: Any) -> None:
    assert set(exporting.filters().values()) == set(draw.MEDIA)
    asked = []

    def answer(parent: QWidget, words: str, name: str, filters: str) -> tuple[str, str]:
        asked.append(filters)
        return "/tmp/slides", next(f for f in filters.split(";;") if "pptx" in f)

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    opened.ask_export()
    assert all(f"*{ending})" in asked[0] for ending in draw.MEDIA)
    (job,) = engine.waiting.values()
    assert job.path == "/tmp/slides.pptx"
    assert exporting.with_ending("a.b", ".png") == "a.b.png"


def test_copying_and_help(qtbot: Any, opened: Window, settle: Settle) -> None:
    opened.copy_image()
    settle()
    image = QApplication.clipboard().image()
    assert (image.width(), image.height()) == (60, 40)
    assert image.pixelColor(3, 3).lightness() == 255
    qtbot.keyClick(opened, Qt.Key_H)
    assert opened.help.isVisible()
    qtbot.keyClick(opened.help, Qt.Key_Space)
    assert not opened.help.isVisible()


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
        if not (w.accessibleName() or w.property("text")) and not _inside(w, part_of_another)
    ]  # fmt: skip
    assert not nameless


def _inside(widget: Any, kinds: tuple[type, ...]) -> bool:
    parent = widget.parentWidget()
    return parent is not None and (isinstance(parent, kinds) or _inside(parent, kinds))


def test_the_window_can_be_as_small_as_promised(opened: Window) -> None:
    opened.resize(800, 500)
    assert (opened.width(), opened.height()) == (800, 500)
    assert not unreachable(opened)


@pytest.mark.parametrize("view", ["activations", "patches", "failures", "mistakes", "architecture"])
def test_everything_is_reached_in_the_smallest_window(qtbot: Any, opened: Window, settle: Settle, view: str) -> None:
    opened.resize(800, 500)
    opened.controller.choose_view(view)
    settle()
    tall = Text("\n".join(["some words of a hundred letters " * 3] * 40), "Words")
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
        is_item = not area and _inside(widget, (QAbstractScrollArea,))  # of a list that scrolls
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
    monkeypatch.setattr(Window, "_screen", lambda window: screen)
    link = EngineLink()
    link.start(engine)
    window = Window(link)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    assert screen.size().boundedTo(window.size()) == window.size()
    window.close()


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
    assert all(not job.request.settings for job in engine.waiting.values() if isinstance(job, Show))
    settle()


def test_what_goes_wrong_in_another_thread_is_told_by_the_main_one(qtbot: Any, window: Window) -> None:
    with qtbot.waitSignal(window.wrong):
        QThreadPool.globalInstance().start(lambda: window.wrong.emit("Something went wrong."))
    qtbot.waitUntil(lambda: window.message.words == "Something went wrong.")


def test_what_is_shown_is_copied_as_text_that_makes_it_again(opened: Window, settle: Settle) -> None:
    opened.view_pane.step_to("activations")
    settle()
    opened.copy_command()
    asked = opened.controller.shown[MAIN]
    assert read_command(QApplication.clipboard().text().rpartition(" --out ")[0]) == replace(asked, settings={})
    opened.copy_python()
    assert '    input="digits:0",\n' in QApplication.clipboard().text()


def test_a_picture_of_dlviz_opens_as_the_view_that_made_it(
    qtbot: Any, opened: Window, engine: Any, settle: Settle
) -> None:
    request = Request("activations", "toy", layer="answer", inputs=("digits:9",), preprocess="unit")
    opened.controller.open_path("a.png")
    (number,) = (n for n, job in engine.waiting.items() if isinstance(job, Identify))
    with qtbot.waitSignal(opened.controller.made):
        engine.answer(number, Identified("a.png", "picture", requests=(request,)))
    settle()
    assert opened.controller.shown[MAIN] == request
    lesson = Request("convolution2d", "", settings={"preset": "Sobel y"})
    opened.visit(lesson)
    assert opened.shows_lesson
    assert opened.lessons.request == lesson
    opened.visit(request)
    assert not opened.shows_lesson


def test_pictures_are_exported_in_the_chosen_size(monkeypatch: pytest.MonkeyPatch, opened: Window, engine: Any) -> None:
    opened.exporting.set_size("1920 × 1080 pixels")
    for name, size in (("a.png", (1920, 1080)), ("a.svg", None)):
        monkeypatch.setattr("dlviz_gui.exporting.ask_export_path", lambda *given, name=name: name)
        opened.ask_export()
        (job,) = (job for job in engine.waiting.values() if isinstance(job, Export) and job.path == name)
        assert job.size == size
