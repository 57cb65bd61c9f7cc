"""One running job for each slot of the window: a newer request replaces the one before."""

from __future__ import annotations

from qtpy.QtCore import QObject, Signal

from dlviz.jobs import Job
from dlviz_gui.engine import EngineLink
from dlviz_gui.job_titles import title_of


class JobSlots(QObject):
    """Jobs by slot; asking again in a slot cancels what ran there before."""

    answered = Signal(str, object)
    done = Signal(str)
    failed = Signal(str, str)
    busy_changed = Signal()

    def __init__(self, link: EngineLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._slots: dict[int, str] = {}
        self._jobs: dict[int, Job] = {}
        link.answered.connect(self._on_answer)
        link.done.connect(lambda number: self._finish(number))
        link.failed.connect(self._finish)

    @property
    def busy(self) -> frozenset[str]:
        """The slots in which something runs."""
        return frozenset(self._slots.values())

    @property
    def doing(self) -> str:
        """What the engine is at, in words; empty where nothing runs. It does one job after the other."""
        return title_of(self._jobs[next(iter(self._slots))]) if self._slots else ""

    def ask(self, slot: str, job: Job, deadline: float = 60.0) -> None:
        """Put a job in a slot."""
        self.cancel(slot)
        number = self._link.submit(job, deadline)
        self._slots[number], self._jobs[number] = slot, job
        self.busy_changed.emit()

    def cancel(self, *slots: str) -> None:
        """Give up what runs in some slots; nothing is heard of it again."""
        for number in [n for n, s in self._slots.items() if s in slots]:
            del self._slots[number], self._jobs[number]
            self._link.cancel(number)
        self.busy_changed.emit()

    def _on_answer(self, number: int, value: object) -> None:
        if number in self._slots:
            self.answered.emit(self._slots[number], value)

    def _finish(self, number: int, sentence: str = "") -> None:
        slot = self._slots.pop(number, None)
        if slot is None:
            return
        del self._jobs[number]
        if sentence:
            self.failed.emit(slot, sentence)
        else:
            self.done.emit(slot)
        self.busy_changed.emit()
