"""Copying an HDF5 file's plain arrays, one by one, into a clean one of the same paths."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from dlviz.inspect.refusal import Refused, shown

MAX_OBJECTS = 200_000
MAX_DEPTH = 64
MAX_RATIO = 200
MAX_TEXTS = 100_000
BLOCK = 64 * 1024**2
PLAIN_FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32, h5py.h5z.FILTER_LZF}
SKIPPED = {"optimizer", "optimizer_weights"}
_KEPT = ("layer_names", "weight_names", "backend", "keras_version", "name", "dtype")


class Copier:
    """Copies groups and arrays that are what they say they are; `shapes` holds each array's shape by its path."""

    def __init__(self, file_bytes: int) -> None:
        self.shapes: dict[str, tuple[int, ...]] = {}
        self._left = file_bytes
        self._objects = 0
        self._seen: set[int] = set()

    def copy(self, source: h5py.Group, target: h5py.Group, depth: int = 0) -> None:
        """Copy what is in `source` into `target`, which is empty.

        Raises:
            Refused: a link to elsewhere, an array of objects or stored elsewhere, or one larger than what is there.
        """
        if depth > MAX_DEPTH:
            raise Refused(f"nests its weights more than {MAX_DEPTH} deep; save the network again")
        for name in _KEPT:
            _copy_texts(source, target, name)
        for name in source:
            if depth == 0 and name in SKIPPED:
                continue
            self._objects += 1
            if self._objects > MAX_OBJECTS:
                raise Refused(f"has more than {MAX_OBJECTS:,} arrays; save the network again")
            if not isinstance(source.get(name, getlink=True), h5py.HardLink):
                raise Refused(f"has a link at “{shown(name)}” to other data; save the network again without links")
            item = source[name]
            where = h5py.h5o.get_info(item.id).addr
            if where in self._seen:
                raise Refused(f"holds “{shown(item.name)}” in several places at once; save the network again")
            self._seen.add(where)
            if isinstance(item, h5py.Group):
                self.copy(item, target.create_group(name), depth + 1)
            elif isinstance(item, h5py.Dataset):
                self._check(item)
                copy = target.create_dataset(name, item.shape, item.dtype)
                for block in _blocks(item):
                    copy[block] = item[block]
                _copy_texts(item, copy, "dtype")
            else:
                raise Refused(f"holds something at “{shown(name)}” that is not an array; save the network again")

    def _check(self, array: h5py.Dataset) -> None:
        name = shown(array.name)
        if array.is_virtual or array.external:
            raise Refused(f"keeps the array “{name}” in another file; save the network again into one file")
        if array.shape is None or not _is_plain(array.dtype):
            raise Refused(f"holds “{name}”, which is not an array of numbers; save the network again")
        filters = array.id.get_create_plist()
        used = {filters.get_filter(index)[0] for index in range(filters.get_nfilters())}
        if not used <= PLAIN_FILTERS:
            raise Refused(f"packs “{name}” with a filter that is not part of HDF5; save the network again")
        stored = array.id.get_storage_size()
        self._left -= stored
        if self._left < 0 or array.size * array.dtype.itemsize > stored * (MAX_RATIO if used else 1):
            raise Refused(f"states that “{name}” has the shape {array.shape}, but does not hold that many numbers; "
                          "download or save it again")  # fmt: skip
        self.shapes[array.name] = array.shape


def _blocks(array: h5py.Dataset) -> list[Any]:
    """Return the parts, along the first axis, in which an array is copied."""
    if not array.shape:
        return [()]
    rows = max(1, BLOCK * array.shape[0] // max(1, array.size * array.dtype.itemsize))
    return [slice(start, start + rows) for start in range(0, array.shape[0], rows)]


def copy_weights(source: h5py.Group, target: Path, file_bytes: int) -> dict[str, tuple[int, ...]]:
    """Write a clean copy of `source` to `target` and return each array's shape by its path.

    Args:
        file_bytes: size of the file that `source` stands in; no more can come out of it unpacked.

    Raises:
        Refused: as `Copier.copy` does.
    """
    copier = Copier(file_bytes)
    with h5py.File(target, "w") as clean:
        copier.copy(source, clean)
    return copier.shapes


def texts(group: h5py.Group, name: str) -> list[str]:
    """Return a list of texts, which Keras splits over several attributes where it is long."""
    keys = [name] if name in group.attrs else []
    keys = keys or [f"{name}{number}" for number in range(len(group.attrs)) if f"{name}{number}" in group.attrs]
    return [text.decode() if isinstance(text, bytes) else str(text) for key in keys for text in group.attrs[key]]


def read_text(group: h5py.Group, name: str) -> str | None:
    """Return the text attribute `name`, or None if there is none or it is not text."""
    if name not in group.attrs or not _holds_texts(group, name):
        return None
    value = group.attrs[name]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else None


def _is_plain(dtype: np.dtype[Any]) -> bool:
    bfloat16 = dtype.kind == "V" and dtype.itemsize == 2 and dtype.fields is None and dtype.subdtype is None
    return dtype.kind in "biuf" or bfloat16


def _holds_texts(item: Any, name: str) -> bool:
    attribute = item.attrs.get_id(name)
    text = h5py.check_string_dtype(attribute.dtype)
    return text is not None and int(np.prod(attribute.shape, dtype=np.float64)) <= MAX_TEXTS


def _copy_texts(source: Any, target: Any, name: str) -> None:
    """Copy the attribute `name`, and those numbered after it, as Keras splits long lists of names."""
    for key in source.attrs:
        if key.rstrip("0123456789") != name:
            continue
        attribute = source.attrs.get_id(key)
        if attribute.shape == (0,):
            target.attrs[key] = np.empty(0)
        elif _holds_texts(source, key):
            target.attrs[key] = source.attrs[key]
