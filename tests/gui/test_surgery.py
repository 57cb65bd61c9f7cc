"""Changes to the network: every pane follows them, and one click takes them back."""

from dataclasses import replace

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtWidgets import QApplication, QDialogButtonBox

from dlviz.jobs import Show
from dlviz.model.changes import read_change
from dlviz.sheet import Bars, Matrix, Place, Sheet, ShownWeight, Tiles
from dlviz_gui.memories import last_selection, remember_selection, window_settings
from dlviz_gui.selection import PREDICTIONS, UNIT
from dlviz_gui.surgery import ChangeDialog, ask_change
from dlviz_gui.weight_editor import WeightEditor
from dlviz_models.cards import Card
from tests.gui.conftest import LAYERS, NETWORK


def test_every_pane_follows_a_unit_that_is_switched_off(qtbot, opened, settle):
    opened.controller.choose_unit(3)
    settle()
    qtbot.keyClick(opened, Qt.Key_X)
    asked = [job.request for job in settle() if isinstance(job, Show)]
    assert {request.view for request in asked} == {opened.controller.selection.view, PREDICTIONS, UNIT}
    assert {request.changes for request in asked} == {("off=conv1:3",)}
    bar = opened.network.changes
    assert bar.words.text() == "with unit 3 of conv1 off"
    says = opened.view_pane.sheet_pane.sheets.sheet.summary
    assert opened.view_pane.summary == f"With unit 3 of conv1 off: {says}"
    qtbot.mouseClick(bar.restore, Qt.LeftButton)
    assert {job.request.changes for job in settle() if isinstance(job, Show)} == {()}
    assert bar.isHidden()
    assert opened.view_pane.summary == says


def test_the_last_change_is_undone_alone(qtbot, opened, settle):
    opened.controller.choose_changes(("off=conv1:3", "swap=conv1:0:1"))
    settle()
    qtbot.mouseClick(opened.network.changes.undo, Qt.LeftButton)
    assert opened.controller.selection.changes == ("off=conv1:3",)
    opened.controller.step_history(-1)
    assert opened.controller.selection.changes == ("off=conv1:3", "swap=conv1:0:1")


def test_the_last_change_is_undone_by_a_key_until_there_is_none(qtbot, opened, settle):
    opened.controller.choose_changes(("off=conv1:3", "swap=conv1:0:1"))
    for left in (("off=conv1:3",), ()):
        settle()
        qtbot.keyClick(opened, Qt.Key_Z, Qt.ControlModifier)
        assert opened.controller.selection.changes == left
    qtbot.keyClick(opened, Qt.Key_Z, Qt.ControlModifier)
    assert opened.message.words == "There is no change of the network to take back."


def test_what_was_right_is_said_of_the_network_before_its_changes(opened, settle):
    def figures():
        return opened.network.figures.text()

    opened.network.set_network(replace(NETWORK, card=Card("toy", "digits", 0.991, "held-out digits", "unit")))
    assert figures().endswith("99.1% right")
    opened.controller.choose_changes(("off=conv1:3",))
    assert figures().endswith("99.1% right before the changes")
    opened.controller.choose_changes(())
    assert figures().endswith("99.1% right")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "unit 4 of conv1 off"),
        ({"kind": "scale", "factor": -2.0}, "unit 4 of conv1 times -2"),
        ({"kind": "swap", "other": 1}, "units 4 and 1 of conv1 swapped"),
        ({"kind": "swap"}, "units 4 and 5 of conv1 swapped"),
        ({"kind": "weight", "weight": "bias", "index": (2,), "value": 0.25}, "bias[2] of conv1 set to 0.25"),
    ],
)
def test_the_dialog_writes_what_can_be_read(qtbot, values, says):
    dialog = ChangeDialog(replace(LAYERS[1], weights=("kernel", "bias")), 4)
    qtbot.addWidget(dialog)
    dialog.controls.set_values(values)
    with qtbot.waitSignal(dialog.chosen) as told:
        dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.Ok).click()
    assert str(read_change(told.args[0])) == says


def test_a_layer_without_units_is_not_changed(opened, settle):
    opened.controller.choose_layer("shape")
    settle()
    ask_change(opened)
    assert opened.message.words.startswith("shape has neither units nor weights to change")


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        ("pixels", "pixels has no units to change: choose a layer that computes something."),
        ("answer", "answer gives the answer itself: choose a layer before it."),
    ],
)
def test_what_cannot_be_switched_off_is_said_at_once(qtbot, opened, settle, layer, says):
    opened.controller.network = replace(NETWORK, outputs=(replace(NETWORK.outputs[0], layer="answer"),))
    opened.controller.choose_layer(layer)
    settle()
    qtbot.keyClick(opened, Qt.Key_X)
    assert opened.message.words == says
    assert not [job for job in settle() if isinstance(job, Show)]


def test_changes_are_remembered(opened):
    opened.controller.choose_changes(("off=conv1:3",))
    remember_selection(window_settings(), opened.controller.selection)
    assert last_selection(window_settings()).changes == ("off=conv1:3",)


