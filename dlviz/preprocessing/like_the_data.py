"""A user's own picture next to a data set: what is different about it, and how to change that.

This is about drawings on an even ground, such as digits. The background is found at the border, the drawing from what
differs from it; as the makers of MNIST did, size is made equal by the box and place by the centre of mass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeGuard
from weakref import WeakKeyDictionary

import numpy as np

from dlviz.feeding.feed import scaled_to_bytes
from dlviz_models.data.pictures import ArrayPictures
from dlviz_models.data.pixels import are_pixels
from dlviz_models.data.resize import resize_to_input
from dlviz_models.data.samples import Picture, Sample, Samples

MOST = 200
"""The number of pictures that suffice to know what the data look like."""
EVEN = 0.15
"""The ground is even if most of the border lies within this share of the range 0..255."""
FAINT = 0.25
"""What differs from the ground by less than this share of the largest difference is ground."""
OFF = 0.2
"""Sizes and places that differ by more than this share of the picture are said."""


class Pictures(Protocol):
    """Pictures (height, width, channel) in 0..255 by number."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> np.ndarray: ...


@dataclass(frozen=True)
class Drawing:
    """What is drawn on an even ground; lengths are shares of the picture's side.

    Attributes:
        ground: its brightness, 0..255.
        contrast: brightest or darkest stroke minus ground, -255..255.
        size: the longer side of the box around what is drawn.
        centre: (down, across), of the box.
        mass: (down, across), the centre of mass of what is drawn.
    """

    ground: float
    contrast: float
    size: float
    centre: tuple[float, float]
    mass: tuple[float, float]


def like_the_data(pixels: np.ndarray, data: Pictures, name: str) -> str:
    """Return a sentence that says how a picture differs from those of a data set; empty where nothing is noticed.

    Args:
        pixels: (height, width, channel) in 0..255.
        data: pictures of the same kind, of which the first `MOST` are looked at.
        name: what the data set is called.
    """
    own, usual = drawing(pixels), _usual_of(data)
    if own is None or usual is None:
        return ""
    differences = []
    if own.contrast * usual.contrast < 0:
        light, dark = ("light", "dark") if own.contrast < 0 else ("dark", "light")
        differences.append(f"is {light} where those of {name} are {dark}")
    if abs(own.size - usual.size) > OFF:
        much = "larger" if own.size > usual.size else "smaller"
        shares = f"{own.size:.0%} of the picture instead of {usual.size:.0%}"
        differences.append(f"is drawn {much} than those of {name} ({shares})")
    if np.hypot(*np.subtract(own.centre, usual.centre)) > OFF:
        differences.append(f"is not centred as those of {name} are")
    return f"Your picture {_listed(differences)}." if differences else ""


def as_the_data_is(pixels: np.ndarray, data: Pictures) -> np.ndarray:
    """Return a picture with ground, contrast, size and place of what is drawn as they are in a data set.

    Args:
        pixels: (height, width, channel) in 0..255.
        data: as for `like_the_data`.

    Returns:
        uint8 of the data's height, width and channels; `pixels` itself where either has no even ground.
    """
    usual, own = _usual_of(data), drawing(pixels)
    if usual is None or own is None:
        return pixels
    height, width, channels = data[0].shape
    strokes = np.abs(_grey(pixels) - own.ground) / abs(own.contrast)
    top, left, bottom, right = _box(strokes > FAINT)
    scale = usual.size * max(height, width) / max(bottom - top, right - left)
    size = max(1, round((bottom - top) * scale)), max(1, round((right - left) * scale))
    drawn = resize_to_input(strokes[top:bottom, left:right, None].astype(np.float32), size, "stretch")[..., 0]
    placed = _placed(drawn, (height, width), usual.mass)
    values = np.clip(np.rint(usual.ground + usual.contrast * placed), 0, 255).astype(np.uint8)
    return np.repeat(values[..., None], channels, axis=2)


