"""Pooling between average and maximum."""

import math
from typing import Any

import keras
from keras import ops

LEAST = 1e-12  # the square root has no slope at zero


@keras.saving.register_keras_serializable("dlviz")
class L2Pooling2D(keras.layers.Layer):
    """The square root of the sum of squares in each window; (n, height, width, channel) in and out.

    `pool_size` and `strides` (by default the pool size) are those of `keras.layers.MaxPooling2D`; windows lie inside
    the picture.

    A. Hyvarinen, U. Koster, Complex cell pooling and the statistics of natural images, Network 18(2), 2007,
    DOI 10.1080/09548980701418942; Q. Le et al., Building high-level features using large scale unsupervised learning,
    ICML 2012, arXiv 1112.6209.
    """

    padding = "valid"

    def __init__(
        self, pool_size: int | tuple[int, int] = 2, strides: int | tuple[int, int] | None = None, **keywords: Any
    ) -> None:
        super().__init__(**keywords)
        self.pool_size = _pair(pool_size)
        self.strides = self.pool_size if strides is None else _pair(strides)

    def call(self, x: Any) -> Any:
        mean = ops.average_pool(ops.square(x), self.pool_size, self.strides, self.padding, "channels_last")
        return ops.sqrt(ops.maximum(math.prod(self.pool_size) * mean, LEAST))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return keras.layers.MaxPooling2D(self.pool_size, self.strides).compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "pool_size": self.pool_size, "strides": self.strides}


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else tuple(size)  # type: ignore[return-value]
