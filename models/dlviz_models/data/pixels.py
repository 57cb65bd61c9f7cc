"""Whether numbers are pixels, in which range, and in which order their axes stand, judged by their values and shape."""

import math
from dataclasses import dataclass

import numpy as np

BYTES = (0.0, 255.0)
BLOCK = 1024
MAX_CHANNELS = 16
SHADES = (15, 16)
"""Small sets of digits, such as scikit-learn's, have so many shades."""
DEPTHS = (255, 1023, 4095, 16383, 65535)
"""White of 8 to 16 bits."""
TOLERANCE = 0.1
"""Pixels in 0..1 or -1..1 may be so far outside, such as after they were resized."""
FEWEST = 20
"""Floats are taken for bytes or deeper pixels from this on; a range below may be anything."""
USUAL = (784, 3072)
"""Bytes of a picture of MNIST and of CIFAR-10."""
LOOKED_AT = 200
"""The number of examples that decide how flat pictures are laid out."""
CORRELATED = 0.2
"""Pixels above each other are correlated by this much more than pixels half a row apart; other numbers are not."""


@dataclass(frozen=True)
class Pixels:
    """Pictures as stored.

    Attributes:
        values: (n, height, width, channel).
        range: the values of black and white; of numbers that are not pixels the least and the largest.
        notes: sentences about what was concluded from values and shape.
    """

    values: np.ndarray
    range: tuple[float, float]
    notes: tuple[str, ...] = ()


def as_pixels(values: np.ndarray, name: str, certain: bool = False) -> Pixels | None:
    """Return numbers (n, ...) as pictures, or None where they are not pictures.

    Pictures are (n, height, width[, channel]), (n, channel, height, width), or flat: (n, height * width [* channel]).

    Args:
        certain: whether they are known to be pictures, so that neither range nor size speaks against it.
    """
    if values.dtype.kind not in "biuf" or not 2 <= values.ndim <= 4 or not values.size:
        return None
    range, said = value_range(values, certain or (values.ndim == 4 and values.shape[-1] in (1, 3)), name)
    if range is None:
        return None
    match values.ndim:
        case 2:
            return _flat(values, range, said, name, certain)
        case 3:
            is_picture = certain or values.dtype == np.uint8 or _is_like_a_picture(values, range)
            return Pixels(values[..., None], range, said) if is_picture else None
    axis = _channel_axis(values.shape)
    if axis is None and not certain:
        return None
    if axis != 1:
        return Pixels(values, range, said)
    moved = f"The channels of {name} come first, {values.shape[1]} of them, and were moved to the end."
    return Pixels(np.moveaxis(values, 1, -1), range, (*said, moved))


