"""A progress bar on the terminal."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


def bar(*, transient: bool = False) -> Progress:
    """Return a progress bar on standard error, shown only if that is a terminal; each task has the field `message`."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[message]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=transient)


class TenthLines:
    """Writes a line on standard error for each tenth that is done, and how long the rest will take, where there is no
    terminal for a bar."""

    def __init__(self, title: str) -> None:
        self._title, self._is_needed = title, not sys.stderr.isatty()
        self._started, self._first, self._tenths = 0.0, 0, 0

    def __call__(self, done: int, total: int, message: str) -> None:
        """Tell that so many of a total are done."""
        if not self._started:
            self._started, self._first, self._tenths = time.monotonic(), done, 10 * done // max(total, 1)
        if not self._is_needed or 10 * done < (self._tenths + 1) * total:
            return
        self._tenths = 10 * done // total
        left = (total - done) * (time.monotonic() - self._started) / max(done - self._first, 1)
        print(f"{self._title}: {message}, {left:.0f} s left", file=sys.stderr, flush=True)
