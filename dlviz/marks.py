"""How files of any kind keep the request that made them: as letters that no medium writes otherwise."""

from __future__ import annotations

import re
from mmap import mmap
from urllib.parse import quote, unquote

SCHEME = "dlviz-request:"
"""What stands before a request."""
MOST_LETTERS = 400_000
"""Of a request in a file; a longer one, such as that of a large array, is left out."""
_MARK = re.compile(rb"dlviz-request:([A-Za-z0-9_.~%/:=,-]+);")


def mark(request: str) -> str:
    """Return a request as a file keeps it: letters that no medium writes otherwise."""
    return f"{SCHEME}{quote(request, safe='/:=,')};"


def marks_in(content: bytes | mmap) -> tuple[str, ...]:
    """Return the requests in the content of a file, bytes or a memory map, each once."""
    return tuple(dict.fromkeys(unquote(found[1].decode()) for found in _MARK.finditer(content)))
