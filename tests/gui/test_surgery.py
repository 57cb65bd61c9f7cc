"""Changes to the network: every pane follows them, and one click takes them back."""

from dataclasses import replace

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QDialogButtonBox

from dlviz.jobs import Show
from dlviz.model.changes import read_change
from dlviz.sheet import Place
from dlviz_gui.memories import last_selection, remember_selection, window_settings
from dlviz_gui.selection import PREDICTIONS, UNIT
from dlviz_gui.surgery import ChangeDialog, ask_change
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
    qtbot.mouseClick(bar.restore, Qt.LeftButton)
    assert {job.request.changes for job in settle() if isinstance(job, Show)} == {()}
    assert bar.isHidden()


def test_the_last_change_is_undone_alone(qtbot, opened, settle):
    opened.controller.choose_changes(("off=conv1:3", "swap=conv1:0:1"))
    settle()
    qtbot.mouseClick(opened.network.changes.undo, Qt.LeftButton)
    assert opened.controller.selection.changes == ("off=conv1:3",)
    opened.controller.step_history(-1)
    assert opened.controller.selection.changes == ("off=conv1:3", "swap=conv1:0:1")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "unit 4 of conv1 off"),
        ({"kind": "scale", "factor": -2.0}, "unit 4 of conv1 times -2"),
        ({"kind": "swap", "other": 1}, "units 4 and 1 of conv1 swapped"),
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
