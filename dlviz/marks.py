"""Store the request that made a file in the file itself, as plain ASCII that every medium leaves unchanged."""

from __future__ import annotations

import re
from mmap import mmap
from urllib.parse import quote, unquote

SCHEME = "dlviz-request:"
"""The prefix of a stored request."""
MOST_LETTERS = 400_000
"""The maximum length of a stored request; longer ones, such as with a large array, are omitted."""
_MARK = re.compile(rb"dlviz-request:([A-Za-z0-9_.~%/:=,-]+);")


def mark(request: str) -> str:
    """Return the encoded request to write into a file."""
    return f"{SCHEME}{quote(request, safe='/:=,')};"


def marks_in(content: bytes | mmap) -> tuple[str, ...]:
    """Return the distinct requests in the content of a file."""
    return tuple(dict.fromkeys(unquote(found[1].decode()) for found in _MARK.finditer(content)))
