"""Fields along any axes against measured ones: which single places of the input change what a position answers."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from dlviz.analysis.receptive_field import inputs_seen, receptive_field
from dlviz.network import Network


@pytest.fixture
def double_precision() -> Iterator[None]:
    """What decays over many steps is still measured."""
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")


def _measured(model: keras.Model, shape: tuple[int, ...], count: int, units: int = -1) -> np.ndarray:
    """Boxes (*map, 2 count): the hull of the places whose change alters the output; the first `count` axes are places.

    All weights are made positive, so that nothing cancels.
    """
    rng = np.random.default_rng(0)
    for variable in model.weights:
        if "kernel" in variable.name or "embedding" in variable.name:
            variable.assign(rng.uniform(0.1, 0.3, variable.shape))
    sizes = shape[:count]
    base = rng.uniform(0.2, 0.4, shape).astype(keras.config.floatx())
    nudged = np.stack([base] * int(np.prod(sizes)))
    for number, place in enumerate(np.ndindex(*sizes)):
        nudged[number][place] += 0.5
    answers = np.asarray(ops.convert_to_tensor(model(np.concatenate([base[None], nudged]))))
    least = 1e-12 if keras.config.floatx() == "float64" else 1e-6
    answers = np.moveaxis(answers, units, -1)
    changed = (np.abs(answers[1:] - answers[:1]) > least).any(axis=-1).reshape(*sizes, *answers.shape[1:-1])
    boxes = np.zeros((*answers.shape[1:-1], 2 * count), int)
    for position in np.ndindex(*answers.shape[1:-1]):
        places = np.argwhere(changed[(..., *position)])
        if len(places):
            boxes[position] = [*places.min(axis=0), *(places.max(axis=0) + 1)]
    return boxes


def _computed(network: Network, layer: str = "") -> np.ndarray:
    field = receptive_field(network, layer or network.output)
    assert field.known
    return field.boxes(np.moveaxis(np.indices(field.shape), 0, -1))


def _again(layer: keras.Layer) -> keras.Layer:
    """The layer anew, in double precision."""
    with_types = {"module": "keras.layers", "class_name": type(layer).__name__, "config": layer.get_config()}
    return keras.layers.deserialize(_double(with_types))


def _double(config: Any) -> Any:
    if isinstance(config, dict):
        return {k: "float64" if k == "dtype" else _double(v) for k, v in config.items()}
    return [_double(v) for v in config] if isinstance(config, list) else config


TIME = {
    "convolution": [layers.Conv1D(2, 4, padding="same"), layers.Conv1D(2, 3, strides=2)],
    "causal": [layers.Conv1D(2, 3, padding="causal"), layers.Conv1D(2, 2, dilation_rate=4, padding="causal")],
    "causal in steps": [layers.Conv1D(2, 3, strides=2, padding="causal")],
    "depthwise, separable": [layers.DepthwiseConv1D(3, padding="same", strides=2), layers.SeparableConv1D(2, 5)],
    "transposed": [layers.Conv1D(2, 3, strides=3), layers.Conv1DTranspose(2, 4, strides=2, padding="same")],
    "pooling": [layers.MaxPooling1D(3, 2, padding="same"), layers.AveragePooling1D(2, padding="same")],
    "padding": [layers.ZeroPadding1D((2, 1)), layers.Conv1D(2, 2), layers.Cropping1D((1, 3)), layers.UpSampling1D(2)],
    "forwards": [layers.LSTM(2, return_sequences=True)],
    "forwards after a window": [layers.Conv1D(2, 3), layers.GRU(2, return_sequences=True)],
    "backwards": [layers.SimpleRNN(2, return_sequences=True, go_backwards=True)],
    "both": [layers.Bidirectional(layers.LSTM(2, return_sequences=True))],
    "the last state": [layers.Conv1D(2, 3), layers.LSTM(3)],
    "frame by frame": [layers.TimeDistributed(layers.Dense(3)), layers.LayerNormalization(), layers.Conv1D(2, 2)],
    "adaptive pooling": [layers.AdaptiveAveragePooling1D(4)],
    "mean over time": [layers.Conv1D(2, 3), layers.GlobalAveragePooling1D(keepdims=True)],
    "einsum": [layers.EinsumDense("abc,cd->abd", (None, 3)), layers.Conv1D(2, 3)],
}


@pytest.mark.parametrize("chain", TIME.values(), ids=TIME.keys())
@pytest.mark.usefixtures("double_precision")
def test_along_time(chain: list[keras.Layer]) -> None:
    shape = (17, 2)
    model = keras.Sequential([keras.Input(shape), *map(_again, chain)])
    np.testing.assert_array_equal(_computed(Network(model)), _measured(model, shape, 1))


VOLUMES = {
    "convolution": [layers.Conv3D(2, 2, strides=(1, 2, 1)), layers.MaxPooling3D(2, padding="same")],
    "padding": [layers.ZeroPadding3D(((1, 0), (0, 2), (1, 1))), layers.AveragePooling3D(2), layers.Cropping3D(1)],
    "upsampling": [layers.AveragePooling3D(2), layers.UpSampling3D((1, 2, 3)), layers.Conv3D(2, (1, 2, 1))],
    "transposed": [layers.Conv3D(2, 2, strides=2), layers.Conv3DTranspose(1, 3, strides=2, padding="same")],
    "frame by frame": [
        layers.TimeDistributed(layers.Conv2D(2, 3, strides=2)),
        layers.TimeDistributed(layers.SpectralNormalization(layers.Conv2D(2, (2, 1)))),
    ],
    "a network for each frame": [
        layers.TimeDistributed(keras.Sequential([layers.Conv2D(2, 2), layers.MaxPooling2D(2), layers.ReLU()])),
        layers.TimeDistributed(layers.Cropping2D(((0, 1), (0, 0)))),
    ],
}


@pytest.mark.parametrize("chain", VOLUMES.values(), ids=VOLUMES.keys())
def test_along_three_axes(chain: list[keras.Layer]) -> None:
    shape = (5, 9, 8, 2)
    inputs = x = keras.Input(shape)
    for layer in chain:
        x = type(layer).from_config(layer.get_config())(x)
    model = keras.Model(inputs, x)
    np.testing.assert_array_equal(_computed(Network(model)), _measured(model, shape, 3))


PICTURES: dict[str, Callable] = {
    "resizing": lambda x: layers.Resizing(7, 20)(x),
    "resizing down": lambda x: ops.image.resize(x, (6, 5)),
    "resizing, nearest": lambda x: layers.Resizing(7, 5, interpolation="nearest")(x),
    "resizing, smoothed": lambda x: layers.Resizing(5, 4, antialias=True)(x),
    "resizing, cropped": lambda x: layers.Resizing(4, 8, crop_to_aspect_ratio=True)(x),
    "centre": lambda x: layers.CenterCrop(7, 6)(x),
    "spectral normalisation": lambda x: layers.SpectralNormalization(layers.Conv2D(2, 3, strides=2))(x),
    "pad": lambda x: ops.pad(x, ((0, 0), (2, 1), (0, 3), (0, 0))),
    "pad, mirrored": lambda x: ops.pad(x, ((0, 0), (2, 1), (0, 3), (0, 0)), mode="reflect"),
    "crop": lambda x: ops.image.crop_images(x, top_cropping=2, left_cropping=1, target_height=6, target_width=9),
    "slice": lambda x: x[:, 2:9, ::2],
    "row": lambda x: layers.Conv1D(2, 3)(x[:, 4]),
    "channel": lambda x: layers.Conv2D(2, 2)(x[..., :1]),
    "turned": lambda x: ops.transpose(layers.Conv2D(2, (3, 1))(x), (0, 2, 1, 3)),
    "halves": lambda x: layers.Conv2D(2, 2)(ops.split(x[:, :, 1:], 2, axis=2)[1]),
    "scaled": lambda x: layers.Conv2D(2, 3)(x) * np.array([1.0, 2.0], "float32") + 1.0,
    "joined again": lambda x: layers.Concatenate(axis=1)(
        [x[:, :4], layers.Conv2D(2, (3, 1), padding="same")(x[:, 6:])]
    ),
    "tokens": lambda x: layers.Dense(3)(layers.Reshape((12, 4))(layers.Conv2D(4, 3, strides=3)(x))),
    "a class before tokens": lambda x: (lambda t: layers.Concatenate(axis=1)([t[:, 2:3], t]))(
        layers.Reshape((-1, 4))(layers.Conv2D(4, 3, strides=3)(x))
    ),
    "tokens to a map": lambda x: layers.Conv2D(2, 2)(
        layers.Reshape((4, 3, 4))(layers.Reshape((12, 4))(layers.Conv2D(4, 3, strides=3)(x)))
    ),
    "as a vector and back": lambda x: layers.Conv2D(2, 2)(layers.Reshape((12, 11, 2))(layers.Flatten()(x))),
    "attention": lambda x: (lambda t: layers.MultiHeadAttention(1, 2)(t, t))(
        layers.Reshape((12, 4))(layers.Conv2D(4, 3, strides=3)(x))
    ),
    "mean over the width": lambda x: ops.mean(layers.Conv2D(2, 3)(x), axis=2),
}  # fmt: skip


@pytest.mark.parametrize("build", PICTURES.values(), ids=PICTURES.keys())
def test_along_height_and_width(build: Callable) -> None:
    shape = (12, 11, 2)
    inputs = keras.Input(shape)
    model = keras.Model(inputs, build(inputs))
    np.testing.assert_array_equal(_computed(Network(model)), _measured(model, shape, 2))


def test_causal_attention_sees_what_came_before() -> None:
    inputs = keras.Input((6, 2))
    x = layers.Conv1D(2, 2, padding="causal")(inputs)
    model = keras.Model(inputs, layers.MultiHeadAttention(1, 2)(x, x, use_causal_mask=True))
    np.testing.assert_array_equal(_computed(Network(model)), _measured(model, (6, 2), 1))


def test_tokens_keep_their_places_until_attention() -> None:
    tokens = keras.Input((9,), dtype="int32")
    x = layers.Conv1D(3, 3, name="conv")(layers.Embedding(20, 4, name="embedding")(tokens))
    network = Network(keras.Model(tokens, layers.Dense(2)(layers.GlobalMaxPooling1D(name="pool")(x))))
    places = np.arange(7)[:, None]
    np.testing.assert_array_equal(
        receptive_field(network, "conv").boxes(places), np.concatenate([places, places + 3], axis=1)
    )
    assert receptive_field(network, "embedding").size == (1,)
    assert receptive_field(network, "pool").boxes(np.zeros((1, 0), int)).tolist() == [[0, 9]]


def test_each_input_of_its_own() -> None:
    """A shared layer sees a different input at each of its calls, a merging layer both."""
    a, b = keras.Input((8, 8, 1), name="a"), keras.Input((8, 8, 1), name="b")
    shared = layers.Conv2D(2, 3, name="shared")
    first, second = shared(a), layers.MaxPooling2D(2, name="pool")(shared(b))
    both = layers.Add(name="both")([layers.AveragePooling2D(2)(first), second])
    network = Network(keras.Model([a, b], layers.Dense(1)(layers.Flatten()(both))))
    calls = [step.name for step in network.graph.steps.values() if step.layer is shared]
    assert {inputs_seen(network, name) for name in calls} == {("a",), ("b",)}
    assert inputs_seen(network, "both") == ("a", "b")
    place = np.array([[1, 2]])
    assert receptive_field(network, "pool", "b").boxes(place).tolist() == [[2, 4, 6, 8]]
    assert receptive_field(network, "pool", "a").boxes(place).tolist() == [[0, 0, 0, 0]]
    assert receptive_field(network, "both", "a").boxes(place).tolist() == [[2, 4, 6, 8]]


def test_length_of_the_sample() -> None:
    """Where the network leaves the length open, padding follows the length that is fed."""
    sound = keras.Input((None, 1), name="samples")
    x = layers.Conv1D(2, 4, strides=3, padding="same", name="conv")(sound)
    network = Network(keras.Model(sound, layers.Dense(2)(layers.GlobalMaxPooling1D()(x))))
    for length in (10, 11, 12):
        model = keras.Sequential([keras.Input((length, 1)), layers.Conv1D(2, 4, strides=3, padding="same")])
        field = receptive_field(network, "conv", sizes={"samples": (length, 1)})
        boxes = field.boxes(np.moveaxis(np.indices(field.shape), 0, -1))
        np.testing.assert_array_equal(boxes, _measured(model, (length, 1), 1))


def test_what_is_not_known_is_said() -> None:
    class Turned(layers.Layer):
        def call(self, x):
            return x[:, ::-1]

    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, layers.Conv2D(2, 3, name="conv")(Turned()(inputs)))
    field = receptive_field(Network(model), "conv")
    assert not field.known
    assert not field.is_local
    assert field.boxes(np.array([[0, 0]])).tolist() == [[0, 0, 8, 8]]


def test_layer_scale_of_keras_applications() -> None:
    layer_scale = type(
        next(
            la
            for la in keras.applications.ConvNeXtTiny(weights=None, input_shape=(32, 32, 3), include_top=False).layers
            if type(la).__name__ == "LayerScale"
        )
    )
    inputs = keras.Input((32, 32, 3))
    x = layer_scale(1e-6, 4, name="scale")(layers.Conv2D(4, 4, strides=4)(inputs))
    field = receptive_field(Network(keras.Model(inputs, x)), "scale")
    assert field.size == (4, 4)
    assert field.is_local
