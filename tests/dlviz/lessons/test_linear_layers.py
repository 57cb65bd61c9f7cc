"""A linear stack is NumPy's product of its weights; with something between them it is not."""

import keras
import numpy as np
import pytest

from dlviz.films import last
from dlviz.lessons.linear_layers import WEIGHTS, LinearLayers, collapsed, through
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("depth", [1, 2, 3, 10])
def test_any_linear_stack_is_one_matrix(depth):
    layers, x = list(RANDOM.normal(size=(depth, 2, 2))), RANDOM.normal(size=(2, 30))
    total = np.linalg.multi_dot(layers[::-1]) if depth > 1 else layers[0]
    np.testing.assert_allclose(collapsed(layers), total, atol=1e-12)
    np.testing.assert_allclose(through(x, layers, "nothing")[-1], total @ x, atol=1e-12)


@pytest.mark.parametrize(("between", "activation"), [("nothing", "linear"), ("ReLU", "relu"), ("tanh", "tanh")])
def test_the_stack_is_the_one_of_keras(between, activation):
    layers, x = list(RANDOM.normal(size=(3, 2, 2))), RANDOM.normal(size=(2, 9))
    model = keras.Sequential([keras.layers.Dense(2, a, use_bias=False) for a in (activation, activation, "linear")])
    model.build((None, 2))
    for layer, w in zip(model.layers, layers, strict=True):
        layer.set_weights([w.T])
    np.testing.assert_allclose(through(x, layers, between)[-1].T, np.asarray(model(x.T)), atol=1e-5)


@pytest.mark.parametrize("depth", range(2, 11))
def test_only_what_is_between_them_makes_a_difference(depth):
    assert last(LinearLayers, {"depth": depth}).arrays["apart"] < 1e-9
    assert last(LinearLayers, {"depth": depth, "between": "ReLU"}).arrays["apart"] > 0.1
    sheet = last(LinearLayers, {"depth": depth, "x": "2,-1"})
    np.testing.assert_allclose(sheet.arrays["stack"], sheet.arrays["one"])


def test_typed_weights_count_and_wrong_shapes_are_refused():
    sheet = last(LinearLayers, {"w2": "0 1; 1 0"})
    expected = np.array(WEIGHTS[2]) @ [[0, 1], [1, 0]] @ np.array(WEIGHTS[0])
    np.testing.assert_allclose(sheet.arrays["product"], expected)
    with pytest.raises(UserError, match="w1 has the shape"):
        last(LinearLayers, {"w1": "1 2 3"})
