"""64-bit content hashes by which duplicate samples are recognised."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields

import numpy as np

from dlviz import backend
from dlviz_models.data.samples import Sample

Keys = Callable[[np.ndarray], np.ndarray]
"""From sample numbers (m,) in a batch to their content keys, uint64 (m,)."""


def keys_of(samples: Sequence[Sample] | Sequence[np.ndarray] | np.ndarray) -> Keys:
    """A function that computes the content keys of samples, or of arrays (n, ...), on demand."""
    if isinstance(samples, np.ndarray) and samples.dtype.kind != "O":
        return lambda rows: _keys_of_arrays(samples[rows])
    return lambda rows: np.array([content_key(samples[int(row)]) for row in rows], np.uint64)


def _keys_of_arrays(arrays: np.ndarray) -> np.ndarray:
    """`content_key` of each of many arrays (n, ...) of one type and shape."""
    return backend.fingerprints(arrays) ^ np.uint64(_type_and_shape_key(arrays))


def content_key(sample: Sample | np.ndarray) -> int:
    """A 64-bit hash of the content of a sample, or of an array of any shape; names and targets do not count."""
    if isinstance(sample, np.ndarray) and sample.dtype.kind != "O":
        return int(_keys_of_arrays(sample[None])[0])
    found = _digest()
    _add(found, sample)
    return int.from_bytes(found.digest())


def _digest() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=8)


def _type_and_shape_key(arrays: np.ndarray) -> int:
    """A hash of the type and shape of each of many arrays (n, ...)."""
    found = _digest()
    found.update(f"{arrays.dtype.str}{arrays.shape[1:]}".encode())
    return int.from_bytes(found.digest())


def _header(array: np.ndarray) -> bytes:
    return f"{array.dtype.str}{array.shape}".encode()


def _add(found: hashlib.blake2b, content: object) -> None:
    match content:
        case np.ndarray():
            found.update(_header(content))
            found.update(np.ascontiguousarray(content).data if content.dtype.kind != "O" else repr(content).encode())
        case Sample():
            for field in fields(content):
                if field.name not in ("name", "target", "synthetic"):
                    _add(found, getattr(content, field.name))
        case dict():
            for name, part in content.items():
                _add(found, name)
                _add(found, part)
        case _:
            found.update(f"{content!r}\0".encode("utf-8", "surrogateescape"))
