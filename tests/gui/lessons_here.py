"""An engine of lessons without a process of its own, for the tests of the window."""

from __future__ import annotations

import os

from dlviz.engine.client import Answer, Done, Event, Failed
from dlviz.engine.lessons import work
from dlviz.jobs import Job
from dlviz_models.errors import UserError


class LessonsHere:
    """Answers lessons in this process when it is told to, or at once."""

    def __init__(self) -> None:
        self.readable, self._writable = os.pipe()
        self.jobs: list[Job] = []
        self.events: list[Event] = []
        self.waits = False

    def submit(self, job: Job, deadline: float = 60.0) -> int:
        self.jobs.append(job)
        if not self.waits:
            self.answer()
        return len(self.jobs)

    def answer(self) -> None:
        """Answer the last job."""
        number = len(self.jobs)
        try:
            self.events += [*(Answer(number, value) for value in work(self.jobs[-1])), Done(number)]
        except UserError as error:
            self.events.append(Failed(number, str(error)))

    def cancel(self, number: int) -> None:
        self.events.append(Done(number))

    def poll(self) -> list[Event]:
        events, self.events = self.events, []
        return events

    def close(self) -> None:
        os.close(self.readable)
        os.close(self._writable)
