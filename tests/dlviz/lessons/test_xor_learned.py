"""Gradients are those of automatic differentiation, steps those of Keras's optimizer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlviz.by_hand.boundaries import Weights, answer, first_weights, gradients, learn, loss
from dlviz.films import last
from dlviz.lessons.xor_learned import XORLearned, made
from dlviz_models.errors import UserError

HIDDEN = pytest.mark.parametrize("hidden", [0, 1, 4])


def keras_net(weights):
    layers = [keras.layers.Dense(weights.b1.size, "tanh")] if weights.b1.size else []
    net = keras.Sequential([*layers, keras.layers.Dense(1, "sigmoid")])
    net.build((None, 2))
    net.set_weights([a for a in weights.arrays if a.size])
    return net


@HIDDEN
def test_loss_and_gradients_are_keras(hidden):
    x, y = made("a ring")
    weights = first_weights(hidden, 3)
    net = keras_net(weights)
    with tf.GradientTape() as tape:
        p = net(x.astype(np.float32))[:, 0]
        error = tf.reduce_mean(keras.losses.binary_crossentropy(y[:, None], p[:, None]))
    assert loss(answer(x, weights)[0], y) == pytest.approx(float(error), rel=1e-4)
    found = [g for g, a in zip(gradients(x, y, weights), weights.arrays, strict=True) if a.size]
    expected = tape.gradient(error, net.trainable_variables)
    kept = [g for g in found if g.size] if hidden else found[-2:]
    for ours, theirs in zip(kept, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_steps_are_those_of_keras_momentum():
    x, y = made("XOR, clouds")
    optimizer = keras.optimizers.SGD(0.2, momentum=0.9)
    places = [keras.Variable(a, dtype="float64") for a in first_weights(3, 1).arrays]
    for _ in range(20):
        now = gradients(x, y, Weights(*(np.array(p) for p in places)))
        optimizer.apply_gradients([(keras.ops.convert_to_tensor(g), p) for g, p in zip(now, places, strict=True)])
    for ours, theirs in zip(learn(x, y, 3, 0.2, 20, 1)[-1].arrays, places, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_how_many_units_xor_needs_as_the_answer_says():
    x, y = made("XOR")

    def solved(hidden):
        ends = [answer(x, learn(x, y, hidden, 0.2, 200, seed)[-1])[0] for seed in range(20)]
        return np.mean([((p > 0.5) == (y == 1)).all() for p in ends])

    assert solved(0) == solved(1) == 0
    assert 0.3 < solved(2) < 0.8
    assert solved(4) > 0.9


def test_painted_examples_stand_for_the_presets():
    sheet = last(XORLearned, {"examples": "0.5 0.25 1; -1 0 0; 1 1 1", "step": 30})
    assert sheet.arrays["x"].tolist() == [[0.5, 0.25], [-1, 0], [1, 1]]
    assert sheet.arrays["y"].tolist() == [1, 0, 1]
    assert len(sheet.arrays["losses"]) == 31
    wrong = int(((sheet.arrays["answer"] > 0.5) != (sheet.arrays["y"] == 1)).sum())
    assert f"{wrong} of 3 examples" in sheet.summary
    assert sheet.values["examples"] == ((0.5, 0.25, 1), (-1, 0, 0), (1, 1, 1))


def test_a_plane_without_examples_is_shown():
    assert "0 of 0 examples" in last(XORLearned, {"data": "none yet"}).summary


@pytest.mark.parametrize("rows", ["1 2", "1 2 3", "; ".join(["0 0 1"] * 301)])
def test_other_examples_are_refused(rows):
    with pytest.raises(UserError, match="examples"):
        last(XORLearned, {"examples": rows})
