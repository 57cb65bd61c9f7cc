"""Every weight by its name: what is shown is what Keras holds, and quantised kernels are what they were before."""

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.analysis.surgery import apply_changes
from dlviz.api import show
from dlviz.model.weights import main_weight, weights_of
from dlviz.network import Network
from dlviz.sheet import Curves
from dlviz_models.errors import UserError
from dlviz_models.networks import network as spec

RANDOM = np.random.default_rng(0)


def names(layer, shape=(5, 4), **kwargs):
    layer(keras.Input(shape), **kwargs)
    return list(weights_of(layer))


def test_weights_have_the_shortest_names_that_tell_them_apart():
    assert names(layers.LSTM(3)) == ["kernel", "recurrent_kernel", "bias"]
    assert names(layers.SeparableConv2D(5, 3), (8, 8, 2)) == ["depthwise_kernel", "pointwise_kernel", "bias"]
    assert names(layers.TimeDistributed(layers.Conv2D(5, 3)), (3, 8, 8, 2)) == ["kernel", "bias"]
    both = names(layers.Bidirectional(layers.LSTM(3, name="lstm"), name="both"))
    assert both[:2] == ["forward_lstm/kernel", "forward_lstm/recurrent_kernel"]
    assert both[3] == "backward_lstm/kernel"
    attention = layers.MultiHeadAttention(2, 4)
    attention(keras.Input((5, 8)), keras.Input((5, 8)))
    found = weights_of(attention)
    assert [n for n in found if "kernel" in n] == [
        "query/kernel", "key/kernel", "value/kernel", "attention_output/kernel"
    ]  # fmt: skip
    assert main_weight(found) == "query/kernel"


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
@pytest.mark.parametrize(("mode", "levels"), [("int8", 127), ("int4", 7)])
def test_quantised_weights_are_within_half_a_level_of_what_they_were(mode, levels):
    keras.utils.set_random_seed(0)
    x = keras.Input((7,), dtype="int32")
    y = layers.Embedding(9, 8, name="embedding")(x)
    y = layers.MultiHeadAttention(2, 4, name="attention")(y, y)
    y = layers.Dense(6, activation="relu", bias_initializer="ones", name="dense")(y)
    model = keras.Model(x, y)
    of = {layer.name: {n: w.values for n, w in weights_of(layer).items()} for layer in model.layers}
    model.quantize(mode)
    for layer in model.layers:
        assert set(weights_of(layer)) == set(of[layer.name])
        for name, weight in weights_of(layer).items():
            before = of[layer.name][name]
            level = np.abs(before).max() / levels if weight.is_quantised else 0
            assert np.abs(weight.values - before).max() <= (0.51 if mode == "int8" else 1.01) * level + 1e-6, name
            assert weight.bits == (int(mode[3:]) if weight.is_quantised else 32)


def test_an_lstm_is_shown_gate_by_gate():
    model = keras.Sequential([keras.Input((5, 4)), layers.LSTM(3, name="lstm")])
    kernel, recurrent, bias = model.layers[0].get_weights()
    shown = show("filters", model, layer="lstm")
    assert [p.title for p in shown.panels] == ["input gate", "forget gate", "candidate", "output gate"]
    assert np.array_equal(shown.panels[1].values, kernel[:, 3:6].T)  # Keras's order is i, f, c, o
    assert np.array_equal(shown.arrays["weights"], kernel)
    assert np.array_equal(shown.arrays["weights:bias"], bias)
    shown = show("filters", model, layer="lstm", weight="recurrent_kernel", units=(2,))
    assert np.array_equal(shown.panels[3].values, recurrent[:, 9:].T[[2]])
    assert np.array_equal(shown.arrays["weights:recurrent_kernel"], recurrent)
    assert np.array_equal(shown.arrays["weights"], kernel)
    assert show("filters", model, layer="lstm", weight="bias").panels[2].values.tolist() == bias[6:9].tolist()
    with pytest.raises(UserError, match="lstm has no weight gamma: choose one of kernel, recurrent_kernel, bias"):
        show("filters", model, layer="lstm", weight="gamma")


