"""Pooling between average and maximum."""

from typing import Any, Literal

import keras
from keras import ops

LEAST = 1e-12  # the square root has no slope at zero


@keras.saving.register_keras_serializable("dlviz_models")
class L2Pooling2D(keras.layers.Layer):
    """The square root of the sum of squares in each window; (n, height, width, channel) in and out.

    `pool_size`, `strides` (by default the pool size) and `padding` are those of `keras.layers.MaxPooling2D`.

    A. Hyvarinen, U. Koster, Complex cell pooling and the statistics of natural images, Network 18(2), 2007,
    DOI 10.1080/09548980701418942; Q. Le et al., Building high-level features using large scale unsupervised learning,
    ICML 2012, arXiv 1112.6209.
    """

    def __init__(
        self,
        pool_size: int | tuple[int, int] = 2,
        strides: int | tuple[int, int] | None = None,
        padding: Literal["valid", "same"] = "valid",
        **keywords: Any,
    ):
        super().__init__(**keywords)
        self.pool_size = _pair(pool_size)
        self.strides = self.pool_size if strides is None else _pair(strides)
        self.padding = padding

    def call(self, x: Any) -> Any:
        ones = ops.ones((*self.pool_size, x.shape[-1], 1), dtype=x.dtype)  # (height, width, channel, 1)
        windows = ops.conv if x.shape[-1] == 1 else ops.depthwise_conv
        energy = windows(ops.square(x), ones, self.strides, self.padding, data_format="channels_last")
        return ops.sqrt(ops.maximum(energy, LEAST))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return keras.layers.MaxPooling2D(self.pool_size, self.strides, self.padding).compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        own = {"pool_size": self.pool_size, "strides": self.strides, "padding": self.padding}
        return {**super().get_config(), **own}


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else tuple(size)  # type: ignore[return-value]
