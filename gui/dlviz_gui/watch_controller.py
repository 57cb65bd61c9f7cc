"""A training that is watched: it runs in the worker, which starts with the first one."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QObject, Signal

from dlviz.engine.client import Engine
from dlviz.engine.training import training_work
from dlviz.progress import Progress
from dlviz.watching.jobs import Command, Watched, Watching, WatchTraining
from dlviz_gui.engine import Client, EngineLink

NO_DEADLINE = float("inf")


def worker() -> Client:
    """The process in which trainings and long lessons run."""
    return Engine(load=training_work, name="The process that trains")


class WatchController(QObject):
    """Messages in, moments out; one training at a time."""

    started = Signal(object)
    """The `WatchTraining` that was asked for."""
    watching = Signal(object)
    watched = Signal(object)
    progress = Signal(object)
    ended = Signal(str)
    """Why there is no training any more; empty where it was stopped by hand."""

    def __init__(self, start: Callable[[], Client] = worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._start = start
        self._link: EngineLink | None = None
        self._running = 0

    @property
    def is_busy(self) -> bool:
        """Whether there is a training, perhaps one that stands still."""
        return bool(self._running)

    def begin(self, job: WatchTraining) -> None:
        """Train something; what was trained before is given up."""
        self.stop()
        self._running = self._worker().submit(job, NO_DEADLINE)
        self.started.emit(job)

    def tell(self, message: Command) -> None:
        """Tell the training something."""
        if self._running and self._link:
            self._link.tell(self._running, message)

    def stop(self) -> None:
        """Give the training up."""
        if self._running and self._link:
            number, self._running = self._running, 0
            self._link.cancel(number)
            self.ended.emit("")

    def close(self) -> None:
        """Stop the worker, if there is one."""
        if self._link:
            self._link.close()

    def _worker(self) -> EngineLink:
        if self._link is None:
            self._link = EngineLink(self)
            self._link.answered.connect(self._on_answer)
            self._link.failed.connect(self._on_failed)
            self._link.start(self._start())
        return self._link

    def _on_answer(self, number: int, value: object) -> None:
        if number != self._running:
            return
        match value:
            case Watched():
                self.watched.emit(value)
            case Watching():
                self.watching.emit(value)
            case Progress():
                self.progress.emit(value)

    def _on_failed(self, number: int, sentence: str) -> None:
        if number == self._running:
            self._running = 0
            self.ended.emit(sentence)