def test_the_forget_gate_is_the_one_that_forgets():
    """Shut by its bias, the forget gate alone makes the cell state what the candidate and the input gate say."""
    layer = layers.LSTM(2, return_state=True)
    layer(keras.Input((3, 4)))
    kernel, recurrent, bias = (RANDOM.normal(size=w.shape) for w in layer.get_weights())
    gates = ["input gate", "forget gate", "candidate", "output gate"]
    place = gates.index("forget gate")
    bias[2 * place : 2 * place + 2] = -100
    layer.set_weights([kernel, 0 * recurrent, bias])
    x = RANDOM.normal(size=(1, 3, 4))
    i, _, c, _ = np.split(x[0, -1] @ kernel + bias, 4)
    expected = np.tanh(c) / (1 + np.exp(-i))
    np.testing.assert_allclose(np.asarray(layer(x)[2])[0], expected, atol=1e-5)


def test_embeddings_have_their_words():
    model = spec("rnn").build(vocabulary="acgt", embedding=3, units=(2,), classes=2)
    shown = show("filters", model, layer="embedding")
    (panel,) = shown.panels
    assert panel.row_labels == ("0", "[unknown]", "[start]", "[end]", "a", "c", "g", "t")
    assert panel.values.shape == (8, 3)
    (panel,) = show("filters", model, layer="embedding", words="t c").panels
    assert panel.row_labels == ("t", "c")
    assert np.array_equal(panel.values, shown.arrays["weights"][[7, 5]])


def test_heads_are_matrices():
    x = keras.Input((5, 8))
    model = keras.Model(x, layers.MultiHeadAttention(2, 4, name="attention")(x, x))
    weights = {n: w.values for n, w in weights_of(model.layers[1]).items()}
    assert [p.title for p in show("filters", model, layer="attention").panels] == [n for n in weights if "kernel" in n]
    heads = show("filters", model, layer="attention", weight="value/kernel").panels
    assert np.array_equal(heads[1].values, weights["value/kernel"][:, 1].T)
    heads = show("filters", model, layer="attention", weight="attention_output/kernel").panels
    assert np.array_equal(heads[1].values, weights["attention_output/kernel"][1].T)


def test_kernels_of_one_and_three_dimensions():
    x = keras.Input((9, 1))
    model = keras.Model(x, layers.Conv1D(20, 4, name="many")(layers.Conv1D(3, 5, name="few")(x)))
    few, many = (model.get_layer(n).get_weights()[0] for n in ("few", "many"))
    (curves,) = show("filters", model, layer="few").panels
    assert np.array_equal(curves.series["unit 2"], few[:, 0, 2])
    (tiles,) = show("filters", model, layer="many").panels
    assert np.array_equal(tiles.images[19, ..., 0], many[..., 19].T)  # (inputs, steps)
    volume = keras.Sequential([keras.Input((4, 5, 6, 1)), layers.Conv3D(2, 3, name="conv")])
    kernel = volume.layers[0].get_weights()[0]  # (depth, height, width, 1, units)
    (tiles,) = show("filters", volume, layer="conv").panels
    assert tiles.columns == 3
    grey = 127.5 + 127.5 * kernel[2, :, :, 0, 1] / np.abs(kernel[..., 1]).max()
    assert np.abs(tiles.images[-1, ..., 0] - grey).max() <= 0.51


