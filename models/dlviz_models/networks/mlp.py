"""The multilayer perceptron."""

from typing import Literal

import keras
from keras import layers

from dlviz_models.networks.blocks import classifier, pixels


def MLP(
    input_shape: tuple[int, int, int] = (28, 28, 1),
    classes: int = 10,
    hidden: tuple[int, ...] = (300, 100),
    activation: Literal["relu", "tanh", "sigmoid"] = "relu",
    name: str = "mlp",
) -> keras.Model:
    """Build a perceptron with hidden layers of the given sizes; the default is the 300-100 net of the LeNet paper.

    Takes pixels 0..255, (n, *input_shape), and gives probabilities (n, classes).

    D. E. Rumelhart, G. E. Hinton, R. J. Williams, Learning representations by back-propagating errors, 1986,
    DOI 10.1038/323533a0; the sizes: Y. LeCun et al., 1998, DOI 10.1109/5.726791, figure 9.
    """
    inputs, x = pixels(input_shape)
    x = layers.Flatten(name="flatten")(x)
    for number, units in enumerate(hidden, start=1):
        x = layers.Dense(units, activation=activation, name=f"dense{number}")(x)
    return classifier(inputs, x, classes, name)
