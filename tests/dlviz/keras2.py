"""Networks of Keras 2, saved by itself as folder, HDF5 file and archive, each with an input and its answer.

A program of its own, `python keras2.py FOLDER`, because two versions of Keras do not go into one process.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers
from tf_keras.src.engine.base_layer import TensorFlowOpLayer
from tf_keras.src.layers.rnn.cudnn_gru import CuDNNGRU
from tf_keras.src.layers.rnn.cudnn_lstm import CuDNNLSTM


def pictures() -> keras.Model:
    """Names with slashes, statistics, a frozen sequence that is called twice, a network that is, and shared inputs."""
    twice = keras.Sequential([layers.Conv2D(3, 3, input_shape=(8, 8, 3)), layers.BatchNormalization()], name="twice")
    twice.trainable = False
    image = keras.Input((8, 8, 3))
    x = layers.RandomRotation(0.1)(layers.RandomZoom(0.1)(layers.RandomFlip()(image)))
    x = layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0])(x)
    a, b = twice(x), twice(layers.Conv2D(3, 1, name="mix/conv")(x))
    x = layers.Concatenate(name="mix_conv")([a, b])
    x = layers.BatchNormalization(name="mix/norm")(layers.SeparableConv2D(4, 3)(x))
    maps = keras.Input((4, 4, 4))
    inner = keras.Model(maps, layers.DepthwiseConv2D(2)(maps), name="inner")
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(inner(x))), name="of/pictures")


def ends_in_a_network() -> keras.Model:
    numbers, code = keras.Input((6,)), keras.Input((2,))
    decoder = keras.Model(code, layers.Dense(6)(code), name="decoder")
    return keras.Model(numbers, decoder(layers.Dense(2)(numbers)))


def two_sequences() -> keras.Model:
    """States handed on, attention called by name, tokens."""
    source, target = keras.Input((None,)), keras.Input((None, 4))
    x = layers.Embedding(20, 4)(source)
    answers, h, c = layers.LSTM(5, return_sequences=True, return_state=True)(x)
    y = layers.LSTM(5, return_sequences=True)(target, initial_state=[h, c])
    y = layers.MultiHeadAttention(2, 3)(y, answers)
    y = layers.Bidirectional(layers.GRU(3, return_sequences=True, name="both/gru"))(y)
    y = layers.SpatialDropout1D(0.2)(y)
    return keras.Model([source, target], layers.TimeDistributed(layers.Dense(2, activation="softmax"))(y))


def without_input() -> keras.Model:
    model = keras.Sequential([layers.Dense(4, activation="relu", kernel_regularizer="l2"), layers.Dense(3)])
    model.build((None, 5))
    return model


def functions() -> keras.Model:
    """Functions of TensorFlow and Keras's backend on layers, as tutorials call them."""
    image, other = keras.Input((4, 6, 3)), keras.Input((4, 6, 3))
    x = 1.0 - (tf.cast(image, "float32") / 127.5 - 1.0)
    x = tf.nn.bias_add(x, [0.5, 0.4, 0.3]) / np.float32([0.6, 0.7, 0.8])
    x = tf.concat([x, other, tf.nn.relu(x) + tf.nn.leaky_relu(other)], axis=-1)
    x = tf.pad(x[:, 1:, ::2], [[0, 0], [1, 1], [0, 0], [0, 0]], constant_values=0.5)
    x = tf.transpose(x, [0, 3, 1, 2])[:, :, tf.newaxis, 0]
    x = tf.reshape(x, [tf.shape(image)[0], -1, 3])
    mean, most = tf.reduce_mean(x, axis=[1], keepdims=True), tf.reduce_max(tf.math.abs(x), axis=-1, keepdims=True)
    x = tf.maximum(x - mean, 0.0) / tf.sqrt(most + 1e-3) ** 1.5
    first, second, _ = tf.split(x, 3, axis=-1)
    left, right = tf.split(x, [1, 2], axis=2)
    x = tf.stack([tf.squeeze(first, -1), tf.squeeze(second, -1), tf.unstack(right, axis=-1, num=2)[1]], axis=1)
    similar = tf.matmul(x, x, transpose_b=True) + tf.matmul(x, x, transpose_a=True)[:, :3, :3]
    similar += tf.matmul(similar, x @ tf.transpose(x, [0, 2, 1]), transpose_a=True, transpose_b=True)
    x = tf.clip_by_value(tf.nn.softmax(similar / 100.0), 0.01, 0.9)
    x = tf.where(x > 0.3, tf.sigmoid(x), tf.tanh(tf.exp(-x))) + tf.math.log1p(tf.square(x)) + tf.nn.gelu(x)
    x = tf.math.squared_difference(x, keras.backend.l2_normalize(x, axis=-1)) + tf.add_n([x, x, tf.nn.swish(x)])
    x = tf.tile(tf.expand_dims(x, -1), [1, 1, 1, 4]) * tf.one_hot(tf.argmax(x, axis=-1), 3)[:, :, :, tf.newaxis]
    x = tf.nn.depth_to_space(tf.image.resize(x, (4, 4)), 2)
    x = tf.nn.bias_add(tf.gather(tf.reverse(x, [1]), [2, 0, 1], axis=1), [0.5])
    return keras.Model([image, other], tf.reduce_sum(left) * 0.0 + tf.reduce_logsumexp(x, axis=[1, 3]))


