"""LeNet-5."""

from importlib.resources import files
from typing import Literal

import keras
from keras import layers

from dlviz_models.networks.blocks import classifier, pixels, with_weights

RETINA = 32  # the paper's input is 32x32, so that the ends of strokes can stand in the middle of a receptive field


def LeNet5(
    input_shape: tuple[int, int, int] = (28, 28, 1),
    classes: int = 10,
    activation: Literal["relu", "tanh"] = "relu",
    pooling: Literal["max", "average"] = "max",
    weights: str | None = None,
    name: str = "lenet5",
) -> keras.Model:
    """Build LeNet-5: conv1 (C1), pool1 (S2), conv2 (C3), pool2 (S4), conv3 (C5), dense1 (F6), logits.

    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document recognition, Proceedings of
    the IEEE 86(11), 1998, DOI 10.1109/5.726791. `activation="tanh", pooling="average"` is the paper's network; the
    defaults are what replaced them. It takes pixels 0..255, (n, *input_shape), framed with zeros up to 32x32 if
    smaller, and gives probabilities (n, classes).

    Where it differs from the paper:

    - C3's 16 maps each see all six maps of S2; in the paper's Table I three to six of them (1,516 weights, not 2,416).
    - Average pooling has no trainable coefficient and bias a map and no squashing of its own (44 weights fewer).
    - tanh(a) stands for 1.7159 tanh(2a/3): the two constants can be absorbed in the weights on either side, so the same
      functions can be expressed; initial weights and learning rates mean something else.
    - The output is a softmax over ten linear units, not distances to fixed 7x12 bitmaps (radial basis functions).
    - Pixels are scaled to 0..1, not to -0.1..1.175; ink is bright.

    `weights` is None (random), "mnist" (the shipped network's; only for the default options), or the path of a file.
    """
    inputs, x = pixels(input_shape)
    frame = [_frame(size) for size in input_shape[:2]]
    if any(map(sum, frame)):
        x = layers.ZeroPadding2D(frame, name="pad")(x)  # (n, 32, 32, 1)
    pool = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}[pooling]
    x = layers.Conv2D(6, 5, activation=activation, name="conv1")(x)  # (n, 28, 28, 6)
    x = pool(2, name="pool1")(x)  # (n, 14, 14, 6)
    x = layers.Conv2D(16, 5, activation=activation, name="conv2")(x)  # (n, 10, 10, 16)
    x = pool(2, name="pool2")(x)  # (n, 5, 5, 16)
    x = layers.Conv2D(120, 5, activation=activation, name="conv3")(x)  # (n, 1, 1, 120)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(84, activation=activation, name="dense1")(x)  # (n, 84)
    if weights == "mnist":
        weights = str(files("dlviz_models") / "trained/lenet5.keras")
    return with_weights(classifier(inputs, x, classes, name), weights)


def _frame(size: int) -> tuple[int, int]:
    missing = max(0, RETINA - size)
    return missing // 2, missing - missing // 2
