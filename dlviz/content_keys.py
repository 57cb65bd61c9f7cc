"""Keys by which samples that hold the same are known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields

import numpy as np

from dlviz_models.data.samples import Sample

Keys = Callable[[np.ndarray], np.ndarray]
"""The keys (m,) uint64 of samples (m,) of a batch: equal where two hold the same."""


def keys_of(samples: Sequence[Sample] | Sequence[np.ndarray] | np.ndarray) -> Keys:
    """The keys of the samples of a batch, or of arrays (n, ...), computed where they are asked for."""
    return lambda rows: np.array([content_key(samples[int(row)]) for row in rows], np.uint64)


def content_key(sample: Sample | np.ndarray) -> int:
    """64 bits of a digest of what a sample, or an array of any shape, holds, whatever it is called and whatever is true
    of it."""
    found = hashlib.blake2b(digest_size=8)
    _add(found, sample)
    return int.from_bytes(found.digest())


def _add(found: hashlib.blake2b, content: object) -> None:
    match content:
        case np.ndarray():
            found.update(f"{content.dtype.str}{content.shape}".encode())
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
