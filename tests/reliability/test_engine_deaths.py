"""The engine killed, wedged, out of memory or sent away: said at once, replaced, and nothing of it is left."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import pytest

from benchmarks.stopwatch import Stopwatch
from dlviz.engine import client
from dlviz.engine.client import Answer, Died, Done, Engine, Event, Failed, Ready, Restarted, Silent
from dlviz.engine.pipe import sweep_dead
from dlviz.jobs import Describe, Export, Request
from dlviz.sheet import Sheet
from tests.reliability.stand_in import MARK, load

SAID, ACCEPTED, AGAIN = 1.0, 1.0, 15.0
"""Seconds until a death is said, the next job accepted, and jobs are done again."""
CANCELLED, CLOSED = 1.0, 3.0
SHARED = Path("/dev/shm")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, of this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def engine(temporary: Path) -> Iterator[Engine]:
    engine = Engine(load=load)
    others = multiprocessing.active_children()
    pids = [os.getpid()]
    start = engine._start

    def noting() -> None:
        start()
        pids.append(engine.process.pid or 0)

    pids.append(engine.process.pid or 0)
    engine._start = noting  # type: ignore[method-assign]
    yield engine
    watch = Stopwatch()
    engine.close()
    assert watch.seconds() < CLOSED
    assert set(multiprocessing.active_children()) <= set(others)
    assert not list(temporary.iterdir())
    assert not [f for pid in pids for f in SHARED.glob(f"dlviz-{pid}-*")]


def until(engine: Engine, arrived: Callable[[list[Event]], bool], seconds: float = AGAIN) -> list[Event]:
    """What is said until something has `arrived`, which has to be within so many seconds of this process's own time."""
    events: list[Event] = []
    watch = Stopwatch()
    while not arrived(events):
        assert watch.seconds() < seconds, events
        wait([engine.readable] if engine.readable >= 0 else [], 0.05)
        events += engine.poll()
    return events


def has(kind: type) -> Callable[[list[Event]], bool]:
    return lambda events: any(isinstance(e, kind) for e in events)


def ended(job: int) -> Callable[[list[Event]], bool]:
    return lambda events: any(isinstance(e, Done | Failed) and e.job == job for e in events)


def answered(job: int) -> Callable[[list[Event]], bool]:
    return lambda events: any(isinstance(e, Answer) and e.job == job for e in events)


def begin(engine: Engine, name: str) -> int:
    """Ask for a job that answers before it goes wrong, and wait for that."""
    job = engine.submit(Describe(name))
    until(engine, answered(job))
    return job


def test_twenty_kills_during_jobs(engine: Engine) -> None:
    moments = random.Random(0)
    for kill in range(20):
        job = engine.submit(Describe("many"))
        events = until(engine, answered(job))
        time.sleep(moments.uniform(0, 0.03))
        assert engine.process.pid
        os.kill(engine.process.pid, signal.SIGKILL)
        watch = Stopwatch()
        next_job = engine.submit(Describe("answer"))
        assert watch.seconds() < ACCEPTED
        events += until(engine, has(Died), SAID)
        if not ended(job)(events):
            pytest.fail(f"kill {kill}: nothing was said of the job that ran")
        events += until(engine, ended(next_job))
        assert Done(next_job) in events
        assert answered(next_job)(events)


def test_waiting_jobs_outlive_the_engine(engine: Engine) -> None:
    running = begin(engine, "deaf")
    waiting = [engine.submit(Describe("answer")) for _ in range(3)]
    engine.cancel(waiting[1])
    assert engine.process.pid
    os.kill(engine.process.pid, signal.SIGKILL)
    events = until(engine, ended(waiting[2]))
    assert [e.job for e in events if isinstance(e, Failed)] == [running]
    assert [e.job for e in events if isinstance(e, Answer)] == [waiting[0], waiting[2]]


