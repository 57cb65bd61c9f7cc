"""The engine's own side: one job after the other, asked whether to go on at every step."""

from __future__ import annotations

import gc
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from dlviz.engine.pipe import Pipe
from dlviz.jobs import Job
from dlviz.quiet import quiet
from dlviz.sheet import Progress
from dlviz_models.errors import UserError

BETWEEN_PROGRESS = 0.05
"""Seconds between two reports of progress."""


class Inbox:
    """What the window has sent, read by a thread of its own so that Cancel is heard during a job."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.jobs: queue.SimpleQueue[tuple[int, Job]] = queue.SimpleQueue()
        self.cancelled: set[int] = set()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while True:
                message = self.pipe.receive()
                if message.kind == "submit":
                    self.jobs.put((message.job, message.value))
                elif message.kind == "cancel":
                    self.cancelled.add(message.job)
        except (EOFError, OSError):
            os._exit(0)  # the window is gone


def serve(connection: Connection) -> None:
    """Run until the window goes away."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    pipe = Pipe(connection)
    inbox = Inbox(pipe)
    gc.disable()
    with quiet():
        from dlviz.engine.work import work
        from dlviz.session import Session

    gc.enable()
    session = Session()
    pipe.send("ready")
    while True:
        number, job = inbox.jobs.get()
        try:
            _run(number, work(session, job), inbox)
        except UserError as error:
            pipe.send("failed", number, str(error))
        except MemoryError:
            pipe.send(
                "failed", number, "The memory of this machine is too small for that: try fewer pictures or units."
            )
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            kind = type(error).__name__
            pipe.send("failed", number, f"This could not be shown ({kind}): try another layer or input, or report it.")


def _run(number: int, steps: Iterator[Any], inbox: Inbox) -> None:
    inbox.pipe.send("started", number)
    last = 0.0
    while number not in inbox.cancelled:
        try:
            value = next(steps)
        except StopIteration:
            break
        if isinstance(value, Progress):
            if time.monotonic() - last < BETWEEN_PROGRESS:
                continue
            last = time.monotonic()
        inbox.pipe.send("answer", number, value)
    inbox.cancelled.discard(number)
    inbox.pipe.send("done", number)