def value_range(values: np.ndarray, certain: bool, name: str) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return the values of black and white in numbers of any shape, and a sentence where that is not plain; None where
    these are not pixels."""
    low, high = float(values.min()), float(values.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        finite = values[np.isfinite(values)] if certain else values[:0]
        if not finite.size:
            return None, ()
        low, high = float(finite.min()), float(finite.max())
    if values.dtype == np.uint8 and not (0 < high <= 1):
        return BYTES, ()
    found = _range_of_floats(values, low, high, certain) if values.dtype.kind == "f" else _range_of_integers(low, high)
    if found is None and certain:
        found = (low, high) if high > low else (low, low + 1)
        return found, (as_they_are(name, (low, high)),)
    if found is None or found == BYTES:
        return found, ()
    black, white = found
    said = f"The values of {name}, {low:.6g} to {high:.6g}, are read as pixels in the range {black:.6g} to {white:.6g}."
    return found, (said,)


def are_pixels(range: tuple[float, float]) -> bool:
    """Say whether a range is one of pixels; numbers in any other are fed as they are."""
    return range in ((0.0, 1.0), (-1.0, 1.0), (0.0, 16.0)) or (range[0] == 0 and range[1] in DEPTHS)


def as_they_are(name: str, range: tuple[float, float]) -> str:
    """Return the sentence on numbers that are fed as they are."""
    low, high = range
    return (
        f"The values of {name}, {low:.6g} to {high:.6g}, are fed as they are: choose unit, tf or another preprocessing"
        " (--preprocess) to take the least for black and the largest for white."
    )


def _range_of_integers(low: float, high: float) -> tuple[float, float] | None:
    if low < 0:
        return (-1.0, 1.0) if low == -1 and high <= 1 else None
    if high <= 1:
        return 0.0, 1.0
    return _depth(high) if high <= DEPTHS[-1] else None


def _range_of_floats(values: np.ndarray, low: float, high: float, certain: bool) -> tuple[float, float] | None:
    """Return the range of pixels that floats plainly have; None where they may be anything."""
    if low >= -TOLERANCE and high <= 1 + TOLERANCE:
        return 0.0, 1.0
    if low >= -1 - TOLERANCE and high <= 1 + TOLERANCE:
        return -1.0, 1.0
    if low < 0 or high > DEPTHS[-1] or not (high > FEWEST or high in SHADES):
        return None
    some = values[:LOOKED_AT]
    if (some == np.rint(some)).all():
        return _depth(high)
    return BYTES if FEWEST < high <= BYTES[1] and (certain or values.ndim == 4) else None


def as_bytes(values: np.ndarray, range: tuple[float, float]) -> np.ndarray:
    """Return pixels of any shape and type as uint8, `range` being 0..255; uint8 of that range is returned as it is."""
    if values.dtype == np.uint8 and range == BYTES:
        return values
    low, high = range
    scale = 255 / (high - low)
    if values.ndim < 4:
        return _scaled(values, low, scale)
    pixels = np.empty(values.shape, np.uint8)
    for start in np.arange(0, len(values), BLOCK):
        pixels[start : start + BLOCK] = _scaled(values[start : start + BLOCK], low, scale)
    return pixels


def _scaled(values: np.ndarray, low: float, scale: float) -> np.ndarray:
    scaled = (np.nan_to_num(values.astype(np.float32)) - np.float32(low)) * np.float32(scale)
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)


def _depth(high: float) -> tuple[float, float]:
    return (0.0, 16.0) if high in SHADES else (0.0, float(next(depth for depth in DEPTHS if high <= depth)))


def _is_like_a_picture(values: np.ndarray, range: tuple[float, float]) -> bool:
    """Say whether (n, rows, columns), not of bytes, may be grey pictures and not sensor readings over time."""
    rows, columns = values.shape[1:]
    small = min(rows, columns)
    return small > 1 and max(rows, columns) <= 4 * small and (range[0] >= 0 or small >= 8)


def _channel_axis(shape: tuple[int, ...]) -> int | None:
    """Return which axis of (n, a, b, c) holds the channels, 1 or 3."""
    _, first, middle, last = shape
    if last in (1, 3):
        return 3
    if first in (1, 3):
        return 1
    if last <= MAX_CHANNELS and last < min(first, middle):
        return 3
    return 1 if first <= 4 and first < min(middle, last) else None


def _flat(
    values: np.ndarray, range: tuple[float, float], said: tuple[str, ...], name: str, certain: bool
) -> Pixels | None:
    """Return rows of pixels (n, length) as square pictures, in the layout whose neighbours are most alike."""
    n, length = values.shape
    layouts = []
    for channels in (1, 3):
        side = math.isqrt(length // channels)
        if side >= 8 and side * side * channels == length:
            layouts.append((side, side, channels))
            if channels == 3:
                layouts.append((channels, side, side))
    if not layouts:
        return None
    some = values[:LOOKED_AT].astype(np.float32)
    scores = [_gain(some.reshape(-1, *layout), 0 if layout[0] == 3 else 2) for layout in layouts]
    best = int(np.argmax(scores))
    is_usual = values.dtype == np.uint8 and length in USUAL
    if not (certain or is_usual) and scores[best] < CORRELATED:
        return None
    layout = layouts[best]
    pictures = values.reshape(n, *layout)
    pictures = np.moveaxis(pictures, 1, -1) if layout[0] == 3 else pictures
    height, width, channels = pictures.shape[1:]
    first = ", channels first" if layout[0] == 3 else ""
    note = f"Each row of {length} numbers in {name} is read as a picture of {height} x {width} x {channels}{first}."
    return Pixels(pictures, range, (*said, note))


def _gain(pictures: np.ndarray, channel_axis: int) -> float:
    """Return how much more alike pixels are that stand above each other than those half a row apart."""
    rows = np.moveaxis(pictures, 1 + channel_axis, -1)  # (n, height, width, channel)
    half = rows.shape[2] // 2
    return _correlation(rows[:, :-1], rows[:, 1:]) - _correlation(rows[:, :, :half], rows[:, :, -half:])


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return the correlation of values that are not both 0, because much of a picture or text may be 0, -1..1."""
    pairs = np.stack([one.ravel(), other.ravel()])
    pairs = pairs[:, pairs.any(axis=0)]
    if pairs.shape[1] < 2 or not pairs.std(axis=1).all():
        return 0.0
    return float(np.corrcoef(pairs)[0, 1])
