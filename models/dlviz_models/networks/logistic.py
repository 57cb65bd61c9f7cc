"""Multinomial logistic regression: one layer of weights, which can be looked at as pictures of the classes."""

import keras
from keras import layers

from dlviz_models.networks.blocks import classifier, pixels


def LogisticRegression(
    input_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10, name: str = "logistic"
) -> keras.Model:
    """Build p = softmax(W x + b), x the picture's pixels in 0..1.

    Takes pixels 0..255, (n, *input_shape), and gives probabilities (n, classes).

    D. R. Cox, The regression analysis of binary sequences, 1958, DOI 10.1111/j.2517-6161.1958.tb00292.x.
    """
    inputs, x = pixels(input_shape)
    x = layers.Flatten(name="flatten")(x)
    return classifier(inputs, x, classes, name)
