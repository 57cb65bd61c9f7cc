"""What networks of Keras 2 may need and Keras 3 left out or defines otherwise."""

from typing import Any

import keras


@keras.saving.register_keras_serializable("dlviz")
def hard_sigmoid_of_keras_2(x: Any) -> Any:
    """Return 0.2 x + 0.5 cut to 0..1; in Keras 3 the slope is 1/6."""
    return keras.ops.clip(0.2 * x + 0.5, 0, 1)


@keras.saving.register_keras_serializable("dlviz")
class ThresholdedReLU(keras.layers.Layer):
    """x where it is larger than `theta`, else 0."""

    def __init__(self, theta: float = 1.0, **config: Any) -> None:
        super().__init__(**config)
        self.theta = float(theta)

    def call(self, x: Any) -> Any:
        return keras.ops.where(x > self.theta, x, keras.ops.zeros_like(x))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"theta": self.theta}