def photographs() -> keras.Model:
    """As the networks of Keras's own applications are fed; an ellipsis is among what that calls."""
    image = keras.Input((4, 4, 3))
    return keras.Model(image, layers.Conv2D(2, 3)(keras.applications.resnet50.preprocess_input(image)))


def left_out() -> keras.Model:
    """Layers that Keras 3 has no more, and a function that it defines otherwise."""
    steps = keras.Input((5, 3))
    x = layers.ThresholdedReLU(0.2)(layers.Activation("hard_sigmoid")(steps))
    x = layers.BatchNormalization(synchronized=True)(x)
    x = layers.LSTM(4, recurrent_activation="hard_sigmoid", return_sequences=True)(x)
    return keras.Model(steps, layers.GRU(3, reset_after=False, recurrent_activation="hard_sigmoid")(x))


def save_for_cudnn(folder: Path, rng: np.random.Generator) -> None:
    """Write a network for NVIDIA's cuDNN, which answers as what Keras 2 makes of its weights for other processors."""
    steps = keras.Input((5, 3))

    def network(lstm: Any, gru: Any) -> keras.Model:
        return keras.Model(steps, layers.Bidirectional(gru(2))(lstm(4, return_sequences=True)(steps)))

    saved, same = network(CuDNNLSTM, CuDNNGRU), network(layers.LSTM, layers.GRU)
    saved.set_weights([rng.normal(size=weight.shape) for weight in saved.weights])
    saved.save(folder / "cudnn.h5")
    same.load_weights(folder / "cudnn.h5")
    given = rng.normal(size=(2, 5, 3)).astype("float32")
    np.savez(folder / "cudnn.npz", given, answer=same(given))


