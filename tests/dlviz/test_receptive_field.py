"""The computed fields against measured ones (which single pixels make a position answer) and published numbers."""

from collections.abc import Callable

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.analysis.receptive_field import receptive_field
from dlviz.network import Network

SIZE = (21, 18)


def _measured(model: keras.Model, size: tuple[int, int], channels_first: bool = False) -> np.ndarray:
    """Boxes (rows, columns, 4): the pixels that alone make the output positive, all weights being positive."""
    rng = np.random.default_rng(0)
    for variable in model.weights:
        if "kernel" in variable.name:
            variable.assign(rng.uniform(0.5, 1, variable.shape))
    height, width = size
    pixels = np.eye(height * width, dtype="float32").reshape(-1, height, width, 1)
    answer = np.asarray(model(pixels)).sum(axis=1 if channels_first else -1)  # (pixels, rows, columns)
    rows, columns = answer.shape[1:]
    seen = (answer > 1e-7).reshape(height, width, rows, columns)
    boxes = np.zeros((rows, columns, 4), int)
    for r in range(rows):
        for c in range(columns):
            y, x = np.nonzero(seen[:, :, r, c])
            if len(y):
                boxes[r, c] = y.min(), x.min(), y.max() + 1, x.max() + 1
    return boxes


def _computed(model: keras.Model, layer: str = "") -> np.ndarray:
    network = Network(model)
    field = receptive_field(network, layer or network.output)
    return field.boxes(np.moveaxis(np.indices(field.shape), 0, -1))


CHAINS = {
    "even kernels, same": [layers.Conv2D(2, 4, padding="same"), layers.Conv2D(2, (2, 3), strides=2, padding="same")],
    "stride on odd sizes": [layers.Conv2D(2, 3, strides=2), layers.Conv2D(2, (4, 3), strides=(3, 2), padding="same")],
    "dilation": [layers.Conv2D(2, 3, dilation_rate=3), layers.Conv2D(2, 2, dilation_rate=(2, 1), padding="same")],
    "dilation beyond the border": [layers.Conv2D(1, 3, dilation_rate=9, padding="same")],
    "stride beyond the kernel": [layers.Conv2D(2, 2, strides=3, padding="same"), layers.AveragePooling2D(2, 3)],
    "depthwise, separable": [
        layers.DepthwiseConv2D(3, padding="same", strides=2),
        layers.SeparableConv2D(2, 5, padding="same"),
    ],
    "overlapping pooling": [
        layers.MaxPooling2D(3, 2, padding="same"),
        layers.BatchNormalization(),
        layers.AveragePooling2D(4, 3),
    ],
    "padding, cropping": [
        layers.ZeroPadding2D(((3, 1), (2, 0))),
        layers.Conv2D(2, 3),
        layers.Cropping2D(((1, 0), (0, 2))),
        layers.ReLU(),
    ],
    "padding only": [layers.ZeroPadding2D(2)],
    "transposed, valid": [layers.Conv2D(2, 3, strides=3), layers.Conv2DTranspose(2, (4, 2), strides=(3, 2))],
    "transposed, same": [layers.Conv2D(2, 3, strides=2), layers.Conv2DTranspose(2, 5, strides=2, padding="same")],
    "transposed, gaps": [layers.Conv2D(2, 3, strides=4), layers.Conv2DTranspose(2, 2, strides=3, padding="same")],
    "upsampling": [layers.Conv2D(2, 5, strides=4), layers.UpSampling2D((3, 2)), layers.Conv2D(2, 3, padding="same")],
    "bilinear upsampling": [layers.Conv2D(2, 5, strides=4), layers.UpSampling2D(3, interpolation="bilinear")],
    "dense on a map": [layers.Conv2D(2, 3, strides=2), layers.Dense(3, use_bias=False)],
}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS.keys())
def test_chains_as_measured(chain: list[keras.Layer]) -> None:
    model = keras.Sequential([keras.Input((*SIZE, 1)), *(type(c).from_config(c.get_config()) for c in chain)])
    np.testing.assert_array_equal(_computed(model), _measured(model, SIZE))


def _skip(x: keras.KerasTensor) -> keras.KerasTensor:
    y = layers.Conv2D(2, 3, strides=2, padding="same", use_bias=False)(x)
    y = layers.Conv2D(2, 3, padding="same", use_bias=False)(layers.ReLU()(layers.BatchNormalization()(y)))
    return layers.ReLU()(layers.Add()([y, layers.Conv2D(2, 1, strides=2, use_bias=False)(x)]))


def _branches(x: keras.KerasTensor) -> keras.KerasTensor:
    wide = layers.Conv2D(2, (1, 7), padding="same", use_bias=False)(x)
    tall = layers.Conv2D(3, (5, 1), padding="same", use_bias=False)(x)
    return layers.Conv2D(2, 3, strides=3, use_bias=False)(layers.Concatenate()([wide, tall, layers.MaxPooling2D(1)(x)]))


