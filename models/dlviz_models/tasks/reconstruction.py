"""Reconstructing pictures."""

from collections.abc import Mapping
from typing import Any, ClassVar

import keras
from keras import ops

from dlviz_models.data import Data, Pictures
from dlviz_models.tasks.examples import draw_pictures
from dlviz_models.tasks.task import Part, Task


class Reconstruct(Task):
    """Pixels in, the same pixels out."""

    output: ClassVar[str] = "reconstruction"

    def __init__(self, data: Data[Pictures], settings: Mapping[str, Any], limit: int | None, seed: int) -> None:
        drawn = draw_pictures(data, settings, limit, seed)
        self.train, self.held_out, self.test = (Part(x, x) for x in (drawn.x, drawn.x_held_out, drawn.x_test))
        self.settings = {"input_shape": drawn.x.shape[1:]}

    def loss(self) -> keras.losses.Loss:
        return SquaredError()

    def metrics(self) -> list[keras.metrics.Metric]:
        return [keras.metrics.MeanMetricWrapper(reconstruction_error, name="reconstruction_error")]

    def score(self, measures: Mapping[str, float]) -> float:
        return -measures["val_loss"]


class SquaredError(keras.losses.Loss):
    """The reconstruction error, mean over pictures."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return reconstruction_error(y_true, y_pred)


def reconstruction_error(pixels: Any, reconstruction: Any) -> Any:
    """Return the squared error summed over pixels in 0..1, (n,), of pixels 0..255 and reconstructions 0..1."""
    return ops.sum(ops.square(pixels / 255 - reconstruction), axis=(1, 2, 3))
