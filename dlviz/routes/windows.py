"""Which positions along one axis each position after a layer looks at: sliding windows, resizing, and what runs on.

Taps are int64 (m, window): for each of m positions after the layer those of the n before it; what is outside 0..n-1 is
padding.
"""

from __future__ import annotations

import numpy as np

Intervals = np.ndarray
"""(n, 2) int64: the first place of the input seen and the one past the last, of each position along one axis."""

NOTHING = np.array([1 << 40, 0])
"""The interval of a position that sees nothing; its union with any other is the other."""
_RADIUS = {"bilinear": 1.0, "bicubic": 2.0, "lanczos3": 3.0, "lanczos5": 5.0}


def each(n: int) -> Intervals:
    """Every position sees itself."""
    return np.stack([np.arange(n), np.arange(n) + 1], axis=1)


def hull(intervals: Intervals) -> Intervals:
    """The union of all, (1, 2)."""
    if not len(intervals):
        return NOTHING[None]
    return np.array([[intervals[:, 0].min(), intervals[:, 1].max()]])


def gathered(intervals: Intervals, taps: np.ndarray) -> Intervals:
    """The union over the positions in each row of `taps` (m, window)."""
    inside = (taps >= 0) & (taps < len(intervals))
    reached = intervals[np.clip(taps, 0, len(intervals) - 1)]  # (m, window, 2)
    start = np.where(inside, reached[..., 0], NOTHING[0]).min(axis=1, initial=NOTHING[0])
    stop = np.where(inside, reached[..., 1], NOTHING[1]).max(axis=1, initial=NOTHING[1])
    return np.stack([start, stop], axis=1)


def up_to(intervals: Intervals) -> Intervals:
    """The union over each position and all before it."""
    return np.stack([np.minimum.accumulate(intervals[:, 0]), np.maximum.accumulate(intervals[:, 1])], axis=1)


def composed(inner: Intervals, outer: Intervals) -> Intervals:
    """What positions see that see `inner` (m, 2) of a layer, whose own positions see `outer` (n, 2)."""
    return np.concatenate([hull(outer[start:stop]) if start < stop else NOTHING[None] for start, stop in inner])


def sliding(kernel: int, stride: int, dilation: int, padding: str, n: int, m: int) -> np.ndarray:
    """Taps (m, kernel) of a window. TensorFlow's `same` puts the odd position of padding behind, `causal` all of it in
    front."""
    before = {"same": padding_before(kernel, stride, dilation, m, n), "causal": dilation * (kernel - 1)}
    return np.arange(m)[:, None] * stride - before.get(padding, 0) + np.arange(kernel) * dilation


def padding_before(kernel: int, stride: int, dilation: int, windows: int, n: int) -> int:
    """How much padding TensorFlow's `same` puts in front of n positions for so many windows."""
    return max((windows - 1) * stride + dilation * (kernel - 1) + 1 - n, 0) // 2


def transposed(kernel: int, stride: int, dilation: int, padding: str, n: int, m: int) -> np.ndarray:
    """Taps (m, kernel) of the transpose of the convolution that takes `m` positions to `n`."""
    before = padding_before(kernel, stride, dilation, n, m) if padding == "same" else 0
    reach = np.arange(m)[:, None] + before - np.arange(kernel) * dilation
    return np.where(reach % stride == 0, reach // stride, -1)


def resized(n: int, m: int, interpolation: str, antialias: bool = False) -> np.ndarray | None:
    """Taps (m, window) of a resizing from `n` to `m` positions; None where its interpolation is not known."""
    scale = n / m
    centre = (np.arange(m)[:, None] + 0.5) * scale
    if interpolation == "nearest":
        return np.minimum(np.floor(centre).astype(np.int64), n - 1)
    if interpolation not in _RADIUS:
        return None
    radius = _RADIUS[interpolation] * (max(scale, 1.0) if antialias else 1.0)
    first = np.floor(centre - radius - 0.5).astype(np.int64) + 1  # the first whose middle is nearer than the radius
    last = np.ceil(centre + radius - 0.5).astype(np.int64) - 1
    window = np.arange(int((last - first).max()) + 1)
    return np.clip(np.minimum(first + window, last), 0, n - 1)


def adaptive(n: int, m: int) -> np.ndarray:
    """Taps (m, window) of the pooling of `n` positions into `m` parts of about one size."""
    start = np.arange(m)[:, None] * n // m
    stop = -(-(np.arange(m)[:, None] + 1) * n // m)
    return np.minimum(start + np.arange(int((stop - start).max())), stop - 1)
