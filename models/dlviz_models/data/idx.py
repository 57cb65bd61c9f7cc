"""Reading idx files, the format of MNIST: http://yann.lecun.com/exdb/mnist/ (also gzipped)."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from dlviz_models.data.npz import MAX_BYTES, as_pixels
from dlviz_models.data.pictures import ArrayPictures, Data, checked_labels
from dlviz_models.errors import UserError

UNSIGNED_BYTES = 0x08


def read_idx(path: Path) -> np.ndarray:
    """Return the array of an idx file of unsigned bytes, gzipped or not (told by its content).

    Raises:
        UserError: not there, no idx file of bytes, cut off, or above 2 GiB.
    """
    content = _content(path)
    dimensions = content[3] if len(content) > 3 else 0
    header = 4 + 4 * dimensions
    if content[:2] != b"\0\0" or len(content) < header or not 1 <= dimensions <= 4:
        raise UserError(f"{path} is no idx file; give one of MNIST's files, such as t10k-images-idx3-ubyte.gz.")
    if content[2] != UNSIGNED_BYTES:
        raise UserError(f"{path} holds idx values of type 0x{content[2]:02x}; only unsigned bytes (0x08) are read.")
    shape = tuple(int(size) for size in np.frombuffer(content, ">u4", dimensions, offset=4))
    if len(content) - header != math.prod(shape):
        raise UserError(
            f"{path} announces {math.prod(shape)} values but holds {len(content) - header}; it is cut off or damaged, "
            "so fetch it again."
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def read_idx_file(path: Path) -> Data:
    """Read one file of pictures, with the labels beside it if there are any ("images-idx3" -> "labels-idx1")."""
    labels = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    return Data.undivided(path.name, _pictures(path, labels, path.name))


def idx_folder(folder: Path) -> dict[str, Path] | None:
    """Return the four standard files of a folder, by their role, or None if it has not all four."""
    files = sorted(folder.iterdir())
    roles = {}
    for role in ("train-images", "train-labels", "t10k-images", "t10k-labels"):
        matches = [file for file in files if file.name.startswith(role)]
        if not matches:
            return None
        roles[role] = matches[0]
    return roles


def read_idx_folder(folder: Path, files: dict[str, Path]) -> Data:
    """Read the four files that `idx_folder` found."""
    train = _pictures(files["train-images"], files["train-labels"], f"{folder.name}/train")
    return Data.divided(folder.name, train, _pictures(files["t10k-images"], files["t10k-labels"], folder.name))


def _pictures(images: Path, labels: Path, name: str) -> ArrayPictures:
    pictures = as_pixels(read_idx(images), images.name)
    if labels == images or not labels.is_file():
        return ArrayPictures(name, pictures)
    return ArrayPictures(name, pictures, checked_labels(read_idx(labels), len(pictures), None, labels.name))


def _content(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} cannot be read; it is missing, cut off or damaged, so fetch it again.") from error
    if len(content) > MAX_BYTES:
        raise UserError(f"{path} unpacks to more than 2 GiB; store fewer pictures.")
    return content
