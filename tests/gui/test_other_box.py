"""The choice of a second network."""

from qtpy.QtWidgets import QFileDialog

from dlviz_gui.panes.other_box import FILE, OtherBox
from dlviz_gui.selection import MAIN, Selection
from dlviz_models.zoo import NAMES


def test_a_shipped_network_or_a_file_is_chosen(qtbot, monkeypatch):
    box = OtherBox()
    qtbot.addWidget(box)
    assert box.models.currentData() == ""
    with qtbot.waitSignal(box.chosen) as told:
        box.models.activated.emit(box.models.findData("dbn"))
    assert told.args == ["dbn"]
    assert box.models.currentData() == "dbn"
    assert box.models.count() == len(NAMES) + 1  # nothing more to be prompted for
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/nets/mine.keras", ""))
    with qtbot.waitSignal(box.chosen) as told:
        box.models.activated.emit(box.models.findData(FILE))
    assert told.args == ["/nets/mine.keras"]
    assert box.models.currentText() == "mine.keras"
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    with qtbot.assertNotEmitted(box.chosen):
        box.models.activated.emit(box.models.findData(FILE))
    assert box.models.currentData() == "/nets/mine.keras"


def test_only_views_that_compare_are_given_it():
    chosen = Selection("lenet5", "digits", "conv1", view="transfer", other="dbn")
    assert chosen.request(MAIN).other == "dbn"
    assert Selection("lenet5", "digits", "conv1", other="dbn").request(MAIN).other == ""
