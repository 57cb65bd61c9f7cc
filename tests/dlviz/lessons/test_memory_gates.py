"""Memories and gradients are those of Keras's LSTM, GRU and SimpleRNN with these gates."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlviz.films import last
from dlviz.lessons.memory_gates import PULSE, MemoryGates

GATES = pytest.mark.parametrize(
    "gates",
    [
        {},
        {"forget": 0.7, "store": 0.4, "give": 0.6, "update": 0.6, "update_at_pulse": 0.3, "reset": 0.5, "weight": 1.4},
        {"weight": -0.9, "update": 0.2, "update_at_pulse": 0.9},
    ],
)


def logit(share):
    share = np.clip(share, 1e-6, 1 - 1e-6)
    return float(np.log(share / (1 - share)))


def keras_layer(name, gates):
    """The layer of one unit whose gates stand at these shares: their biases, and the GRU's weight of the input."""
    values = {"forget": 0.98, "store": 0.9, "give": 0.9, "update": 0.95, "update_at_pulse": 0.1, "reset": 1.0,
              "weight": 0.8} | gates  # fmt: skip
    how = {"return_sequences": True}
    if name == "LSTM":
        layer = keras.layers.LSTM(1, **how)
        biases = [logit(values["store"]), logit(values["forget"]), 0.0, logit(values["give"])]
        weights = [np.array([[0.0, 0, 1, 0]]), np.zeros((1, 4)), np.array(biases)]
    elif name == "GRU":
        layer = keras.layers.GRU(1, reset_after=False, **how)
        opens = logit(values["update_at_pulse"]) - logit(values["update"])
        biases = [logit(values["update"]), logit(values["reset"]), 0.0]
        weights = [np.array([[opens, 0, 1.0]]), np.array([[0, 0, values["weight"]]]), np.array(biases)]
    else:
        layer = keras.layers.SimpleRNN(1, use_bias=False, **how)
        weights = [np.array([[1.0]]), np.array([[values["weight"]]])]
    layer.build((None, None, 1))
    layer.set_weights(weights)
    return layer


@GATES
@pytest.mark.parametrize("name", ["LSTM", "GRU", "plain"])
def test_answers_are_those_of_keras(name, gates):
    arrays = last(MemoryGates, gates).arrays
    found = keras_layer(name, gates)(arrays["input"][None, :, None].astype(np.float32))[0, :, 0]
    expected = arrays["answer"] if name == "LSTM" else arrays[f"state:{name}"]
    np.testing.assert_allclose(expected, found, atol=2e-5)


@GATES
@pytest.mark.parametrize("name", ["LSTM", "plain"])
def test_gradients_are_those_of_automatic_differentiation(name, gates):
    arrays = last(MemoryGates, gates | {"length": 20}).arrays
    x = tf.Variable(arrays["input"][None, :, None], dtype=tf.float32)
    layer = keras_layer(name, gates)
    with tf.GradientTape() as tape:
        answer = layer(x)[0, -1, 0]
    np.testing.assert_allclose(arrays[f"gradient:{name}"], tape.gradient(answer, x)[0, :, 0], rtol=2e-3, atol=1e-6)


def test_the_grus_gradient_with_its_gates_held_is_the_slope():
    """Finite differences; the gates are held where they stand."""
    from dlviz.lessons.memory_gates import gru

    sheet = last(MemoryGates, {"length": 12})
    x, e = sheet.arrays["input"], 1e-6
    update = np.where(x == 1, 0.1, 0.95)
    for t in range(12):
        moved = [gru(x + sign * e * (np.arange(12) == t), update, 1.0, 0.8)[-1] for sign in (1, -1)]
        assert sheet.arrays["gradient:GRU"][t] == pytest.approx((moved[0] - moved[1]) / (2 * e), rel=1e-5)


def test_the_pulse_is_remembered_over_50_steps_and_the_plain_net_forgets_it():
    arrays = last(MemoryGates, {}).arrays
    at, end = PULSE - 1, -1
    assert arrays["state:LSTM"][end] / arrays["state:LSTM"][at] == pytest.approx(0.98**45)
    assert arrays["state:GRU"][end] > 0.5 * arrays["state:GRU"][at]
    assert arrays["state:plain"][end] < 1e-3 * arrays["state:plain"][at]
