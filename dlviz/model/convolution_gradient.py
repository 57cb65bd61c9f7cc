"""The gradient of a convolution at an input of few channels, such as a picture, for blocks of pixels at once.

The gradient at the input is itself a convolution, of the signal that comes back, with as many filters as the input has
channels. With one or three of them most of the processor's vector lanes stay empty. Here a filter stands for every
number of a block of pixels instead: the block at (i, j) is what a convolution with a stride of one block gives there.
The same sums are added in another order, in a half to a quarter of the time.
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
"""A block has so many numbers at least."""


@contextmanager
def gradient_in_blocks(layer: Any, *given: Any) -> Iterator[None]:
    """While the layer is traced for what it is given, its gradient there is computed in blocks, where that pays."""
    if not (type(layer) is keras.layers.Conv2D and given and _gains(layer, given[0].shape)):
        yield
        return
    layer.convolution_op = _convolution(layer.strides[0], layer.padding)
    try:
        yield
    finally:
        del layer.convolution_op


def _gains(layer: keras.layers.Conv2D, shape: Sequence[int | None]) -> bool:
    """Whether it takes a picture of few channels and known size, (n, h, w, channel), and looks at all of it."""
    _, *size, channels = shape
    return (
        layer.data_format == "channels_last"
        and channels in range(1, MOST_CHANNELS + 1)
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
    """What a convolution sends back to pictures (n, h, w, channel), of their shape.

    Args:
        signal: what comes back to its output, (n, rows, columns, filter).
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
    """What each number of a block of pixels gets from the outputs that the block reaches: (rows, columns, filter,
    numbers).

    It is what each number of a block that is 1, all others 0, sends to these outputs.
    """
    *reach, channels, _ = kernel.shape
    numbers = block * block * channels
    ones = ops.reshape(ops.eye(numbers, dtype=kernel.dtype), (numbers, block, block, channels))
    around = [((k - 1) // stride * stride, k - stride) for k in reach]
    sent = ops.conv(ops.pad(ones, ((0, 0), *around, (0, 0))), kernel, stride)  # (numbers, rows, columns, filter)
    return ops.transpose(sent, (1, 2, 3, 0))


def _padded_before(size: int, reach: int, stride: int, padding: str) -> int:
    """The zeros before the first of `size` pixels."""
    if padding == "valid":
        return 0
    return max((math.ceil(size / stride) - 1) * stride + reach - size, 0) // 2
