"""What views found out and can use again, each thing under its own type and what it is of."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memory:
    """Kept as long as a network and its data stay open."""

    def __init__(self) -> None:
        self._found: dict[tuple[type, Hashable], Any] = {}

    def recall(self, kind: type[T], of: Hashable = ()) -> T | None:
        """What was kept of that type under `of`; None where nothing was."""
        return self._found.get((kind, of))

    def keep(self, found: T, of: Hashable = ()) -> T:
        """Keep something under `of`, in the place of what was kept there before."""
        self._found[type(found), of] = found
        return found
