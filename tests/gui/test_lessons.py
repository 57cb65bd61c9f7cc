"""Lessons in the window: no network is needed, hands on the picture set options, the answer waits to be asked for."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt, QThreadPool
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication, QSpinBox, QWidget

from dlviz.jobs import Export
from dlviz.lessons import lessons
from dlviz.sheet import Sheet
from dlviz_gui.cells import CellsEditor
from dlviz_gui.engine import EngineLink
from dlviz_gui.lesson_controller import LessonController, lesson_engine
from dlviz_gui.panels.arrays import ArraysWidget
from dlviz_gui.panels.formula import FormulaWidget
from dlviz_gui.panels.painted_points import PaintedPoints
from dlviz_gui.panels.scatter import ScatterWidget
from dlviz_gui.panels.stems import StemsWidget
from dlviz_gui.panes.lesson_pane import LessonPane
from dlviz_gui.window import Window
from dlviz_models.options import Option
from tests.gui.lessons_here import LessonsHere


@pytest.fixture
def here() -> LessonsHere:
    return LessonsHere()


@pytest.fixture
def pane(qtbot: Any, here: LessonsHere) -> Iterator[LessonPane]:
    controller = LessonController(lambda: here)
    shown = LessonPane(controller)
    shown.resize(1300, 650)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    yield shown
    controller.close()
    QThreadPool.globalInstance().waitForDone()


@pytest.fixture
def after(qtbot: Any, pane: LessonPane) -> Callable[[Callable[[], object]], Sheet]:
    """Do something, and wait for the picture that follows from it."""

    def wait(do: Callable[[], object]) -> Sheet:
        with qtbot.waitSignal(pane.controller.sheet) as told:
            do()
        QApplication.processEvents()  # what has been laid out anew has its size
        sheet: Sheet = told.args[0]
        return sheet

    return wait


def hover(widget: QWidget, at: QPointF, button: Any = Qt.NoButton) -> None:
    QApplication.sendEvent(widget, QMouseEvent(QEvent.MouseMove, at, Qt.NoButton, button, Qt.NoModifier))


def body(pane: LessonPane, kind: type) -> Any:
    return next(frame.body for frame in pane.sheet_pane.sheets.frames if isinstance(frame.body, kind))


@pytest.mark.parametrize("name", lessons())
def test_a_lesson_is_shown_before_any_network(qtbot: Any, here: LessonsHere, engine: Any, name: str) -> None:
    link = EngineLink()
    link.start(engine)
    window = Window(link, lambda: here)
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.lessons.sheet):
        window.open_lesson(name)
    assert window.shows_lesson
    assert window.lesson.summary.text().endswith(".")
    assert window.lesson.choices.currentData() == name
    assert window.lesson.question.text().endswith("?")
    window.leave_lesson()
    assert not window.shows_lesson
    window.close()


def test_the_answer_waits_to_be_asked_for(qtbot: Any, pane: LessonPane, after: Any) -> None:
    after(lambda: pane.controller.open("backprop"))
    assert not pane.answer.isVisible()
    qtbot.mouseClick(pane.tell, Qt.LeftButton)
    assert pane.answer.isVisible()
    assert pane.answer.text()
    after(lambda: pane.controller.set_option("rate", 0.1))
    assert pane.answer.isVisible()
    after(lambda: pane.controller.open("optimizers"))
    assert not pane.answer.isVisible()


def test_the_pointer_over_the_map_is_followed_and_a_click_holds(qtbot: Any, pane: LessonPane, after: Any) -> None:
    after(lambda: pane.controller.open("convolution2d"))
    frame = pane.sheet_pane.sheets.frames[1]
    view = frame.body.viewport()
    at = QPointF(view.width() / 2, view.height() / 3)
    qtbot.waitUntil(lambda: frame.body.place_at(at) is not None)
    sheet = after(lambda: hover(view, at))
    assert sheet.values["at"] == frame.body.place_at(at)
    qtbot.mouseClick(view, Qt.LeftButton, pos=QPoint(view.width() // 3, view.height() // 2))
    held = pane.controller.values["at"]
    hover(view, at)
    assert pane.controller.values["at"] == held


def test_of_many_moves_the_latest_is_shown(pane: LessonPane, after: Any, here: LessonsHere, qtbot: Any) -> None:
    after(lambda: pane.controller.open("convolution2d"))
    here.waits = True
    asked = len(here.jobs)
    for row in range(10):
        pane.controller.set_option("at", (row, 3))
    assert len(here.jobs) == asked + 1
    here.answer()
    qtbot.waitUntil(lambda: len(here.jobs) == asked + 2)
    here.answer()
    qtbot.waitUntil(lambda: not pane.controller.is_busy)
    assert pane.controls.findChild(QWidget, "at").value() == (9, 3)
    assert len(here.jobs) == asked + 2


def test_a_cell_is_typed_and_a_preset_takes_it_back(qtbot: Any, pane: LessonPane, after: Any) -> None:
    after(lambda: pane.controller.open("convolution2d"))
    arrays = body(pane, ArraysWidget)
    kernel = next(box for box in arrays.boxes if box.box.sets == "kernel")
    place = QPoint(int(kernel.left + kernel.cell_width / 2) + 2, int(kernel.top + kernel.cell_height / 2) + 2)
    qtbot.mouseClick(arrays, Qt.LeftButton, pos=place)
    editor = arrays.editor
    assert editor.isVisible()
    editor.clear()
    qtbot.keyClicks(editor, "x")
    qtbot.keyClick(editor, Qt.Key_Return)
    assert not editor.isVisible()
    assert "kernel" not in pane.controller.values
    qtbot.mouseClick(arrays, Qt.LeftButton, pos=place)
    editor.clear()
    qtbot.keyClicks(editor, "2,5")
    sheet = after(lambda: qtbot.keyClick(editor, Qt.Key_Return))
    assert sheet.arrays == {}
    assert sheet.values["kernel"][0][0] == 2.5
    assert pane.controls.findChild(QWidget, "kernel").line.text().startswith("2.5 0 1;")
    sheet = after(lambda: pane.controls.findChild(QWidget, "preset").setCurrentText("Sobel y"))
    assert sheet.values["kernel"] == ((-1, -2, -1), (0, 0, 0), (1, 2, 1))
    assert pane.controller.values == {"preset": "Sobel y"}


def test_a_formula_of_few_lines_has_not_the_room_of_many(pane: LessonPane, after: Any) -> None:
    after(lambda: pane.controller.open("optimizers"))
    few = body(pane, FormulaWidget).minimumSizeHint()
    after(lambda: pane.controller.open("filter_banks"))
    assert body(pane, FormulaWidget).minimumSizeHint().height() > 2 * few.height()
    after(lambda: pane.controller.open("optimizers"))
    assert body(pane, FormulaWidget).minimumSizeHint() == few


def test_the_start_is_dragged(pane: LessonPane, after: Any, qtbot: Any) -> None:
    after(lambda: pane.controller.open("optimizers"))
    plane = body(pane, ScatterWidget)
    at = next(QPointF(p) for p in plane.position_of(np.array([[1.0, -1.0]])))
    hover(plane, at)
    assert "start" not in pane.controller.values
    sheet = after(lambda: hover(plane, at, Qt.LeftButton))
    np.testing.assert_allclose(sheet.values["start"], (1, -1), atol=0.02)


def test_examples_are_painted_and_removed(pane: LessonPane, after: Any, qtbot: Any) -> None:
    after(lambda: pane.controller.open("xor_learned"))
    plane = body(pane, ScatterWidget)
    first, second, far = (p.toPoint() for p in plane.position_of(np.array([[0.0, 0.5], [0.5, 0.5], [0.02, 0.5]])))
    sheet = after(lambda: qtbot.mouseClick(plane, Qt.LeftButton, pos=first))
    assert len(sheet.values["examples"]) == 5
    assert sheet.values["examples"][-1] == pytest.approx((0, 0.5, 1), abs=0.02)
    hover(plane, QPointF(far), Qt.LeftButton)  # a stroke leaves points some way apart
    sheet = after(lambda: hover(plane, QPointF(second), Qt.LeftButton))
    assert len(sheet.values["examples"]) == 6
    after(lambda: pane.controls.findChild(QWidget, "click").setCurrentText("adds class 0"))
    sheet = after(lambda: qtbot.mouseClick(plane, Qt.LeftButton, pos=(first + second) / 2))
    assert [row[2] for row in sheet.values["examples"]] == [0, 0, 0, 1, 1, 1, 1]
    sheet = after(lambda: qtbot.mouseClick(plane, Qt.RightButton, pos=second))
    assert len(sheet.values["examples"]) == 6
    sheet = after(lambda: pane.controls.findChild(QWidget, "data").setCurrentText("none yet"))
    assert sheet.values["examples"] == ()


def test_points_of_a_stroke_outlast_pictures_that_were_made_before_them() -> None:
    points = PaintedPoints()
    before = {"a": np.array([[0.0, 1]]), "b": np.zeros((0, 2))}
    points.show(before)
    points.add(1, (2.0, 3.0))
    points.add(1, (4.0, 5.0))
    points.show(before | {"b": np.array([[2.0, 3]])})
    assert points.rows() == ((0, 1, 0), (2, 3, 1), (4, 5, 1))
    points.show(before | {"b": np.array([[2.0, 3], [4, 5]])})
    points.show(before)
    assert points.rows() == ((0, 1, 0),)


def test_a_stem_is_dragged_and_its_scale_stays_until_it_is_let_go(pane: LessonPane, after: Any, qtbot: Any) -> None:
    after(lambda: pane.controller.open("convolution1d"))
    stems = body(pane, StemsWidget)
    tip, far = stems.tip_of(4).toPoint(), QPoint(0, stems.height() // 6)
    after(lambda: qtbot.mousePress(stems, Qt.LeftButton, pos=tip))
    assert pane.controller.values["g"][4] == pytest.approx(2, abs=0.1)
    sheet = after(lambda: hover(stems, QPointF(tip - far), Qt.LeftButton))
    raised = sheet.values["g"][4]
    assert raised > 2.1
    assert stems.tip_of(4).y() == pytest.approx((tip - far).y(), abs=1.5)
    assert sheet.values["g"][:4] == (0, 0, 0, 0)
    qtbot.mouseRelease(stems, Qt.LeftButton, pos=tip - far)
    sheet = after(lambda: pane.controls.findChild(QWidget, "preset").setCurrentText("smoothing"))
    assert "g" not in pane.controller.values
    assert sheet.values["g"][4] == 1


def test_the_pointer_over_an_output_goes_to_its_step(pane: LessonPane, after: Any) -> None:
    after(lambda: pane.controller.open("edges1d"))
    output = [frame.body for frame in pane.sheet_pane.sheets.frames if isinstance(frame.body, StemsWidget)][-1]
    sheet = after(lambda: hover(output, output.tip_of(7)))
    assert sheet.values["step"] == 8
    assert pane.play.slider.value() == 8
    after(lambda: hover(output, QPointF(output.tip_of(4))))
    assert output.panel.marked == (4, 5)


def test_explanation_and_answer_wait_to_be_asked_for(pane: LessonPane, after: Any) -> None:
    sheet = after(lambda: pane.controller.open("pooling"))
    assert not pane.explanation.isVisible()
    pane.explain.click()
    assert pane.explanation.isVisible()
    assert pane.explanation.text() == sheet.explanation
    after(lambda: pane.controller.open("edges1d"))
    assert not pane.explanation.isVisible()


def test_steps_are_played_to_the_end_and_gone_back(qtbot: Any, pane: LessonPane, after: Any) -> None:
    after(lambda: pane.controller.open("backprop"))
    last = pane.play.slider.maximum()
    assert pane.play.slider.value() == last > 20
    pane.play.speed.setCurrentText("fastest")
    qtbot.mouseClick(pane.play.play, Qt.LeftButton)
    assert pane.play.slider.value() == 0
    qtbot.waitUntil(lambda: not pane.play.is_playing)
    assert pane.play.slider.value() == last
    sheet = after(lambda: qtbot.mouseClick(pane.play.back, Qt.LeftButton))
    assert sheet.values["step"] == last - 1
    sheet = after(lambda: pane.controls.findChild(QWidget, "updates").setValue(1))
    assert sheet.values["step"] == last - 1


def test_what_is_refused_is_said_and_the_picture_stays(qtbot: Any, pane: LessonPane, after: Any) -> None:
    after(lambda: pane.controller.open("attention_by_hand"))
    with qtbot.waitSignal(pane.controller.failed):
        pane.controller.set_option("words", "one")
    assert "give 2 to 6" in pane.summary.text()
    assert pane.sheet_pane.words == ""
    sheet = after(lambda: pane.controller.set_option("words", "two words"))
    assert pane.summary.text() == sheet.summary


def test_options_are_kept_for_each_lesson(pane: LessonPane, after: Any) -> None:
    after(lambda: pane.controller.open("backprop"))
    after(lambda: pane.controller.set_option("rate", 0.3))
    after(lambda: pane.controller.open("convolution2d"))
    assert pane.controller.values == {}
    pane.controller.set_option("rate", 0.2)
    assert pane.controller.values == {}
    after(lambda: pane.controller.open("backprop"))
    assert pane.controller.values == {"rate": 0.3}
    assert pane.controls.values() == {"rate": 0.3}


def test_a_lesson_is_exported(qtbot: Any, pane: LessonPane, after: Any, here: LessonsHere, tmp_path: Any) -> None:
    after(lambda: pane.controller.open("convolution2d"))
    after(lambda: pane.controller.set_option("preset", "emboss"))
    with qtbot.waitSignal(pane.controller.saved) as told:
        pane.controller.export(str(tmp_path / "a.npz"))
    assert told.args == [str(tmp_path / "a.npz")]
    assert isinstance(here.jobs[-1], Export)
    assert np.load(tmp_path / "a.npz")["kernel"][0, 0] == -2


@pytest.mark.parametrize(
    ("kind", "default", "text", "value"),
    [("matrix", ((1.0,),), "1 2; 3 4", ((1, 2), (3, 4))), ("signal", (1.0,), "1 2 3", (1, 2, 3)),
     ("position", (0.0, 0.0), "3,4", (3, 4))],
)  # fmt: skip
def test_numbers_are_typed_as_a_line(qtbot: Any, kind: Any, default: Any, text: str, value: Any) -> None:
    editor = CellsEditor(Option("x", kind, default, "numbers"))
    qtbot.addWidget(editor)
    editor.set_value(default)
    editor.show()
    editor.line.clear()
    qtbot.keyClicks(editor.line, text)
    with qtbot.waitSignal(editor.changed):
        qtbot.keyClick(editor.line, Qt.Key_Return)
    assert editor.value() == value
    editor.line.clear()
    qtbot.keyClicks(editor.line, "1 x")
    qtbot.keyClick(editor.line, Qt.Key_Return)
    assert editor.value() == value
    assert "Option x=1 x is not" in editor.line.toolTip()


def test_numbers_are_typed_into_cells_whose_number_changes(qtbot: Any) -> None:
    editor = CellsEditor(Option("x", "matrix", ((1.0, 2.0),), "numbers", high=9))
    qtbot.addWidget(editor)
    editor.cells.set_rows(((1, 2),))
    with qtbot.waitSignal(editor.changed):
        editor.cells.table.item(0, 1).setText("5")
    assert editor.value() == ((1, 5),)
    with qtbot.waitSignal(editor.changed):
        next(box for box in editor.findChildren(QSpinBox) if box.accessibleName() == "rows").setValue(2)
    assert editor.value() == ((1, 5), (0, 0))
    editor.cells.table.item(1, 0).setText("99")
    assert editor.value() == ((1, 5), (0, 0))


def test_the_real_engine_of_lessons_loads_no_framework(qtbot: Any) -> None:
    controller = LessonController(lesson_engine)
    try:
        with qtbot.waitSignal(controller.sheet, timeout=30_000):
            controller.open("backprop")
        with qtbot.waitSignal(controller.sheet):
            controller.set_option("step", 3)
        (engine,) = [p for p in multiprocessing.active_children() if p.name == "dlviz engine"]
        maps = Path(f"/proc/{engine.pid}/maps")
        assert not maps.exists() or "tensorflow" not in maps.read_text()
    finally:
        controller.close()
