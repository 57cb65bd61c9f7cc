"""One engine process and the pipe to it, from its start until nothing of it is left."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from dlviz.engine.pipe import Message, Pipe, sweep_dead
from dlviz.engine.process import FOLDER, serve
from dlviz.jobs import Work
from dlviz_models.files import sweep, sweep_beside

PATIENCE = 1.0
"""Seconds in which an engine that is sent away has to clear up and end before it is killed."""


class Running:
    """An engine process. All methods return at once, `end` apart.

    Args:
        load: imported and called by the process; what it returns answers the jobs.
    """

    def __init__(self, load: Callable[[], Work]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=serve, args=(theirs, load), daemon=True, name="dlviz engine")
        self.process.start()
        theirs.close()
        self._pipe = Pipe(self._connection)
        self._left = 0.0
        self._files: tuple[str, ...] = ()
        self.born = time.monotonic()
        self.is_ready = False

    @property
    def readable(self) -> int:
        """The file descriptor of what it says."""
        return self._connection.fileno()

    def send(self, kind: str, number: int = 0, value: Any = None) -> None:
        """Tell it something; that it is dead shows when it is listened to."""
        with suppress(OSError):
            self._pipe.send(kind, number, value)

    def messages(self) -> Iterator[Message]:
        """What it has said; EOFError or OSError once it is dead."""
        while self._connection.poll():
            yield self._pipe.receive()

    def leave(self, files: Iterable[str] = ()) -> None:
        """Send it away; `files` are those that it may be writing."""
        self._connection.close()
        self._left = time.monotonic()
        self._files = tuple(files)

    def is_gone(self) -> bool:
        """Whether it has ended after `leave`; it is killed where it takes too long, and cleared up after."""
        if self.process.is_alive():
            if time.monotonic() - self._left > PATIENCE:
                self.process.kill()
            return False
        self._pipe.sweep(self.process.pid or 0)
        sweep_dead()
        sweep(Path(tempfile.gettempdir()), FOLDER)
        for file in self._files:
            sweep_beside(file)
        return True

    def end(self) -> None:
        """Wait until it has gone after `leave`."""
        while not self.is_gone():
            self.process.join(0.05)
