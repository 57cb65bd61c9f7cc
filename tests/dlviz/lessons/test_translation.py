"""The map moves with the picture; pooling by Keras; a point inside its window changes nothing."""

import keras
import numpy as np
import pytest
from scipy.signal import correlate2d

from dlviz.films import last
from dlviz.lessons.translation import REACH, SIDE, Translation, mapped, pooled

POOLS = (1, 2, 3, 4, 5, 7, 12)
KERNEL = np.array(((-1, 0, 1),) * 3)


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-12, 12), (12, 0)])
@pytest.mark.parametrize("picture", ["digits:0", "photos:2"])
def test_the_map_of_the_moved_picture_is_the_moved_map(picture, shift):
    found = last(Translation, {"picture": picture, "shift": shift, "step": 0}).arrays
    np.testing.assert_array_equal(found["moved"], np.roll(found["picture"], shift, (0, 1)))
    np.testing.assert_allclose(found["moved:map"], np.roll(found["map"], shift, (0, 1)), atol=1e-12)


@pytest.mark.parametrize("size", POOLS)
def test_maps_are_scipys_and_pools_are_kerass(size):
    found = last(Translation, {"pool": size}).arrays
    np.testing.assert_allclose(found["map"], np.maximum(correlate2d(found["picture"], KERNEL, "same"), 0), atol=1e-12)
    layer = keras.layers.MaxPooling2D(size)
    full = np.pad(found["map"], (0, -SIDE % size))
    np.testing.assert_allclose(found["pooled"], np.asarray(layer(full[None, ..., None]))[0, ..., 0], rtol=1e-6)


@pytest.mark.parametrize("size", POOLS)
def test_a_point_may_move_as_far_as_its_window_reaches(size):
    sheets = [last(Translation, {"preset": "a point", "pool": size, "step": step}).arrays for step in range(REACH + 1)]
    same = [np.array_equal(arrays["moved:pooled"], arrays["pooled"]) for arrays in sheets]
    assert same == [step < size for step in range(REACH + 1)]
    answer = last(Translation, {"preset": "a point", "pool": size}).answer
    assert answer.startswith(f"This one by {size - 1} to the right")


def test_how_much_changes():
    found = last(Translation, {"step": 2}).arrays
    for name, key in (("map", "map"), ("pooled map", "pooled")):
        difference = np.linalg.norm(found[f"moved:{key}"] - found[key]) / np.linalg.norm(found[key])
        assert found[f"change:{name}"][2] == pytest.approx(difference)
    assert pooled(mapped(found["picture"]), 5).shape == (11, 11)


def test_a_hand_beyond_the_reach_stops_there():
    assert last(Translation, {"shift": (-30, 90)}).values["shift"] == (-REACH, REACH)
