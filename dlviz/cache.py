"""An on-disk cache of results that take long to compute, keyed by a digest of their inputs."""

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
"""The environment variable with the cache folder; empty: no cache."""
LIMIT = 256 << 20
"""The maximum size of the cache in bytes; the least recently used entries are removed first."""


def default_folder() -> Path | None:
    """The cache folder: `DLVIZ_CACHE`, or the platform's default; None if the cache is off."""
    if PLACE in os.environ:
        return Path(os.environ[PLACE]) if os.environ[PLACE] else None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local", "dlviz", "Cache")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "dlviz"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "dlviz")


@dataclass(frozen=True)
class Entry:
    """An entry of the cache, which may be empty.

    Args:
        folder: the cache folder, created on the first write.
        key: a hexadecimal digest of everything that the arrays depend on.
    """

    folder: Path
    key: str

    @property
    def path(self) -> Path:
        """The file: the SHA-256 of an `.npz`, then the `.npz`."""
        return self.folder / f"{self.key}.entry"

    def get(self) -> dict[str, np.ndarray] | None:
        """The stored arrays, of any shape, by name; None if there are none or they are damaged."""
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
        """Store arrays of any shape by name; errors are ignored."""
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        content = buffer.getbuffer()
        with suppress(UserError, OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic_path(self.path) as path:
                path.write_bytes(hashlib.sha256(content).digest() + content)
            prune(self.folder)

    def remove(self) -> None:
        """Delete the entry."""
        with suppress(OSError):
            self.path.unlink()


NOWHERE = Entry(Path(os.devnull), "")
"""An entry that stores nothing."""


def prune(folder: Path, limit: int = LIMIT) -> None:
    """Remove the least recently used entries until the rest takes at most `limit` bytes."""
    found = []
    for path in folder.glob("*.entry"):
        with suppress(OSError):  # removed by another process
            status = path.stat()
            found.append((status.st_mtime_ns, status.st_size, path))
    taken = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if taken <= limit:
            return
        with suppress(OSError):
            path.unlink()
        taken -= size
