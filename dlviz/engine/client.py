"""The window's end: jobs go out, events come back, and an engine that dies is replaced. Knows no Qt."""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from dlviz.engine.pipe import Message, Pipe
from dlviz.engine.process import serve
from dlviz.engine.recording import Recording
from dlviz.jobs import Job

GRACE = 3.0
"""Seconds in which a cancelled job has to stop before the engine is replaced."""
START = 60.0
"""Seconds in which the engine has to be ready."""


@dataclass(frozen=True)
class Ready:
    """The engine has loaded TensorFlow."""


@dataclass(frozen=True)
class Answer:
    """Part of the answer to a job: progress, a sheet, or what else the job yields."""

    job: int
    value: Any


@dataclass(frozen=True)
class Done:
    """Nothing more comes for this job."""

    job: int


@dataclass(frozen=True)
class Failed:
    """The job ended with a sentence for the user; nothing more comes."""

    job: int
    sentence: str


@dataclass(frozen=True)
class Died:
    """The engine is gone; every unfinished job has failed."""

    sentence: str


@dataclass(frozen=True)
class Restarted:
    """A new engine is starting: `readable` has changed."""


Event = Ready | Answer | Done | Failed | Died | Restarted


@dataclass
class _Pending:
    deadline: float
    started: float | None = None
    cancelled: float | None = field(default=None)


class Engine:
    """A replaceable engine process. All methods return at once and belong to one thread."""

    def __init__(self, recording: Path | None = None) -> None:
        self._recording = Recording(recording) if recording else None
        self._numbers = itertools.count(1)
        self._pending: dict[int, _Pending] = {}
        self._events: deque[Event] = deque()
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=serve, args=(theirs,), daemon=True, name="dlviz engine")
        self.process.start()
        theirs.close()
        self._connection: Connection = ours
        self._pipe = Pipe(ours)
        self._born = time.monotonic()
        self.is_ready = False

    @property
    def readable(self) -> int:
        """The file descriptor to watch; call `poll` when it can be read, and every 100 ms besides."""
        return self._connection.fileno()

    def submit(self, job: Job, deadline: float = 60.0) -> int:
        """Ask for a job, which is to be done within `deadline` seconds of its start; its number."""
        number = next(self._numbers)
        recorded = self._recording.answers(job) if self._recording and not self.is_ready else None
        if recorded is not None:
            self._events.extend(Answer(number, value) for value in recorded)
            self._events.append(Done(number))
            return number
        self._pending[number] = _Pending(deadline)
        with suppress(OSError):  # a dead engine is noticed by `poll`
            self._pipe.send("submit", number, job)
        return number

    def cancel(self, number: int) -> None:
        """Give a job up: `Done` comes at the next `poll`, and nothing after it."""
        pending = self._pending.get(number)
        if pending and pending.cancelled is None:
            pending.cancelled = time.monotonic()
            self._events.append(Done(number))
            with suppress(OSError):
                self._pipe.send("cancel", number)

    def poll(self) -> list[Event]:
        """The events since the last call."""
        try:
            while self._connection.poll():
                self._take(self._pipe.receive())
        except (EOFError, OSError):
            self._replace("The engine that runs Keras stopped unexpectedly; a new one is starting: try again.")
        self._watch()
        events = list(self._events)
        self._events.clear()
        return events

    def _take(self, message: Message) -> None:
        if message.kind == "ready":
            self.is_ready = True
            self._events.append(Ready())
            return
        pending = self._pending.get(message.job)
        if pending is None:
            return
        if message.kind == "started":
            pending.started = time.monotonic()
        elif message.kind in ("done", "failed"):
            del self._pending[message.job]
        if pending.cancelled is not None:
            return
        match message.kind:
            case "answer":
                self._events.append(Answer(message.job, message.value))
            case "done":
                self._events.append(Done(message.job))
            case "failed":
                self._events.append(Failed(message.job, message.value))

    def _watch(self) -> None:
        """Stop what takes too long."""
        now = time.monotonic()
        if not self.is_ready:
            if now - self._born > START:
                self._replace(f"The engine was not ready after {START:.0f} s; a new one is starting: run dlviz doctor.")
            return
        for number, job in list(self._pending.items()):
            if job.started is None:
                continue
            if job.cancelled is None and now - job.started > job.deadline:
                sentence = f"This took longer than {job.deadline:.0f} s and was stopped: try fewer pictures or units."
                self._events.append(Failed(number, sentence))
                job.cancelled = now
                with suppress(OSError):
                    self._pipe.send("cancel", number)
            elif job.cancelled is not None and now - max(job.cancelled, job.started) > GRACE:
                self._replace("The engine did not stop what was cancelled; a new one is starting.")
                return

    def _replace(self, sentence: str) -> None:
        self._end()
        for number, job in self._pending.items():
            if job.cancelled is None:
                self._events.append(Failed(number, sentence))
        self._pending.clear()
        self._events += [Died(sentence), Restarted()]
        self._start()

    def _end(self) -> None:
        self.process.kill()
        self.process.join(2)
        self._connection.close()
        self._pipe.sweep(self.process.pid or 0)

    def close(self) -> None:
        """Stop the engine, whatever it is doing."""
        self._end()
