"""Rules of layers that slide a window over space or time: convolution, pooling, padding, cropping, resizing."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlviz.routes import windows
from dlviz.routes.route import Route, Routes, StepInput, along, by_taps, for_axis, reduced, spatial_axes


def convolution(p: StepInput) -> Routes | None:
    la = p.layer
    return along(p, lambda a, n, m: windows.sliding(
        la.kernel_size[a], la.strides[a], la.dilation_rate[a], la.padding, n, m))  # fmt: skip


def transposed(p: StepInput) -> Routes | None:
    la = p.layer
    return along(p, lambda a, n, m: windows.transposed(
        la.kernel_size[a], la.strides[a], la.dilation_rate[a], la.padding, n, m))  # fmt: skip


def pooling(p: StepInput) -> Routes | None:
    la = p.layer
    strides = la.strides if la.strides is not None else la.pool_size
    return along(
        p, lambda a, n, m: windows.sliding(for_axis(la.pool_size, a), for_axis(strides, a), 1, la.padding, n, m)
    )


def adaptive(p: StepInput) -> Routes | None:
    return along(p, lambda a, n, m: windows.adaptive(n, m))


def global_pooling(p: StepInput) -> Routes:
    return reduced(spatial_axes(p), p, p.layer.keepdims)


def contrast(p: StepInput) -> Routes | None:
    return along(p, lambda a, n, m: windows.sliding(p.layer.size, 1, 1, "same", n, m))


def _sides(value: Any, axis: int, rank: int) -> tuple[int, int]:
    """The padding or cropping before and behind one of `rank` axes."""
    before, behind = value if rank == 1 else value[axis]
    return int(before), int(behind)


def padded(p: StepInput) -> Routes | None:
    rank = len(p.given) - 1
    return along(p, lambda a, n, m: np.arange(m)[:, None] - _sides(p.layer.padding, a, rank)[0])


def cropped(p: StepInput) -> Routes | None:
    rank = len(p.given) - 1
    return along(p, lambda a, n, m: np.arange(m)[:, None] + _sides(p.layer.cropping, a, rank)[0])


def padded_arrays(p: StepInput) -> Routes:
    """`keras.ops.pad` in any of its modes."""
    widths = list(p.layer.pad_width) * (len(p.given) + 1 if len(p.layer.pad_width) == 1 else 1)
    mode = p.layer.mode
    outside = {"constant_values": -1} if mode == "constant" else {}
    found = [np.pad(np.arange(n), width, mode, **outside) for n, width in zip(p.given, widths[1:], strict=True)]
    return [by_taps(axis, taps[:, None]) for axis, taps in enumerate(found)]


def images_padded(p: StepInput) -> Routes | None:
    return along(p, lambda a, n, m: np.arange(m)[:, None] - _before(p.layer, "padding", a, m - n))


def images_cropped(p: StepInput) -> Routes | None:
    return along(p, lambda a, n, m: np.arange(m)[:, None] + _before(p.layer, "cropping", a, n - m))


def _before(layer: Any, what: str, axis: int, both: int) -> int:
    """What is added or cut in front of an axis of pictures, given how much it is at both sides."""
    names = (("top", "bottom"), ("left", "right"))[axis]
    before, behind = (getattr(layer, f"{name}_{what}") for name in names)
    return int(before) if before is not None else both - int(behind or 0)


def upsampled(p: StepInput) -> Routes | None:
    return along(p, lambda a, n, m: windows.resized(n, m, getattr(p.layer, "interpolation", "nearest")))


def resizing(p: StepInput) -> Routes | None:
    la = p.layer
    if la.pad_to_aspect_ratio or len(p.given) != 3:
        return None
    size = [p.given[axis] for axis in spatial_axes(p)]
    target = [p.output[axis] for axis in spatial_axes(p)]
    cut = _to_aspect_ratio(size, target) if la.crop_to_aspect_ratio else size

    def taps(axis: int, n: int, m: int) -> np.ndarray | None:
        found = windows.resized(cut[axis], m, la.interpolation, getattr(la, "antialias", False))
        return None if found is None else found + (n - cut[axis]) // 2

    return along(p, taps)


def _to_aspect_ratio(size: list[int], target: list[int]) -> list[int]:
    """The (height, width) that is cut out of `size` to have the proportions of `target`."""
    (height, width), (rows, columns) = size, target
    return [max(min(height, width * rows // columns), 1), max(min(width, height * columns // rows), 1)]


def centre_crop(p: StepInput) -> Routes | None:
    size = [p.given[axis] for axis in spatial_axes(p)]
    target = [p.output[axis] for axis in spatial_axes(p)]
    if all(n >= m for n, m in zip(size, target, strict=True)):
        return along(p, lambda a, n, m: np.arange(m)[:, None] + (n - m) // 2)
    cut = _to_aspect_ratio(size, target)

    def taps(axis: int, n: int, m: int) -> np.ndarray | None:
        found = windows.resized(cut[axis], m, "bilinear")
        return None if found is None else found + (n - cut[axis]) // 2

    return along(p, taps)


def spectrogram(p: StepInput) -> Routes:
    """Frames `sequence_length` long about every `sequence_stride`-th sample; the input is mirrored at its ends."""
    la, time = p.layer, len(p.output) - 1
    length, stride = la.sequence_length, la.sequence_stride
    taps = np.arange(p.output[time])[:, None] * stride - length // 2 + np.arange(length)
    return [by_taps(time, np.clip(taps, 0, p.given[0] - 1)), *(Route(None) for _ in p.given[1:])]