def _gated(x: keras.KerasTensor) -> keras.KerasTensor:
    """Squeeze and excitation: through the gate everything is seen."""
    gate = layers.Reshape((1, 1, 2))(layers.Dense(2, use_bias=False)(layers.GlobalAveragePooling2D()(x)))
    return layers.Add()([layers.Conv2D(2, 3, use_bias=False)(x), gate])


def _operators(x: keras.KerasTensor) -> keras.KerasTensor:
    return keras.ops.relu(x * 2.0 + layers.Conv2D(1, 4, padding="same", use_bias=False)(x))


@pytest.mark.parametrize("build", [_skip, _branches, lambda x: _skip(_branches(_skip(x))), _gated, _operators])
def test_merges_as_measured(build: Callable[[keras.KerasTensor], keras.KerasTensor]) -> None:
    inputs = keras.Input((*SIZE, 1))
    model = keras.Model(inputs, build(inputs))
    np.testing.assert_array_equal(_computed(model), _measured(model, SIZE))


def test_channels_first_as_measured() -> None:
    inputs = keras.Input((*SIZE, 1))
    x = layers.Permute((3, 1, 2))(inputs)
    first = {"data_format": "channels_first", "use_bias": False}
    x = layers.ReLU()(layers.Conv2D(2, 3, strides=2, padding="same", **first)(x))
    x = layers.Concatenate(axis=1)([x, layers.Conv2D(3, (1, 5), padding="same", **first)(x)])
    model = keras.Model(inputs, layers.Conv2D(2, (4, 2), **first)(x))
    # TensorFlow computes channels first on GPUs only: measured is the same network, channels last.
    x = layers.Conv2D(2, 3, strides=2, padding="same", use_bias=False)(inputs)
    x = layers.Concatenate()([x, layers.Conv2D(3, (1, 5), padding="same", use_bias=False)(x)])
    twin = keras.Model(inputs, layers.Conv2D(2, (4, 2), use_bias=False)(x))
    np.testing.assert_array_equal(_computed(model), _measured(twin, SIZE))


def test_what_mixes_everything_sees_everything() -> None:
    inputs = keras.Input((*SIZE, 1))
    x = layers.Conv2D(2, 3)(inputs)
    model = keras.Model(inputs, [layers.GlobalMaxPooling2D()(x), layers.Dense(3)(layers.Flatten()(x))])
    whole = [0, 0, *SIZE]
    network = Network(model)
    for name in network.graph.outputs.values():
        field = receptive_field(network, name)
        np.testing.assert_array_equal(field.boxes(np.array([[0, 0]])), [whole])


def test_what_alters_pictures_in_training_only_changes_nothing() -> None:
    image = keras.Input((20, 20, 1))
    x = layers.RandomContrast(0.1)(layers.RandomRotation(0.1)(layers.RandomFlip()(image)))
    network = Network(keras.Model(image, layers.Conv2D(2, 5, name="conv")(x)))
    assert receptive_field(network, "conv").size == (5, 5)


def test_sizes_left_open_by_the_network() -> None:
    open_sizes = keras.Sequential(
        [keras.Input((None, None, 3)), layers.Conv2D(2, 3, strides=2), layers.MaxPooling2D(3)]
    )
    field = receptive_field(Network(open_sizes), Network(open_sizes).output)
    assert field.shape == (37, 37)  # ((224 - 3) // 2 + 1) // 3
    np.testing.assert_array_equal(field.boxes(np.array([1, 36])), [6, 216, 13, 223])


def test_known_numbers() -> None:
    """AlexNet's pool5 sees 195 pixels, VGG-16's pool5 212 and conv5_3 196 (DOI 10.23915/distill.00021)."""
    alexnet = keras.Sequential([keras.Input((451, 451, 3))])
    for kind, filters, kernel, stride in [
        ("conv", 4, 11, 4), ("pool", 0, 3, 2), ("conv", 4, 5, 1), ("pool", 0, 3, 2),
        ("conv", 4, 3, 1), ("conv", 4, 3, 1), ("conv", 4, 3, 1), ("pool", 0, 3, 2),
    ]:  # fmt: skip
        same = "same" if kernel < 11 else "valid"
        layer = layers.Conv2D(filters, kernel, stride, same) if kind == "conv" else layers.MaxPooling2D(kernel, stride)
        alexnet.add(layer)
    vgg = keras.Sequential([keras.Input((448, 448, 3))])
    for block, convolutions in enumerate((2, 2, 3, 3, 3), 1):
        for n in range(convolutions):
            vgg.add(layers.Conv2D(2, 3, padding="same", name=f"conv{block}_{n + 1}"))
        vgg.add(layers.MaxPooling2D(2, name=f"pool{block}"))
    assert receptive_field(Network(alexnet), alexnet.layers[-1].name).size == (195, 195)
    assert receptive_field(Network(vgg), "conv5_3").size == (196, 196)
    assert receptive_field(Network(vgg), "pool5").size == (212, 212)
