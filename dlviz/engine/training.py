"""The worker: a process for what takes minutes, so that it keeps neither the window nor its other engines waiting."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from dlviz import draw
from dlviz.jobs import Job, Messages, Work
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz.silence_logs import silence_logs
from dlviz.watching.jobs import Change, Draw, Go, Keep, Look, Rewind, State, Until, Watched, Watching, WatchTraining
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import load_keras

if TYPE_CHECKING:
    from dlviz_models.training.live_training import Moment

NICENESS = 10
"""What runs here gives way to the window and its other engines."""


def training_work() -> Work:
    """What answers trainings, and long lessons; importing it takes TensorFlow's seconds."""
    with suppress(OSError, AttributeError):  # there is no such thing on Windows
        os.nice(NICENESS)
    with silence_logs():
        load_keras(for_views=True)
        from dlviz.watching import live_sheets  # noqa: F401  # loads TensorFlow
    return work


def work(job: Job) -> Generator[Any, Messages, None]:
    """The answers to a job, in order."""
    from dlviz.engine import lessons

    match job:
        case WatchTraining():
            yield from Watcher(job).answers()
        case _:
            yield from lessons.work(job)


class Watcher:
    """A training under way, and what the window tells it."""

    def __init__(self, job: WatchTraining) -> None:
        self._job = job
        self._until: Until = "now" if job.paused else "end"
        self._epoch = 0

    def answers(self) -> Generator[Any, Messages, None]:
        """Progress, a `Watching`, then a `Watched` for every moment; the window may tell it something after each."""
        from dlviz.inspect.data import load_data
        from dlviz.watching.live_sheets import Watch

        job = self._job
        yield Progress(0, 2, "Reading the data")
        data = load_data(job.data)
        yield Progress(1, 2, f"Building {job.network}")
        how = {"epochs": job.epochs, "batch": job.batch, "limit": job.limit, "seed": job.seed, "command": job.command}
        with silence_logs():
            self._watch = Watch(
                job.network, data, job.look, keep_epochs=job.keep_epochs, options=dict(job.settings), **how
            )
        try:
            yield Watching(self._watch.title, self._watch.network.visible, self._watch.samples)
            yield from self._moments()
        finally:
            self._watch.close()

    def _moments(self) -> Generator[Any, Messages, None]:
        watch, moments = self._watch, self._watch.training.moments()
        self._settle(next(moments))
        told = yield self._watched(watch.part())
        while True:
            if told:
                message = " ".join(filter(None, map(self._obey, told)))
                told = yield self._watched(watch.part(), message)
            elif self._until == "now":
                told = yield None
            else:
                self._settle(next(moments))
                told = yield self._watched(watch.part() if self._until == "now" else watch.part_in_time())

    def _settle(self, moment: Moment) -> None:
        """Stand still where it was to go only so far."""
        new_epoch = self._until == "epoch" and moment.seen == 0 and moment.done > self._epoch
        if self._until == "batch" or new_epoch or moment.diverged or moment.figures:
            self._until = "now"
            self._watch.training.go_by_batches(False)

    def _obey(self, told: Any) -> str:
        """Do what was told; a sentence for people, or nothing."""
        watch = self._watch
        try:
            match told:
                case Look():
                    watch.look_at(told)
                case Change(values):
                    watch.change(**values)
                case Go(until):
                    self._go(until)
                case Rewind(seconds):
                    watch.rewind(seconds)
                    self._until = "now"
                case Keep(path):
                    watch.keep(path)
                    return f"Kept as {path}."
                case Draw(path, dpi, size):
                    draw.save([watch.sheet()], path, dpi, size)
                    return f"Saved as {path}."
        except UserError as error:
            return str(error)
        return ""

    def _go(self, until: Until) -> None:
        now = self._watch.training.now
        if now.diverged or now.figures:
            return
        self._until, self._epoch = until, int(now.done)
        self._watch.training.go_by_batches(until == "batch")

    def _watched(self, part: Sheet | None, message: str = "") -> Watched:
        now = self._watch.training.now
        going: State = "paused" if self._until == "now" else "running"
        state: State = "diverged" if now.diverged else "done" if now.figures else going
        values = asdict(now.hyperparameters)
        curves = self._watch.curves()
        return Watched(state, curves, part and replace(part, arrays={}), now.done, now.epochs, values, message)
