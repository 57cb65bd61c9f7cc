"""Convolutions whose input gradient is slow to compute: those in groups, and those of few channels, such as a picture.

Each group is computed as a convolution of its own, whose gradient takes a tenth of the time.

The gradient with respect to few channels is itself a convolution of the upstream gradient, with one filter per input
channel; with one or three filters most of the processor's vector lanes stay idle. Here there is one filter for every
value of a block of pixels instead, and the convolution has a stride of one block. The same terms are summed in another
order, in a half to a quarter of the time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import Any

import keras
from keras import ops

from dlviz import backend

Tensor = Any
MOST_CHANNELS = 4
LEAST_FILTERS = 12
"""The minimum number of values in a block."""


MOST_GROUPS = 8


@contextmanager
def fast_gradient(layer: Any, *inputs: Any) -> Iterator[None]:
    """While the layer is traced, compute its input gradient group by group or in blocks if that is faster."""
    if not (type(layer) is keras.layers.Conv2D and inputs and layer.data_format == "channels_last"):
        yield
        return
    if 1 < layer.groups <= MOST_GROUPS:
        layer.convolution_op = partial(_by_group, layer)
    elif _is_faster(layer, inputs[0].shape):
        layer.convolution_op = _convolution(layer.strides[0], layer.padding)
    try:
        yield
    finally:
        vars(layer).pop("convolution_op", None)


def _by_group(layer: keras.layers.Conv2D, x: Tensor, kernel: Tensor) -> Tensor:
    """The convolution of x (n, h, w, channel) with a kernel (kh, kw, channel / groups, filter)."""
    groups = zip(ops.split(x, layer.groups, axis=-1), ops.split(kernel, layer.groups, axis=-1), strict=True)
    options = {"strides": layer.strides, "padding": layer.padding, "dilation_rate": layer.dilation_rate}
    return ops.concatenate([ops.conv(*group, **options) for group in groups], axis=-1)


def _is_faster(layer: keras.layers.Conv2D, shape: Sequence[int | None]) -> bool:
    """Whether the input (n, h, w, channel) has few channels and a known size, and the kernel covers all of it."""
    _, *size, channels = shape
    return (
        channels in range(1, MOST_CHANNELS + 1)
        and None not in size
        and layer.groups == 1
        and layer.dilation_rate == (1, 1)
        and len(set(layer.strides)) == 1
        and layer.strides[0] <= min(layer.kernel_size)
    )


@cache
def _convolution(stride: int, padding: str) -> Callable[[Tensor, Tensor], Tensor]:
    """The convolution of pictures (n, h, w, channel) with a kernel (kh, kw, channel, filter)."""
    convolve = partial(ops.conv, strides=stride, padding=padding)

    def back(signal: Tensor, x: Tensor, kernel: Tensor) -> tuple[Tensor, Tensor]:
        at_kernel = backend.value_and_gradient(lambda w: ops.sum(convolve(x, w) * signal), kernel)[1]
        return gradient_at_input(signal, x.shape[1:3], kernel, stride, padding), at_kernel

    return backend.with_gradient(convolve, back)


def gradient_at_input(signal: Tensor, size: Sequence[int], kernel: Tensor, stride: int, padding: str) -> Tensor:
    """The gradient of a convolution with respect to pictures, (n, h, w, channel).

    Args:
        signal: the upstream gradient, (n, rows, columns, filter).
        size: (h, w).
        kernel: (kh, kw, channel, filter), in each direction at least as large as the stride.
        padding: `same` or `valid`.
    """
    *reach, channels, _ = kernel.shape
    block = stride * math.ceil(math.sqrt(LEAST_FILTERS / channels) / stride)
    filters = _filters_of_blocks(kernel, stride, block)
    edges = [_padded_before(n, k, stride, padding) for n, k in zip(size, reach, strict=True)]
    missing = []
    for n, edge, k, seen, given in zip(size, edges, reach, filters.shape[:2], signal.shape[1:3], strict=True):
        before, last = (k - 1) // stride, (math.ceil((edge + n) / block) - 1) * block // stride
        missing.append((before, last + seen - before - given))
    padded = ops.pad(signal, ((0, 0), *missing, (0, 0)))
    blocked = ops.conv(padded, filters, block // stride)  # (n, *blocks, numbers)
    found = ops.depth_to_space(blocked, block)  # (n, *padded size or more, channel)
    (top, left), (height, width) = edges, size
    return found[:, top : top + height, left : left + width]


def _filters_of_blocks(kernel: Tensor, stride: int, block: int) -> Tensor:
    """The filters (rows, columns, filter, numbers) from the outputs that a block reaches to each value of the block:
    the responses to one-hot blocks."""
    *reach, channels, _ = kernel.shape
    numbers = block * block * channels
    ones = ops.reshape(ops.eye(numbers, dtype=kernel.dtype), (numbers, block, block, channels))
    around = [((k - 1) // stride * stride, k - stride) for k in reach]
    sent = ops.conv(ops.pad(ones, ((0, 0), *around, (0, 0))), kernel, stride)  # (numbers, rows, columns, filter)
    return ops.transpose(sent, (1, 2, 3, 0))


def _padded_before(size: int, reach: int, stride: int, padding: str) -> int:
    """The number of zeros padded before the first of `size` pixels."""
    if padding == "valid":
        return 0
    return max((math.ceil(size / stride) - 1) * stride + reach - size, 0) // 2
