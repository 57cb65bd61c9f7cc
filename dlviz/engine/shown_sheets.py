"""The sheets shown last, so that what is on screen is exported as it stands and not computed again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from dlviz.cache_keys import digest
from dlviz.jobs import Request
from dlviz.sheet import Sheet
from dlviz.wire import pack

MOST_SHEETS, MOST_BYTES = 6, 1_000_000_000
"""The maximum number of sheets kept, and of bytes in their arrays."""


class ShownSheets:
    """The last sheet of each request, by what was asked; of those that were shown longest ago none where memory ends.

    Args:
        most: bytes of arrays that are kept in all.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._sheets: OrderedDict[str, tuple[Sheet, int]] = OrderedDict()

    def keep(self, request: Request, sheet: Sheet) -> None:
        """Keep a sheet, without its raw arrays where these alone are too many."""
        key = _key(request)
        self._sheets.pop(key, None)
        for kept in (sheet, replace(sheet, arrays={})):
            if (size := _bytes(kept)) <= self._most:
                self._sheets[key] = kept, size
                break
        while len(self._sheets) > MOST_SHEETS or sum(size for _, size in self._sheets.values()) > self._most:
            self._sheets.popitem(last=False)

    def of(self, request: Request, *, arrays: bool = False) -> Sheet | None:
        """The sheet of a request, where it is kept; with `arrays` only if it has its raw arrays."""
        sheet, _ = self._sheets.get(_key(request), (None, 0))
        return sheet if sheet and (sheet.arrays or not arrays) else None


def _key(request: Request) -> str:
    text, arrays = pack(request)
    return digest(text.decode(), *arrays)


def _bytes(sheet: Sheet) -> int:
    """Of its arrays, each counted once."""
    return sum({id(array): array.nbytes for array in pack(sheet)[1]}.values())
