"""The outputs are NumPy's correlation and convolution."""

import numpy as np
import pytest

from dlviz.films import last
from dlviz.lessons.convolution1d import PRESETS, Convolution1D
from dlviz.sheet import Stems
from dlviz_models.errors import UserError

G = "1 -2 3 0.5 4 -1 2"


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_presets_are_numpys_correlation_and_convolution(preset, padding):
    found = last(Convolution1D, {"preset": preset, "padding": padding}).arrays
    g, f = (np.array(each, float) for each in PRESETS[preset])
    np.testing.assert_allclose(found["unflipped"], _numpys(np.correlate, g, f, padding))
    np.testing.assert_allclose(found["flipped"], _numpys(np.correlate, g, f[::-1], padding))
    if padding == "valid" or len(f) % 2:
        np.testing.assert_allclose(found["flipped"], np.convolve(g, f, padding))


def _numpys(function, g, f, padding):
    if padding == "valid":
        return function(g, f, "valid")
    before = (len(f) - 1) // 2
    return function(np.pad(g, (before, len(f) - 1 - before)), f, "valid")


def test_bias_and_relu():
    plain = last(Convolution1D, {"g": G, "f": "1 -1"}).arrays["unflipped"]
    np.testing.assert_allclose(last(Convolution1D, {"g": G, "f": "1 -1", "bias": 2}).arrays["unflipped"], plain + 2)
    relu = last(Convolution1D, {"g": G, "f": "1 -1", "bias": 2, "relu": True}).arrays["unflipped"]
    np.testing.assert_allclose(relu, np.maximum(plain + 2, 0))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("step", [1, 4])
def test_the_products_sum_to_the_output_under_which_they_stand(padding, step):
    sheet = last(Convolution1D, {"g": G, "f": "1 2 -1", "padding": padding, "step": step})
    signal, kernel, products, output, _ = (panel for panel in sheet.panels if isinstance(panel, Stems))
    assert products.values.sum() == pytest.approx(sheet.arrays["unflipped"][step - 1])
    assert np.isfinite(output.values).sum() == step
    assert kernel.start == products.start == signal.marked[0]
    for place, value in enumerate(products.values, products.start):
        under = signal.values[place] if 0 <= place < len(signal.values) else 0
        assert value == pytest.approx(under * kernel.values[place - kernel.start])


@pytest.mark.parametrize("width", range(1, 8))
def test_a_wider_filter_has_zeros_and_a_narrower_one_fewer_weights(width):
    found = last(Convolution1D, {"g": G, "f": "1 2 -1", "width": width}).arrays
    f = [1.0, 2.0, -1.0, 0, 0, 0, 0][:width]
    assert found["f"].tolist() == f
    np.testing.assert_allclose(found["unflipped"], np.correlate(np.array(G.split(), float), f, "valid"))


@pytest.mark.parametrize("f", ["1 " * 10, "1 " * 8])
def test_a_filter_that_is_too_long_is_refused(f):
    with pytest.raises(UserError, match="and f no more than g"):
        last(Convolution1D, {"g": G, "f": f})
