"""The engine's own side: one job after the other, asked whether to go on at every step."""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from dlviz.engine.pipe import Pipe
from dlviz.jobs import Job, Messages, Work
from dlviz.progress import Progress
from dlviz.silence_logs import silence_logs
from dlviz_models.errors import UserError
from dlviz_models.files import abandon, private_folder
from dlviz_models.keras_settings import load_keras

BETWEEN_PROGRESS = 0.05
"""Seconds between two reports of progress."""
FOLDER = "dlviz-engine-"
"""How the names of engines' temporary folders begin."""
NICENESS = 5
"""Engines give way to the window, whose own share of a click is short."""
FULL = "There is not enough memory for that: try fewer pictures or units, or close other programs."


class Inbox:
    """What the window has sent, read by a separate thread so that Cancel is noticed during a job."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.jobs: queue.SimpleQueue[tuple[int, Job]] = queue.SimpleQueue()
        self.cancelled: set[int] = set()
        self._told: defaultdict[int, list[Any]] = defaultdict(list)
        self._heard = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while True:
                message = self.pipe.receive()
                if message.kind == "submit":
                    self.jobs.put((message.job, message.value))
                elif message.kind == "cancel":
                    with self._heard:
                        self.cancelled.add(message.job)
                        self._heard.notify()
                elif message.kind == "tell":
                    with self._heard:
                        self._told[message.job].append(message.value)
                        self._heard.notify()
                elif message.kind == "ping":
                    self.pipe.send("pong")
        except (EOFError, OSError):  # the window is gone, or sends this engine away
            abandon()
            os._exit(0)

    def told(self, job: int, *, wait: bool = False) -> Messages:
        """What the window has told a job since the last call; `wait` until it does, or cancels the job."""
        with self._heard:
            if wait:
                self._heard.wait_for(lambda: job in self._told or job in self.cancelled)
            return tuple(self._told.pop(job, ()))


def keras_work() -> Work:
    """What answers jobs in a session; importing it takes TensorFlow's seconds."""
    with silence_logs():
        load_keras(for_views=True)
        from dlviz.engine.shown_sheets import ShownSheets
        from dlviz.engine.work import work
        from dlviz.session import Session

    gc.freeze()  # what stays for good need not be looked through again
    return partial(work, Session(), ShownSheets())


def serve(connection: Connection, load: Callable[[], Work]) -> None:
    """Run until the window goes away; `load` is given the time before it is said that the engine is ready."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is the window's to hear
    with suppress(OSError):  # where memory runs out, Linux ends this process rather than the window
        Path("/proc/self/oom_score_adj").write_text("300")
    with suppress(OSError, AttributeError):  # there is no such thing on Windows
        os.nice(NICENESS)
    pipe = Pipe(connection)
    with private_folder(Path(tempfile.gettempdir()), FOLDER) as folder:
        tempfile.tempdir = str(folder)
        inbox = Inbox(pipe)
        work = load()
        pipe.send("ready")
        while True:
            _answer(*inbox.jobs.get(), work, inbox)


def _answer(number: int, job: Job, work: Work, inbox: Inbox) -> None:
    try:
        _run(number, work(job), inbox)
    except UserError as error:
        inbox.pipe.send("failed", number, str(error))
    except Exception as error:
        kind = type(error).__name__
        if isinstance(error, MemoryError) or kind == "ResourceExhaustedError":  # TensorFlow's own
            inbox.pipe.send("failed", number, FULL)
        else:
            traceback.print_exc(file=sys.stderr)
            sentence = f"This could not be shown ({kind}): try another layer or input, or report it."
            inbox.pipe.send("failed", number, sentence)


def _run(number: int, steps: Generator[Any, Messages, None], inbox: Inbox) -> None:
    inbox.pipe.send("started", number)
    last = 0.0
    told: Messages | None = None
    while number not in inbox.cancelled:
        try:
            value = steps.send(told)  # type: ignore[arg-type]  # a generator starts with None
        except StopIteration:
            break
        told = inbox.told(number, wait=value is None)
        if value is None:
            continue
        if isinstance(value, Progress):
            if time.monotonic() - last < BETWEEN_PROGRESS:
                continue
            last = time.monotonic()
        inbox.pipe.send("answer", number, value)
    steps.close()
    inbox.cancelled.discard(number)
    inbox.pipe.send("done", number)
