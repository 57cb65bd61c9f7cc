"""The worker as the window uses it: a training that is steered by messages, in a process of its own."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from pathlib import Path
from typing import TypeVar

import keras
import numpy as np
import pytest

from dlviz.engine.client import Answer, Done, Engine, Event, Failed
from dlviz.engine.training import training_work
from dlviz.jobs import Request, Show
from dlviz.sheet import Sheet
from dlviz.watching.jobs import Change, Draw, Go, Keep, Look, Rewind, Watched, Watching, WatchTraining
from dlviz_models.cards import Card, read_card
from dlviz_models.data import open_data
from dlviz_models.training.train import train

T = TypeVar("T")


class Worker:
    """An engine and what it has said, event by event."""

    def __init__(self) -> None:
        self.engine = Engine(load=training_work, name="The worker")
        self._said: deque[Event] = deque()

    def until(self, arrived: Callable[[Event], bool]) -> Event:
        """The first event from now on that has `arrived`."""
        end = time.monotonic() + 60
        while True:
            while self._said:
                event = self._said.popleft()
                assert not isinstance(event, Failed), event
                if arrived(event):
                    return event
            assert time.monotonic() < end
            wait([self.engine.readable], 0.05)
            self._said += self.engine.poll()

    def answer(self, kind: type[T], wanted: Callable[[T], bool] = lambda _: True) -> T:
        """The first answer of a kind from now on that is as wanted."""
        event = self.until(lambda e: isinstance(e, Answer) and isinstance(e.value, kind) and wanted(e.value))
        assert isinstance(event, Answer)
        value: T = event.value
        return value


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.engine.close()


def test_trained_by_messages(worker: Worker, tmp_path: Path) -> None:
    job = WatchTraining("mlp", "digits", epochs=2, batch=50, limit=800, settings={"hidden": "8"}, paused=True)
    number = worker.engine.submit(job, deadline=600)
    watching = worker.answer(Watching)
    assert (watching.title, watching.samples) == ("mlp learns digits", 1000)
    first = worker.answer(Watched)
    assert (first.state, first.done, first.part is not None) == ("paused", 0, True)
    worker.engine.tell(number, Go("batch"))
    assert worker.answer(Watched, lambda w: w.done > 0).done == pytest.approx(50 / 720)
    worker.engine.tell(number, Look("maps"))
    part = worker.answer(Watched, lambda w: w.part is not None and "maps" in w.part.title).part
    assert part is not None
    worker.engine.tell(number, Change({"batch": 100}))
    assert worker.answer(Watched, lambda w: w.values["batch"] == 100).state == "paused"
    worker.engine.tell(number, Change({"momentum": 7}))
    assert "the most is 1" in worker.answer(Watched, lambda w: bool(w.message)).message
    worker.engine.tell(number, Rewind(1e9))
    back = worker.answer(Watched, lambda w: w.done == 0)
    assert (back.values["batch"], back.state) == (50, "paused")
    worker.engine.tell(number, Go("epoch"))
    assert worker.answer(Watched, lambda w: w.state == "paused").done == 1
    worker.engine.tell(number, Go("end"))
    end = worker.answer(Watched, lambda w: w.state == "done")
    assert end.curves.summary.startswith("Done: the best epoch has accuracy")
    worker.engine.tell(number, Keep(str(tmp_path / "kept.keras")))
    assert "Kept as" in worker.answer(Watched, lambda w: bool(w.message)).message
    assert (read_card(tmp_path / "kept.keras") or Card()).command == job.command
    worker.engine.tell(number, Draw(str(tmp_path / "seen.png")))
    assert "Saved as" in worker.answer(Watched, lambda w: bool(w.message)).message
    assert (tmp_path / "seen.png").read_bytes().startswith(b"\x89PNG")
    train("mlp", open_data("digits"), tmp_path / "t.keras", epochs=2, batch=50, limit=800, options={"hidden": "8"})
    kept, trained = (keras.saving.load_model(tmp_path / f"{name}.keras").get_weights() for name in ("kept", "t"))
    assert all(np.array_equal(a, b) for a, b in zip(kept, trained, strict=True))
    worker.engine.cancel(number)
    worker.until(lambda e: e == Done(number))


def test_stopped_while_it_runs_and_free_for_the_next(worker: Worker) -> None:
    number = worker.engine.submit(WatchTraining("mlp", "digits", epochs=500), deadline=600)
    worker.answer(Watched, lambda w: w.state == "running" and w.done > 0)
    worker.engine.cancel(number)
    lesson = worker.engine.submit(Show(Request("convolution1d", "")))
    assert worker.answer(Sheet).title.startswith("1-D convolution")
    worker.until(lambda e: e == Done(lesson))
