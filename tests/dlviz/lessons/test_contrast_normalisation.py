"""Local means and deviations are SciPy's, and every window is left with mean 0 and deviation 1."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import uniform_filter

from dlviz.films import last
from dlviz.lessons.contrast_normalisation import ContrastNormalisation, normalised

X = np.random.default_rng(0).random((30, 23))


@pytest.mark.parametrize("size", [3, 9, 21, 41])
def test_mean_and_deviation_are_scipys(size):
    mean, deviation, result = normalised(X, size, 1e-6)
    expected = uniform_filter(X, size, mode="reflect")
    spread = np.sqrt(uniform_filter(X**2, size, mode="reflect") - expected**2)
    np.testing.assert_allclose(mean, expected, atol=1e-10)
    np.testing.assert_allclose(deviation, spread, atol=1e-7)
    np.testing.assert_allclose(result, (X - expected) / spread, atol=1e-5)


def test_a_window_by_its_own_numbers_has_mean_0_and_deviation_1():
    mean, deviation, result = normalised(X, 5, 1e-6)
    windows = sliding_window_view(X, (5, 5))
    inside = (slice(2, -2), slice(2, -2))
    own = (windows - mean[inside][..., None, None]) / deviation[inside][..., None, None]
    np.testing.assert_allclose(own.mean(axis=(2, 3)), 0, atol=1e-9)
    np.testing.assert_allclose(own.std(axis=(2, 3)), 1, atol=1e-9)
    np.testing.assert_allclose(own[..., 2, 2], result[inside], atol=1e-9)


def test_a_shadow_cancels_where_a_window_lies_wholly_in_it():
    plain, shaded = (last(ContrastNormalisation, {"shadow": s, "epsilon": 0.001}).arrays for s in (0, 0.5))
    inside = shaded["input"] < plain["input"]
    whole = np.zeros(inside.shape, bool)
    whole[4:-4, 4:-4] = sliding_window_view(inside, (9, 9)).all(axis=(2, 3))
    whole &= shaded["deviation"] > 0.002
    assert whole.sum() > 1000
    np.testing.assert_allclose(plain["result"][whole], shaded["result"][whole], atol=1e-3)


def test_flat_areas_are_not_blown_up():
    result = normalised(np.full((12, 12), 0.3), 5, 0.02)[2]
    np.testing.assert_allclose(result, 0, atol=1e-5)