NODES: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("RealDiv", {"T": 1}, {"1": 127.5}),
    ("Sub", {"T": 1}, {"0": 1.0}),
    ("StridedSlice", {"T": 1, "Index": 3, "begin_mask": 9, "end_mask": 9},
     {"1": [0, 1, 0, 0], "2": [0, 4, 6, 0], "3": [1, 1, 2, 1]}),
    ("Transpose", {"T": 1, "Tperm": 3}, {"1": [0, 3, 1, 2]}),
    ("StridedSlice", {"T": 1, "Index": 3, "ellipsis_mask": 1, "new_axis_mask": 2, "shrink_axis_mask": 4},
     {"1": [0, 0, 1], "2": [0, 0, 2], "3": [1, 1, 1]}),
    ("Squeeze", {"T": 1, "squeeze_dims": [3]}, {}),
    ("Pad", {"T": 1, "Tpaddings": 3}, {"1": [[0, 0], [1, 0], [0, 2]]}),
    ("LeakyRelu", {"T": 1, "alpha": 0.3}, {}),
    ("BatchMatMulV2", {"T": 1, "adj_y": True}, {"1": [[[1.0, 2.0, 3.0, 4.0, 5.0], [0.0, 1.0, 0.0, 1.0, 0.5]]]}),
    ("ConcatV2", {"T": 1, "N": 2, "Tidx": 3}, {"1": [[[1.0, 2.0]]] * 2, "2": 1}),
    ("Mean", {"T": 1, "Tidx": 3, "keep_dims": True}, {"1": [1]}),
    ("Reshape", {"T": 1, "Tshape": 3}, {"1": [-1, 2]}),
    ("Pack", {"T": 1, "N": 2, "axis": 1}, {"1": [[1.0, 2.0]] * 2}),
    ("Softmax", {"T": 1}, {}),
    ("Cast", {"SrcT": 1, "DstT": 2}, {}),
)  # fmt: skip
"""Operation, attributes, and inputs that are numbers, of nodes in a row, as TensorFlow 2.0 to 2.3 wrote functions.

Attributes whose names begin with T, `Index`, `SrcT` and `DstT` are types: float 1, double 2, int 3.
"""


def nodes() -> keras.Model:
    x = image = keras.Input(batch_shape=(2, 4, 6, 3))
    for number, (operation, attributes, constants) in enumerate(NODES):
        node = {"name": str(number), "op": operation, "input": ["x"] * (len(constants) + 1)}
        node["attr"] = {name: _attribute(name, value) for name, value in attributes.items()}
        values = {int(place): np.array(value, np.array(value).dtype.kind + "4") for place, value in constants.items()}
        x = TensorFlowOpLayer(node, str(number), values)(x)
    return keras.Model(image, x)


def _attribute(name: str, value: Any) -> dict[str, Any]:
    if name.startswith("T") or name in ("Index", "SrcT", "DstT"):
        return {"type": value}
    if isinstance(value, list):
        return {"list": {"i": value}}
    return {"b": value} if isinstance(value, bool) else {"f": value} if isinstance(value, float) else {"i": value}


NETWORKS: tuple[Callable[[], keras.Model], ...] = (
    pictures, ends_in_a_network, two_sequences, without_input, functions, photographs, left_out, nodes,
)  # fmt: skip

UNTRACED = ("two_sequences", "without_input", "functions", "photographs", "left_out", "nodes")
"""Those whose graph is left out, which takes seconds to write."""


NOT_ARCHIVED = ("photographs", "nodes")
"""Those that Keras 2 fails to write as `.keras`."""


def save(model: keras.Model, path: Path, rng: np.random.Generator) -> None:
    """Give the network random weights, and write it in all three forms beside its input and answer."""
    for variable in model.weights:
        if variable.dtype.is_floating:
            variable.assign(rng.uniform(0.1, 0.6, variable.shape))
    shapes = model.input_shape if isinstance(model.input_shape, list) else [model.input_shape]
    inputs = [rng.integers(0, 20, [2, *(size or 3 for size in shape[1:])]).astype("float32") for shape in shapes]
    answer = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    np.savez(path.with_suffix(".npz"), *inputs, answer=answer)
    model.compile("adam", "mse")
    model.save(path, save_format="tf", save_traces=path.name not in UNTRACED)
    model.save(path.with_suffix(".h5"))
    if path.name not in NOT_ARCHIVED:
        model.save(path.with_suffix(".keras"))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for build in NETWORKS:
        save(build(), folder / build.__name__, np.random.default_rng(0))
    save_for_cudnn(folder, np.random.default_rng(0))
    ends_in_a_network().save(folder / "unordered", save_format="tf", save_traces=False)
