"""Normalisation across neighbouring channels."""

from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable("dlviz")
class LocalResponseNormalization(keras.layers.Layer):
    """Divide each unit by the activity of the `size` channels around it, at the same position.

    b[c] = a[c] / (bias + alpha * sum of a[d]^2 over size channels d around c)^beta, with (n, ..., channel) in and out.
    The defaults are AlexNet's n, k, alpha and beta; alpha is not divided by n.

    A. Krizhevsky, I. Sutskever, G. Hinton, ImageNet classification with deep convolutional neural networks, NIPS 2012,
    DOI 10.1145/3065386, section 3.3.
    """

    def __init__(self, size: int = 5, bias: float = 2.0, alpha: float = 1e-4, beta: float = 0.75, **keywords: Any):
        super().__init__(**keywords)
        self.size, self.bias, self.alpha, self.beta = size, bias, alpha, beta

    def call(self, a: Any) -> Any:
        activity = ops.matmul(ops.square(a), ops.cast(self._neighbours(a.shape[-1]), a.dtype))  # (n, ..., channel)
        return a * ops.exp(-self.beta * ops.log(self.bias + self.alpha * activity))

    def _neighbours(self, channels: int) -> np.ndarray:
        """Return the matrix (channel, channel) with 1 where the row is one of the `size` channels around the column."""
        away = np.subtract.outer(np.arange(channels), np.arange(channels))
        before = self.size // 2
        return (-before <= away) & (away < self.size - before)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        own = {"size": self.size, "bias": self.bias, "alpha": self.alpha, "beta": self.beta}
        return {**super().get_config(), **own}
