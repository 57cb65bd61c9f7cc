"""States after every step against cells written in numpy, step by step."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from dlviz.api import show
from dlviz.applies import obstacle, obstacle_of_layer
from dlviz.feeding.tokens import origin
from dlviz.network import Network
from dlviz.session import describe
from dlviz.sheet import Sheet
from dlviz.views import view
from dlviz.views.states import States
from dlviz_models.data.samples import Numbers, Text, Tree
from dlviz_models.networks import network as spec

RANDOM = np.random.default_rng(0)
TIME, FEATURES, UNITS = 6, 4, 3


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def numpy_lstm(weights, x):
    """(hidden, cell, forget gate), each (time, units); S. Hochreiter, J. Schmidhuber, 1997."""
    kernel, recurrent, bias = weights
    h = c = np.zeros(len(recurrent))
    found = []
    for frame in x:
        i, f, g, o = np.split(frame @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        found.append((h, c, sigmoid(f)))
    return [np.array(part) for part in zip(*found, strict=True)]


def numpy_gru(weights, x):
    """(hidden, update gate), each (time, units); K. Cho et al., 2014, the reset gate behind the product."""
    kernel, recurrent, (b, c) = weights
    h = np.zeros(len(recurrent))
    found = []
    for frame in x:
        (z, r, n), (u, v, w) = np.split(frame @ kernel + b, 3), np.split(h @ recurrent + c, 3)
        z = sigmoid(z + u)
        h = z * h + (1 - z) * np.tanh(n + sigmoid(r + v) * w)
        found.append((h, z))
    return [np.array(part) for part in zip(*found, strict=True)]


def numpy_rnn(weights, x):
    """(hidden,), (time, units); J. L. Elman, 1990."""
    kernel, recurrent, bias = weights
    h = np.zeros(len(recurrent))
    found = []
    for frame in x:
        h = np.tanh(frame @ kernel + h @ recurrent + bias)
        found.append(h)
    return [np.array(found)]


def shaken(layer):
    """The layer with random weights, biases too."""
    layer.set_weights([RANDOM.normal(size=w.shape, scale=0.5) for w in layer.get_weights()])
    return layer


def states_of(layer, x):
    """Arrays of the view for a network that answers with the layer's last state alone."""
    model = keras.Sequential([keras.Input(x.shape), layer])
    shaken(layer)
    return show("states", model, layer=layer.name, input=[Numbers(x)])


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("layer", "cell", "names"),
    [
        (layers.LSTM, numpy_lstm, ("state", "cell state", "forget gate")),
        (layers.GRU, numpy_gru, ("state", "update gate")),
        (layers.SimpleRNN, numpy_rnn, ("state",)),
    ],
)
def test_states_of_every_step_though_the_network_answers_with_the_last(layer, cell, names, backwards):
    layer, x = layer(UNITS, go_backwards=backwards), RANDOM.normal(size=(TIME, FEATURES)).astype("float32")
    shown = states_of(layer, x)
    expected = cell(layer.get_weights(), x[::-1] if backwards else x)
    for name, values in zip(names, expected, strict=True):
        np.testing.assert_allclose(shown.arrays[name], values[::-1] if backwards else values, atol=1e-5)
    assert np.array_equal(shown.arrays["time"], np.arange(TIME))
    matrix = shown.panels[1]
    assert np.array_equal(matrix.values, shown.arrays["state"].T)


def test_both_directions_stand_side_by_side():
    layer, x = layers.Bidirectional(layers.LSTM(UNITS)), RANDOM.normal(size=(TIME, FEATURES)).astype("float32")
    shown = states_of(layer, x)
    weights = layer.get_weights()
    there, back = numpy_lstm(weights[:3], x), numpy_lstm(weights[3:], x[::-1])
    np.testing.assert_allclose(shown.arrays["state"], np.concatenate([there[0], back[0][::-1]], axis=1), atol=1e-5)
    np.testing.assert_allclose(shown.arrays["backward cell state"], back[1][::-1], atol=1e-5)
    assert "read from either end" in shown.summary


