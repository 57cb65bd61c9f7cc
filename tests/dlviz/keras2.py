"""Networks of Keras 2, saved by itself as folder, HDF5 file and archive, each with an input and its answer.

A program of its own, `python keras2.py FOLDER`, because two versions of Keras do not go into one process.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tf_keras as keras
from tf_keras import layers


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


NETWORKS: tuple[Callable[[], keras.Model], ...] = (pictures, ends_in_a_network, two_sequences, without_input)

UNTRACED = ("two_sequences", "without_input")
"""Those whose graph is left out, which takes seconds to write."""


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
    model.save(path.with_suffix(".keras"))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for build in NETWORKS:
        save(build(), folder / build.__name__, np.random.default_rng(0))
    ends_in_a_network().save(folder / "unordered", save_format="tf", save_traces=False)
