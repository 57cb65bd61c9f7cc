"""Lessons that train nets, in the window: the worker computes them, and what is not wanted any more is given up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dlviz.engine.client import Answer, Done
from dlviz.jobs import Show
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz_gui.lesson_controller import LessonController
from tests.gui.lessons_here import LessonsHere


class Slow(LessonsHere):
    """Says what it is given to say."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = True
        self.cancelled: list[int] = []

    def cancel(self, number: int) -> None:
        self.cancelled.append(number)


@pytest.fixture
def slow(qtbot: Any) -> Iterator[tuple[LessonController, Slow]]:
    """A controller before a worker that takes its time."""
    slow = Slow()
    controller = LessonController(LessonsHere, start_worker=lambda: slow)
    controller.open("width_and_depth")
    qtbot.waitUntil(lambda: not controller.is_busy)
    controller.set_option("result", "trained here")
    yield controller, slow
    controller.close()


def test_what_takes_long_goes_to_the_worker(qtbot: Any, slow: tuple[LessonController, Slow]) -> None:
    controller, worker = slow
    assert [job.request.settings for job in worker.jobs if isinstance(job, Show)] == [{"result": "trained here"}]
    assert controller.doing
    for value, heard in ((Progress(1, 9), controller.progress), (Sheet("a part", "", ()), controller.sheet)):
        worker.events.append(Answer(1, value))
        with qtbot.waitSignal(heard):
            pass
    worker.events.append(Done(1))
    with qtbot.waitSignal(controller.rested):
        pass
    assert controller.doing == ""


def test_what_is_written_is_named_while_it_is_and_is_cancelled_with_the_rest(
    qtbot: Any, slow: tuple[LessonController, Slow], tmp_path: Path
) -> None:
    controller, worker = slow
    for write, words in (
        (lambda: controller.export(str(tmp_path / "film.html")), "Writing film.html"),
        (controller.copy, "Drawing width and depth"),
    ):
        write()
        number = len(worker.jobs)
        worker.events.append(Answer(number, Progress(1, 9)))
        with qtbot.waitSignal(controller.progress):
            pass
        assert controller.doing == words
        worker.events.append(Done(number))
        with qtbot.waitSignal(controller.rested):
            pass
        assert controller.doing == "Training for this lesson"
    controller.copy()
    controller.cancel_all()
    assert worker.cancelled == [len(worker.jobs), 1]
    assert controller.doing == "Drawing width and depth"  # until it has stopped


def test_what_takes_long_is_given_up_for_the_next_wish(slow: tuple[LessonController, Slow]) -> None:
    controller, worker = slow
    controller.set_option("width", 8)
    assert (worker.cancelled, len(worker.jobs)) == ([1], 2)
    controller.cancel()
    assert (worker.cancelled, controller.is_busy) == ([1, 2], False)
