"""The slider of epochs: every pane follows it."""

from dataclasses import replace

from dlviz.jobs import Show
from dlviz_gui.panes.epoch_bar import EpochBar
from dlviz_gui.selection import MAIN, PREDICTIONS, UNIT
from tests.gui.conftest import NETWORK


def test_it_is_there_where_there_are_epochs(qtbot):
    bar = EpochBar()
    qtbot.addWidget(bar)
    bar.set_epochs(())
    assert bar.isHidden()
    bar.set_epochs((1, 2, 5))
    assert not bar.isHidden()
    assert bar.counter.text() == "epoch 5 of 5"
    with qtbot.waitSignal(bar.chosen) as told:
        bar.slider.setValue(1)
    assert (told.args, bar.counter.text()) == ([2], "epoch 2 of 5")
    with qtbot.assertNotEmitted(bar.chosen):
        bar.set_epoch(1)
    assert bar.counter.text() == "epoch 1 of 5"


def test_every_pane_follows(opened, engine, settle):
    opened.controller.network = replace(NETWORK, epochs=(1, 2, 3))
    opened.controller.network_opened.emit(opened.controller.network)
    opened.network.epochs.slider.setValue(0)
    asked = [job.request for job in settle() if isinstance(job, Show)]
    assert {request.view for request in asked} == {opened.controller.selection.view, PREDICTIONS, UNIT}
    assert {request.epoch for request in asked} == {1}
    assert opened.controller.shown[MAIN].epoch == 1
    opened.controller.step_history(-1)
    assert {job.request.epoch for job in settle() if isinstance(job, Show)} == {0}
    assert opened.network.epochs.counter.text() == "epoch 3 of 3"