@pytest.mark.parametrize("how", ["wedged", "stopped"])
def test_wedged_engine_is_told_and_replaced(engine: Engine, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LOST", 2.0)
    job = begin(engine, "wedged" if how == "wedged" else "deaf")
    if how == "stopped":
        os.kill(engine.process.pid or 0, signal.SIGSTOP)
    until(engine, has(Silent), SAID + 0.1)
    watch = Stopwatch()
    next_job = engine.submit(Describe("answer"))
    assert watch.seconds() < ACCEPTED
    events = until(engine, ended(next_job))
    (failure,) = [e for e in events if isinstance(e, Failed)]
    assert failure.job == job
    assert "did not respond" in failure.sentence
    assert Done(next_job) in events


def test_engine_that_answers_again_is_kept(engine: Engine) -> None:
    job = begin(engine, "deaf")
    pid = engine.process.pid or 0
    os.kill(pid, signal.SIGSTOP)
    until(engine, has(Silent))
    os.kill(pid, signal.SIGCONT)
    events = until(engine, has(Ready))
    assert not has(Died)(events)
    assert engine.process.pid == pid
    engine.cancel(job)


def test_window_that_slept_does_not_blame_the_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LOST", 1.0)
    begin(engine, "deaf")
    pid = engine.process.pid or 0
    until(engine, lambda _: engine._asked is not None)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(1.2)  # as with a closed laptop
    assert not has(Died)(engine.poll())
    os.kill(pid, signal.SIGCONT)
    monkeypatch.setattr(client, "LOST", AGAIN)
    until(engine, lambda _: engine._asked is None)
    assert engine.process.pid == pid


def test_without_memory_the_job_fails_and_the_engine_lives(engine: Engine) -> None:
    begin(engine, "answer")
    pid = engine.process.pid or 0
    resource.prlimit(pid, resource.RLIMIT_AS, (8 << 30, 8 << 30))
    job = engine.submit(Describe("greedy"))
    (failure,) = [e for e in until(engine, ended(job), SAID) if isinstance(e, Failed)]
    assert "memory" in failure.sentence
    again = engine.submit(Describe("answer"))
    assert Done(again) in until(engine, ended(again), SAID)
    assert engine.process.pid == pid


def test_engine_that_always_dies_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "mark"
    mark.touch()
    monkeypatch.setenv(MARK, str(mark))
    engine = Engine(load=load)
    try:
        job = engine.submit(Describe("answer"))
        events = until(engine, ended(job))
        deaths = [e.sentence for e in events if isinstance(e, Died)]
        assert len(deaths) == client.EARLY
        assert "dlviz doctor" in deaths[-1]
        assert Failed(job, deaths[-1]) in events
        assert len([e for e in events if isinstance(e, Restarted)]) == client.EARLY - 1
        assert engine.readable == -1
        assert engine.poll() == []

        job = engine.submit(Describe("answer"))
        events = until(engine, ended(job))
        assert [type(e) for e in events] == [Restarted, Failed, Died]

        mark.unlink()
        job = engine.submit(Describe("answer"))
        assert Done(job) in until(engine, ended(job))
    finally:
        engine.close()


def test_cancel_frees_at_once_what_does_not_stop(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "GRACE", 0.5)
    job = begin(engine, "deaf")
    engine.cancel(job)
    assert Done(job) in until(engine, ended(job), CANCELLED)
    waiting = engine.submit(Describe("answer"))
    events = until(engine, ended(waiting))
    assert Done(waiting) in events
    assert not has(Failed)(events)
    assert not any("try again" in event.sentence for event in events if isinstance(event, Died))


@pytest.mark.parametrize("end", ["killed", "wedged", "closed"])
def test_unfinished_export_leaves_nothing(engine: Engine, tmp_path: Path, end: str) -> None:
    target = tmp_path / "out" / "maps.png"
    target.parent.mkdir()
    target.write_text("old")
    job = engine.submit(Export(Request("", ""), str(target)))
    until(engine, answered(job))
    assert len(list(target.parent.iterdir())) == 2
    if end == "killed":
        os.kill(engine.process.pid or 0, signal.SIGKILL)
        until(engine, lambda _: not engine._leaving and engine.is_ready)
    elif end == "wedged":
        os.kill(engine.process.pid or 0, signal.SIGSTOP)
    engine.close()
    assert list(target.parent.iterdir()) == [target]
    assert target.read_text() == "old"


WINDOW = """
import sys, time
from dlviz.engine.client import Answer, Engine
from dlviz.jobs import Export, Request
from tests.reliability.stand_in import load

engine = Engine(load=load)
engine.submit(Export(Request("", ""), sys.argv[1]))
while True:
    if any(isinstance(event, Answer) for event in engine.poll()):
        print(engine.process.pid, flush=True)
    time.sleep(0.01)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_killed_window(tmp_path: Path, temporary: Path, how: signal.Signals) -> None:
    target = tmp_path / "out" / "maps.png"
    target.parent.mkdir()
    target.write_text("old")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    window = subprocess.Popen(
        [sys.executable, "-c", WINDOW, str(target)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, start_new_session=True,
    )  # fmt: skip
    with window:
        assert window.stdout is not None
        pid = int(window.stdout.readline())
        assert list(temporary.iterdir())
        window.send_signal(how)
    group_ends(window.pid, seconds=CLOSED)
    assert list(target.parent.iterdir()) == [target]
    assert target.read_text() == "old"
    assert not list(temporary.iterdir())
    assert not list(SHARED.glob(f"dlviz-{pid}-*"))


def group_ends(group: int, seconds: float) -> None:
    """Wait until no process of a group is left."""
    end = time.monotonic() + seconds
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        assert time.monotonic() < end, "a process lives on"
        time.sleep(0.02)


def test_memory_shared_by_the_dead_is_swept(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, kept = tmp_path / f"dlviz-{dead.pid}-0", tmp_path / f"dlviz-{os.getpid()}-0"
    for file in (left, kept):
        file.write_bytes(b"")
    sweep_dead(tmp_path)
    assert list(tmp_path.glob("dlviz-*")) == [kept]


def test_large_sheets_arrive_whole(engine: Engine) -> None:
    job = engine.submit(Describe("many"))
    sheets = [e.value for e in until(engine, ended(job)) if isinstance(e, Answer)]
    assert len(sheets) == 60
    for n, sheet in enumerate(sheets):
        assert isinstance(sheet, Sheet)
        np.testing.assert_array_equal(sheet.arrays["x"], np.full(300_000, n, np.float32))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_window_that_is_asked_to_end_closes(tmp_path: Path, how: signal.Signals) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from qtpy.QtWidgets import QApplication\nfrom dlviz_gui import __main__ as program\n"
        "def main():\n    from qtpy.QtCore import QTimer\n    app = QApplication([])\n"
        "    QTimer.singleShot(500, lambda: print('open', flush=True))\n    return program.main([])\n"
        "if __name__ == '__main__':\n    raise SystemExit(main())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_CONFIG_HOME": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
        start_new_session=True,
    ) as window:  # fmt: skip
        assert window.stdout is not None
        assert window.stdout.readline() == b"open\n"
        window.send_signal(how)
        assert window.wait(CLOSED + 5) == 0
    group_ends(window.pid, seconds=CLOSED)