def _placed(drawn: np.ndarray, size: tuple[int, int], mass: tuple[float, float]) -> np.ndarray:
    """`drawn` (h, w) in a picture of zeros of that size, with its centre of mass at these shares of the sides."""
    padded = np.pad(drawn, [(n, n) for n in size])
    rows, columns = (np.arange(n) + 0.5 for n in padded.shape)
    centre = np.array([padded.sum(1) @ rows, padded.sum(0) @ columns]) / max(padded.sum(), 1e-9)
    top, left = np.rint(centre - np.array(mass) * size).astype(int)
    top, left = (int(np.clip(n, 0, m)) for n, m in zip((top, left), np.array(padded.shape) - size, strict=True))
    return padded[top : top + size[0], left : left + size[1]]


def is_own(sample: Sample) -> bool:
    """Whether a sample is a picture that was not taken from a data set."""
    return isinstance(sample, Picture) and are_pixels(sample.range) and sample.target is None and not sample.synthetic


def _of_pixels(data: Samples | None) -> TypeGuard[ArrayPictures]:
    return isinstance(data, ArrayPictures) and are_pixels(data.range)


def unlike(samples: Sequence[Sample], data: Samples | None) -> str:
    """Return what is different about the user's first picture, as `like_the_data` says it; or nothing."""
    own = next((s for s in samples if isinstance(s, Picture) and is_own(s)), None)
    return like_the_data(scaled_to_bytes(own), data, data.name) if own and _of_pixels(data) else ""


def restyled_like(samples: Sequence[Sample], data: Samples | None) -> tuple[Sample, ...]:
    """Return the samples, a user's own pictures restyled to look like the data."""
    if not _of_pixels(data):
        return tuple(samples)
    return tuple(
        replace(s, pixels=as_the_data_is(scaled_to_bytes(s), data), range=(0.0, 255.0))
        if isinstance(s, Picture) and is_own(s)
        else s
        for s in samples
    )


def drawing(pixels: np.ndarray) -> Drawing | None:
    """Return what is drawn in a picture (height, width, channel) in 0..255; None where its ground is not even."""
    grey = _grey(pixels)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ground = float(np.median(border))
    if np.mean(np.abs(border - ground) < EVEN * 255) < 0.8:
        return None
    away = grey - ground
    contrast = float(away.flat[np.abs(away).argmax()])
    if abs(contrast) < EVEN * 255:
        return None
    drawn = np.abs(away) > FAINT * abs(contrast)
    top, left, bottom, right = _box(drawn)
    height, width = grey.shape
    weights = np.abs(away) * drawn
    rows, columns = (np.arange(n) + 0.5 for n in grey.shape)
    mass = weights.sum(1) @ rows / weights.sum() / height, weights.sum(0) @ columns / weights.sum() / width
    size = max(bottom - top, right - left) / max(height, width)
    return Drawing(ground, contrast, size, ((top + bottom) / 2 / height, (left + right) / 2 / width), mass)


def usual_drawing(data: Pictures) -> Drawing | None:
    """Return the median of what is drawn in the first pictures; None where fewer than most have an even ground."""
    looked_at = min(len(data), MOST)
    drawings = [found for index in range(looked_at) if (found := drawing(data[index])) is not None]
    if len(drawings) < 0.8 * max(looked_at, 1):
        return None

    def median(values: list[float]) -> float:
        return float(np.median(values))

    return Drawing(
        median([d.ground for d in drawings]),
        median([d.contrast for d in drawings]),
        median([d.size for d in drawings]),
        (median([d.centre[0] for d in drawings]), median([d.centre[1] for d in drawings])),
        (median([d.mass[0] for d in drawings]), median([d.mass[1] for d in drawings])),
    )


_usual: WeakKeyDictionary[Samples, Drawing | None] = WeakKeyDictionary()


def _usual_of(data: Pictures) -> Drawing | None:
    """`usual_drawing`, of a data set that stays open found once."""
    if not isinstance(data, Samples):
        return usual_drawing(data)
    if data not in _usual:
        _usual[data] = usual_drawing(data)
    return _usual[data]


def _grey(pixels: np.ndarray) -> np.ndarray:
    """The mean of the channels, (height, width)."""
    return pixels.astype(np.float64).mean(axis=2)


def _box(drawn: np.ndarray) -> tuple[int, int, int, int]:
    """(top, left, bottom, right) around what is true in (height, width)."""
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
