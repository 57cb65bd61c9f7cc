"""Pooled maps are those of Keras's layers; L2, OR and AND by their definitions."""

import keras
import numpy as np
import pytest

from dlviz.films import last
from dlviz.lessons.pooling import PRESETS, Pooling, pooled
from dlviz.sheet import Arrays
from dlviz_models.errors import UserError

X = np.random.default_rng(0).normal(size=(7, 9)).astype(np.float32)


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (3, 1), (1, 4), (4, 3)])
def test_max_and_average_are_those_of_keras(size, stride):
    found = pooled(X, size, stride)
    for name, layer in (("max", keras.layers.MaxPooling2D), ("average", keras.layers.AveragePooling2D)):
        expected = layer(size, stride)(X[None, ..., None])[0, ..., 0]
        np.testing.assert_allclose(found[name], expected, atol=1e-6)


def test_l2_is_the_norm_and_lies_between_max_and_sum_of_magnitudes():
    found = pooled(X, 2, 2)
    expected = [[np.linalg.norm(X[r : r + 2, c : c + 2]) for c in range(0, 8, 2)] for r in range(0, 6, 2)]
    np.testing.assert_allclose(found["L2 norm"], expected, rtol=1e-6)
    magnitudes = pooled(np.abs(X), 2, 2)
    assert (magnitudes["max"] <= found["L2 norm"] + 1e-6).all()
    assert (found["L2 norm"] <= 4 * magnitudes["average"] + 1e-6).all()


def test_of_0_and_1_max_is_or_and_min_is_and():
    arrays = last(Pooling, {"preset": "OR and AND"}).arrays
    x = np.array(PRESETS["OR and AND"], bool)
    corners = [x[r::2, c::2] for r in range(2) for c in range(2)]
    np.testing.assert_array_equal(arrays["max"], np.logical_or.reduce(corners))
    np.testing.assert_array_equal(arrays["min"], np.logical_and.reduce(corners))


def test_the_largest_moves_within_its_window_and_nothing_changes():
    """What the answer says."""
    before = last(Pooling, {}).arrays
    x = np.array(PRESETS["a map"], float)
    x[1, 1], x[0, 0] = 0, 9
    after = last(Pooling, {"map": x.tolist()}).arrays
    for name in ("max", "average", "L2_norm"):
        np.testing.assert_array_equal(before[name], after[name])


def test_the_frame_is_round_what_is_worked_out():
    sheet = last(Pooling, {"at": "1,2", "size": 3, "stride": 1})
    (panel,) = [panel for panel in sheet.panels if isinstance(panel, Arrays)]
    assert panel.boxes[0].marked == ((1, 2, 4, 5),)
    assert f"max {sheet.arrays['max'][1, 2]:.0f}" in sheet.summary


def test_a_map_smaller_than_a_window_is_refused():
    with pytest.raises(UserError, match="give 3 to 10 rows"):
        last(Pooling, {"map": "1 2; 3 4", "size": 3})
