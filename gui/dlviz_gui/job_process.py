"""One job at a time in a process of its own."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QObject, Signal

from dlviz.jobs import Job
from dlviz_gui.engine import Client, EngineLink


class JobProcess(QObject):
    """The process that `start` starts with its first job; `ended` follows each job, also one that failed."""

    answered = Signal(object)
    failed = Signal(str)
    ended = Signal()

    def __init__(self, start: Callable[[], Client], parent: QObject) -> None:
        super().__init__(parent)
        self.start = start
        self._link: EngineLink | None = None
        self._job = 0

    @property
    def is_busy(self) -> bool:
        """Whether a job is running."""
        return self._job != 0

    def submit(self, job: Job, seconds: float) -> None:
        """Have a job done that may take so long."""
        if self._link is None:
            self._link = EngineLink(self)
            self._link.answered.connect(lambda number, value: self.answered.emit(value))
            self._link.done.connect(lambda number: self._end())
            self._link.failed.connect(self._on_failed)
            self._link.start(self.start())
        self._job = self._link.submit(job, seconds)

    def cancel(self) -> None:
        """Give up the job that is running."""
        if self._link and self._job:
            self._link.cancel(self._job)

    def close(self) -> None:
        """Stop the process, if there is one."""
        if self._link:
            self._link.close()
            self._link = None

    def _on_failed(self, number: int, sentence: str) -> None:
        self.failed.emit(sentence)
        self._end()

    def _end(self) -> None:
        self._job = 0
        self.ended.emit()
