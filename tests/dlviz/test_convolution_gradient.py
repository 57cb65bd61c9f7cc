"""The gradient of a convolution in blocks, or group by group, against TensorFlow's own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlviz import backend
from dlviz.model.convolution_gradient import fast_gradient
from dlviz.model.graph import Graph

CONVOLUTIONS = [
    # height, width, channels, kernel, stride, padding
    (28, 28, 1, (5, 5), 1, "valid"),
    (28, 28, 1, (5, 5), 1, "same"),
    (20, 37, 1, (3, 4), 1, "same"),
    (17, 9, 2, (2, 5), 1, "valid"),
    (23, 23, 3, (3, 3), 2, "valid"),
    (24, 21, 3, (3, 3), 2, "same"),
    (33, 34, 3, (7, 7), 2, "same"),
    (35, 35, 3, (11, 11), 4, "valid"),
    (19, 20, 4, (4, 4), 3, "same"),
    (13, 13, 3, (3, 3), 3, "valid"),
    (5, 6, 1, (1, 1), 1, "valid"),
    (5, 5, 1, (5, 5), 1, "valid"),
]


@pytest.mark.parametrize(("height", "width", "channels", "kernel", "stride", "padding"), CONVOLUTIONS)
def test_gradients_at_input_and_kernel(height, width, channels, kernel, stride, padding) -> None:
    check(keras.layers.Conv2D(6, kernel, stride, padding, activation="tanh"), (height, width, channels))


@pytest.mark.parametrize(("groups", "options"), [(2, {}), (4, {"strides": (2, 1)}), (2, {"dilation_rate": 2})])
def test_gradients_of_groups(groups: int, options: dict[str, object]) -> None:
    check(keras.layers.Conv2D(12, 3, padding="same", groups=groups, activation="tanh", **options), (9, 14, 8))


def check(layer: keras.layers.Conv2D, shape: tuple[int, int, int]) -> None:
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input(shape), layer])
    x = tf.random.normal((3, *shape))

    def gradients(call) -> tuple[tf.Tensor, list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = call(x)
            total = tf.reduce_sum(tf.sin(y))
        return y, tape.gradient(total, [x, layer.kernel.value])

    graph = Graph(model)
    expected = gradients(model)
    found = gradients(lambda x: graph.run({graph.inputs[0]: x}, (layer.name,))[0])
    for one, other in zip(tf.nest.flatten(found), tf.nest.flatten(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4 * float(tf.reduce_max(tf.abs(other))))


@pytest.mark.parametrize(
    ("options", "gains"),
    [
        ({}, True),
        ({"strides": 4}, False),
        ({"dilation_rate": 2}, False),
        ({"strides": (1, 2)}, False),
        ({"groups": 3, "filters": 6}, True),
        ({"groups": 3, "filters": 6, "data_format": "channels_first"}, False),
    ],
)
def test_others_are_left_alone(options: dict[str, object], gains: bool) -> None:
    layer = keras.layers.Conv2D(**{"filters": 4, "kernel_size": 3, **options})
    with fast_gradient(layer, tf.zeros((1, 16, 16, 3))):
        assert ("convolution_op" in vars(layer)) == gains
    assert "convolution_op" not in vars(layer)


def test_mixed_precision() -> None:
    layer = keras.layers.Conv2D(6, 3, dtype="mixed_float16")
    model = keras.Sequential([keras.Input((12, 12, 1)), layer])
    graph, x = Graph(model), tf.random.normal((2, 12, 12, 1))
    gradient = backend.value_and_gradient(lambda x: graph.run({graph.inputs[0]: x}, (layer.name,))[0], x)[1]
    expected = backend.value_and_gradient(model, x)[1]
    np.testing.assert_allclose(gradient, expected, atol=0.02)
