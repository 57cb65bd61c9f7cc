"""The two ends that all classifiers of pictures share."""

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
