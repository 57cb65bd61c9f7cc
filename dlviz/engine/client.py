"""The window's end: jobs go out, events come back, and an engine that dies is replaced. Independent of Qt."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from dlviz.engine.pipe import Message, sweep_dead
from dlviz.engine.process import keras_work
from dlviz.engine.recording import Recording
from dlviz.engine.running import Running
from dlviz.jobs import Export, Job, MakeDeck, Work

KERAS = "The engine that runs Keras"
GRACE = 5.0
"""Seconds in which a cancelled job has to stop before the engine is replaced."""
START = 60.0
"""Seconds in which the engine has to be ready."""
BEAT = 0.1
"""Seconds between two questions whether a busy engine is alive."""
SILENCE, LOST = 0.8, 5.0
"""Seconds without a response after which the window says so, and after which the engine is replaced."""
EARLY = 3
"""The number of engines in a row that may die before they are ready; after that, none is started until a job comes."""


@dataclass(frozen=True)
class Ready:
    """The engine answers: it has loaded TensorFlow, or its silence is over."""


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
class Silent:
    """A busy engine has stopped responding."""

    sentence: str


@dataclass(frozen=True)
class Died:
    """The engine is gone, and `readable` with it; the job that ran has failed, those that waited go on waiting."""

    sentence: str


@dataclass(frozen=True)
class Restarted:
    """A new engine is starting: `readable` has changed."""


Event = Ready | Answer | Done | Failed | Silent | Died | Restarted


@dataclass
class _Pending:
    job: Job
    deadline: float
    started: float | None = None
    cancelled: float | None = None


class Engine:
    """A replaceable engine process. All methods return at once, `close` apart, and belong to one thread.

    Args:
        recording: file with answers that are given before the engine is ready.
        load: called in the engine's process; what it returns answers the jobs.
        name: how sentences for people call it.
    """

    def __init__(self, recording: Path | None = None, load: Callable[[], Work] = keras_work, name: str = KERAS) -> None:
        self._recording = Recording(recording) if recording else None
        self._load = load
        self._name = name
        self._numbers = itertools.count(1)
        self._pending: dict[int, _Pending] = {}
        self._events: deque[Event] = deque()
        self._leaving: list[Running] = []
        self._early = 0
        sweep_dead()
        self._start()

    def _start(self) -> None:
        self._running: Running | None = Running(self._load)
        self.process: BaseProcess = self._running.process
        self._asked: float | None = None
        self._polled = self._beat = time.monotonic()
        self._is_silent = False
        for number, pending in self._pending.items():
            self._running.send("submit", number, pending.job)

    @property
    def readable(self) -> int:
        """The file descriptor to watch; call `poll` when it can be read, and every 100 ms besides. -1: no engine."""
        return self._running.readable if self._running else -1

    @property
    def is_ready(self) -> bool:
        """Whether the engine has loaded TensorFlow."""
        return self._running is not None and self._running.is_ready

    def submit(self, job: Job, deadline: float = 60.0) -> int:
        """Ask for a job, which is to be done within `deadline` seconds of its start; its number."""
        number = next(self._numbers)
        recorded = self._recording.answers(job) if self._recording and not self.is_ready else None
        if recorded is not None:
            self._events.extend(Answer(number, value) for value in recorded)
            self._events.append(Done(number))
            return number
        self._pending[number] = _Pending(job, deadline)
        if self._running:
            self._running.send("submit", number, job)
        else:
            self._start()
            self._events.append(Restarted())
        return number

    def tell(self, number: int, value: Any) -> None:
        """Tell a job under way something; one that has ended hears nothing."""
        if number in self._pending and self._running:
            self._running.send("tell", number, value)

    def cancel(self, number: int) -> None:
        """Give a job up: `Done` comes at the next `poll`, and nothing after it."""
        pending = self._pending.get(number)
        if pending and pending.cancelled is None:
            self._events.append(Done(number))
            self._stop(number, pending)

    def _stop(self, number: int, pending: _Pending) -> None:
        pending.cancelled = time.monotonic()
        if self._running:
            self._running.send("cancel", number)

    def poll(self) -> list[Event]:
        """The events since the last call."""
        self._leaving = [running for running in self._leaving if not running.is_gone()]
        if self._running:
            try:
                for message in self._running.messages():
                    self._take(message)
            except (EOFError, OSError):
                self._replace(f"{self._name} stopped unexpectedly, perhaps for lack of memory")
            self._watch()
        events = list(self._events)
        self._events.clear()
        return events

    def _take(self, message: Message) -> None:
        self._asked = None
        if message.kind == "ready" or self._is_silent:
            self._is_silent = False
            self._events.append(Ready())
        if message.kind == "ready" and self._running:
            self._running.is_ready = True
            self._early = 0
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
        rested, self._polled = now - self._polled, now
        if self._running is None:
            return
        if not self._running.is_ready:
            if now - self._running.born > START:
                self._replace(f"{self._name} was not ready after {START:.0f} s")
        elif not self._hears(now, slept=rested > SILENCE):
            self._replace(f"{self._name} did not respond for {LOST:.0f} s")
        else:
            self._watch_jobs(now)

    def _hears(self, now: float, *, slept: bool) -> bool:
        """Whether a busy engine is to be waited for; `slept`: nobody listened, so its silence says nothing."""
        if self._running and self._asked is None and self._pending and now - self._beat > BEAT:
            self._asked = self._beat = now
            self._running.send("ping")
        elif self._asked and slept:
            self._asked = now
        silent = now - self._asked if self._asked else 0.0
        if silent > SILENCE and not self._is_silent:
            self._is_silent = True
            self._events.append(Silent("The engine is not responding; it will be restarted unless it responds soon."))
        return silent < LOST

    def _watch_jobs(self, now: float) -> None:
        for number, job in list(self._pending.items()):
            if job.started is None:
                continue
            if job.cancelled is None and now - job.started > job.deadline:
                sentence = f"This took longer than {job.deadline:.0f} s and was stopped: try fewer pictures or units."
                self._events.append(Failed(number, sentence))
                self._stop(number, job)
            elif job.cancelled is not None and now - max(job.cancelled, job.started) > GRACE:
                self._replace("What was cancelled had to be ended", "what was chosen since then follows by itself")
                return

    def _replace(self, what: str, then: str = "a new one is starting: try again") -> None:
        """Send the engine away and start another, unless one after the other dies; say why, and what to do then."""
        assert self._running is not None
        self._early += not self._running.is_ready
        running, self._running = self._running, None
        running.leave(p.job.path for p in self._pending.values() if isinstance(p.job, Export | MakeDeck))
        self._leaving.append(running)
        if self._early < EARLY:
            sentence = f"{what}; {then}."
            self._fail(sentence, [n for n, p in self._pending.items() if p.started])
            self._events += [Died(sentence), Restarted()]
            self._start()
        else:
            sentence = f"{what}, {self._early} times before it was ready: run dlviz doctor, then ask again."
            self._fail(sentence, list(self._pending))
            self._events.append(Died(sentence))

    def _fail(self, sentence: str, numbers: list[int]) -> None:
        """Give jobs up with a sentence, and forget those that were cancelled."""
        cancelled = [n for n, p in self._pending.items() if p.cancelled is not None]
        self._events += [Failed(n, sentence) for n in numbers if n not in cancelled]
        for number in {*numbers, *cancelled}:
            del self._pending[number]

    def close(self) -> None:
        """Stop the engine, whatever it is doing, and clear up."""
        if self._running:
            self._running.leave(p.job.path for p in self._pending.values() if isinstance(p.job, Export | MakeDeck))
            self._leaving.append(self._running)
            self._running = None
        for running in self._leaving:
            running.end()
        self._leaving.clear()
