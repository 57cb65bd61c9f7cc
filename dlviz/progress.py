"""Progress of long work, as algorithms and views yield it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Progress of long work: `done` of `total`, and what is being done."""

    done: int
    total: int
    message: str = ""
