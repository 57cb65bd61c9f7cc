"""Autoencoders: linear, deep, denoising and convolutional. All take pixels 0..255 and give the picture in 0..1."""

import math
from typing import Literal

import keras
from keras import layers

from dlviz_models.errors import UserError
from dlviz_models.networks.blocks import pixels, with_weights


def Autoencoder(
    input_shape: tuple[int, int, int] = (28, 28, 1),
    hidden: tuple[int, ...] = (1000, 500, 250),
    code: int = 30,
    activation: Literal["elu", "relu", "tanh", "sigmoid"] = "elu",
    weights: str | None = None,
    name: str = "autoencoder",
) -> keras.Model:
    """Build a deep autoencoder: encoder1, ..., a linear `code`, decoder1, ..., `reconstruction`.

    G. Hinton, R. Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 313, 2006,
    DOI 10.1126/science.1127647. The default sizes are the paper's for MNIST, 784-1000-500-250-30; its units are
    sigmoid and start from the weights of restricted Boltzmann machines; exponential linear units can do without.

    Takes pixels 0..255, (n, *input_shape), and gives pictures 0..1 of the same shape. `weights` is the path of a file.
    """
    inputs, x = pixels(input_shape)
    x = layers.Flatten(name="flatten")(x)  # (n, 784)
    for number, units in enumerate(hidden, start=1):
        x = layers.Dense(units, activation=activation, name=f"encoder{number}")(x)
    x = layers.Dense(code, name="code")(x)  # (n, 30)
    for number, units in enumerate(reversed(hidden), start=1):
        x = layers.Dense(units, activation=activation, name=f"decoder{number}")(x)
    return picture(inputs, x, f"decoder{len(hidden) + 1}", "sigmoid", weights, name)


def LinearAutoencoder(
    input_shape: tuple[int, int, int] = (28, 28, 1),
    code: int = 30,
    weights: str | None = None,
    name: str = "linear_autoencoder",
) -> keras.Model:
    """Build an autoencoder without transfer function: trained to the end, its code spans the principal components.

    P. Baldi, K. Hornik, Neural networks and principal component analysis, Neural Networks 2(1), 1989,
    DOI 10.1016/0893-6080(89)90014-2. Takes pixels 0..255, (n, *input_shape), and gives pictures of about 0..1.
    """
    inputs, x = pixels(input_shape)
    x = layers.Flatten(name="flatten")(x)  # (n, 784)
    x = layers.Dense(code, name="code")(x)  # (n, 30)
    return picture(inputs, x, "decoder1", "linear", weights, name)


def DenoisingAutoencoder(
    input_shape: tuple[int, int, int] = (28, 28, 1),
    code: int = 500,
    activation: Literal["relu", "tanh", "sigmoid"] = "relu",
    noise: float = 0.5,
    weights: str | None = None,
    name: str = "denoising_autoencoder",
) -> keras.Model:
    """Build an autoencoder of one hidden layer, `code`, that is shown noisy pictures and asked for the clean ones.

    P. Vincent, H. Larochelle, I. Lajoie, Y. Bengio, P.-A. Manzagol, Stacked denoising autoencoders, JMLR 11, 2010,
    DOI 10.5555/1756006.1953039, with Gaussian noise of deviation `noise`, white being 1, while training. Takes pixels
    0..255, (n, *input_shape), and gives pictures 0..1 of the same shape. `weights` is the path of a file.
    """
    inputs, x = pixels(input_shape)
    x = layers.GaussianNoise(noise, name="noise")(x)
    x = layers.Flatten(name="flatten")(x)  # (n, 784)
    x = layers.Dense(code, activation=activation, name="code")(x)  # (n, 500)
    return picture(inputs, x, "decoder1", "sigmoid", weights, name)


def ConvolutionalAutoencoder(
    input_shape: tuple[int, int, int] = (28, 28, 1),
    filters: tuple[int, ...] = (16, 32),
    code: int = 30,
    weights: str | None = None,
    name: str = "conv_autoencoder",
) -> keras.Model:
    """Build an autoencoder of convolutions that halve the picture (encoder1, ...) and others that double it again.

    J. Masci, U. Meier, D. Ciresan, J. Schmidhuber, Stacked convolutional auto-encoders for hierarchical feature
    extraction, ICANN 2011, DOI 10.1007/978-3-642-21735-7_7; with strides in place of max-pooling.

    Takes pixels 0..255, (n, *input_shape), and gives pictures 0..1 of the same shape.

    Raises:
        UserError: the picture cannot be halved so often.
    """
    height, width, channels = input_shape
    shrunk = 2 ** len(filters)
    if height % shrunk or width % shrunk:
        raise UserError(f"{name} halves pictures {len(filters)} times; give sides divisible by {shrunk}.")
    inputs, x = pixels(input_shape)
    for number, maps in enumerate(filters, start=1):  # (n, 14, 14, 16), (n, 7, 7, 32)
        x = layers.Conv2D(maps, 3, strides=2, padding="same", activation="relu", name=f"encoder{number}")(x)
    maps_shape = x.shape[1:]
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(code, name="code")(x)  # (n, 30)
    x = layers.Dense(math.prod(maps_shape), activation="relu", name="decoder1")(x)
    x = layers.Reshape(maps_shape, name="unflatten")(x)  # (n, 7, 7, 32)
    for number, maps in enumerate(reversed(filters[:-1]), start=2):  # (n, 14, 14, 16)
        x = layers.Conv2DTranspose(maps, 3, strides=2, padding="same", activation="relu", name=f"decoder{number}")(x)
    x = layers.Conv2DTranspose(channels, 3, strides=2, padding="same", activation="sigmoid", name="reconstruction")(
        x
    )  # (n, 28, 28, 1)
    return with_weights(keras.Model(inputs, x, name=name), weights)


def picture(
    inputs: keras.KerasTensor, x: keras.KerasTensor, layer: str, activation: str, weights: str | None, name: str
) -> keras.Model:
    """Return the model that ends in a dense layer on `x` (n, units), one unit a pixel, and `reconstruction`, the units
    as pictures (n, height, width, channel)."""
    shape = inputs.shape[1:]
    x = layers.Dense(math.prod(shape), activation=activation, name=layer)(x)  # (n, 784)
    x = layers.Reshape(shape, name="reconstruction")(x)  # (n, 28, 28, 1)
    return with_weights(keras.Model(inputs, x, name=name), weights)
