"""The choice of a second network."""

from pathlib import Path

from qtpy.QtWidgets import QFileDialog

from dlviz_gui.memories import remember_files, window_settings
from dlviz_gui.panes.other_box import FILE, PROMPT, OtherBox
from dlviz_gui.selection import MAIN, PREDICTIONS, UNIT, Selection
from dlviz_models.kept_epochs import epoch_path


def test_a_shipped_network_or_a_file_is_chosen(qtbot, monkeypatch):
    box = OtherBox()
    qtbot.addWidget(box)
    box.set_kind("picture")
    box.set_model("")
    assert box.models.currentData() == ""
    with qtbot.waitSignal(box.chosen) as told:
        box.models.activated.emit(box.models.findData("dbn"))
    assert told.args == ["dbn"]
    assert box.models.currentData() == "dbn"
    offered = [box.models.itemText(n) for n in range(box.models.count())]
    assert offered == ["none", "lenet5", "squeezenet", "alexnet32", "autoencoder", "dbn", FILE]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/nets/mine.keras", ""))
    with qtbot.waitSignal(box.chosen) as told:
        box.models.activated.emit(box.models.findData(FILE))
    assert told.args == ["/nets/mine.keras"]
    assert box.models.currentText() == "mine.keras"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    with qtbot.assertNotEmitted(box.chosen):
        box.models.activated.emit(box.models.findData(FILE))
    assert box.models.currentData() == "/nets/mine.keras"
    with qtbot.waitSignal(box.chosen) as told:
        box.models.activated.emit(0)
    assert told.args == [""]
    assert box.models.currentText() == PROMPT


def test_networks_that_were_opened_before_are_offered(qtbot, tmp_path):
    paths = [str(tmp_path / name) for name in ("first.keras", "second.h5", "pictures.npz")]
    for path in paths:
        Path(path).touch()
        remember_files(window_settings(), Selection(path, "tones", "conv1"))
    box = OtherBox()
    qtbot.addWidget(box)
    box.set_kind("sound")
    box.set_model("", paths[0])
    assert [box.models.itemText(n) for n in range(box.models.count())] == [PROMPT, "second.h5", "tones", FILE]


def test_the_epochs_of_the_first_are_offered(qtbot, tmp_path):
    for epoch in (1, 12):
        epoch_path(tmp_path, epoch).touch()
    box = OtherBox()
    qtbot.addWidget(box)
    box.set_model("", str(tmp_path))
    assert [box.models.itemText(n) for n in (1, 2)] == [f"{tmp_path.name}, epoch {epoch}" for epoch in (1, 12)]
    with qtbot.waitSignal(box.chosen) as told:
        box.models.activated.emit(2)
    assert told.args == [str(epoch_path(tmp_path, 12))]
    assert box.models.currentText() == f"{tmp_path.name}, epoch 12"


def test_the_view_pane_alone_shows_it_beside_the_first():
    for view in ("transfer", "activations"):
        chosen = Selection("lenet5", "digits", "conv1", view=view, other="dbn")
        assert [chosen.request(pane).other for pane in (MAIN, UNIT, PREDICTIONS)] == ["dbn", "", ""]


def test_it_can_be_taken_away_in_every_view(opened, settle):
    assert opened.view_pane.other.isHidden()
    opened.controller.choose_other("dbn")
    settle()
    assert not opened.view_pane.other.isHidden()
    opened.view_pane.other.models.activated.emit(0)
    settle()
    assert opened.controller.shown[MAIN].other == ""
    assert opened.view_pane.other.isHidden()
