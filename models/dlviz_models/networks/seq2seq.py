"""Sequence to sequence: one recurrent network reads, another writes."""

from typing import Literal

import keras
from keras import layers, ops

from dlviz_models.layers.attention import AlignmentWeights
from dlviz_models.layers.text import SPECIAL, tokens
from dlviz_models.networks.blocks import classifier


def Seq2Seq(
    vocabulary: str = "0123456789+",
    target_vocabulary: str = "0123456789",
    unit: Literal["characters", "words"] = "characters",
    embedding: int = 64,
    units: tuple[int, ...] = (128,),
    attention: Literal["none", "luong", "bahdanau"] = "none",
    reverse: bool = True,
    dropout: float = 0.0,
    name: str = "seq2seq",
) -> keras.Model:
    """Build an encoder and a decoder of LSTM layers; the decoder starts in the states in which the encoder ended.

    I. Sutskever, O. Vinyals, Q. V. Le, Sequence to sequence learning with neural networks, 2014, arXiv 1409.3215; its
    four layers of 1,000 cells are `units=(1000, 1000, 1000, 1000)`. With `reverse` the source is read from its end.
    With `attention` each step of the decoder looks at all that the encoder answered: the layer `attention` gives the
    weights, (n, 1, target, source), whose score is Luong's or Bahdanau's; in both cases they mix the encoder's answers
    behind the decoder's last layer, as Luong has it, and not within its recurrence, as Bahdanau has it.

    It takes numbers of tokens `source` (n, source) and `target` (n, target), which begins with the start token, and
    gives the probabilities (n, target, tokens) of the token that comes next. `dlviz_models.decoding` writes with it.
    """
    source, x, mask = tokens("source", vocabulary, unit)
    target, y, _ = tokens("target", target_vocabulary, unit)
    x = _embedded(x, "source", vocabulary, embedding)
    if reverse:
        x, mask = ops.flip(x, axis=1), ops.flip(mask, axis=1)
    x, states = _encoded(x, mask, units, dropout)  # (n, source, size)
    y = _embedded(y, "target", target_vocabulary, embedding)
    for number, (size, state) in enumerate(zip(units, states, strict=True), 1):
        y = layers.Dropout(dropout, name=f"decoder{number}_dropout")(y) if dropout else y
        y = layers.LSTM(size, return_sequences=True, name=f"decoder{number}")(y, initial_state=state)
    if attention != "none":
        if reverse:
            x, mask = ops.flip(x, axis=1), ops.flip(mask, axis=1)
        weights = AlignmentWeights(attention, units[-1], name="attention")(y, x, mask)  # (n, 1, target, source)
        context = ops.einsum("nhts,nsd->ntd", weights, x)
        y = layers.Concatenate(name="with_context")([y, context])
        y = layers.Dense(units[-1], "tanh", name="attentional")(y)  # (n, target, size)
    return classifier([source, target], y, len(target_vocabulary) + len(SPECIAL), name)


def _encoded(
    x: keras.KerasTensor, mask: keras.KerasTensor, units: tuple[int, ...], dropout: float
) -> tuple[keras.KerasTensor, list[list[keras.KerasTensor]]]:
    """Return the steps of the last LSTM, (n, source, size), and the final states of each, twice (n, size)."""
    states = []
    for number, size in enumerate(units, 1):
        x = layers.Dropout(dropout, name=f"encoder{number}_dropout")(x) if dropout else x
        x, *state = layers.LSTM(size, return_sequences=True, return_state=True, name=f"encoder{number}")(x, mask=mask)
        states.append(state)
    return x, states


def _embedded(x: keras.KerasTensor, side: str, vocabulary: str, width: int) -> keras.KerasTensor:
    """Return tokens (n, time) as features (n, time, width); from Keras's small initial values LSTMs learn late."""
    start = keras.initializers.RandomNormal(stddev=1.0)
    return layers.Embedding(len(vocabulary) + len(SPECIAL), width, start, name=f"{side}_embedding")(x)
