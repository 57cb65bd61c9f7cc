"""Answers kept in a file, so that the shipped demonstration is on screen before TensorFlow is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from dlviz.jobs import Job
from dlviz.wire import pack, unpack
from dlviz_models.files import atomic_path


class Recording:
    """The answers to some jobs, read from a file at the first question."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._answers: Mapping[str, tuple[Any, ...]] | None = None

    def answers(self, job: Job) -> tuple[Any, ...] | None:
        """What the engine answered to this very job, or None."""
        if self._answers is None:
            self._answers = self._read()
        return self._answers.get(_key(job))

    def _read(self) -> Mapping[str, tuple[Any, ...]]:
        """The answers; none where the file is damaged or of another version, and the engine is asked for everything."""
        try:
            with np.load(self.path) as file:
                arrays = [file[f"a{i}"] for i in range(len(file.files) - 1)]
                answers = unpack(file["json"].tobytes(), arrays)
            # jobs may have got further fields since, at their defaults
            return {_key(unpack(job.encode(), ())): values for job, values in answers.items()}
        except (EOFError, OSError, TypeError, ValueError, KeyError, BadZipFile):
            return {}


def write_recording(path: Path, answers: Iterable[tuple[Job, tuple[Any, ...]]]) -> None:
    """Keep `answers`: pairs of a job without arrays and what it was answered with."""
    text, arrays = pack({_key(job): values for job, values in answers})
    with atomic_path(path) as out:
        members = {"json": np.frombuffer(text, np.uint8), **{f"a{i}": a for i, a in enumerate(arrays)}}
        np.savez_compressed(out, **members)  # type: ignore[arg-type]


def _key(job: Job) -> str:
    return pack(job)[0].decode()
