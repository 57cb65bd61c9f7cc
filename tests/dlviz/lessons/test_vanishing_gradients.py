"""Norms are those of automatic differentiation."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlviz.films import last
from dlviz.lessons.vanishing_gradients import NETS, VanishingGradients, draws, gradient_norms

FUNCTIONS = {"sigmoid": tf.sigmoid, "tanh": tf.tanh, "ReLU": tf.nn.relu}


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("variance", [0.25, 2.0])
def test_norms_are_those_of_automatic_differentiation(name, variance):
    activation, skips = NETS[name]
    x, weights, end = draws(6, variance, 3)
    variables = [tf.Variable(w) for w in weights]
    with tf.GradientTape() as tape:
        hidden = tf.constant(x)
        for w in variables:
            answer = FUNCTIONS[activation](hidden @ w)
            hidden = hidden + answer if skips else answer
        loss = tf.reduce_sum(hidden * end)
    expected = [np.linalg.norm(g) for g in tape.gradient(loss, variables)]
    np.testing.assert_allclose(gradient_norms(x, weights, end, activation, skips), expected, rtol=1e-9)


def test_sigmoids_vanish_relus_and_skips_do_not():
    arrays = last(VanishingGradients, {"depth": 30, "initialisation": "Kaiming"}).arrays
    assert arrays["sigmoid"][0] < 1e-10
    assert arrays["ReLU"][0] > 1e-2
    assert arrays["sigmoid, skips"][0] > 1e-2


@pytest.mark.parametrize("seed", range(3))
def test_the_depth_in_the_answer_is_where_nothing_is_left(seed):
    sheet = last(VanishingGradients, {"seed": seed, "skips": False})
    depth = int(sheet.answer.split(" layers")[0].split()[-1])
    first = last(VanishingGradients, {"seed": seed, "depth": depth}).arrays["sigmoid"][0]
    assert 1e-9 < first < 1e-5


def test_a_sigmoid_is_never_steeper_than_a_quarter():
    z = np.linspace(-5, 5, 1001)
    slope = keras.ops.sigmoid(z) * (1 - keras.ops.sigmoid(z))
    assert float(keras.ops.max(slope)) == pytest.approx(0.25)
