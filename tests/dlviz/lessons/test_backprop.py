"""The gradients are those of automatic differentiation."""

import numpy as np
import pytest
import tensorflow as tf

from dlviz.films import film, last
from dlviz.lessons.backprop import ORDER, PRESETS, Backprop, backward, differences, forward
from dlviz.sheet import Arrays, Sheet
from dlviz_models.errors import UserError


def differentiated(x, w1, w2, y):
    x, w1, w2 = (tf.Variable(a, dtype=tf.float64) for a in (x, w1, w2))
    with tf.GradientTape(persistent=True) as tape:
        z1 = tf.nn.conv2d(x[None, :, :, None], w1[:, :, None, None], 1, "VALID")[0, :, :, 0]
        a1 = tf.nn.relu(z1)
        a2 = tf.reduce_sum(w2 * a1)
        loss = (a2 - y) ** 2
    names = {"dA2": a2, "dW2": w2, "dA1": a1, "dZ1": z1, "dW1": w1}
    return loss.numpy(), {name: tape.gradient(loss, array).numpy() for name, array in names.items()}


@pytest.mark.parametrize("seed", range(5))
def test_gradients_are_those_of_automatic_differentiation_and_of_differences(seed):
    x, w1, w2 = (np.random.default_rng([seed, n]).normal(size=(s, s)) for n, s in enumerate((3, 2, 2)))
    values = forward(x, w1, w2, 0.7)
    gradients = backward(x, w2, 0.7, values)
    loss, expected = differentiated(x, w1, w2, 0.7)
    assert values["L"].item() == pytest.approx(loss)
    for name, gradient in expected.items():
        np.testing.assert_allclose(gradients[name].reshape(gradient.shape), gradient, atol=1e-12)
    for check, name in zip(differences(x, w1, w2, 0.7), ("dW1", "dW2"), strict=True):
        np.testing.assert_allclose(check, gradients[name], atol=1e-6)


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_stands_on_the_kink_of_a_relu(preset):
    sheet = last(Backprop, {"preset": preset})
    assert np.abs(sheet.arrays["Z1"]).min() > 0.01


def test_each_step_shows_one_number_more():
    known = []
    for sheet in film(Backprop, {}):
        if isinstance(sheet, Sheet):
            (arrays,) = [p for p in sheet.panels if isinstance(p, Arrays)]
            worked = [box for box in arrays.boxes if not box.sets and box.name not in ("y", "measured")]
            known.append(sum(int(np.isfinite(box.values).sum()) for box in worked))
    assert known == list(range(len(known)))
    assert known[-1] == sum(last(Backprop, {}).arrays[name].size for name in ORDER)


def test_descent_follows_the_gradient():
    before, after = last(Backprop, {}), last(Backprop, {"updates": 1, "rate": 0.01})
    np.testing.assert_allclose(after.arrays["W1"], before.arrays["W1"] - 0.01 * before.arrays["dW1"])
    np.testing.assert_allclose(after.arrays["W2"], before.arrays["W2"] - 0.01 * before.arrays["dW2"])
    assert after.arrays["L"] < before.arrays["L"]


def test_the_answer_names_the_dead():
    assert last(Backprop, {"preset": "a dead ReLU"}).answer.startswith("No weight gets any")
    assert last(Backprop, {}).answer.startswith("1 of W₂")
    assert last(Backprop, {"target": last(Backprop, {}).arrays["A2"].item()}).answer.startswith("None gets any")


def test_another_shape_is_refused():
    with pytest.raises(UserError, match="w1 has the shape"):
        last(Backprop, {"w1": "1 2 3"})
