"""Ending a process that writes, at many different moments."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.reliability.writers"])
LAST = 140
"""Calls at the end of a write, when it is moved into place, that get half of the kills."""


def started(write: Callable[..., object], *args: Any) -> BaseProcess:
    """A process of its own, forked from one that has imported `tests.reliability.writers` and runs no threads."""
    process = _context.Process(target=write, args=args)
    process.start()
    return process


def killed_while(
    write: Callable[..., object], *args: Any, times: int = 20, before: Callable[[], object] = lambda: None
) -> Iterator[int]:
    """Run `write(*args)` in a process that is killed, `times` times, each time at another one of its calls; yield the
    number of the kill after each. `before` is called here before each."""
    before()
    here, there = _context.Pipe()
    started(_write_until, write, args, None, there).join()
    calls = here.recv()
    spread = [calls * n // (times // 2) for n in range(times // 2)]
    spread += [calls - 1 - LAST * n // (times - len(spread)) for n in range(times - len(spread))]
    for kill, call in enumerate(spread):
        before()
        process = started(_write_until, write, args, call, there)
        process.join()
        assert process.exitcode == -signal.SIGKILL
        yield kill


def _write_until(write: Callable[..., object], args: tuple[Any, ...], last: int | None, told: Connection) -> None:
    """Write until call number `last`, of Python or C; without one to the end, and tell how many there were."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        if calls == last:
            os.kill(os.getpid(), signal.SIGKILL)
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    write(*args)
    sys.setprofile(None)
    told.send(calls)
