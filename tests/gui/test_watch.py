"""Watching a training in the window: what is told to the worker, and what stands there of what it says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QEvent, Qt
from qtpy.QtGui import QKeyEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QFileDialog

from dlviz.engine.client import Answer, Event, Failed
from dlviz.jobs import Job
from dlviz.sheet import Curves, Sheet, Tiles
from dlviz.watching.jobs import Change, Draw, Go, Keep, Look, Rewind, State, Watched, Watching, WatchTraining
from dlviz_gui.panes.stop_slider import StopSlider
from dlviz_gui.panes.watch_pane import WatchPane
from dlviz_gui.watch_controller import WatchController
from dlviz_gui.watch_dialog import WatchDialog

CURVES = Sheet("lenet5 learns digits", "Epoch 1 of 3.", (Curves(np.arange(3), {"training": np.ones(3)}),))
PART = Sheet(
    "maps", "What every layer answers.", (Tiles(np.zeros((1, 4, 4, 1)), "all", "conv1: 0 to 1", selects="layer"),)
)
VALUES = {"learning_rate": 0.002, "momentum": 0.9, "weight_decay": 0.0, "batch": 128}


class FakeWorker:
    """Keeps what it is told, and says what it is given to say."""

    def __init__(self) -> None:
        self.readable, self._writable = os.pipe()
        self.jobs: list[Job] = []
        self.told: list[Any] = []
        self.cancelled: list[int] = []
        self.events: list[Event] = []

    def submit(self, job: Job, deadline: float = 60.0) -> int:
        self.jobs.append(job)
        return len(self.jobs)

    def tell(self, number: int, value: Any) -> None:
        assert number == len(self.jobs)
        self.told.append(value)

    def cancel(self, number: int) -> None:
        self.cancelled.append(number)

    def poll(self) -> list[Event]:
        events, self.events = self.events, []
        return events

    def close(self) -> None:
        os.close(self.readable)
        os.close(self._writable)


class Bench:
    """A pane with a training before a fake worker."""

    def __init__(self, qtbot: Any) -> None:
        self._qtbot = qtbot
        self.worker = FakeWorker()
        self.controller = WatchController(lambda: self.worker)
        self.pane = WatchPane(self.controller)
        qtbot.addWidget(self.pane)
        self.controller.begin(WatchTraining("lenet5", "digits"))
        self.say(Watching("lenet5 learns digits", ("conv1", "conv2"), 1000), self.controller.watching)

    def say(self, value: Any, heard: Any) -> None:
        self.worker.events.append(Answer(len(self.worker.jobs), value))
        with self._qtbot.waitSignal(heard):
            pass

    def watched(self, state: State = "running", **how: Any) -> None:
        values = {"curves": CURVES, "part": PART, "done": 0.5, "epochs": 3, "values": VALUES} | how
        self.say(Watched(state, **values), self.controller.watched)

    def press(self, key: int) -> None:
        self.pane.key(QKeyEvent(QEvent.KeyPress, key, Qt.NoModifier))

    @property
    def told(self) -> list[Any]:
        told, self.worker.told = self.worker.told, []
        return told


@pytest.fixture
def bench(qtbot: Any) -> Iterator[Bench]:
    bench = Bench(qtbot)
    yield bench
    bench.controller.close()


def test_a_moment_is_shown(bench: Bench) -> None:
    bench.watched()
    pane = bench.pane
    assert pane.summary.text() == "Epoch 1 of 3."
    assert pane.curves.sheets.sheet == CURVES
    assert pane.part.sheets.sheet == PART
    assert pane.part_summary.text() == "What every layer answers."
    assert pane.bar.value() / pane.bar.maximum() == pytest.approx(0.5 / 3, abs=0.01)
    assert {name: dial.text for name, dial in pane.dials.items()} == {
        "learning_rate": "0.002", "momentum": "0.9", "weight_decay": "0", "batch": "128",
    }  # fmt: skip
    bench.watched(part=None)
    assert pane.part.sheets.sheet == PART
    bench.watched(message="Kept as net.keras.")
    assert pane.summary.text() == "Kept as net.keras."


def test_keys_and_buttons(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/tmp/net", ""))
    bench.watched("running")
    for key in (Qt.Key_Space, Qt.Key_Right, Qt.Key_Down, Qt.Key_Left, Qt.Key_K):
        bench.press(key)
    assert bench.told == [Go("now"), Go("batch"), Go("epoch"), Rewind(10.0), Keep("/tmp/net.keras")]
    bench.watched("paused")
    assert "Go on" in bench.pane.play.text()
    bench.pane.play.click()
    assert bench.told == [Go("end")]
    bench.watched("diverged")
    bench.press(Qt.Key_Space)
    assert bench.told == []
    assert bench.pane.rewind.isEnabled()


def test_what_is_looked_at_is_told(bench: Bench) -> None:
    bench.watched()
    pane = bench.pane
    pane.parts.setCurrentIndex(1)
    pane.layers.setCurrentIndex(2)
    pane.layers.activated.emit(2)
    pane.sample.setValue(7)
    pane.part.chosen.emit("layer", "conv1")
    assert bench.told == [Look("maps"), Look("maps", "conv2"), Look("maps", "conv2", 7), Look("maps", "conv1", 7)]


def test_a_hand_on_a_slider_turns_it(bench: Bench, qtbot: Any) -> None:
    bench.watched()
    dial = bench.pane.dials["batch"]
    with qtbot.waitSignal(dial.turned):
        dial.slider.setValue(3)
        bench.watched()  # what comes meanwhile does not take it back
        assert dial.slider.value() == 3
    assert bench.told == [Change({"batch": 8.0})]
    bench.watched(values=VALUES | {"momentum": None})
    assert not bench.pane.dials["momentum"].slider.isEnabled()


def test_stops_are_the_nearest(qtbot: Any) -> None:
    slider = StopSlider("rate", "", (0.0, 0.1, 1.0))
    qtbot.addWidget(slider)
    for value, at in ((0.0, 0), (0.04, 0), (0.06, 1), (0.5, 1), (0.9, 2), (7.0, 2)):
        slider.set_value(value)
        assert slider.slider.value() == at
    assert slider.text == "7"


def test_stopped_failed_and_begun_anew(bench: Bench, qtbot: Any) -> None:
    bench.watched()
    bench.pane.stop.click()
    assert bench.worker.cancelled == [1]
    assert "Stopped" in bench.pane.summary.text()
    assert not bench.controller.is_busy
    bench.controller.begin(WatchTraining("mlp", "digits"))
    bench.worker.events.append(Failed(2, "The data is refused (--set input_shape=8,8,1)."))
    with qtbot.waitSignal(bench.controller.ended):
        pass
    assert bench.pane.summary.text() == "The data is refused."
    assert not bench.pane.stop.isEnabled()


def test_dialog_makes_the_training(qtbot: Any) -> None:
    dialog = WatchDialog()
    qtbot.addWidget(dialog)
    chosen: list[WatchTraining] = []
    dialog.chosen.connect(chosen.append)
    dialog.networks.setCurrentText("tree_lstm")
    assert dialog.data.currentText() == "sentences"
    dialog.networks.setCurrentText("mlp")
    assert dialog.data.currentText() == "digits"
    dialog.of_training.set_values({"epochs": 4, "limit": 300})
    dialog.of_network.set_values({"hidden": (30,)})
    dialog.of_recipe.set_values({"optimizer": "sgd"})
    dialog.keep_epochs.setText(" run ")
    dialog.show()
    QTest.keyClick(dialog, Qt.Key_Return)
    settings = {"hidden": (30,), "optimizer": "sgd"}
    assert chosen == [WatchTraining("mlp", "digits", 4, 128, 300, 0, settings, keep_epochs="run")]


def test_kept_epochs_are_opened(bench: Bench, qtbot: Any) -> None:
    assert bench.pane.epochs.isHidden()
    bench.controller.begin(WatchTraining("lenet5", "digits", keep_epochs="run"))
    bench.watched(done=0.9)
    assert not bench.pane.epochs.isHidden()
    assert not bench.pane.epochs.isEnabled()
    bench.watched(done=1.2)
    with qtbot.waitSignal(bench.pane.epochs_asked) as asked:
        bench.pane.epochs.click()
    assert asked.args == ["run", "digits"]


def test_what_is_seen_is_exported_and_copied(bench: Bench) -> None:
    bench.watched()
    bench.pane.export("seen.pdf", 150, None)
    assert bench.told == [Draw("seen.pdf")]
    bench.pane.copy()
    assert QApplication.clipboard().pixmap().width() == bench.pane.splitter.width()
    bench.pane.copy_text(bench.pane.job.command)
    assert QApplication.clipboard().text().startswith("dlviz train lenet5 --data digits")


def test_from_the_menu(window: Any, qtbot: Any) -> None:
    window.watch_training()
    dialog = window.findChild(WatchDialog)
    dialog.chosen.disconnect()
    dialog.reject()
    assert window.pages.currentIndex() == 0
