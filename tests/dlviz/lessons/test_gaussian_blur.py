"""The blur is scikit-image's."""

import numpy as np
import pytest
from skimage.filters import gaussian as skimage_gaussian

from dlviz.films import last
from dlviz.lessons.gaussian_blur import TRUNCATE, GaussianBlur, blurred, gaussian

X = np.random.default_rng(0).random((21, 34, 3))


@pytest.mark.parametrize("variance", [1.0, 4.0, 9.0, 25.0])
def test_every_channel_is_blurred_as_by_scikit_image(variance):
    expected = skimage_gaussian(X, np.sqrt(variance), mode="reflect", truncate=TRUNCATE, channel_axis=-1)
    np.testing.assert_allclose(blurred(X, variance), expected, atol=1e-10)


@pytest.mark.parametrize("variance", [1.0, 9.0, 50.0])
def test_the_bell_has_the_sum_1_and_the_variance_asked_for(variance):
    kernel = gaussian(variance)
    x = np.arange(len(kernel)) - len(kernel) // 2
    assert kernel.sum() == pytest.approx(1)
    assert (kernel * x**2).sum() == pytest.approx(variance, rel=2e-3)


def test_what_is_told_is_the_pixel_under_the_frame():
    sheet = last(GaussianBlur, {"at": "10,20", "variance": 4})
    assert ", ".join(f"{v:.2f}" for v in sheet.arrays["blurred"][10, 20]) in sheet.summary
    top, left, bottom, right = sheet.panels[0].boxes[0]
    assert ((top + bottom) / 2, (left + right) / 2) == (10.5, 20.5)
    assert bottom - top == pytest.approx(8)
