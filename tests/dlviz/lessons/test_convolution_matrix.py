"""The matrix times the signal is SciPy's correlation, at every stride and padding."""

import itertools

import keras
import numpy as np
import pytest
from scipy.signal import correlate

from dlviz.films import last
from dlviz.lessons.convolution_matrix import ConvolutionMatrix, toeplitz
from dlviz.sheet import Arrays
from dlviz_models.errors import UserError


def test_the_matrix_is_the_convolution():
    rng = np.random.default_rng(0)
    for n, k, stride, padding in itertools.product((5, 8), (1, 2, 5), (1, 2, 3), (0, 1, 3)):
        x, f = np.pad(rng.normal(size=n), padding), rng.normal(size=k)
        np.testing.assert_allclose(toeplitz(f, len(x), stride) @ x, correlate(x, f, "valid")[::stride])


def test_three_weights_against_thirty_five():
    sheet = last(ConvolutionMatrix, {})
    assert sheet.arrays["W"].shape == (5, 7)
    assert "3 weights in the convolution, 35 weights" in sheet.summary
    assert "35" in sheet.answer


@pytest.mark.parametrize(("inputs", "weights", "stride", "padding"), [(5, 3, 1, 1), (8, 4, 2, 3), (6, 1, 3, 0)])
def test_counts_are_kerass(inputs, weights, stride, padding):
    sheet = last(ConvolutionMatrix, {"inputs": inputs, "weights": weights, "stride": stride, "padding": padding})
    x = keras.Input((inputs + 2 * padding, 1))
    convolved = keras.layers.Conv1D(1, weights, strides=stride, use_bias=False)(x)
    outputs = convolved.shape[1]
    dense = keras.layers.Dense(outputs, use_bias=False)(keras.layers.Flatten()(x))
    assert len(sheet.arrays["h"]) == outputs
    assert keras.Model(x, convolved).count_params() == len(sheet.arrays["f"])
    assert keras.Model(x, dense).count_params() == sheet.arrays["full"].size


def test_the_pointer_lights_up_a_row():
    panel = next(p for p in last(ConvolutionMatrix, {"at": (3, 0)}).panels if isinstance(p, Arrays))
    typed, weights, matrix, x, h, full, *_ = panel.boxes
    assert (typed.sets, weights.sets) == ("x", "f")
    assert matrix.points == h.points == "at"
    assert matrix.marked == ((3, 3, 4, 6),)
    assert x.marked == ((3, 0, 6, 1),)
    assert full.marked == ((3, 0, 4, 7),)


def test_a_filter_that_does_not_fit_is_refused():
    for options in ({"inputs": 3, "weights": 5, "padding": 0}, {"x": "1 " * 13}, {"inputs": 12, "padding": 3}):
        with pytest.raises(UserError, match="do not fit"):
            last(ConvolutionMatrix, options)
