"""Normalisation by the surroundings in the picture."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("dlviz")
class LocalContrastNormalization(keras.layers.Layer):
    """(f - local mean) / local deviation, each channel for itself; (n, height, width, channel) in and out.

    Mean and standard deviation are those of the `size` x `size` window around the position, as far as it lies in the
    picture. Deviations below `epsilon` count as `epsilon`, so that flat regions become zero.

    K. Jarrett, K. Kavukcuoglu, M. Ranzato, Y. LeCun, What is the best multi-stage architecture for object
    recognition?, ICCV 2009, DOI 10.1109/ICCV.2009.5459469; there the window is Gaussian and spans all channels.
    """

    def __init__(self, size: int = 9, epsilon: float = 1e-3, **keywords: Any):
        super().__init__(**keywords)
        self.size, self.epsilon = size, epsilon

    def call(self, f: Any) -> Any:
        f = f - ops.mean(f, axis=(1, 2), keepdims=True)  # changes nothing but the rounding error of the variance
        mean = self._local_mean(f)
        variance = self._local_mean(ops.square(f)) - ops.square(mean)
        deviation = ops.sqrt(ops.maximum(variance, self.epsilon**2))
        return (f - mean) / deviation

    def _local_mean(self, values: Any) -> Any:
        return ops.average_pool(values, self.size, strides=1, padding="same", data_format="channels_last")

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "epsilon": self.epsilon}
