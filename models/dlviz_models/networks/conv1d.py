"""One-dimensional convolutional networks: on texts and strings of DNA, and on sound."""

from typing import Literal

import keras
from keras import layers

from dlviz_models.networks.blocks import classifier
from dlviz_models.networks.sequence import sequence


def Conv1DNet(
    input_shape: tuple[int, ...] = (28, 28, 1),
    classes: int = 10,
    vocabulary: str = "",
    unit: Literal["characters", "words"] = "characters",
    embedding: int = 64,
    widths: tuple[int, ...] = (3, 4, 5),
    filters: int = 100,
    dropout: float = 0.5,
    name: str = "conv1d",
) -> keras.Model:
    """Build filters of several `widths` side by side, `conv1`, `conv2`, ..., of whose answers the largest counts.

    Y. Kim, Convolutional neural networks for sentence classification, 2014, arXiv 1408.5882. Characters are fed as
    one-hot vectors, so that the filters of `conv1` on DNA can be read as motifs, as in B. Alipanahi et al., Predicting
    the sequence specificities of DNA- and RNA-binding proteins by deep learning, 2015, DOI 10.1038/nbt.3300; words are
    embedded.

    It takes what `RNN` takes and gives probabilities (n, classes). A convolution is padded with zeros to the length of
    the sequence, so that short texts do.
    """
    inputs, x, _ = sequence(input_shape, vocabulary, unit, embedding, one_hot=unit == "characters")
    pooled = []
    for number, width in enumerate(widths, 1):
        maps = layers.Conv1D(filters, width, padding="same", activation="relu", name=f"conv{number}")(x)
        pooled.append(layers.GlobalMaxPooling1D(name=f"pool{number}")(maps))  # (n, time, filters) -> (n, filters)
    x = layers.Concatenate(name="concatenate")(pooled) if len(pooled) > 1 else pooled[0]
    x = layers.Dropout(dropout, name="dropout")(x)
    return classifier(inputs, x, classes, name)


def M5(
    input_shape: tuple[int, ...] = (8000, 1),
    classes: int = 10,
    filters: tuple[int, ...] = (128, 128, 256, 512),
    name: str = "m5",
) -> keras.Model:
    """Build M5, which names a sound from its samples: its first filters become a bank of band passes.

    W. Dai et al., Very deep convolutional neural networks for raw waveforms, 2016, arXiv 1610.00087: `conv1` 80 samples
    wide in steps of 4, then convolutions 3 wide; after each, batch normalisation, ReLU, and pooling 4 to 1; the mean
    over time goes to the output. It takes samples (n, *input_shape) in -1..1 and gives probabilities (n, classes).
    """
    inputs = x = layers.Input(input_shape, name="samples")
    for number, maps in enumerate(filters, 1):
        width, step = (80, 4) if number == 1 else (3, 1)
        x = layers.Conv1D(maps, width, step, padding="same", name=f"conv{number}")(x)  # (n, time / 4, maps)
        x = layers.BatchNormalization(name=f"norm{number}")(x)
        x = layers.ReLU(name=f"relu{number}")(x)
        x = layers.MaxPooling1D(4, padding="same", name=f"pool{number}")(x)  # (n, time / 16, maps)
    x = layers.GlobalAveragePooling1D(name="pool")(x)  # (n, maps)
    return classifier(inputs, x, classes, name)
