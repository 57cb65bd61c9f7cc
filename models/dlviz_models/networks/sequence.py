"""The front end that the nets for sequences share: texts, frames or samples, and pictures row by row."""

from collections.abc import Sequence
from typing import NamedTuple

import keras
from keras import layers

from dlviz_models.layers.text import Unit, tokens
from dlviz_models.networks.blocks import pixels


class Front(NamedTuple):
    """`inputs` of a network, `x` (n, time, features), and `mask` (n, time): where there is something, or None."""

    inputs: keras.KerasTensor
    x: keras.KerasTensor
    mask: keras.KerasTensor | None


def sequence(
    input_shape: tuple[int | None, ...],
    vocabulary: str | Sequence[str],
    unit: Unit,
    embedding: int,
    one_hot: bool = False,
) -> Front:
    """Return the front end for what is fed.

    - With a `vocabulary`, numbers of tokens (n, time): each token gets its own `embedding` features, which are learned;
      with `one_hot` it gets one feature a token, 1 for itself.
    - `input_shape` (time, features): used as it is.
    - `input_shape` (height, width, channel): pixels 0..255 of a picture, whose rows are the steps.
    """
    if vocabulary:
        inputs, numbers, mask = tokens("tokens", vocabulary, unit)
        size = len(vocabulary) + 4  # with padding, unknown, start and end
        if one_hot:
            x = layers.CategoryEncoding(size, output_mode="one_hot", name="one_hot")(keras.ops.expand_dims(numbers, -1))
        else:
            x = layers.Embedding(size, embedding, name="embedding")(numbers)
        return Front(inputs, x, mask)
    if len(input_shape) == 2:
        inputs = layers.Input(input_shape, name="frames")
        return Front(inputs, inputs, None)
    inputs, x = pixels(input_shape)  # type: ignore[arg-type]
    height, width, channels = input_shape
    return Front(inputs, layers.Reshape((height, width * channels), name="rows")(x), None)  # type: ignore[operator]
