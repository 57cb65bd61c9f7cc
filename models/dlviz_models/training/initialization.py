"""Weight initialisers by name."""

from collections.abc import Callable

import keras
from keras import initializers

from dlviz_models.errors import UserError

INITIALIZERS: dict[str, Callable[[], keras.initializers.Initializer]] = {
    "zeros": initializers.Zeros,
    "small": lambda: initializers.RandomNormal(stddev=0.01),
    "large": lambda: initializers.RandomNormal(stddev=1.0),
    "xavier_uniform": initializers.GlorotUniform,
    "xavier_normal": initializers.GlorotNormal,
    "kaiming_uniform": initializers.HeUniform,
    "kaiming_normal": initializers.HeNormal,
    "lecun_normal": initializers.LecunNormal,
    "orthogonal": initializers.Orthogonal,
}
"""X. Glorot, Y. Bengio, Understanding the difficulty of training deep feedforward neural networks, AISTATS 2010,
proceedings.mlr.press/v9/glorot10a; K. He et al., Delving deep into rectifiers, 2015, arXiv 1502.01852."""


def initialize(network: keras.Model, name: str) -> None:
    """Set the kernels of all layers anew; biases stay.

    Raises:
        UserError: the name is unknown.
    """
    if name not in INITIALIZERS:
        raise UserError(f"Option initializer={name[:80]} is unknown; choose {', '.join(INITIALIZERS)}.")
    for weight in network.trainable_weights:
        if weight.name == "kernel":
            weight.assign(INITIALIZERS[name]()(weight.shape, weight.dtype))
