"""Which lesson is shown with which options, and its jobs: one at a time, the latest wish next."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qtpy.QtCore import QObject, Signal

from dlviz.engine.client import Engine
from dlviz.engine.lessons import lesson_work
from dlviz.jobs import Export, Render, Rendered, Request, Saved, Show
from dlviz.lessons import lessons
from dlviz.options import Option, Value, options_of
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz_gui.engine import Client, EngineLink

EXPORT_TIME = 900.0
"""Seconds that a film may take."""


def lesson_engine() -> Client:
    """The process that answers lessons."""
    return Engine(load=lesson_work, name="The engine of lessons")


class LessonController(QObject):
    """Lessons in, sheets out; their engine starts with the first lesson.

    While a picture is under way no other is asked for, so that a moving pointer is followed and never waited for.
    """

    opened = Signal(str)
    sheet = Signal(object)
    failed = Signal(str)
    saved = Signal(str)
    rendered = Signal(object)
    """The lesson as a picture, (height, width, 3)."""
    progress = Signal(object)

    def __init__(self, start: Callable[[], Client] = lesson_engine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._start = start
        self._link: EngineLink | None = None
        self._running = self._exporting = 0
        self._stale = False
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
        return bool(self._running)

    def open(self, name: str) -> None:
        """Show a lesson as it was left; what is under way for another is not shown any more."""
        if self._running and self._link:
            self._link.cancel(self._running)
        self._running, self._stale = 0, False
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

    def refresh(self) -> None:
        """Ask for the picture again, as after a failure."""
        self._ask()

    def export(self, path: str, dpi: int = 150, size: tuple[int, int] | None = None) -> None:
        """Write the lesson to a file whose ending chooses the medium."""
        self._exporting = self._engine().submit(Export(self.request, path, dpi, size), EXPORT_TIME)

    def copy(self) -> None:
        """Ask for the lesson as a picture."""
        self._engine().submit(Render(self.request))

    def close(self) -> None:
        """Stop the engine, if there is one."""
        if self._link:
            self._link.close()

    @property
    def request(self) -> Request:
        """What is shown."""
        return Request(self.name, "", settings=dict(self.values))

    def _ask(self) -> None:
        if self._running:
            self._stale = True
        else:
            self._running = self._engine().submit(Show(self.request))

    def _engine(self) -> EngineLink:
        if self._link is None:
            self._link = EngineLink(self)
            self._link.answered.connect(self._on_answer)
            self._link.done.connect(self._on_done)
            self._link.failed.connect(self._on_failed)
            self._link.start(self._start())
        return self._link

    def _on_answer(self, number: int, value: object) -> None:
        match value:
            case Sheet() if number == self._running:
                self.sheet.emit(value)
            case Progress():
                self.progress.emit(value)
            case Rendered(pixels):
                self.rendered.emit(pixels)
            case Saved(path):
                self.saved.emit(path)

    def _on_done(self, number: int) -> None:
        if number == self._running:
            self._running = 0
            if self._stale:
                self._stale = False
                self._ask()

    def _on_failed(self, number: int, sentence: str) -> None:
        self.failed.emit(sentence)
        self._on_done(number)
