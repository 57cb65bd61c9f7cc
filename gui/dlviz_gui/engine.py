"""The engine in Qt's terms: its events as signals, looked for whenever its pipe can be read."""

from __future__ import annotations

import sys
from typing import Any, Protocol

from qtpy.QtCore import QObject, QSocketNotifier, QTimer, Signal

from dlviz.engine.client import Answer, Died, Done, Event, Failed, Ready, Restarted, Silent
from dlviz.jobs import Job

EVERY = 100 if sys.platform != "win32" else 15
"""Milliseconds between two looks at the engine besides: deadlines, and pipes that Qt cannot watch."""


class Client(Protocol):
    """What is needed of `dlviz.engine.client.Engine`."""

    @property
    def readable(self) -> int: ...
    def submit(self, job: Job, deadline: float = 60.0) -> int: ...
    def tell(self, number: int, value: Any) -> None: ...
    def cancel(self, number: int) -> None: ...
    def poll(self) -> list[Event]: ...
    def close(self) -> None: ...


class EngineLink(QObject):
    """Jobs in, signals out."""

    ready = Signal()
    answered = Signal(int, object)
    done = Signal(int)
    failed = Signal(int, str)
    silent = Signal(str)
    died = Signal(str)
    restarted = Signal()

    engine: Client

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notifier: QSocketNotifier | None = None
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._poll)
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(self._poll)

    def start(self, engine: Client) -> None:
        """Speak for an engine; before that nothing can be asked."""
        self.engine = engine
        self._watch()
        self._timer.start()

    def submit(self, job: Job, deadline: float = 60.0) -> int:
        """Ask for a job; its number."""
        number = self.engine.submit(job, deadline)
        self._soon.start()
        return number

    def tell(self, number: int, value: Any) -> None:
        """Tell a job under way something."""
        self.engine.tell(number, value)

    def cancel(self, number: int) -> None:
        """Give a job up."""
        self.engine.cancel(number)
        self._soon.start()

    def close(self) -> None:
        """Stop the engine."""
        self._soon.stop()
        if self._timer.isActive():  # there is one
            self._timer.stop()
            self._unwatch()
            self.engine.close()

    def _watch(self) -> None:
        if sys.platform != "win32" and self.engine.readable >= 0:
            self._notifier = QSocketNotifier(self.engine.readable, QSocketNotifier.Read, self)
            self._notifier.activated.connect(self._poll)

    def _unwatch(self) -> None:
        if self._notifier:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None

    def _poll(self) -> None:
        for event in self.engine.poll():
            match event:
                case Ready():
                    self.ready.emit()
                case Answer(job, value):
                    self.answered.emit(job, value)
                case Done(job):
                    self.done.emit(job)
                case Failed(job, sentence):
                    self.failed.emit(job, sentence)
                case Silent(sentence):
                    self.silent.emit(sentence)
                case Died(sentence):
                    self._unwatch()
                    self.died.emit(sentence)
                case Restarted():
                    self._watch()
                    self.restarted.emit()
