"""Small networks of every kind that people open: what each is called, and how it is built. Untrained."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import keras
from keras import layers as L
from keras import ops

from dlviz_models.networks import network

Build = Callable[[], keras.Model]


def _toy(name: str, **settings: object) -> Build:
    spec = network(name)
    return lambda: spec.build(**spec.settings(settings))  # type: ignore[arg-type]


def _plain() -> keras.Model:
    x = keras.Input((12, 12, 1), name="picture")
    y = L.MaxPooling2D()(L.Conv2D(4, 3, activation="relu", name="conv")(L.Rescaling(1 / 255)(x)))
    return keras.Model(x, L.Dense(3, activation="softmax", name="out")(L.Flatten()(y)), name="plain")


def _channels_first() -> keras.Model:
    x = keras.Input((3, 12, 12))
    y = L.GlobalMaxPooling2D(data_format="channels_first")(L.MaxPooling2D(data_format="channels_first", name="pool")(x))
    return keras.Model(x, L.Dense(3, activation="softmax")(y), name="channels_first")


def _four_channels() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((12, 12, 4)),
            L.Conv2D(4, 3, activation="relu"),
            L.GlobalAveragePooling2D(),
            L.Dense(3, "softmax"),
        ],
        name="four_channels",
    )


def _depthwise() -> keras.Model:
    x = keras.Input((12, 12, 3))
    y = L.SeparableConv2D(6, 3, name="separable")(L.DepthwiseConv2D(3, name="depthwise")(x))
    y = L.Conv2D(6, 3, groups=2, dilation_rate=2, name="grouped")(y)
    y = L.Conv2DTranspose(4, 3, strides=2, name="transposed")(y)
    return keras.Model(x, L.Dense(3, "softmax")(L.GlobalAveragePooling2D()(y)), name="depthwise_and_others")


def _flat_autoencoder() -> keras.Model:
    x = keras.Input((784,))
    return keras.Model(x, L.Dense(784, activation="sigmoid")(L.Dense(8, activation="relu")(x)), name="flat_autoencoder")


def _segmentation() -> keras.Model:
    x = keras.Input((16, 16, 3))
    y = L.UpSampling2D()(L.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x))
    return keras.Model(
        x, L.Conv2D(3, 1, activation="softmax", name="mask")(L.Concatenate()([x, y])), name="segmentation"
    )


def _regression() -> keras.Model:
    x = keras.Input((12, 12, 1))
    return keras.Model(x, L.Dense(1, name="angle")(L.Flatten()(L.Conv2D(2, 3)(x))), name="regression")


def _labels() -> keras.Model:
    x = keras.Input((12, 12, 3))
    return keras.Model(
        x, L.Dense(4, activation="sigmoid")(L.GlobalMaxPooling2D()(L.Conv2D(4, 3)(x))), name="several_labels"
    )


def _siamese() -> keras.Model:
    tower = keras.Sequential(
        [keras.Input((12, 12, 1)), L.Conv2D(4, 3, name="conv"), L.Flatten(), L.Dense(4)], name="tower"
    )
    a, b = keras.Input((12, 12, 1), name="a"), keras.Input((12, 12, 1), name="b")
    return keras.Model([a, b], L.Dense(1, activation="sigmoid")(L.Subtract()([tower(a), tower(b)])), name="siamese")


def _dict_inputs() -> keras.Model:
    inputs = {"picture": keras.Input((12, 12, 1), name="picture"), "age": keras.Input((3,), name="age")}
    y = L.Concatenate()([L.Flatten()(L.Conv2D(2, 3)(inputs["picture"])), inputs["age"]])
    return keras.Model(inputs, {"kind": L.Dense(3, "softmax")(y), "size": L.Dense(1)(y)}, name="dicts")


def _video() -> keras.Model:
    x = keras.Input((4, 10, 10, 1))
    y = L.TimeDistributed(L.Conv2D(3, 3, activation="relu"), name="frames")(x)
    return keras.Model(x, L.Dense(3, "softmax")(L.LSTM(4)(L.TimeDistributed(L.Flatten())(y))), name="video")


def _conv_lstm() -> keras.Model:
    x = keras.Input((3, 8, 8, 1))
    y = L.ConvLSTM2D(2, 3, return_sequences=True, name="convlstm")(x)
    return keras.Model(x, L.Dense(2, "softmax")(L.GlobalAveragePooling3D()(y)), name="conv_lstm")


def _volume() -> keras.Model:
    x = keras.Input((8, 8, 8, 1))
    y = L.MaxPooling3D()(L.Conv3D(3, 3, activation="relu", name="conv")(x))
    return keras.Model(x, L.Dense(2, "softmax")(L.Flatten()(y)), name="volume")


def _tokens() -> keras.Model:
    x = keras.Input((20,))
    y = L.Conv1D(4, 3, activation="relu", name="conv")(L.Embedding(50, 8, name="embedding")(x))
    return keras.Model(x, L.Dense(1, activation="sigmoid")(L.GlobalMaxPooling1D()(y)), name="tokens")


def _words() -> keras.Model:
    split = L.TextVectorization(output_sequence_length=6, vocabulary=["a", "good", "bad", "film"], name="split")
    x = keras.Input((1,), dtype="string")
    y = L.GlobalAveragePooling1D()(L.Embedding(8, 4)(split(x)))
    return keras.Model(x, L.Dense(1, activation="sigmoid")(y), name="words")


def _bag_of_words() -> keras.Model:
    split = L.TextVectorization(output_mode="multi_hot", vocabulary=["a", "good", "bad", "film"], name="split")
    x = keras.Input((1,), dtype="string")
    return keras.Model(x, L.Dense(2, "softmax", name="out")(L.Dense(3, "relu", name="h")(split(x))), name="bag")


def _sensor() -> keras.Model:
    x = keras.Input((40, 6))
    y = L.Conv1D(4, 5, activation="relu", name="conv")(x)
    return keras.Model(x, L.Dense(3, "softmax")(L.GlobalAveragePooling1D()(y)), name="sensor")


def _recurrent(layer: Callable[[], keras.Layer], name: str) -> Build:
    def build() -> keras.Model:
        x = keras.Input((9, 5))
        return keras.Model(x, L.Dense(3, "softmax")(layer()(x)), name=name)

    return build


def _states() -> keras.Model:
    x = keras.Input((9, 5))
    sequence, h, c = L.LSTM(4, return_sequences=True, return_state=True, name="lstm")(x)
    return keras.Model(
        x, L.Dense(2, "softmax")(L.Concatenate()([L.GlobalMaxPooling1D()(sequence), h, c])), name="states"
    )


def _attention() -> keras.Model:
    x = keras.Input((7,), dtype="int32")
    y = L.Embedding(30, 8)(x)
    y, _ = L.MultiHeadAttention(2, 4, name="heads")(y, y, return_attention_scores=True)
    return keras.Model(x, L.Dense(2, "softmax")(L.GlobalAveragePooling1D()(y)), name="attention")


def _tagger() -> keras.Model:
    x = keras.Input((6,), dtype="int32")
    y = L.Bidirectional(L.LSTM(4, return_sequences=True), name="both")(L.Embedding(20, 4, mask_zero=True)(x))
    return keras.Model(x, L.Dense(5, activation="softmax", name="tags")(y), name="tagger")


def _mixed_table() -> keras.Model:
    age, colour = keras.Input((1,), name="age"), keras.Input((1,), dtype="string", name="colour")
    lookup = L.StringLookup(vocabulary=["red", "green"], output_mode="one_hot", name="lookup")
    y = L.Dense(4, "relu", name="h")(L.Concatenate()([age, lookup(colour)]))
    return keras.Model([age, colour], L.Dense(1, name="price")(y), name="mixed_table")


def _table() -> keras.Model:
    return keras.Sequential([keras.Input((5,)), L.Normalization(), L.Dense(8, "relu"), L.Dense(1)], name="table")


def _vision_transformer() -> keras.Model:
    x = keras.Input((16, 16, 3))
    y = L.Reshape((16, 8))(L.Conv2D(8, 4, strides=4, name="patchify")(x))
    y = L.LayerNormalization()(y + L.MultiHeadAttention(2, 4, name="heads")(y, y))
    return keras.Model(x, L.Dense(3, "softmax")(y[:, 0]), name="vision_transformer")


def _half() -> keras.Model:
    half = keras.DTypePolicy("mixed_float16")
    x = keras.Input((12, 12, 1))
    y = L.Flatten()(L.Conv2D(2, 3, activation="relu", dtype=half, name="conv")(x))
    return keras.Model(x, L.Dense(3, activation="softmax", dtype=half)(y), name="half")


def _double() -> keras.Model:
    x = keras.Input((12, 12, 1), dtype="float64")
    y = L.Flatten()(L.Conv2D(2, 3, dtype="float64", name="conv")(x))
    return keras.Model(x, L.Dense(3, activation="softmax", dtype="float64")(y), name="double")


def _quantised() -> keras.Model:
    model = keras.Sequential(
        [keras.Input((12, 12, 1)), L.Flatten(), L.Dense(8, "relu", name="d"), L.Dense(3, "softmax")], name="quantised"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of layers without weights
        model.quantize("int8")
    return model


def _nested() -> keras.Model:
    inner = keras.Sequential([keras.Input((10, 10, 4)), L.Conv2D(3, 3, name="deep")], name="inner")
    middle = keras.Sequential([keras.Input((12, 12, 3)), L.Conv2D(4, 3, name="conv"), inner], name="middle")
    x = keras.Input((12, 12, 3))
    return keras.Model(x, L.Dense(3, "softmax")(L.GlobalMaxPooling2D()(middle(x))), name="nested")


def _ops() -> keras.Model:
    x = keras.Input((12, 12, 3))
    y = ops.relu(L.Conv2D(4, 3)(x / 127.5 - 1.0))
    return keras.Model(x, L.Softmax()(L.Dense(3)(ops.mean(y, axis=(1, 2)))), name="operations")


def _averaged() -> keras.Model:
    x = keras.Input((12, 12, 1))
    members = [L.Dense(3, activation="softmax")(L.Flatten()(L.Conv2D(2, 3)(x))) for _ in range(2)]
    return keras.Model(x, L.Average()(members), name="averaged")


def _identity() -> keras.Model:
    x = keras.Input((12, 12, 1))
    return keras.Model(x, x, name="identity")


def _sound() -> keras.Model:
    x = keras.Input((2000, 1))
    y = L.GlobalAveragePooling1D()(L.Conv1D(4, 40, strides=8, activation="relu", name="conv")(x))
    return keras.Model(x, L.Dense(3, "softmax")(y), name="sound")


NETWORKS: dict[str, Build] = {
    "plain": _plain,
    "channels first": _channels_first,
    "four channels": _four_channels,
    "depthwise, separable, grouped, transposed": _depthwise,
    "flat autoencoder": _flat_autoencoder,
    "segmentation": _segmentation,
    "regression": _regression,
    "several labels": _labels,
    "siamese": _siamese,
    "dicts of inputs and outputs": _dict_inputs,
    "video": _video,
    "ConvLSTM": _conv_lstm,
    "volume": _volume,
    "token numbers": _tokens,
    "words": _words,
    "bag of words": _bag_of_words,
    "sensor": _sensor,
    "SimpleRNN": _recurrent(lambda: L.SimpleRNN(4, name="rnn"), "simple_rnn"),
    "GRU": _recurrent(lambda: L.GRU(4, name="rnn"), "gru"),
    "bidirectional": _recurrent(lambda: L.Bidirectional(L.LSTM(4), name="rnn"), "bidirectional"),
    "cells": _recurrent(lambda: L.RNN([L.LSTMCell(4), L.GRUCell(3)], name="rnn"), "cells"),
    "states of an LSTM": _states,
    "attention scores": _attention,
    "tagger": _tagger,
    "table": _table,
    "table with categories": _mixed_table,
    "vision transformer": _vision_transformer,
    "half precision": _half,
    "double precision": _double,
    "quantised": _quantised,
    "nested": _nested,
    "operations": _ops,
    "average of two": _averaged,
    "identity": _identity,
    "sound": _sound,
    "logistic": _toy("logistic", input_shape=(8, 8, 1)),
    "resnet": _toy("resnet", input_shape=(8, 8, 3), depth=8),
    "autoencoder": _toy("autoencoder", input_shape=(8, 8, 1), hidden="16", code=4),
    "seq2seq": _toy("seq2seq", vocabulary="0123456789+", target_vocabulary="0123456789", embedding=8, units="8"),
    "transformer": _toy(
        "transformer", vocabulary="0123456789+", target_vocabulary="0123456789", width=8, heads=2, blocks=1
    ),
    "conv1d": _toy("conv1d", vocabulary="ACGT", widths="5", filters=4, classes=2),
    "tree_lstm": _toy("tree_lstm", vocabulary=("not", "very", "good", "film"), embedding=6, units=6, classes=5),
}
