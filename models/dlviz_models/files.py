"""Writing a file whole or not at all, and private folders that do not outlive their process."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dlviz_models.errors import UserError

if os.name == "posix":
    import fcntl
else:
    import msvcrt

LOCK = ".dlviz-lock"
"""The file in a private folder that is locked as long as the folder's process lives; the system lets go of it."""

_mine: set[Path] = set()


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on leaving without an error it takes the place of `path`.

    The temporary file has the same name, in a private folder. Until the last moment the old file stays as it was; on
    any failure the folder is removed, after a sudden death by the next write to `path`. A symbolic link stays a link:
    the file it points to is replaced.

    Raises:
        UserError: the file cannot be written (missing folder, read-only, full disk, a folder of that name).
    """
    target = Path(os.path.realpath(path))
    try:
        if os.path.isdir(target):
            raise IsADirectoryError(None, "it is a folder")
        with private_folder(target.parent, _prefix(target)) as folder:
            temporary = folder / target.name
            yield temporary
            _flush(temporary)
            os.replace(temporary, target)
            if os.name == "posix":
                _flush(target.parent)
    except OSError as error:
        raise UserError(f"{str(path)[-200:]} could not be written: {_reason(error, target)}.") from error


def sweep_beside(path: str | os.PathLike[str]) -> None:
    """Remove what writers of `path` that are dead left beside it."""
    target = Path(os.path.realpath(path))
    sweep(target.parent, _prefix(target))


@contextmanager
def private_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Yield a new folder below `parent`, removed on leaving; what dead processes left under this prefix goes first.

    Raises:
        OSError: it cannot be made.
    """
    sweep(parent, prefix)
    folder, lock = _new(parent, prefix)
    _mine.add(folder)
    try:
        yield folder
    finally:
        _remove(folder, lock)
        _mine.discard(folder)


def sweep(parent: Path, prefix: str) -> None:
    """Remove the private folders below `parent` whose processes are dead."""
    with suppress(OSError):
        with os.scandir(parent) as entries:
            folders = [Path(entry) for entry in entries if entry.name.startswith(prefix)]
        for folder in folders:
            lock = _lock(folder)
            if lock is not None:
                _remove(folder, lock)
            else:
                with suppress(OSError):  # in use, or not even locked yet
                    folder.rmdir()


def abandon() -> None:
    """Remove all private folders of this process, which is about to end without leaving them."""
    for folder in list(_mine):
        shutil.rmtree(folder, ignore_errors=True)


def _new(parent: Path, prefix: str) -> tuple[Path, int | None]:
    """A folder and its lock; where there are no locks it has none, and is never swept."""
    for _ in range(3):
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        lock = _lock(folder, os.O_CREAT)
        if lock is not None:
            return folder, lock
        shutil.rmtree(folder, ignore_errors=True)  # swept before it was locked
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent)), None


def _lock(folder: Path, flags: int = 0) -> int | None:
    """The descriptor that holds the folder for this process; None where it cannot be had."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | flags, 0o600)
    except OSError:
        return None
    try:
        if os.name == "posix":
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        if os.path.samestat(os.fstat(descriptor), os.stat(folder / LOCK)):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _remove(folder: Path, lock: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None:
        os.close(lock)
    shutil.rmtree(folder, ignore_errors=True)  # Windows removes no open file


def _prefix(target: Path) -> str:
    return f".dlviz-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]}-"


def _flush(path: Path) -> None:
    """Wait until the file's content, or the folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError, target: Path) -> str:
    if not os.path.isdir(target.parent):
        return "its folder does not exist; make the folder or choose another"
    return f"{(error.strerror or str(error))[:100].lower()}; choose another place or free some space"
