"""ZFNet."""

import keras
from keras import layers

from dlviz_models.layers.local_response_normalization import LocalResponseNormalization
from dlviz_models.networks.blocks import head, pixels


def ZFNet(
    input_shape: tuple[int, int, int] = (224, 224, 3),
    classes: int = 1000,
    filters: tuple[int, ...] = (96, 256, 384, 384, 256),
    hidden: tuple[int, ...] = (4096, 4096),
    dropout: float = 0.5,
    include_top: bool = True,
    weights: str | None = None,
    name: str = "zfnet",
) -> keras.Model:
    """Build ZFNet: AlexNet with smaller, denser first filters (7x7, stride 2) and no split between two GPUs.

    M. Zeiler, R. Fergus, Visualizing and understanding convolutional networks, ECCV 2014, arXiv 1311.2901, figure 3.
    Pooling comes before the normalisation across maps. The paper's sizes of maps need a border of one pixel around
    the picture, and the last, incomplete window of pool1 and pool2.

    Takes pixels 0..255, (n, *input_shape), and gives probabilities (n, classes); without `include_top` the maps of
    pool3. `weights` is the path of a file.
    """
    inputs, x = pixels(input_shape)
    x = layers.ZeroPadding2D(1, name="pad")(x)  # (n, 226, 226, 3)
    x = layers.Conv2D(filters[0], 7, strides=2, activation="relu", name="conv1")(x)  # (n, 110, 110, 96)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool1")(x)  # (n, 55, 55, 96)
    x = LocalResponseNormalization(name="norm1")(x)
    x = layers.Conv2D(filters[1], 5, strides=2, activation="relu", name="conv2")(x)  # (n, 26, 26, 256)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool2")(x)  # (n, 13, 13, 256)
    x = LocalResponseNormalization(name="norm2")(x)
    for number in (3, 4, 5):  # (n, 13, 13, 384), twice, then (n, 13, 13, 256)
        x = layers.Conv2D(filters[number - 1], 3, padding="same", activation="relu", name=f"conv{number}")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool3")(x)  # (n, 6, 6, 256)
    return head(inputs, x, hidden, dropout, classes, include_top, weights, name)
