"""The variational autoencoder."""

import keras
from keras import layers

from dlviz_models.layers.sampling import Sampling
from dlviz_models.networks.autoencoder import picture
from dlviz_models.networks.blocks import pixels


def VariationalAutoencoder(
    input_shape: tuple[int, int, int] = (28, 28, 1),
    hidden: tuple[int, ...] = (500,),
    code: int = 20,
    deviation: float = 0.2,
    weights: str | None = None,
    name: str = "variational_autoencoder",
) -> keras.Model:
    """Build a variational autoencoder: encoder1, ..., `mean` and `log_variance` of a random `code`, decoder1, ...

    D. Kingma, M. Welling, Auto-encoding variational Bayes, ICLR 2014, arXiv 1312.6114. The picture is taken to be
    normally distributed around the reconstruction with `deviation`, white being 1; so twice its square weighs the
    divergence of the code against the squared error. A greater deviation gives a smoother space of codes, and blur.

    Takes pixels 0..255, (n, *input_shape), and gives pictures 0..1 of the same shape: after training, those of the
    mean code. `weights` is the path of a file.
    """
    inputs, x = pixels(input_shape)
    x = layers.Flatten(name="flatten")(x)  # (n, 784)
    for number, units in enumerate(hidden, start=1):
        x = layers.Dense(units, activation="relu", name=f"encoder{number}")(x)
    mean = layers.Dense(code, name="mean")(x)  # (n, 20)
    log_variance = layers.Dense(code, name="log_variance")(x)  # (n, 20)
    x = Sampling(2 * deviation**2, name="code")([mean, log_variance])  # (n, 20)
    for number, units in enumerate(reversed(hidden), start=1):
        x = layers.Dense(units, activation="relu", name=f"decoder{number}")(x)
    return picture(inputs, x, f"decoder{len(hidden) + 1}", "sigmoid", weights, name)
