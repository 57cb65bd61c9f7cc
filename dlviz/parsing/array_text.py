"""Small arrays as text, such as a drawing, so that they stand in a command line: `array:uint8:28x28x1:eJz…`."""

from __future__ import annotations

import binascii
import math
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode

import numpy as np

FORM = "array"
"""What stands before the first colon."""
KINDS = "biuf"
"""Of numbers: truth values, whole numbers and floats."""
MOST_BYTES = 64 * 1024**2


def write_array(values: np.ndarray) -> str:
    """Return an array of numbers, of any shape, as text that `read_array` takes.

    Raises:
        ValueError: it holds something else than numbers.

    >>> write_array(np.zeros((2, 2), np.uint8))
    'array:uint8:2x2:eJxjYAACAAAEAAE='
    """
    if values.dtype.kind not in KINDS:
        raise ValueError("not an array of numbers")
    shape = "x".join(map(str, values.shape))
    packed = zlib.compress(np.ascontiguousarray(values).tobytes(), 9)
    return f"{FORM}:{values.dtype.name}:{shape}:{urlsafe_b64encode(packed).decode()}"


def read_array(text: str) -> np.ndarray:
    """Return the array, of any shape, that `write_array` has written.

    Raises:
        ValueError: it has not, or the array is larger than `MOST_BYTES`.
    """
    form, dtype, shape, packed = text.split(":")
    try:
        kind, sides = np.dtype(dtype), tuple(map(int, shape.split("x"))) if shape else ()
        size = math.prod(sides) * kind.itemsize
        if form != FORM or kind.kind not in KINDS or not 0 <= size <= MOST_BYTES or min(sides, default=0) < 0:
            raise ValueError("not an array of numbers")
        unpacked = zlib.decompressobj().decompress(urlsafe_b64decode(packed), size + 1)
        return np.frombuffer(unpacked, kind).reshape(sides).copy()
    except (TypeError, binascii.Error, zlib.error) as error:
        raise ValueError("not written by write_array") from error
