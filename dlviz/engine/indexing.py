"""A process that builds an index, or a shard of one, beside the window or beside others like it."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from dlviz.engine.client import Answer, Done, Engine, Failed
from dlviz.jobs import BuildIndex, Job, Messages, Work
from dlviz.progress import Progress
from dlviz.silence_logs import silence_logs
from dlviz_models.errors import UserError
from dlviz_models.keras_settings import load_keras

if TYPE_CHECKING:
    from dlviz.session import Session

NICENESS = 10
"""What runs here gives way to the window and its engine."""
NAME = "The process that builds the index"
HOURS = 1000 * 3600.0
"""Seconds that an index may take."""
LOOK = 0.1
"""Seconds between two looks at how far the processes are."""


def index_work(threads: int = 0) -> Work:
    """What answers `BuildIndex`; importing it takes TensorFlow's seconds.

    Args:
        threads: of the processor; 0: one for each core.
    """
    if threads:
        os.environ["TF_NUM_INTRAOP_THREADS"] = str(threads)
    with suppress(OSError, AttributeError):  # there is no such thing on Windows
        os.nice(NICENESS)
    with silence_logs():
        load_keras(for_views=True)
        from dlviz.session import Session
    return partial(work, Session())


def work(session: Session, job: Job) -> Generator[Any, Messages, None]:
    """Progress, then what the index holds."""
    if not isinstance(job, BuildIndex):
        raise UserError("This process only builds an index: ask another one.")
    index = session.index(job)
    yield from index.build(job.shard)
    yield index.summary


def in_processes(asked: BuildIndex, count: int) -> Iterator[Progress]:
    """Build `count` shards, each in a process of its own; they are still to be merged.

    Raises:
        UserError: one of the processes fails.
    """
    threads = max(1, (os.cpu_count() or 1) // count)
    engines = [Engine(load=partial(index_work, threads), name=NAME) for _ in range(count)]
    try:
        for number, engine in enumerate(engines, start=1):
            engine.submit(replace(asked, shard=(number, count)), HOURS)
        done, total, running = [0] * count, [0] * count, set(range(count))
        while running:
            time.sleep(LOOK)
            for number in tuple(running):
                for event in engines[number].poll():
                    match event:
                        case Answer(_, Progress(so_far, of, message)):
                            done[number], total[number] = so_far, of
                            yield Progress(sum(done), sum(total), message)
                        case Failed(_, sentence):
                            raise UserError(sentence)
                        case Done():
                            running.discard(number)
    finally:
        for engine in engines:
            engine.close()
