"""Filters and maps are scikit-image's."""

import numpy as np
import pytest
from scipy.signal import convolve2d
from skimage.filters import gabor_kernel

from dlviz.films import last
from dlviz.lessons.gabor_filters import MOST_RADIUS, GaborFilters, answers, gabor
from dlviz.parsing.picture import grey_picture


@pytest.mark.parametrize("orientation", [0, 30, 90, 157.5])
@pytest.mark.parametrize(("wavelength", "phase", "sigma"), [(8, 90, 3), (5, 0, 2), (12, 45, 4)])
def test_a_filter_is_scikit_images(orientation, wavelength, phase, sigma):
    expected = gabor_kernel(
        1 / wavelength, np.deg2rad(orientation), sigma_x=sigma, sigma_y=sigma, n_stds=5, offset=np.deg2rad(phase)
    ).real
    found = gabor(orientation, wavelength, phase, sigma)
    cut = [slice((n - len(found)) // 2, (n + len(found)) // 2) for n in expected.shape]
    np.testing.assert_allclose(found, expected[cut[0], cut[1]], atol=1e-12)


@pytest.mark.parametrize("sigma", [1.0, 3.0, 6.3])
def test_maps_are_scipys_with_the_kernel_turned(sigma):
    x = grey_picture("photos:3", 96).astype(float)
    kernel = gabor(30, 8, 90, sigma)
    padded = np.pad(x - x.mean(), MOST_RADIUS, mode="symmetric")
    expected = convolve2d(padded, kernel[::-1, ::-1], mode="same")[MOST_RADIUS:-MOST_RADIUS, MOST_RADIUS:-MOST_RADIUS]
    np.testing.assert_allclose(answers("photos:3", [kernel])[0], expected, atol=1e-9)


def test_the_filter_turns_with_its_orientation():
    across, down = (gabor(angle, 8, 90, 3) for angle in (0, 90))
    np.testing.assert_allclose(across, down.T, atol=1e-12)
    assert np.abs(across.sum()) < 1e-9, "an edge filter is blind to flat areas"


def test_what_is_told_is_the_number_of_the_map():
    sheet = last(GaborFilters, {"at": "20,31"})
    assert f"response is {sheet.arrays['map'][20, 31]:.3f}".replace("-", "−") in sheet.summary
    assert sheet.arrays["maps"].shape == (8, *sheet.arrays["input"].shape)
