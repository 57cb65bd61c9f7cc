"""Results that took long to compute, kept on disk by a key of their inputs; losing them costs only time."""

from __future__ import annotations

import hashlib
import io
import os
import sys
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlviz_models.errors import UserError
from dlviz_models.files import atomic_path

PLACE = "DLVIZ_CACHE"
"""The environment variable that names another folder; empty: nothing is kept."""
LIMIT = 256 << 20
"""Bytes that the cache may take; what was not asked for longest goes first."""


def default_folder() -> Path | None:
    """Where the cache is: `DLVIZ_CACHE`, or the platform's place for caches; None where nothing is to be kept."""
    if PLACE in os.environ:
        return Path(os.environ[PLACE]) if os.environ[PLACE] else None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local", "dlviz", "Cache")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "dlviz"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "dlviz")


@dataclass(frozen=True)
class Entry:
    """A place in the cache.

    Args:
        folder: of the cache; made when something is kept.
        key: a hexadecimal digest of everything that the arrays depend on.
    """

    folder: Path
    key: str

    @property
    def path(self) -> Path:
        """The file: the SHA-256 of what follows, then an `.npz`."""
        return self.folder / f"{self.key}.entry"

    def get(self) -> dict[str, np.ndarray] | None:
        """The arrays, of any shape, that were put here, by name; None where there are none, or damaged ones."""
        try:
            content = self.path.read_bytes()
            if hashlib.sha256(content[32:]).digest() != content[:32]:
                raise ValueError("damaged")
            with np.load(io.BytesIO(content[32:]), allow_pickle=False) as stored:
                arrays = dict(stored)
            os.utime(self.path)
            return arrays
        except OSError:
            return None
        except (ValueError, EOFError, zipfile.BadZipFile):
            self.remove()
            return None

    def put(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep arrays of any shape here, by name; where that is impossible nothing is kept."""
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        content = buffer.getbuffer()
        with suppress(UserError, OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic_path(self.path) as path:
                path.write_bytes(hashlib.sha256(content).digest() + content)
            prune(self.folder)

    def remove(self) -> None:
        """Keep nothing here any more."""
        with suppress(OSError):
            self.path.unlink()


NOWHERE = Entry(Path(os.devnull), "")
"""A place where nothing can be kept."""


def prune(folder: Path, limit: int = LIMIT) -> None:
    """Remove the entries that were not asked for longest until the rest takes at most `limit` bytes."""
    found = []
    for path in folder.glob("*.entry"):
        with suppress(OSError):  # another process was quicker
            status = path.stat()
            found.append((status.st_mtime_ns, status.st_size, path))
    taken = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if taken <= limit:
            return
        with suppress(OSError):
            path.unlink()
        taken -= size
