"""Data augmentation: pictures altered at random while training."""

from collections.abc import Callable

import keras
from keras import layers

from dlviz_models.errors import UserError
from dlviz_models.layers.elastic_distortion import ElasticDistortion

AUGMENTATIONS: dict[str, Callable[[], keras.layers.Layer]] = {
    "flip": lambda: layers.RandomFlip("horizontal"),
    "shift": lambda: layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
    "rotate": lambda: layers.RandomRotation(0.03, fill_mode="nearest"),  # of a full turn: 11 degrees either way
    "zoom": lambda: layers.RandomZoom(0.1, fill_mode="nearest"),
    "shear": lambda: layers.RandomShear(0.15, 0.15, fill_mode="nearest"),
    "contrast": lambda: layers.RandomContrast(0.3),
    "elastic": ElasticDistortion,
}


def augmented(network: keras.Model, names: str) -> keras.Model:
    """Return a classifier of the same weights that alters its pictures in the named ways while it is trained.

    Raises:
        UserError: a name is unknown, or the network is not a classifier of pictures.
    """
    shape = network.input_shape
    if not isinstance(shape, tuple) or len(shape) != 4 or len(network.output_shape) != 2:
        raise UserError("Option augment is for classifiers of pictures; leave it off.")
    inputs = layers.Input(shape[1:])
    x = inputs
    for name in filter(None, (part.strip() for part in names.split(","))):
        if name not in AUGMENTATIONS:
            raise UserError(f"Option augment={name[:80]} is unknown; choose some of {', '.join(AUGMENTATIONS)}.")
        x = AUGMENTATIONS[name]()(x)
    return keras.Model(inputs, network(x))
