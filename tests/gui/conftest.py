"""What the tests of the window share: an engine that answers what it is told, and a window before it."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPoint, QPointF, QSettings, Qt, QThreadPool
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication, QWidget

from dlviz.engine.client import Answer, Done, Event, Failed, Ready
from dlviz.jobs import Describe, Description, Input, Job, LayerInfo, Output, Render, Rendered, Show, Strip, Thumbnails
from dlviz.sheet import Bars, Image, Sheet, Tiles
from dlviz_gui import theme
from dlviz_gui.engine import EngineLink
from dlviz_gui.window import Window

LAYERS = (
    LayerInfo("pixels", "InputLayer", (28, 28, 1), 0, (), 1, False),
    LayerInfo("conv1", "Conv2D", (24, 24, 6), 156, ("pixels",), 6, True),
    LayerInfo("shape", "Reshape", (1, 2, 3, 4), 0, ("conv1",), 0, False),
    LayerInfo("answer", "Dense", (10,), 850, ("shape",), 10, True),
)
PICTURES = (Input("pixels", "picture", (28, 28, 1), "it has that shape"),)
CLASSES = (Output("out", "out", "classes", (10,), "its last activation is softmax", "softmax"),)
NETWORK = Description(
    "toy", LAYERS, tuple("0123456789"), "unit", None, "conv1", "digits", PICTURES, CLASSES, output="out"
)


class FakeEngine:
    """Keeps the jobs, and answers when `answer`, `fail` or `answer_all` is called."""

    def __init__(self) -> None:
        self.readable, self._other = os.pipe()
        self.jobs: dict[int, Job] = {}
        self.cancelled: list[int] = []
        self.events: list[Event] = [Ready()]
        self.closed = False

    def submit(self, job: Job, deadline: float = 60.0) -> int:
        number = len(self.jobs) + len(self.cancelled) + 1
        while number in self.jobs:
            number += 1
        self.jobs[number] = job
        return number

    def cancel(self, number: int) -> None:
        self.cancelled.append(number)
        self.events.append(Done(number))

    def poll(self) -> list[Event]:
        events, self.events = self.events, []
        return events

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            os.close(self.readable)
            os.close(self._other)

    @property
    def waiting(self) -> dict[int, Job]:
        return {n: job for n, job in self.jobs.items() if n not in self.cancelled}

    def answer(self, number: int, *values: Any) -> None:
        self.events += [*(Answer(number, value) for value in values), Done(number)]
        self.cancelled.append(number)

    def fail(self, number: int, sentence: str) -> None:
        self.events.append(Failed(number, sentence))
        self.cancelled.append(number)

    def answer_all(self) -> list[Job]:
        """Give every waiting job a fitting answer; the jobs."""
        waiting = self.waiting
        for number, job in waiting.items():
            self.answer(number, reply(job))
        return list(waiting.values())


def reply(job: Job) -> Any:
    """What a real engine might say."""
    match job:
        case Describe():
            return NETWORK
        case Strip(source, start, stop, size):
            stop = min(stop, 5000)
            return Thumbnails(source, start, 5000, np.zeros((stop - start, size, size, 3), np.uint8), ("7",) * 48)
        case Show(request):
            return sheet_for(request.view, request.layer)
        case Render():
            return Rendered(np.full((40, 60, 3), 255, np.uint8))
    raise AssertionError(job)


def sheet_for(view: str, layer: str) -> Sheet:
    rng = np.random.default_rng(0)
    if view == "predictions":
        return Sheet("t", "s", (Bars(tuple("0123456789"), rng.random(10), limit=1.0, right=7),))
    picture = Image(np.zeros((28, 28, 1), np.uint8), role="beside")
    maps = rng.normal(size=(6, 24, 24, 1)).astype(np.float32)
    names = tuple(f"{u}: 0 to 1" for u in range(6))
    return Sheet("t", f"{view} of {layer}", (picture, Tiles(maps, captions=names, keys=(*range(6),), selects="unit")))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Garbage is collected between tests: a window that a cycle alone still holds is not to go in the middle of an
    event of its own."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect(1)


@pytest.fixture(scope="session")
def qapp(qapp: QApplication) -> QApplication:
    """The application dressed as it is started, whichever tests ran before."""
    theme.apply(qapp, dark=False)
    return qapp


@pytest.fixture(autouse=True)
def _settings_of_its_own(tmp_path: Path) -> None:
    QSettings.setPath(QSettings.IniFormat, QSettings.UserScope, str(tmp_path))


@pytest.fixture
def move() -> Callable[[QWidget, QPoint], None]:
    """Move the mouse with its left button down; `QTest.mouseMove` moves the pointer of the whole screen."""

    def to(widget: QWidget, pos: QPoint) -> None:
        event = QMouseEvent(QEvent.MouseMove, QPointF(pos), Qt.NoButton, Qt.LeftButton, Qt.NoModifier)
        QApplication.sendEvent(widget, event)

    return to


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def window(qtbot: Any, engine: FakeEngine) -> Iterator[Window]:
    """A window on screen with nothing open."""
    link = EngineLink()
    link.start(engine)
    shown = Window(link)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    yield shown
    shown.close()
    QThreadPool.globalInstance().waitForDone()


@pytest.fixture
def opened(qtbot: Any, window: Window, engine: FakeEngine, settle: Callable[[], list[Job]]) -> Window:
    """A window with the toy network open and every place filled."""
    window.controller.open_network("toy")
    with qtbot.waitSignal(window.controller.network_opened):
        engine.answer_all()
    settle()
    return window


@pytest.fixture
def settle(qtbot: Any, window: Window, engine: FakeEngine) -> Callable[[], list[Job]]:
    """Answer until nothing more is asked; the jobs that were."""

    def until_quiet() -> list[Job]:
        asked: list[Job] = []
        while window.slots.busy:
            with qtbot.waitSignal(window.slots.busy_changed):
                asked += engine.answer_all()
        return asked

    return until_quiet
