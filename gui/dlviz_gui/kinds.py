"""Colours of kinds of layers, by the words in their Keras class names."""

from __future__ import annotations

from qtpy.QtGui import QColor

_FAMILIES = (
    (("Conv",), "#3b82f6"),
    (("Dense", "Embedding"), "#8b6fd6"),
    (("Pool",), "#2fa866"),
    (("Add", "Concatenate", "Multiply", "Subtract", "Average", "Maximum", "Dot"), "#d0473e"),
    (("Normalization", "Rescaling", "Dropout", "Noise"), "#b0a030"),
    (("Activation", "ReLU", "Softmax", "Sigmoid", "Tanh"), "#e8833a"),
    (("LSTM", "GRU", "RNN", "Attention"), "#c2528b"),
)
PLAIN = QColor("#8a94a0")


def colour_of(kind: str) -> QColor:
    """The colour of the kind of layer called `kind`."""
    return next((QColor(c) for words, c in _FAMILIES if any(word in kind for word in words)), PLAIN)
