"""The engine as the window uses it: a real process, killed and replaced."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import pytest

from dlviz.engine.client import Answer, Died, Done, Engine, Event, Failed, Ready
from dlviz.engine.pipe import Pipe
from dlviz.engine.recording import Recording, write_recording
from dlviz.jobs import Describe, Description, Request, Saved, Show, Strip, Thumbnails
from dlviz.sheet import Paragraph, Sheet, Tiles


def until(engine: Engine, arrived: Callable[[list[Event]], bool], seconds: float = 60) -> list[Event]:
    events: list[Event] = []
    end = time.monotonic() + seconds
    while not arrived(events):
        assert time.monotonic() < end, events
        wait([engine.readable], 0.05)
        events += engine.poll()
    return events


def ended(job: int) -> Callable[[list[Event]], bool]:
    return lambda events: any(isinstance(e, Done | Failed) and e.job == job for e in events)


def answers(events: list[Event], job: int) -> list[object]:
    return [e.value for e in events if isinstance(e, Answer) and e.job == job]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    until(engine, lambda events: Ready() in events)
    yield engine
    engine.close()


def leftovers(*engines: int | None) -> list[str]:
    """Shared memory of this process and of those of engines."""
    return [file.name for pid in (os.getpid(), *engines) for file in Path("/dev/shm").glob(f"dlviz-{pid}-*")]


@pytest.mark.parametrize("size", [3, 1_000_000])
def test_arrays_arrive_as_they_were_sent(size: int) -> None:
    a, b = multiprocessing.Pipe()
    here, there = Pipe(a), Pipe(b)
    sent = np.arange(size, dtype=np.float32).reshape(1, size)
    here.send("answer", 7, {"x": sent, "y": np.uint8([[1, 2]])})
    message = there.receive()
    assert (message.kind, message.job) == ("answer", 7)
    np.testing.assert_array_equal(message.value["x"], sent)
    np.testing.assert_array_equal(message.value["y"], [[1, 2]])
    if size > 3:
        assert here.receive().kind == "received"
    assert not leftovers()


def test_describes_shows_and_refuses(engine: Engine) -> None:
    described = engine.submit(Describe("lenet5"))
    shown = engine.submit(Show(Request("activations", "lenet5", layer="conv1", inputs=("digits:3",))))
    refused = engine.submit(Show(Request("activations", "lenet5", layer="conv9")))
    strip = engine.submit(Strip("digits", 0, 200))
    events = until(engine, ended(strip))
    (description,) = answers(events, described)
    assert isinstance(description, Description)
    assert "conv1" in [layer.name for layer in description.layers]
    (sheet,) = answers(events, shown)
    assert isinstance(sheet, Sheet)
    assert [len(p.images) for p in sheet.panels if isinstance(p, Tiles)] == [6]
    (failure,) = [e for e in events if isinstance(e, Failed)]
    assert failure.job == refused
    assert "conv9" in failure.sentence
    (thumbnails,) = answers(events, strip)
    assert isinstance(thumbnails, Thumbnails)
    assert thumbnails.images.shape == (200, 64, 64, 3)
    assert not leftovers(engine.process.pid)


def test_killed_engine_is_reported_and_replaced(engine: Engine) -> None:
    running = engine.submit(Strip("digits", 0, 1000, 400))
    killed = engine.process.pid
    assert killed
    os.kill(killed, signal.SIGKILL)
    before = time.monotonic()
    events = until(engine, lambda events: any(isinstance(e, Died) for e in events))
    assert time.monotonic() - before < 1
    if not any(isinstance(e, Failed | Done) and e.job == running for e in events):
        until(engine, ended(running))  # it had not begun, and waits for the next engine
    again = engine.submit(Describe("lenet5"))
    assert answers(until(engine, ended(again)), again)
    assert engine.process.pid != killed
    assert not leftovers(killed, engine.process.pid)


def test_cancelled_job_says_nothing_more(engine: Engine) -> None:
    jobs = [engine.submit(Show(Request("patches", "lenet5", data="digits", limit=1000))) for _ in range(5)]
    for job in jobs:
        engine.cancel(job)
    last = engine.submit(Describe("lenet5"))
    events = until(engine, ended(last))
    assert [e for e in events if isinstance(e, Done) and e.job in jobs] == [Done(job) for job in jobs]
    assert all(not answers(events, job) for job in jobs)


def test_job_past_its_deadline_is_stopped(engine: Engine) -> None:
    job = engine.submit(Show(Request("patches", "squeezenet", data="photos")), deadline=0.001)
    (failure,) = [e for e in until(engine, ended(job)) if isinstance(e, Failed)]
    assert "longer than" in failure.sentence


def test_recording_answers_while_tensorflow_loads(tmp_path: Path) -> None:
    job = Show(Request("activations", "lenet5", layer="conv1"))
    sheet = Sheet("kept", "A kept sheet.", (Paragraph("hello"),), {"x": np.eye(3)})
    write_recording(tmp_path / "demo.npz", [(job, (sheet,))])
    engine = Engine(tmp_path / "demo.npz", load=partial(time.sleep, 60))
    try:
        number = engine.submit(job)
        events = engine.poll()
        (kept,) = answers(events, number)
        assert isinstance(kept, Sheet)
        assert kept.title == "kept"
        np.testing.assert_array_equal(kept.arrays["x"], np.eye(3))
        assert events[-1] == Done(number)
        assert not engine.is_ready
    finally:
        engine.close()


@pytest.mark.parametrize("content", [b"", b"no recording", b"PK\5\6" + bytes(18)])
def test_a_recording_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "demo.npz").write_bytes(content)
    assert Recording(tmp_path / "demo.npz").answers(Describe("lenet5")) is None


def test_a_recording_from_before_a_job_got_a_field_still_answers(tmp_path: Path) -> None:
    write_recording(tmp_path / "demo.npz", [(Show(Request("filters", "lenet5")), (Saved("a.png"),))])
    with np.load(tmp_path / "demo.npz") as file:
        text = file["json"].tobytes()
    older = text.replace(rb"\"preprocess\": \"auto\", ", b"")
    assert older != text
    np.savez(tmp_path / "demo.npz", json=np.frombuffer(older, np.uint8))
    assert Recording(tmp_path / "demo.npz").answers(Show(Request("filters", "lenet5"))) == (Saved("a.png"),)


def test_a_recording_of_another_version_is_none(tmp_path: Path) -> None:
    write_recording(tmp_path / "demo.npz", [(Describe("lenet5"), (Saved("a.png"),))])
    with np.load(tmp_path / "demo.npz") as file:
        text = file["json"].tobytes().replace(b'"path"', b'"place"')
    np.savez(tmp_path / "demo.npz", json=np.frombuffer(text, np.uint8))
    assert Recording(tmp_path / "demo.npz").answers(Describe("lenet5")) is None
