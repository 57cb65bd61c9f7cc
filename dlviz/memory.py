"""A cache of results that views share, keyed by type and arguments."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memory:
    """Results for one network and data set, kept as long as both stay open."""

    def __init__(self) -> None:
        self._found: dict[tuple[type, Hashable], Any] = {}

    def recall(self, kind: type[T], of: Hashable = ()) -> T | None:
        """The result of that type under the key `of`; None if there is none."""
        return self._found.get((kind, of))

    def keep(self, found: T, of: Hashable = ()) -> T:
        """Store a result under its type and the key `of`, replacing any earlier one; return it."""
        self._found[type(found), of] = found
        return found
