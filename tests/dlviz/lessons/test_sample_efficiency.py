"""The curves are ordered as taught, and a shift is a shift."""

import numpy as np
from scipy import ndimage

from dlviz.experiments import pictures
from dlviz.experiments.sample_sizes import NAMES, SHIFTS, SIZES, SampleSizes, shifted
from dlviz.films import last
from dlviz.lessons.sample_efficiency import SampleEfficiency
from dlviz.sheet import Curves

LOGISTIC, MLP, CNN = range(3)


def test_pictures_are_shifted_as_scipy_shifts_them():
    x = pictures("digits")[2][:5]
    for by in SHIFTS:
        np.testing.assert_array_equal(shifted(x, by), ndimage.shift(x, (0, by, by, 0), order=0))


def test_the_curves_are_ordered_as_taught():
    """Over the seeds: the CNN needs the fewest digits, logistic regression errs most with many."""
    errors = np.mean([1 - SampleSizes("digits", seed).recorded()["accuracy"] for seed in range(2)], axis=0)
    for size in SIZES:
        cnn, mlp, logistic = (errors[i, SIZES.index(size), 0] for i in (CNN, MLP, LOGISTIC))
        assert max(cnn, mlp) < logistic, size
        assert cnn < mlp or size in (620, 1250), size  # where they are half a point apart


def test_the_shift_hurts_the_cnn_least():
    errors = np.mean([1 - SampleSizes("digits", seed).recorded()["accuracy"] for seed in range(2)], axis=0)
    for size in (1250, 5000):
        for by in (1, 2, 3):
            assert errors[CNN, SIZES.index(size), by] < errors[:2, SIZES.index(size), by].min()
    assert (np.diff(errors[:, -1], axis=1) > 0).all()  # and each the more, the farther


def test_the_sheet_shows_the_curves_at_the_shift_and_step():
    sheet = last(SampleEfficiency, {"shift": 2, "step": 3})
    curve = next(panel for panel in sheet.panels if isinstance(panel, Curves))
    errors = 100 * (1 - SampleSizes().recorded()["accuracy"])
    for i, name in enumerate(NAMES):
        np.testing.assert_allclose(curve.series[name][:4], errors[i, :4, 2])
        assert np.isnan(curve.series[name][4:]).all()
    assert sheet.steps == len(SIZES)
    assert sheet.summary.startswith("160 training pictures")
