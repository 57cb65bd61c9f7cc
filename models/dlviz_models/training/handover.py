"""A function that reports from within, as a generator."""

import queue
import threading
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

T = TypeVar("T")


class _Closed(BaseException):
    """The reports are not wanted any more."""


class _End(Generic[T]):
    """The function has returned, or raised `error`."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def reports_of(run: Callable[[Callable[[T], None]], None]) -> Generator[T, None, None]:
    """Yield what `run` reports to the function that it is given.

    It runs in a thread of its own, which waits from each report until the next one is asked for: so only one of the two
    ever works. What it raises is raised here. When the generator is closed, the report that waits raises an exception
    that ends the thread.
    """
    reports: queue.SimpleQueue[T | _End[T]] = queue.SimpleQueue()
    asked: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def report(value: T) -> None:
        reports.put(value)
        if not asked.get():
            raise _Closed

    def work() -> None:
        try:
            if asked.get():
                run(report)
        except _Closed:
            reports.put(_End())
        except BaseException as error:  # raised again by who asks
            reports.put(_End(error))
        else:
            reports.put(_End())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            asked.put(True)
            value = reports.get()
            if isinstance(value, _End):
                if value.error:
                    raise value.error
                return
            yield value
    finally:
        asked.put(False)
        thread.join()