def test_a_long_sequence_is_read_by_a_compiled_cell():
    layer, x = layers.GRU(UNITS), RANDOM.normal(size=(300, FEATURES)).astype("float32")
    shown = states_of(layer, x)
    np.testing.assert_allclose(shown.arrays["state"], numpy_gru(layer.get_weights(), x)[0], atol=1e-4)


@pytest.mark.parametrize("backwards", [False, True])
def test_frames_show_what_has_been_read_so_far(backwards, monkeypatch):
    frames, run = [], States.run

    def watched(self, scene):
        for found in run(self, scene):
            frames.append(found)
            yield found

    monkeypatch.setattr(States, "run", watched)
    states_of(layers.SimpleRNN(UNITS, go_backwards=backwards), RANDOM.normal(size=(TIME, FEATURES)).astype("float32"))
    sheets = [found for found in frames if isinstance(found, Sheet)]
    last = sheets[-1].panels[-1]
    assert [sheet.steps for sheet in sheets] == [TIME] * TIME
    assert {sheet.title for sheet in sheets} == {sheets[-1].title}
    for count, sheet in enumerate(sheets, 1):
        shown = sheet.panels[-1]
        steps = shown.values.T if shown.column_title == "step" else shown.values
        known = np.isfinite(steps).all(axis=1)
        assert known.tolist() == ([True] * count + [False] * (TIME - count))[:: -1 if backwards else 1]
        assert np.nansum(abs(shown.values - last.values)) == 0
        assert shown.ends == last.ends


def test_stacked_cells_and_cells_of_ones_own():
    layer = layers.RNN([layers.LSTMCell(UNITS), layers.SimpleRNNCell(2)])
    x = RANDOM.normal(size=(TIME, FEATURES)).astype("float32")
    shown = states_of(layer, x)
    weights = layer.get_weights()
    below = numpy_lstm(weights[:3], x)
    np.testing.assert_allclose(shown.arrays["state"], below[0], atol=1e-5)
    np.testing.assert_allclose(shown.arrays["cell 1: cell state"], below[1], atol=1e-5)
    np.testing.assert_allclose(shown.arrays["cell 2: hidden state"], numpy_rnn(weights[3:], below[0])[0], atol=1e-5)


def test_padding_leaves_the_state_and_is_not_drawn():
    x = keras.Input((TIME,), dtype="int32")
    y = layers.Embedding(9, FEATURES, mask_zero=True, embeddings_initializer="normal", name="embedding")(x)
    model = keras.Model(x, layers.Dense(1)(layers.LSTM(UNITS, name="lstm")(y)))
    shaken(model.get_layer("lstm"))
    shown = show("states", model, layer="lstm", input=[Numbers(np.array([3, 1, 4, 0, 0, 0]))])
    embedded = model.get_layer("embedding").get_weights()[0][[3, 1, 4]]
    hidden, _, _ = numpy_lstm(model.get_layer("lstm").get_weights(), embedded)
    np.testing.assert_allclose(shown.arrays["state"], hidden[[0, 1, 2, 2, 2, 2]], atol=1e-5)
    assert shown.panels[0].column_labels == ("3", "1", "4")
    assert "3 of the 6 tokens are read" in shown.summary


def test_a_decoder_starts_where_the_encoder_ended_and_reads_what_it_wrote():
    keras.utils.set_random_seed(0)
    network = Network(spec("seq2seq").build(embedding=FEATURES, units=(UNITS,)))
    inside = show("states", network, layer="encoder1", input=[Text("12+3")])
    assert inside.arrays["tokens"].tolist() == ["3", "+", "2", "1"]  # it reads from the end
    feeds = network.feed([Text("12+3")])
    weights = network.keras_layer("decoder1").get_weights()
    x = network.keras_layer("target_embedding").get_weights()[0][feeds["target"][0, 0]]
    z = x @ weights[0] + inside.arrays["state"][-1] @ weights[1] + weights[2]
    i, f, g, o = np.split(z, 4)
    c = sigmoid(f) * inside.arrays["cell state"][-1] + sigmoid(i) * np.tanh(g)
    outside = show("states", network, layer="decoder1", input=[Text("12+3")])
    np.testing.assert_allclose(outside.arrays["state"][0], sigmoid(o) * np.tanh(c), atol=1e-5)
    assert outside.arrays["tokens"][0] == "[start]"


