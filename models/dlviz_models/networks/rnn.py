"""Recurrent networks that read a sequence and name its class."""

from typing import Literal

import keras
from keras import layers

from dlviz_models.networks.blocks import classifier
from dlviz_models.networks.sequence import sequence

CELLS = {"simple": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}


def RNN(
    input_shape: tuple[int, ...] = (28, 28, 1),
    classes: int = 10,
    vocabulary: str = "",
    unit: Literal["characters", "words"] = "characters",
    embedding: int = 64,
    cell: Literal["lstm", "gru", "simple"] = "lstm",
    units: tuple[int, ...] = (128,),
    bidirectional: bool = False,
    dropout: float = 0.0,
    name: str = "rnn",
) -> keras.Model:
    """Build stacked recurrent layers `rnn1`, `rnn2`, ... over a sequence; `logits` are linear in the last state.

    - simple: h_t = tanh(x_t W + h_(t-1) U + b). J. L. Elman, Finding structure in time, 1990,
      DOI 10.1207/s15516709cog1402_1.
    - lstm: S. Hochreiter, J. Schmidhuber, Long short-term memory, 1997, DOI 10.1162/neco.1997.9.8.1735, with the forget
      gate of F. Gers et al., 2000, DOI 10.1162/089976600300015015.
    - gru: K. Cho et al., 2014, arXiv 1406.1078; the reset gate after the product, as in cuDNN.
    - bidirectional: M. Schuster, K. Paliwal, 1997, DOI 10.1109/78.650093; each layer's two directions side by side.

    It takes texts as numbers of tokens (n, time) where there is a `vocabulary`, frames (n, *input_shape) of shape
    (time, features), or pixels 0..255 of pictures, whose rows are the steps; and gives probabilities (n, classes).
    Every layer but the last answers at each step, (n, time, units); padding leaves the state as it was.
    """
    inputs, x, mask = sequence(input_shape, vocabulary, unit, embedding)
    for number, size in enumerate(units, 1):
        x = layers.Dropout(dropout, name=f"dropout{number}")(x) if dropout else x
        layer = CELLS[cell](size, return_sequences=number < len(units), name=f"rnn{number}")
        if bidirectional:
            layer = layers.Bidirectional(layer, name=f"rnn{number}")
        x = layer(x, mask=mask)  # (n, time, size), from the last layer (n, size); twice as wide with two directions
    return classifier(inputs, x, classes, name)
