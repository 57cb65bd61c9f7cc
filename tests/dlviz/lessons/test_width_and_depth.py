"""Gradients, counts and straight lines against what is known of them."""

import numpy as np
import pytest

from dlviz.experiments.width_and_depth import (
    FUNCTIONS,
    NETS,
    THIN,
    WidthAndDepth,
    X,
    answer,
    first_layers,
    parameters,
    slopes,
)  # fmt: skip
from dlviz.films import last
from dlviz.lessons.width_and_depth import WidthAndDepthLesson, interpolated


def test_parameters_are_those_of_keras():
    import keras

    for hidden in ((8,), (THIN,) * 3):
        layers = [keras.layers.Dense(units) for units in (*hidden, 1)]
        assert keras.Sequential([keras.Input((1,)), *layers]).count_params() == parameters(hidden)


@pytest.mark.parametrize("hidden", [(5,), (4, 3)])
def test_gradients_are_the_slopes_of_the_error(hidden):
    rng = np.random.default_rng(0)
    layers, y = first_layers(hidden, rng), FUNCTIONS["wave"](X)
    for _, b in layers:
        b += rng.normal(0, 0.1, b.shape)  # away from where a ReLU bends

    def errors():
        return 0.5 * ((answer(layers, X)[-1][:, :, 0] - y) ** 2).mean(axis=1)

    for (w, b), (of_w, of_b) in zip(layers, slopes(layers, X, y), strict=True):
        for array, found in ((w, of_w), (b, of_b)):
            at = (slice(None), *(size - 1 for size in array.shape[1:]))
            kept = array[at].copy()
            array[at] = kept + 1e-6
            above = errors()
            array[at] = kept - 1e-6
            below = errors()
            array[at] = kept
            np.testing.assert_allclose(found[at], (above - below) / 2e-6, atol=1e-5)


def test_the_deep_net_is_nearer_than_the_fat_one_with_more_parameters_on_teeth():
    fits = WidthAndDepth("4 teeth").recorded()["fits"][:, -1]
    errors = np.sqrt(((fits - WidthAndDepth("4 teeth").target) ** 2).mean(axis=1))
    counts = [parameters(net) for net in NETS]
    assert errors[NETS.index((THIN,) * 4)] < errors[NETS.index((64,))]
    assert counts[NETS.index((THIN,) * 4)] < counts[NETS.index((64,))]
    assert (np.diff(errors[: NETS.index((64,)) + 1]) < 0).all()  # and the fat one the nearer, the fatter


def test_units_put_by_hand_join_points_of_the_function():
    target = np.random.default_rng(0).random(len(X))
    np.testing.assert_allclose(interpolated(target, 96), target, atol=1e-9)  # a bend at each of the 97 points
    coarse = interpolated(target, 8)
    np.testing.assert_allclose(coarse, np.interp(X, X[::12], target[::12]), atol=1e-9)


def test_twice_the_bends_leave_a_quarter_of_the_error():
    target = FUNCTIONS["bump"](X)
    errors = [np.abs(interpolated(target, width) - target).max() for width in (16, 32)]
    assert 3 < errors[0] / errors[1] < 5


def test_what_is_drawn_is_shown_at_once_and_asks_to_be_trained():
    drawn = "0 0.5 1 0.5 0"
    sheet = last(WidthAndDepthLesson, {"function": "drawn by hand", "drawn": drawn, "width": 4})
    np.testing.assert_allclose(sheet.arrays["fit"], sheet.arrays["target"], atol=1e-9)
    assert "trained here" in sheet.summary
