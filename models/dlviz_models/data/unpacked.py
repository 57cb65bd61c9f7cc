"""Opening a file, gzipped or not."""

import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

MAX_RATIO = 200
ALWAYS = 16 * 1024**2
"""Bytes to which a file may unpack whatever the ratio: labels may all be equal."""
GZIP = b"\x1f\x8b"


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """Yield the file, gunzipped if its content is, and how many bytes it may hold at most.

    Raises:
        OSError: it cannot be opened.
    """
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        zipped = file.read(len(GZIP)) == GZIP
        file.seek(0)
        if zipped:
            with gzip.open(file) as content:
                yield cast(IO[bytes], content), max(ALWAYS, size * MAX_RATIO)
        else:
            yield file, size
