"""Reading pictures from `.npz` files of numpy arrays."""

import zipfile
import zlib
from collections.abc import Mapping, Set
from pathlib import Path

import numpy as np

from dlviz_models.data.pictures import ArrayPictures, Data, checked_labels
from dlviz_models.errors import UserError

MAX_BYTES = 2 * 1024**3
NAMES = frozenset({"x_train", "y_train", "x_test", "y_test", "x", "y", "class_names"})
BLOCK = 1024


def read_npz(path: Path, name: str | None = None, class_names: tuple[str, ...] | None = None) -> Data:
    """Read `x_train, y_train, x_test, y_test`, or `x` and if there `y`, and if there `class_names`.

    Pictures are (n, height, width[, channel]): whole numbers 0..255, or fractions 0..1.

    Raises:
        UserError: not such a file, above 2 GiB unpacked, pickled objects, missing arrays, wrong shapes or values.
    """
    return pictures_in(read_arrays(path, NAMES), name or path.name, class_names)


def pictures_in(arrays: Mapping[str, np.ndarray], name: str, class_names: tuple[str, ...] | None = None) -> Data:
    """Return the pictures, labels and class names among the arrays; those of other names are not looked at.

    Raises:
        UserError: missing arrays, wrong shapes or values.
    """
    if "class_names" in arrays:
        class_names = tuple(str(text) for text in arrays["class_names"].ravel())

    def pictures(x: str, y: str) -> ArrayPictures:
        part = f"{name}: {x}"
        values = as_pixels(arrays[x], part)
        labels = checked_labels(arrays[y], len(values), class_names, f"{name}: {y}") if y in arrays else None
        return ArrayPictures(f"{name}/train" if x == "x_train" else name, values, labels, class_names)

    if {"x_train", "x_test"} <= arrays.keys():
        return Data.divided(name, pictures("x_train", "y_train"), pictures("x_test", "y_test"))
    if "x" in arrays:
        return Data.undivided(name, pictures("x", "y"))
    found = ", ".join(sorted(arrays))[:150] or "nothing"
    raise UserError(f"{name} needs the arrays x_train, y_train, x_test, y_test, or x and y, but holds {found}.")


def as_pixels(values: np.ndarray, name: str) -> np.ndarray:
    """Return pictures as uint8 (n, height, width, channel) from any of the accepted shapes and ranges.

    Raises:
        UserError: another shape, no pictures, NaN, or values outside 0..1 and 0..255.
    """
    if values.ndim == 3:
        values = values[..., None]
    if values.ndim != 4 or values.shape[-1] not in (1, 3):
        raise UserError(
            f"{name} has the shape {values.shape}; pictures are (n, height, width) or (n, height, width, 1 or 3)."
        )
    if 0 in values.shape:
        raise UserError(f"{name} holds no pictures; its shape is {values.shape}.")
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind not in "biuf":
        raise UserError(f"{name} is of type {values.dtype}; pictures are numbers 0..255 or 0..1.")
    low, high = float(values.min()), float(values.max())
    if not 0 <= low <= high <= 255:  # also when one is NaN
        raise UserError(f"{name} holds values {low:g}..{high:g}; pixels are 0..255, or fractions 0..1.")
    fractions = values.dtype.kind in "bf" and high <= 1
    pixels = np.empty(values.shape, np.uint8)
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        pixels[start : start + BLOCK] = np.rint(block.astype(np.float32) * 255 if fractions else block)
    return pixels


def read_arrays(path: Path, names: Set[str]) -> dict[str, np.ndarray]:
    """Return the arrays of these names, and an empty one for every other name in the file.

    Raises:
        UserError: not such a file, above 2 GiB unpacked, or pickled objects.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > MAX_BYTES:
            raise UserError(f"{path} unpacks to {size / 1024**3:.1f} GiB; at most 2 GiB are read, so store fewer.")
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            return {key: stored[key] if key in names else np.empty(0) for key in stored.files}
    except FileNotFoundError as error:
        raise UserError(f"{path} is not there; give the path of an .npz file.") from error
    except ValueError as error:
        raise UserError(
            f"{path} holds Python objects or damaged arrays; save plain number arrays with numpy.savez."
        ) from error
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, zlib.error) as error:
        raise UserError(f"{path} is no .npz file, or is damaged; write it again with numpy.savez.") from error
