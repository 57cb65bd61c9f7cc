"""The index of the network and data that are open, built in a process of its own while everything else goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from qtpy.QtCore import QElapsedTimer, QObject

from dlviz.engine.client import Engine
from dlviz.engine.indexing import HOURS, NAME, index_work
from dlviz.jobs import BuildIndex, Indexed
from dlviz.progress import Progress
from dlviz.time_left import time_left
from dlviz_gui.engine import Client
from dlviz_gui.job_process import JobProcess
from dlviz_gui.job_titles import title_of
from dlviz_gui.message_bar import WorkBar

if TYPE_CHECKING:
    from dlviz_gui.window import Window


def index_engine() -> Client:
    """The process that builds an index."""
    return Engine(load=index_work, name=NAME)


class Indexing(QObject):
    """One index at a time, and the bar that says how far it has come; the process starts with the first one.

    Attributes:
        bar: in sight while an index is being built.
    """

    def __init__(self, window: Window, start: Callable[[], Client] = index_engine) -> None:
        super().__init__(window)
        self._window = window
        self.process = JobProcess(start, self)
        self.process.answered.connect(self._on_answer)
        self.process.failed.connect(window.message.say)
        self.process.ended.connect(self._end)
        self._since, self._first = QElapsedTimer(), 0
        self.bar = WorkBar()
        self.bar.hide()
        self.bar.cancelled.connect(self.cancel)

    def build(self) -> None:
        """Find the best samples of all units of what is open; one that is being built goes on."""
        selected = self._window.controller.selection
        if selected is None:
            self._window.message.say("There are no units to index yet: open a network first.")
        elif self.process.is_busy:
            self._window.message.say("An index is being built already: wait for it, or cancel it.")
        else:
            self._ask(
                BuildIndex(
                    selected.model, selected.data, limit=selected.limit, preprocess=selected.preprocess,
                    fit=selected.fit, trust=selected.trust, changes=selected.changes,
                )
            )  # fmt: skip

    def _ask(self, job: BuildIndex) -> None:
        self.process.submit(job, HOURS)
        self._since.invalidate()
        self.bar.set_busy(title_of(job))
        self.bar.show()

    def cancel(self) -> None:
        """Stop here; what is known so far is kept."""
        if self.process.is_busy:
            self.process.cancel()
            self._window.message.say("The index is kept as far as it is: build it again to go on from there.")

    def _on_answer(self, value: object) -> None:
        if isinstance(value, Progress):
            self.bar.set_progress(replace(value, message=f"{value.done:,} of {value.total:,}{self._left(value)}"))
        elif isinstance(value, Indexed):
            samples = f"the {value.per_unit} best of {value.samples:,} samples of {value.data}"
            self._window.message.say(f"Patches and units of {value.network} now have {samples} at once.")

    def _left(self, progress: Progress) -> str:
        """How long it will still take, from the second report on."""
        if not self._since.isValid():
            self._since.start()
            self._first = progress.done
        seen = progress.done - self._first
        if not seen:
            return ""
        return f", {time_left(self._since.elapsed() / 1000 * (progress.total - progress.done) / seen)}"

    def _end(self) -> None:
        self.bar.set_busy("")
        self.bar.hide()