@pytest.mark.parametrize(
    "layer",
    [
        layers.BatchNormalization(name="layer"),
        layers.GroupNormalization(2, name="layer"),
        layers.SpectralNormalization(layers.Conv2D(4, 3), name="layer"),
        layers.DepthwiseConv2D(3, name="layer"),
        layers.Conv2DTranspose(3, 3, name="layer"),
        layers.EinsumDense("abcd,de->abce", (None, None, 5), name="layer"),
        layers.PReLU(name="layer"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_any_layer_with_weights_shows_them_all(layer):
    network = Network(keras.Sequential([keras.Input((6, 6, 4)), layer]))
    shown = show("filters", network, layer="layer")
    kept = [shown.arrays["weights"], *(v for n, v in shown.arrays.items() if n != "weights")]
    assert sorted(map(np.sum, kept)) == pytest.approx(sorted(np.sum(w) for w in layer.get_weights()), abs=1e-5)
    assert shown.panels
    for name in weights_of(layer):
        assert show("filters", network, layer="layer", weight=name).panels


def test_a_recurrent_convolution_has_a_column_for_each_gate():
    model = keras.Sequential([keras.Input((3, 6, 6, 2)), layers.ConvLSTM2D(4, 3, name="layer")])
    kernel = model.layers[0].get_weights()[0]  # (3, 3, inputs, gates units)
    (tiles,) = show("filters", model, layer="layer").panels
    assert tiles.column_labels == ("i0", "i1", "f0", "f1", "c0", "c1", "o0", "o1")
    unit = kernel.reshape(3, 3, 2, 4, 4)[..., 3]  # (3, 3, inputs, gates)
    grey = 127.5 + 127.5 * unit[:, :, 1, 2] / np.abs(unit).max()
    assert np.abs(tiles.images[3 * 8 + 5, ..., 0] - grey).max() <= 0.51


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
def test_how_many_bits_are_stored_is_said():
    half = keras.Sequential([keras.Input((4,)), layers.Dense(3, dtype="float16", name="half")])
    assert "stored as 16 bits." in show("filters", half, layer="half").summary
    whole = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="whole")])
    assert "stored" not in show("filters", whole, layer="whole").summary
    whole.quantize("int8")
    assert "stored as 8 bits and scaled back." in show("filters", whole, layer="whole").summary


def of_every_shape() -> keras.Model:
    """Weights that are shown in every way there is."""
    picture, text = keras.Input((8, 8, 3), name="picture"), keras.Input((4,), dtype="int32", name="text")
    y = layers.Conv2D(4, 3, name="conv")(picture)
    y = layers.DepthwiseConv2D(3, name="depthwise")(y)
    y = layers.Conv2DTranspose(2, 2, name="transpose")(y)
    y = layers.Dense(3, name="over_a_map")(layers.Flatten()(y))
    z = layers.Embedding(6, 5, name="embedding")(text)
    z = layers.Conv1D(4, 2, name="steps")(z)
    z = layers.MultiHeadAttention(2, 3, name="attention")(z, z)
    z = layers.LSTM(3, name="lstm")(z)
    wave = keras.Input((9, 1), name="wave")
    w = layers.Flatten()(layers.Conv1D(3, 4, name="signal")(wave))
    return keras.Model([picture, text, wave], layers.Dense(2, name="out")(layers.Concatenate()([y, z, w])))


@pytest.mark.parametrize(
    ("layer", "weight"),
    [
        ("conv", ""), ("conv", "bias"), ("depthwise", ""), ("transpose", ""), ("over_a_map", ""), ("embedding", ""),
        ("steps", ""), ("attention", ""), ("attention", "key/kernel"), ("attention", "attention_output/kernel"),
        ("lstm", ""), ("lstm", "recurrent_kernel"), ("signal", ""), ("out", ""),
    ],
)  # fmt: skip
def test_a_number_that_is_clicked_is_the_one_that_is_set(layer, weight):
    network = Network(of_every_shape())
    given = {"layer": layer, "weight": weight}
    panel = show("filters", network, **given).panels[-1]
    where = tuple(RANDOM.integers(size) for size in panel.weight.values.shape)
    one = panel.weight.at(*where)[0]
    apply_changes(network, [one.set_to(9.5)])
    after = show("filters", network, **given).panels[-1]
    if isinstance(after, Curves):
        shown = np.stack(list(after.series.values()))
    else:
        shown = after.images if hasattr(after, "images") else after.values
    if getattr(after, "scale", "") == "pixels":  # grey, the largest of its row white
        assert shown[where] == 255
    else:
        assert shown[where] == 9.5
    assert np.argwhere(after.weight.values != panel.weight.values).tolist() == [list(where)]