def test_nodes_of_a_tree():
    network = Network(spec("tree_lstm").build(vocabulary="ab", embedding=FEATURES, units=UNITS, classes=2))
    tree = Tree(("a", "b", "a"), np.array([[1, 2], [0, 3]], np.int32))
    shown = show("states", network, layer="cell", input=[tree])
    leaf, leaf_bias, kernel, bias = (np.asarray(w) for w in network.keras_layer("cell").get_weights())
    words = network.keras_layer("embedding").get_weights()[0][network.feed([tree])["words"][0]]
    h, c = [], []
    for word in words:
        i, o, u = np.split(word @ leaf + leaf_bias, 3)
        c.append(sigmoid(i) * np.tanh(u))
        h.append(sigmoid(o) * np.tanh(c[-1]))
    for a, b in tree.children:
        i, f, g, o, u = np.split(np.concatenate([h[a], h[b]]) @ kernel + bias, 5)
        c.append(sigmoid(i) * np.tanh(u) + sigmoid(f) * c[a] + sigmoid(g) * c[b])
        h.append(sigmoid(o) * np.tanh(c[-1]))
    np.testing.assert_allclose(shown.arrays["state"], h, atol=1e-5)
    np.testing.assert_allclose(shown.arrays["memory cell"], c, atol=1e-5)
    assert shown.arrays["tokens"].tolist() == ["a", "b", "a", "b a", "a b a"]
    assert shown.panels[0].row_labels[-1] == "a b a"


def test_recurrent_convolutions_are_averaged_over_places():
    layer = layers.ConvLSTM2D(2, 3)
    x = RANDOM.normal(size=(4, 6, 6, 1)).astype("float32")
    model = keras.Sequential([keras.Input(x.shape), layer])
    shown = show("states", model, layer=layer.name, input=[Numbers(x)])
    layer.return_sequences = True
    expected = np.asarray(layer(x[None]))[0]  # (time, height, width, units)
    np.testing.assert_allclose(shown.arrays["hidden state"], expected, atol=1e-5)
    np.testing.assert_allclose(shown.arrays["state"], expected.mean(axis=(1, 2)), atol=1e-5)


def test_it_is_followed_from_which_end_steps_stand():
    x = keras.Input((TIME, FEATURES), name="sequence")
    turned = ops.flip(x, axis=1)
    once = layers.GRU(2, return_sequences=True, go_backwards=True, name="once")(x)
    twice = layers.GRU(2, return_sequences=True, go_backwards=True, name="twice")(turned)
    other = layers.Activation("tanh", name="other")(ops.flip(x, axis=2))
    network = Network(keras.Model(x, [once, twice, other]))
    assert [origin(network, n) for n in ("once", "twice", "other")] == [
        ("sequence", True), ("sequence", False), ("sequence", False)
    ]  # fmt: skip


def test_what_has_no_state_is_refused():
    dense = describe(Network(keras.Sequential([keras.Input((3,)), layers.Dense(2)], name="plain")))
    assert obstacle(view("states"), dense) == ("plain has no recurrent layer, which states needs.")
    model = keras.Sequential([keras.Input((5, 3)), layers.GRU(2, name="gru"), layers.Dense(2, name="out")])
    network = Network(model)
    refusal = obstacle_of_layer(view("states"), describe(network), network.layer("out"))
    assert refusal == "Layer out is a Dense, which has no state: choose gru."
