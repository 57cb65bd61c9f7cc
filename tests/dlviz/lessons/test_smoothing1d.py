"""The bell sums to 1, the output stays within the signal's range."""

import numpy as np
import pytest

from dlviz.films import last
from dlviz.lessons.smoothing1d import PRESETS, Smoothing1D, bell
from dlviz_models.errors import UserError


def test_the_lectures_bell():
    f = np.sin(np.linspace(0.1, np.pi, 10))
    found = last(Smoothing1D, {}).arrays
    np.testing.assert_allclose(found["f"], f / f.sum())
    assert found["f"].sum() == pytest.approx(1)
    np.testing.assert_allclose(found["h"], np.convolve(found["g"], f / f.sum(), "valid"))


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("width", [1, 2, 10, 20])
def test_the_output_never_leaves_the_range(preset, width):
    h = last(Smoothing1D, {"preset": preset, "width": width}).arrays["h"]
    assert -1e-12 <= h.min() <= h.max() <= 1 + 1e-12
    assert (bell(width) > -1e-12).all()


def test_a_step_becomes_a_ramp_as_wide_as_the_bell():
    h = last(Smoothing1D, {"preset": "a step", "width": 6}).arrays["h"]
    assert (np.diff(h) > -1e-12).all()
    assert ((h > 1e-9) & (h < 1 - 1e-9)).sum() in (4, 5)  # the last weight is sin(pi), nothing


def test_noise_shrinks():
    rough = last(Smoothing1D, {"noise": 0.5}).arrays
    clean = last(Smoothing1D, {}).arrays
    assert (rough["h"] - clean["h"]).std() < 0.6 * (rough["g"] - clean["g"]).std()
    with pytest.raises(UserError, match="give 10 to 60"):
        last(Smoothing1D, {"g": "1 2"})
