"""Which lesson is shown with which options, and its jobs: one at a time, the latest request next.

Pictures that are made in a moment come from the engine of lessons, what takes long (`View.is_long`) from the worker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from qtpy.QtCore import QObject, Signal

from dlviz.engine.client import Engine
from dlviz.engine.lessons import lesson_work
from dlviz.jobs import Export, Render, Rendered, Request, Saved, Show
from dlviz.lessons import lessons
from dlviz.options import Option, Value, configure, options_of
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz_gui.engine import Client, EngineLink
from dlviz_gui.job_titles import title_of
from dlviz_gui.watch_controller import worker
from dlviz_models.errors import UserError

EXPORT_TIME = 900.0
"""Seconds that a film may take."""
LONG_TIME = 600.0
"""Seconds that a lesson which trains may take."""


def lesson_engine() -> Client:
    """The process that answers lessons."""
    return Engine(load=lesson_work, name="The engine of lessons")


class LessonController(QObject):
    """Lessons in, sheets out; their engine starts with the first lesson, the worker with the first that takes long.

    While a picture is under way no other is asked for, so that a moving pointer is followed and never waited for; what
    takes long is given up instead.
    """

    opened = Signal(str)
    sheet = Signal(object)
    failed = Signal(str)
    saved = Signal(str)
    rendered = Signal(object)
    """The lesson as a picture, (height, width, 3)."""
    progress = Signal(object)
    rested = Signal()
    """Nothing is under way any more."""

    def __init__(
        self,
        start: Callable[[], Client] = lesson_engine,
        parent: QObject | None = None,
        start_worker: Callable[[], Client] = worker,
    ) -> None:
        super().__init__(parent)
        self._starts = {False: start, True: start_worker}
        self._links: dict[bool, EngineLink] = {}
        self._running: tuple[EngineLink, int] | None = None
        self._writing: dict[tuple[EngineLink, int], str] = {}
        self._is_running_long = self._stale = False
        self.name = ""
        self.settings: dict[str, dict[str, Value]] = {}

    @property
    def values(self) -> dict[str, Value]:
        """The options of the lesson that have been set."""
        return self.settings.setdefault(self.name, {})

    @property
    def options(self) -> dict[str, Option]:
        """What can be set, by name."""
        return {option.name: option for option in options_of(lessons()[self.name])} if self.name else {}

    @property
    def is_busy(self) -> bool:
        """Whether a picture is under way."""
        return self._running is not None

    @property
    def doing(self) -> str:
        """What is under way and takes long, in words; empty where nothing does."""
        training = "Training for this lesson" if self._running and self._is_running_long else ""
        return next(iter(self._writing.values()), training)

    def open(self, name: str) -> None:
        """Show a lesson as it was left; what is under way for another is not shown any more."""
        self.cancel()
        self.name = name
        self.opened.emit(name)
        self._ask()

    def visit(self, request: Request) -> None:
        """Show a lesson as a request has it."""
        self.settings[request.view] = dict(request.settings)
        self.open(request.view)

    def set_options(self, values: Mapping[str, Value]) -> None:
        """Set the options that are not at their defaults."""
        self.settings[self.name] = dict(values)
        self._ask()

    def set_option(self, name: str, value: Value) -> None:
        """Set one option, and take back what it replaces; a picture still there of another lesson sets nothing."""
        if name not in self.options:
            return
        kept = {n: v for n, v in self.values.items() if n not in self.options[name].resets}
        self.set_options(kept | {name: value})

    def cancel(self) -> None:
        """Give up the picture that is under way; the one that is shown stays."""
        if self._running:
            link, number = self._running
            link.cancel(number)
            self._running, self._stale = None, False
            self.rested.emit()

    def cancel_all(self) -> None:
        """Give up what is being written as well."""
        for link, number in self._writing:
            link.cancel(number)
        self.cancel()

    def refresh(self) -> None:
        """Ask for the picture again, as after a failure."""
        self._ask()

    def export(self, path: str, dpi: int = 150, size: tuple[int, int] | None = None) -> None:
        """Write the lesson to a file whose ending chooses the medium."""
        self._write(Export(self.request, path, dpi, size))

    def copy(self) -> None:
        """Ask for the lesson as a picture."""
        self._write(Render(self.request))

    def close(self) -> None:
        """Stop the engines, as far as there are any."""
        for link in self._links.values():
            link.close()

    @property
    def request(self) -> Request:
        """What is shown."""
        return Request(self.name, "", settings=dict(self.values))

    def _write(self, job: Export | Render) -> None:
        link = self._engine(self._is_long())
        self._writing[link, link.submit(job, EXPORT_TIME)] = title_of(job)

    def _is_long(self) -> bool:
        """Whether what is asked for takes long; not where it will be refused."""
        try:
            return configure(lessons()[self.name], self.values).is_long()
        except UserError:
            return False

    def _ask(self) -> None:
        if self._running and self._is_running_long:
            self.cancel()
        if self._running:
            self._stale = True
            return
        self._is_running_long = self._is_long()
        link = self._engine(self._is_running_long)
        self._running = link, link.submit(Show(self.request), LONG_TIME if self._is_running_long else 60.0)

    def _engine(self, is_long: bool) -> EngineLink:
        if is_long not in self._links:
            link = self._links[is_long] = EngineLink(self)
            link.answered.connect(partial(self._on_answer, link))
            link.done.connect(partial(self._on_done, link))
            link.failed.connect(partial(self._on_failed, link))
            link.start(self._starts[is_long]())
        return self._links[is_long]

    def _on_answer(self, link: EngineLink, number: int, value: object) -> None:
        match value:
            case Sheet() if (link, number) == self._running:
                self.sheet.emit(value)
            case Progress() if (link, number) == self._running or (link, number) in self._writing:
                self.progress.emit(value)
            case Rendered(pixels):
                self.rendered.emit(pixels)
            case Saved(path):
                self.saved.emit(path)

    def _on_done(self, link: EngineLink, number: int) -> None:
        if self._writing.pop((link, number), ""):
            self.rested.emit()
        if (link, number) == self._running:
            self._running = None
            self.rested.emit()
            if self._stale:
                self._stale = False
                self._ask()

    def _on_failed(self, link: EngineLink, number: int, sentence: str) -> None:
        self.failed.emit(sentence)
        self._on_done(link, number)
