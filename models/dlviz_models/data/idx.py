"""Reading idx files, the format of MNIST: http://yann.lecun.com/exdb/mnist/ (also gzipped)."""

import math
import os
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np

from dlviz_models.data.npz import MAX_BYTES, data_in
from dlviz_models.data.parts import Data
from dlviz_models.data.unpacked import unpacked
from dlviz_models.errors import UserError

UNSIGNED_BYTES = 0x08
BLOCK = 1024**2
_DAMAGED = "it is cut off or damaged, so fetch it again"
ROLES = {
    "x_train": "train-images",
    "y_train": "train-labels",
    "x_test": "t10k-images",
    "y_test": "t10k-labels",
}


def read_idx(path: Path) -> np.ndarray:
    """Return the array, uint8 of any shape, of an idx file of unsigned bytes, gzipped or not (recognised by content).

    Raises:
        UserError: not there, not an idx file of bytes, cut off, or above 2 GiB; told before memory is taken.
    """
    try:
        with unpacked(path) as (file, most):
            shape = _shape(path, file)
            size = math.prod(shape)
            if size > min(most, MAX_BYTES):
                much = "more than 2 GiB; store fewer pictures" if size > MAX_BYTES else f"but holds less; {_DAMAGED}"
                raise UserError(f"{path} declares {size} values, {much}.")
            values = np.empty(shape, np.uint8)
            found = _fill(values.reshape(-1), file)
            if found < size or file.read(1):
                held = f"holds {found}" if found < size else "holds more"
                raise UserError(f"{path} declares {size} values but {held}; {_DAMAGED}.")
            return values
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} cannot be read; it is missing, {_DAMAGED.removeprefix('it is ')}.") from error


def labels_beside(path: Path) -> Path | None:
    """Return the file of labels beside a file of pictures ("images-idx3" -> "labels-idx1"), if it is there."""
    labels = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    return labels if labels != path and labels.is_file() else None


def read_idx_file(path: Path) -> Data[Any]:
    """Read one file of pictures, with the labels beside it if there are any."""
    labels = labels_beside(path)
    return data_in({"x": read_idx(path)} | ({} if labels is None else {"y": read_idx(labels)}), path.name)


def idx_folder(folder: Path) -> dict[str, Path] | None:
    """Return the four standard files of a folder, by the names of their arrays, or None if it has not all four."""
    names = sorted(os.listdir(folder))
    found = {array: next((name for name in names if name.startswith(role)), None) for array, role in ROLES.items()}
    return None if None in found.values() else {array: folder / str(name) for array, name in found.items()}


def read_idx_folder(folder: Path, files: dict[str, Path]) -> Data[Any]:
    """Read the four files that `idx_folder` found."""
    return data_in({array: read_idx(path) for array, path in files.items()}, folder.name)


def _fill(values: np.ndarray, file: IO[bytes]) -> int:
    """Read bytes (n,) from the file as far as it goes and return how many there were."""
    found = 0
    while block := file.read(min(BLOCK, len(values) - found)):
        values[found : found + len(block)] = np.frombuffer(block, np.uint8)
        found += len(block)
    return found


def _shape(path: Path, file: IO[bytes]) -> tuple[int, ...]:
    start = file.read(4)
    dimensions = start[3] if len(start) == 4 else 0
    sizes = file.read(4 * dimensions) if dimensions <= 4 else b""
    if start[:2] != b"\0\0" or not 1 <= dimensions <= 4 or len(sizes) < 4 * dimensions:
        raise UserError(f"{path} is not an idx file; give one of MNIST's files, such as t10k-images-idx3-ubyte.gz.")
    if start[2] != UNSIGNED_BYTES:
        raise UserError(f"{path} holds idx values of type 0x{start[2]:02x}; only unsigned bytes (0x08) are read.")
    return tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
