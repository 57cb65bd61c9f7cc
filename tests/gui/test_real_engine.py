"""The window with the engine and the shipped network, as a user has them."""

from __future__ import annotations

import math
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow
from qtpy.QtCore import QObject, Qt, QThreadPool, QTimer

from benchmarks.stopwatch import Stopwatch
from dlviz.engine.client import Engine
from dlviz.jobs import Show
from dlviz.sheet import Image, Tiles
from dlviz_gui.__main__ import DEMO
from dlviz_gui.engine import EngineLink
from dlviz_gui.selection import MAIN, UNIT, offered, takes
from dlviz_gui.window import Window
from dlviz_models.zoo import zoo

GAP = 0.1
"""Seconds that the event loop may be held up."""
CLICK = 0.1
"""Seconds from a click on a layer to its mosaic, in the median."""
ROUNDS = 10
LONG = 60_000
"""Milliseconds after which something has gone wrong; no figure."""


class Gaps(QObject):
    """The times between two ticks of a 10 ms timer, without what other programs took."""

    def __init__(self) -> None:
        super().__init__()
        self.largest, self._watch = 0.0, Stopwatch()
        self._timer = QTimer(self, interval=10, timerType=Qt.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        self.largest, self._watch = max(self.largest, self._watch.seconds()), Stopwatch()


Open = Callable[[Any], Window]


@pytest.fixture
def open_window(qtbot: Any) -> Iterator[Open]:
    """Opens windows, closed at the end with their engines."""
    windows: list[Window] = []

    def make(recording: Any) -> Window:
        link = EngineLink()
        link.start(Engine(recording=recording))
        windows.append(Window(link))
        qtbot.addWidget(windows[-1])
        windows[-1].show()
        qtbot.waitExposed(windows[-1])
        return windows[-1]

    yield make
    for window in windows:
        window.close()
        assert not window._link.engine.process.is_alive()  # type: ignore[attr-defined]
    QThreadPool.globalInstance().waitForDone()


def quiet(qtbot: Any, window: Window) -> None:
    qtbot.waitUntil(lambda: not window.slots.busy, timeout=LONG)


def test_the_demonstration_is_there_before_tensorflow(qtbot: Any, open_window: Open) -> None:
    window = open_window(DEMO)
    watch = Stopwatch()
    window.controller.open_network("lenet5")
    for layer in ("conv1", "pool1", "conv2"):
        window.controller.choose_layer(layer)
        quiet(qtbot, window)
        assert layer in window.view_pane.sheet_pane.sheets.sheet.summary  # type: ignore[union-attr]
        assert not window.unit.sheet_pane.words
        assert not window.predictions.sheet_pane.words
    assert window.input.strip.pictures.has(0)
    assert not window._link.engine.is_ready  # type: ignore[attr-defined]
    assert window.work.words == "TensorFlow is loading…"
    assert watch.seconds() < 2


@pytest.mark.usefixtures("no_burden")
def test_clicks_a_kill_and_clicks_again(qtbot: Any, open_window: Open) -> None:
    window = open_window(None)
    window.controller.open_network("lenet5")
    quiet(qtbot, window)
    sheet = window.view_pane.sheet_pane.sheets.sheet
    assert sheet is not None
    picture, maps = sheet.panels
    assert isinstance(picture, Image)
    assert isinstance(maps, Tiles)
    assert maps.images.shape == (6, 28, 28, 1)
    assert maps.images.std(axis=(1, 2, 3)).min() > 0

    _clicks_are_quick(qtbot, window)

    engine = window._link.engine
    with qtbot.waitSignal(window._link.died, timeout=1000):
        os.kill(engine.process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
    assert window.message.words
    with qtbot.waitSignal(window._link.ready, timeout=LONG):
        window.controller.choose_layer("conv1")
    quiet(qtbot, window)
    assert "conv1" in window.view_pane.sheet_pane.sheets.sheet.summary  # type: ignore[union-attr]
    assert not window.view_pane.sheet_pane.words


def test_what_a_file_is_its_content_says(qtbot: Any, open_window: Open, tmp_path: Path) -> None:
    network, picture, folder = tmp_path / "network.png", tmp_path / "picture.keras", tmp_path / "data.h5"
    shutil.copy(zoo()["lenet5"].path, network)
    rng = np.random.default_rng(0)
    Pillow.fromarray(rng.integers(0, 256, (28, 28), np.uint8)).save(picture, "png")
    (folder / "a").mkdir(parents=True)
    shutil.copy(picture, folder / "a" / "1.png")
    graph, table, text = tmp_path / "graph.npz", tmp_path / "table.png", tmp_path / "text"
    graph.mkdir()
    (graph / "saved_model.pb").write_bytes(b"")
    table.write_text("one\ttwo\n")
    text.write_text("hello")

    window = open_window(None)
    controller = window.controller
    assert not window._link.engine.is_ready  # type: ignore[attr-defined]
    with qtbot.waitSignal(controller.network_opened, timeout=LONG):
        controller.open_path(str(network))
    quiet(qtbot, window)
    for path, field in ((picture, "input"), (folder, "data")):
        with qtbot.waitSignal(controller.selection_changed, timeout=LONG):
            controller.open_path(str(path))
        assert controller.selection
        assert getattr(controller.selection, field) == str(path)
        quiet(qtbot, window)
        assert not window.view_pane.sheet_pane.words
    before = controller.selection
    for path, says in (
        (graph, "SavedModel"),
        (table, "holds texts, and network takes pictures"),
        (text, "neither"),
        (tmp_path / "no", "does not exist"),
    ):
        with qtbot.waitSignal(controller.failed, timeout=LONG):
            controller.open_path(str(path))
        assert path.name in window.message.words
        assert says in window.message.words
    assert controller.selection is before


def _clicks_are_quick(qtbot: Any, window: Window) -> None:
    """Without the time in which the window or its engine waited for other programs; the best round counts."""
    assert window.controller.network is not None
    layers = [layer.name for layer in window.controller.network.layers if layer.is_map]
    body = window.view_pane.sheet_pane.sheets.mains[0].body
    answered = {"order": "simple", "check_params_cbs": [lambda place, _: place == MAIN, None], "timeout": LONG}
    gap = click = math.inf
    for _ in range(ROUNDS):
        if gap < GAP and click < CLICK:
            break
        gaps, took = Gaps(), []
        for layer in layers[::-1]:
            watch = Stopwatch(window._link.engine.process.pid)  # type: ignore[attr-defined]
            with qtbot.waitSignals([window.controller.sheet, body.shown], **answered):
                window.controller.choose_layer(layer)
            took.append(watch.seconds())
            quiet(qtbot, window)
        for unit in range(1, 4):
            window.controller.choose_unit(unit)
            quiet(qtbot, window)
        gap, click = min(gap, gaps.largest), min(click, float(np.median(took)))
    assert gap < GAP
    assert click < CLICK


def test_what_the_window_asks_first_is_recorded(open_window: Open) -> None:
    """Views, options or the shipped network have changed where this fails: run `python -m dlviz_gui.record`."""
    from dlviz.engine.recording import Recording
    from dlviz.jobs import Describe
    from dlviz_gui.record import MODEL, first_jobs

    recording = Recording(DEMO)
    answer = recording.answers(Describe(MODEL))
    assert answer
    asking = [view for view in offered() if "other" in takes(view)]  # for a second network
    missing = [job for job in first_jobs(answer[0]) if not recording.answers(job)]
    refused = [
        job for job in missing if isinstance(job, Show) and job.request.view in ("filters", "concepts", UNIT, *asking)
    ]
    assert missing == refused
