"""A rule-based name for what small pictures have in common: strokes, ends of strokes, and edges.

The orientation comes from the structure tensor of their mean: J. Bigün, G. H. Granlund, Optimal orientation detection
of linear symmetry, ICCV 1987.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

ALIKE = 0.6
"""The minimum mean correlation of pictures with their mean for them to count as similar."""
COHERENT = 0.5
"""The minimum coherence of the structure tensor; 0: no orientation, 1: a perfect one."""
_STROKES = {
    "horizontal": ("left", "right"),
    "vertical": ("upper", "lower"),
    "rising": ("lower left", "upper right"),
    "falling": ("upper left", "lower right"),
}
"""The ends of a stroke of each orientation."""
_SIDES = {"vertical": ("on the right", "on the left")}
"""The two sides of a vertical edge, in the direction across it; of all other orientations above and below."""
_ALONG = {"horizontal": (1, 0), "falling": (1, 1), "vertical": (0, 1), "rising": (1, -1)}
"""The direction (right, down) from the first end to the second; rotated clockwise it points across."""


def shape_of(pictures: np.ndarray) -> str:
    """A name for the common shape of pictures (n, height, width), light or dark; empty if there is none.

    >>> stroke = np.zeros((3, 7, 7))
    >>> stroke[:, 3, :4] = 1
    >>> shape_of(stroke)
    'right end of a horizontal stroke'
    """
    mean = pictures.mean(axis=0)
    if len(pictures) < 2 or min(mean.shape) < 3 or _agreement(pictures, mean) < ALIKE:
        return ""
    name, coherence = _orientation(mean)
    if coherence < COHERENT:
        return ""
    along, across = _places(mean.shape, _ALONG[name])
    steps, profile = _profile(mean, across)
    level = (profile.max() + profile.min()) / 2
    first, last = profile[0] > level, profile[-1] > level
    if first != last:
        return f"{name} edge, light {_SIDES.get(name, ('above', 'below'))[int(last)]}"
    is_light = not first
    stroke = f"{'' if is_light else 'dark '}{name} stroke"
    inside = np.isin(across, steps[(profile > level) == is_light])
    end = _end(np.where(inside, mean if is_light else -mean, np.nan), along, float(np.ptp(profile)))
    return stroke if end is None else f"{_STROKES[name][end]} end of a {stroke}"


def _agreement(pictures: np.ndarray, mean: np.ndarray) -> float:
    """The mean correlation of pictures with their mean."""
    flat = pictures.reshape(len(pictures), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    centred = mean.ravel() - mean.mean()
    sizes = np.linalg.norm(flat, axis=1) * np.linalg.norm(centred)
    return float(np.divide(flat @ centred, sizes, out=np.zeros(len(flat)), where=sizes > 0).mean())


def _orientation(picture: np.ndarray) -> tuple[str, float]:
    """The orientation of the lines in a picture, a key of `_ALONG`, and the coherence of the structure tensor."""
    down, right = np.gradient(gaussian_filter(picture, 0.5, mode="nearest"))
    twice = np.array([(right**2 - down**2).sum(), 2 * (right * down).sum()])  # the direction of the gradient, doubled
    energy = (right**2 + down**2).sum()
    along = (np.degrees(np.arctan2(twice[1], twice[0])) / 2 + 90) % 180  # clockwise from the right
    names = ("horizontal", "falling", "vertical", "rising")
    return names[round(along / 45) % 4], float(np.hypot(*twice) / energy) if energy else 0.0


def _places(shape: tuple[int, ...], direction: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Rounded coordinates of each pixel along a direction and across it, from the centre, (height, width) each; NaN
    outside the inscribed circle."""
    rows, columns = np.indices(shape) - (np.array(shape).reshape(2, 1, 1) - 1) / 2
    right, down = np.array(direction) / np.hypot(*direction)
    outside = np.hypot(rows, columns) > max(shape) / 2
    along, across = columns * right + rows * down, rows * right - columns * down
    return (*(np.where(outside, np.nan, np.floor(t + 0.5)) for t in (along, across)),)  # type: ignore[return-value]


def _profile(picture: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct coordinates and the mean of the pixels at each, (coordinates,) each; NaN are ignored."""
    known = ~np.isnan(place) & ~np.isnan(picture)
    steps, which = np.unique(place[known], return_inverse=True)
    return steps, np.bincount(which, picture[known]) / np.bincount(which)


def _end(band: np.ndarray, along: np.ndarray, contrast: float) -> int | None:
    """Which end of a stroke, 0 or 1, is inside the picture, where brightness drops by half the contrast; None if
    neither or both are."""
    profile = _profile(band, along)[1]
    third = max(1, len(profile) // 3)
    first, last = profile[:third].mean(), profile[-third:].mean()
    if abs(last - first) < contrast / 2:
        return None
    return int(last < first)
