"""The networks that each epoch of a training left in a folder (`dlviz train --keep-epochs`): a file an epoch."""

import os
import re
from pathlib import Path

_NAME = re.compile(r"epoch_(\d{3,9})\.keras")


def epoch_path(folder: Path, epoch: int) -> Path:
    """Return where the network is that epoch number `epoch`, from 1 on, left."""
    return folder / f"epoch_{epoch:03}.keras"


def kept_epochs(folder: str | os.PathLike[str]) -> dict[int, Path]:
    """Return the file of each epoch that was kept, by its number, in order; empty where it is not such a folder.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for epoch in (2, 10):
    ...         epoch_path(Path(folder), epoch).touch()
    ...     list(kept_epochs(folder))
    [2, 10]
    """
    path = Path(folder)
    if not os.fspath(folder) or not path.is_dir():
        return {}
    found = {int(match[1]): path / match[0] for name in os.listdir(path) if (match := _NAME.fullmatch(name))}
    return dict(sorted(found.items()))


def epoch_title(path: Path) -> str:
    """Return what the network in a file is called that is one of the kept epochs; empty where it is another file."""
    match = _NAME.fullmatch(path.name)
    return f"{path.absolute().parent.name}, epoch {int(match[1])}" if match else ""
