"""Progress of long work, as algorithms and views yield it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

Returned = TypeVar("Returned")


@dataclass(frozen=True)
class Progress:
    """Progress of long work: `done` of `total`, and what is being done."""

    done: int
    total: int
    message: str = ""


def as_part(work: Generator[Progress, None, Returned], done: int, total: int) -> Generator[Progress, None, Returned]:
    """Return what `work` returns, rescaling its progress as part number `done` of `total`."""
    while True:
        try:
            part = next(work)
        except StopIteration as end:
            found: Returned = end.value
            return found
        steps = max(part.total, 1)
        yield Progress(done * steps + min(part.done, steps), total * steps, part.message)
