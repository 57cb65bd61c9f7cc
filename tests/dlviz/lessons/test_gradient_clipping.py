"""Gradients are the slopes of the loss, clipped as Keras does it."""

import keras
import numpy as np
import pytest

from dlviz.films import last
from dlviz.lessons.gradient_clipping import STEPS, GradientClipping, clipped, gradient, loss


@pytest.mark.parametrize("place", [(4.75, -1.85), (3.6, 1.0), (4.1, -2.1), (6.0, -3.2)])
def test_gradients_are_the_slopes(place):
    w, b = place
    e = 1e-6
    slopes = [(loss(w + e, b) - loss(w - e, b)) / (2 * e), (loss(w, b + e) - loss(w, b - e)) / (2 * e)]
    np.testing.assert_allclose(gradient(w, b), slopes, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("length", [0.3, 14.9, 15.1, 4000])
def test_it_clips_as_keras_does_and_never_is_longer(length):
    g = np.array([0.6, -0.8]) * length
    optimizer = keras.optimizers.SGD(1.0, clipnorm=15)
    place = keras.Variable(np.zeros(2), dtype="float64")
    optimizer.apply_gradients([(keras.ops.convert_to_tensor(g), place)])
    np.testing.assert_allclose(clipped(g, 15), -np.array(place), rtol=1e-6)
    assert np.linalg.norm(clipped(g, 15)) <= 15 + 1e-9


@pytest.mark.parametrize("threshold", [2.0, 15.0, 100.0])
def test_no_step_is_longer_than_rate_times_threshold(threshold):
    sheet = last(GradientClipping, {"threshold": threshold})
    steps = np.linalg.norm(np.diff(sheet.arrays["clipped"], axis=0), axis=1)
    assert len(steps) == STEPS
    assert (steps <= 0.005 * threshold + 1e-9).all()


def test_the_unclipped_step_lands_where_the_answer_says():
    sheet = last(GradientClipping, {})
    longest = sheet.arrays["norm:unclipped"].argmax()
    w, b = sheet.arrays["unclipped"][longest + 1]
    assert f"At w = {w:.2f}, b = {b:.2f}: step {longest + 1} " in sheet.answer
    assert loss(*sheet.arrays["clipped"][-1]) < 0.1 < 5 < loss(*sheet.arrays["unclipped"][-1])
