"""AlexNet, and a small one for 32x32 pictures."""

from functools import partial
from typing import Literal

import keras
from keras import layers

from dlviz_models.errors import UserError
from dlviz_models.layers.local_response_normalization import LocalResponseNormalization
from dlviz_models.networks.blocks import head, pixels

LEAST_SIZE = 67  # pixels, of which pool3 leaves a single position


def AlexNet(
    input_shape: tuple[int, int, int] = (227, 227, 3),
    classes: int = 1000,
    groups: Literal[1, 2] = 2,
    filters: tuple[int, ...] = (96, 256, 384, 384, 256),
    hidden: tuple[int, ...] = (4096, 4096),
    dropout: float = 0.5,
    include_top: bool = True,
    weights: str | None = None,
    name: str = "alexnet",
) -> keras.Model:
    """Build AlexNet: five convolutions, three of them pooled, and three dense layers.

    A. Krizhevsky, I. Sutskever, G. Hinton, ImageNet classification with deep convolutional neural networks, NIPS 2012,
    DOI 10.1145/3065386. With `groups=2` conv2, conv4 and conv5 see only the half of the maps that lay on their own GPU,
    as in the paper: 60,965,224 weights; with `groups=1` all of them: 62,378,344.

    The paper says 224x224 pixels, but its 55x55 maps in conv1 take 227. The first and the last three layers differ from
    the paper in initialisation only (all biases start at zero); its pictures have the mean of the training set
    subtracted, here they are scaled to 0..1. Takes pixels 0..255, (n, *input_shape), at least 67x67, and gives
    probabilities (n, classes); without `include_top` the maps of pool3. `weights` is the path of a file.

    Raises:
        UserError: the pictures are too small.
    """
    if min(input_shape[:2]) < LEAST_SIZE:
        size = "x".join(map(str, input_shape[:2]))
        raise UserError(
            f"alexnet needs 67x67 pixels, not {size}: train alexnet32, or bring the pictures to another size (--set"
            " input_shape=227,227,3)."
        )
    inputs, x = pixels(input_shape)
    x = layers.Conv2D(filters[0], 11, strides=4, activation="relu", name="conv1")(x)  # (n, 55, 55, 96)
    x = LocalResponseNormalization(name="norm1")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)  # (n, 27, 27, 96), windows overlapping by one
    x = layers.Conv2D(filters[1], 5, padding="same", groups=groups, activation="relu", name="conv2")(x)
    x = LocalResponseNormalization(name="norm2")(x)  # (n, 27, 27, 256)
    x = layers.MaxPooling2D(3, strides=2, name="pool2")(x)  # (n, 13, 13, 256)
    x = layers.Conv2D(filters[2], 3, padding="same", activation="relu", name="conv3")(x)  # (n, 13, 13, 384)
    x = layers.Conv2D(filters[3], 3, padding="same", groups=groups, activation="relu", name="conv4")(x)
    x = layers.Conv2D(filters[4], 3, padding="same", groups=groups, activation="relu", name="conv5")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool3")(x)  # (n, 6, 6, 256)
    return head(inputs, x, hidden, dropout, classes, include_top, weights, name)


def AlexNet32(
    input_shape: tuple[int, int, int] = (32, 32, 3),
    classes: int = 10,
    filters: tuple[int, ...] = (64, 128, 192, 192, 128),
    hidden: tuple[int, ...] = (512, 512),
    dropout: float = 0.5,
    include_top: bool = True,
    weights: str | None = None,
    name: str = "alexnet32",
) -> keras.Model:
    """Build AlexNet for pictures of about 32x32: the same layers with 5x5 and 3x3 filters, no strides, fewer maps.

    After A. Krizhevsky, I. Sutskever, G. Hinton, 2012, DOI 10.1145/3065386; sizes for CIFAR-10 are this project's.
    Pixels are centred, weights of conv1 begin near zero, as in the paper, so that its filters show what they have
    learned. Takes pixels 0..255, (n, *input_shape), and gives probabilities (n, classes); without `include_top` the
    maps of pool3. `weights` is the path of a file.
    """
    inputs, x = pixels(input_shape)
    x = layers.Rescaling(1.0, offset=-0.5, name="centre")(x)  # without it, most filters of conv1 soon stop responding
    small = keras.initializers.RandomNormal(stddev=0.01)
    convolution = partial(layers.Conv2D, padding="same", activation="relu", kernel_initializer="he_normal")
    x = convolution(filters[0], 5, kernel_initializer=small, name="conv1")(x)  # (n, 32, 32, 64)
    x = LocalResponseNormalization(name="norm1")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool1")(x)  # (n, 16, 16, 64)
    x = convolution(filters[1], 5, name="conv2")(x)  # (n, 16, 16, 128)
    x = LocalResponseNormalization(name="norm2")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool2")(x)  # (n, 8, 8, 128)
    for number in (3, 4, 5):
        x = convolution(filters[number - 1], 3, name=f"conv{number}")(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool3")(x)  # (n, 4, 4, 128)
    return head(inputs, x, hidden, dropout, classes, include_top, weights, name)
