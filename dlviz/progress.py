"""How far long work has come: what algorithms and views yield on the way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far long work has come: `done` of `total`, and what is being done."""

    done: int
    total: int
    message: str = ""
