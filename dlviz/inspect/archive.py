"""Zip archives whose list of members is checked before it, or any member, is read."""

import os
import re
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from dlviz.inspect.refusal import Refused, shown

MAX_LIST = 4 * 1024**2
MAX_RATIO = 200
ALWAYS = 16 * 1024**2
"""Bytes to which a member may unpack whatever its ratio where many equal numbers are nothing unusual."""

_DRIVE = re.compile(r"[A-Za-z]:/")
_END, _END_64, _LOCATOR = b"PK\5\6", b"PK\6\6", b"PK\6\7"
_END_BYTES, _LOCATOR_BYTES, _COMMENT_BYTES = 22, 20, 65_535


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Yield the archive.

    Raises:
        Refused: its list of members is too long.
        zipfile.BadZipFile: it is not one.
    """
    with path.open("rb") as file:
        if _list_bytes(file) > MAX_LIST:
            raise Refused("is a zip archive of far too many files; unpack it and open one of them")
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            yield archive


def check(member: zipfile.ZipInfo, always: int = 0) -> None:
    """Check one member's name, kind, packing and ratio.

    Args:
        always: bytes to which it may unpack whatever the ratio.

    Raises:
        Refused: one of them is not what it should be.
    """
    name = shown(member.orig_filename)
    path = PurePosixPath(member.orig_filename.replace("\\", "/"))
    if member.orig_filename != member.filename or path.is_absolute() or ".." in path.parts or _DRIVE.match(str(path)):
        raise Refused(f"holds “{name}”, which would be put outside of its folder; download it from elsewhere")
    if member.flag_bits & 0x1:
        raise Refused("is encrypted; save it again without a password")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise Refused(f"holds “{name}” as a link; save it again")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(f"compresses “{name}” in an unusual way; save it again")
    if member.file_size > max(always, MAX_RATIO * max(member.compress_size, 1)):
        raise Refused(f"packs “{name}” more than {MAX_RATIO}:1, which no real file does; download it from elsewhere")


def _list_bytes(file: IO[bytes]) -> int:
    """Return how many bytes the archive says that its list of members has; 0 where it is not found."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _END_BYTES - _COMMENT_BYTES - _LOCATOR_BYTES))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        return 0
    told = int(struct.unpack_from("<L", tail, at + 12)[0])
    if tail[max(0, at - _LOCATOR_BYTES) :].startswith(_LOCATOR):
        offset = struct.unpack_from("<Q", tail, at - _LOCATOR_BYTES + 8)[0]
        file.seek(min(offset, size))
        record = file.read(56)
        told = struct.unpack_from("<Q", record, 40)[0] if record.startswith(_END_64) and len(record) == 56 else 2**64
    return told
