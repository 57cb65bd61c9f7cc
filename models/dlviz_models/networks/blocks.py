"""The two ends that all classifiers of pictures share."""

import os
from importlib.metadata import entry_points

import keras
from keras import layers


def pixels(input_shape: tuple[int, int, int]) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """Return the input for pixels 0..255, (n, height, width, channel), and the same scaled to 0..1."""
    inputs = layers.Input(input_shape, name="pixels")
    return inputs, layers.Rescaling(1 / 255, name="scale")(inputs)


def classifier(inputs: keras.KerasTensor, x: keras.KerasTensor, classes: int, name: str) -> keras.Model:
    """Return the model that ends in the layers `logits`, linear in x (n, units), and `probabilities`, its softmax."""
    x = layers.Dense(classes, name="logits")(x)  # (n, classes)
    return keras.Model(inputs, layers.Softmax(name="probabilities")(x), name=name)


def head(
    inputs: keras.KerasTensor,
    x: keras.KerasTensor,
    hidden: tuple[int, ...],
    dropout: float,
    classes: int,
    include_top: bool,
    weights: str | None,
    name: str,
) -> keras.Model:
    """Return the model that ends in hidden dense layers with dropout on the maps `x` (n, height, width, channel), or,
    without top, in the maps."""
    if not include_top:
        return with_weights(keras.Model(inputs, x, name=name), weights)
    x = layers.Flatten(name="flatten")(x)
    for number, units in enumerate(hidden, start=1):
        x = layers.Dense(units, activation="relu", name=f"dense{number}")(x)  # (n, units)
        x = layers.Dropout(dropout, name=f"dropout{number}")(x)
    return with_weights(classifier(inputs, x, classes, name), weights)


def with_weights(model: keras.Model, path: str | os.PathLike[str] | None) -> keras.Model:
    """Return the model, its weights read from a file, if there is one, by what is registered for files from anywhere.

    Raises:
        UserError: the file is refused, or its weights are those of another network.
    """
    if path is not None:
        [inspector] = entry_points(group="dlviz_models.weights")
        inspector.load()(model, path)
    return model
