"""Writing a file whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dlviz_models.errors import UserError


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; on leaving without an error it takes the place of `path`.

    The temporary name ends as `path` does, since many writers choose the format by the ending. Until the last moment
    the old file stays as it was; on any failure the temporary file is removed. A symbolic link stays a link: the file
    it points to is replaced.

    Raises:
        UserError: the file cannot be written (missing folder, read-only, full disk, a folder of that name).
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{secrets.token_hex(4)}-{target.name[-60:]}")
    try:
        if target.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        yield temporary
        _flush(temporary)
        os.replace(temporary, target)
        if os.name == "posix":
            _flush(target.parent)
    except OSError as error:
        raise UserError(f"{str(path)[:200]} could not be written: {_reason(error, target)}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Wait until the file's content, or the folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: OSError, target: Path) -> str:
    if not target.parent.is_dir():
        return "its folder does not exist; make the folder or choose another"
    return f"{(error.strerror or str(error))[:100].lower()}; choose another place or free some space"
