"""Work for an engine that starts without TensorFlow: what a job does is said in the name of its network."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dlviz.jobs import Describe, Export, Job, Work
from dlviz.progress import Progress
from dlviz.sheet import Paragraph, Sheet
from dlviz_models.files import atomic_path

MARK = "DLVIZ_TEST_DIES"
"""Names a file: while it exists, no engine gets ready."""


def load() -> Work:
    """An engine that gets ready, and dies on request."""
    if os.path.exists(os.environ.get(MARK, "")):
        os._exit(1)
    return work


def work(job: Job) -> Iterator[Any]:
    """Answer, fail, or worse."""
    match job:
        case Describe("answer"):
            yield Sheet("answer", "", (Paragraph("hello"),))
        case Describe("many"):
            for n in range(60):
                yield Sheet(str(n), "", (Paragraph("hello"),), {"x": np.full(300_000, n, np.float32)})
        case Describe("deaf"):
            yield Progress(0, 1)
            time.sleep(60)
        case Describe("wedged"):
            yield Progress(0, 1)
            ctypes.PyDLL(None).sleep(60)  # no thread of Python's gets its turn
        case Describe("greedy"):
            yield Sheet("greedy", "", (Paragraph("hello"),), {"x": np.ones(1 << 40, np.uint8)})
        case Export():
            with atomic_path(job.path) as path:
                Path(path).write_text("half")
                yield Progress(0, 1)
                time.sleep(60)