def test_a_unit_of_another_layer_is_chosen_where_it_stands_in_a_picture(opened, settle):
    opened.view_pane.chosen.emit("place", Place((0, 0, 1, 1), "answer", 7))
    settle()
    selected = opened.controller.selection
    assert (selected.layer, selected.unit) == ("answer", 7)


def shown_weight(*shape):
    """A weight of shape (height, width, inputs, units) as tiles (units, height, width, inputs)."""
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    places = np.arange(values.size, dtype=np.int32).reshape(shape)
    return ShownWeight("conv1", "kernel", shape, np.moveaxis(values, -1, 0), np.moveaxis(places, -1, 0))


def pixel(mosaic, tile, row, column):
    """Where in the viewport a pixel of a tile is."""
    top, left = mosaic.item.grid.corner(tile)
    finer = mosaic.item.grid.finer
    return mosaic.mapFromScene(QPointF(left + (column + 0.5) * finer, top + (row + 0.5) * finer))


def click(qtbot, widget, pos):
    qtbot.mouseClick(widget, Qt.LeftButton, pos=pos)
    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, WeightEditor) and w.isVisible()), None)


def test_a_weight_of_the_chosen_unit_is_typed_where_it_was_clicked(qtbot, opened, settle):
    weight = shown_weight(3, 3, 1, 6)
    tiles = Tiles(weight.values, "signed", keys=(*range(6),), selects="unit", weight=weight)
    opened.view_pane.set_sheet(Sheet("t", "s", (tiles,)))
    mosaic = opened.view_pane.sheet_pane.sheets.frames[0].body
    if mosaic.item.panel is not tiles:
        qtbot.waitSignal(mosaic.shown).wait()
    assert click(qtbot, mosaic.viewport(), pixel(mosaic, 4, 1, 2)) is None
    assert opened.controller.selection.unit == 4
    assert "kernel[1, 2, 0, 4] of conv1" in mosaic.words_at(4, 1, 2)
    editor = click(qtbot, mosaic.viewport(), pixel(mosaic, 4, 1, 2))
    qtbot.keyClicks(editor.lines[0], "a lot\r")
    assert editor.isVisible()
    assert editor.words.text() == "“a lot” is not a finite number: type one such as -0.5."
    editor.lines[0].selectAll()
    qtbot.keyClicks(editor.lines[0], "-0,5\r")
    assert opened.controller.selection.changes == ("weight=conv1:kernel:1,2,0,4:-0.5",)
    assert opened.network.changes.words.text() == "with kernel[1, 2, 0, 4] of conv1 set to -0.5"


@pytest.mark.parametrize("kind", [Matrix, Bars])
def test_a_cell_or_bar_is_typed_and_typed_again(qtbot, opened, settle, kind):
    values = np.array([[1, -2, 3]], np.float32)
    weight = ShownWeight("answer", "bias", (3,), values, np.arange(3, dtype=np.int32)[None])
    panel = (
        Matrix(values, ("0",), tuple("abc"), weight=weight)
        if kind is Matrix
        else Bars(tuple("abc"), values[0], weight=weight.cut(0))
    )
    changes = opened.controller.selection.changes
    for number in (7, 8.5):
        opened.view_pane.set_sheet(Sheet("t", "s", (panel,)))
        body = opened.view_pane.sheet_pane.sheets.frames[0].body
        spots = (QPoint(x, y) for y in range(4, body.height(), 6) for x in range(4, body.width(), 6))
        at = body.cell_at if kind is Matrix else body.bar_at
        editor = click(qtbot, body, next(pos for pos in spots if at(pos) in ((0, 2), 2)))
        qtbot.keyClicks(editor.lines[0], f"{number}\r")
        settle()
        changes = opened.controller.selection.changes
        assert changes == (f"weight=answer:bias:2:{float(number)}",)
    assert read_change(changes[0]).index == (2,)


def test_the_channels_of_a_pixel_are_typed_together_and_those_left_alone_stay(qtbot, opened):
    weight = shown_weight(3, 3, 3, 2)
    editor = WeightEditor(weight.at(1, 0, 2))
    qtbot.addWidget(editor)
    assert [str(each) for each in weight.at(1, 0, 2)] == [f"kernel[0, 2, {c}, 1] of conv1" for c in range(3)]
    editor.lines[1].selectAll()
    with qtbot.waitSignal(editor.changed) as told:
        qtbot.keyClicks(editor.lines[1], "2\r")
    assert told.args == [("weight=conv1:kernel:0,2,1,1:2.0",)]


def test_what_cannot_be_set_is_only_told(qtbot, opened):
    weight = replace(shown_weight(3, 3, 1, 6), can_be_set=False)
    tiles = Tiles(weight.values, "signed", keys=(*range(6),), selects="unit", weight=weight)
    opened.view_pane.set_sheet(Sheet("t", "s", (tiles,)))
    mosaic = opened.view_pane.sheet_pane.sheets.frames[0].body
    assert click(qtbot, mosaic.viewport(), mosaic.viewport().rect().center()) is None
    assert weight.words_at(0, 0, 0).count("\n") == 0
