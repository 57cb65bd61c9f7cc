"""Cells by their definition, keypoints by scikit-image, filters by Keras."""

import numpy as np
import pytest
from PIL import Image
from skimage.feature import SIFT

from dlviz import open_model
from dlviz.by_hand.shipped_weights import first_filters
from dlviz.films import last
from dlviz.lessons.handmade_features import SIDE, ZOOM, HandmadeFeatures, cells
from dlviz.parsing.picture import grey_picture
from dlviz_models.errors import UserError


def test_a_cell_counts_its_gradients_by_their_orientation():
    """The definition, pixel by pixel: each votes with its magnitude for the bin of its angle."""
    x = grey_picture("photos:2", SIDE).astype(float)
    g_row, g_col = np.zeros_like(x), np.zeros_like(x)
    g_row[1:-1], g_col[:, 1:-1] = x[2:] - x[:-2], x[:, 2:] - x[:, :-2]
    found = cells("photos:2", 8, 9)
    for row, column in ((3, 4), (7, 7), (12, 2)):
        votes = np.zeros(9)
        for r, c in np.ndindex(8, 8):
            at = (row * 8 + r, column * 8 + c)
            angle = np.rad2deg(np.arctan2(g_row[at], g_col[at])) % 180
            votes[min(int(angle // 20), 8)] += np.hypot(g_row[at], g_col[at])
        np.testing.assert_allclose(found[row, column], votes / np.linalg.norm(votes), atol=0.02)


@pytest.mark.parametrize("degrees", [10, 50, 90, 130, 170])
def test_the_lightest_line_of_a_star_runs_along_the_edge(tmp_path, degrees):
    """A picture that grows lighter in one direction has edges across it."""
    towards = np.array([np.sin(np.deg2rad(degrees)), np.cos(np.deg2rad(degrees))])  # down and right
    ramp = 128 + np.tensordot(towards, np.mgrid[-20:20, -20:20], 1) * 4
    Image.fromarray(ramp.astype(np.uint8)).save(tmp_path / "ramp.png")
    star = last(HandmadeFeatures, {"picture": str(tmp_path / "ramp.png"), "cell": 8}).panels[1].pixels[..., 0]
    cell = star[16 * ZOOM : 24 * ZOOM, 16 * ZOOM : 24 * ZOOM]
    light = np.argwhere(cell > 200).astype(float)
    along = np.linalg.svd(light - light.mean(axis=0), full_matrices=False)[2][0]
    assert abs(along @ towards) < 0.1


def test_keypoints_are_scikit_images_the_largest_first():
    arrays = last(HandmadeFeatures, {"points": 10}).arrays
    sift = SIFT(upsampling=1)
    sift.detect(grey_picture("photos:2", SIDE))
    largest = np.argsort(-sift.sigmas, kind="stable")[:10]
    np.testing.assert_array_equal(arrays["positions"], sift.positions[largest])
    assert (np.diff(arrays["scales"]) <= 0).all()
    assert len(last(HandmadeFeatures, {"points": 0}).arrays["positions"]) == 0


@pytest.mark.parametrize("name", ["alexnet32", "squeezenet"])
def test_learned_filters_are_the_weights_of_the_first_convolution(name):
    model = open_model(name).model
    first = next(layer for layer in model.layers if type(layer).__name__ == "Conv2D")
    np.testing.assert_array_equal(first_filters(name), np.asarray(first.kernel))


def test_what_cannot_be_shown_is_said(tmp_path):
    Image.fromarray(np.zeros((10, 12), np.uint8)).save(tmp_path / "small.png")
    with pytest.raises(UserError, match="12 by 10 pixels, too few"):
        last(HandmadeFeatures, {"picture": str(tmp_path / "small.png")})


def test_a_flat_picture_has_no_keypoints(tmp_path):
    Image.fromarray(np.full((40, 40), 90, np.uint8)).save(tmp_path / "flat.png")
    assert last(HandmadeFeatures, {"picture": str(tmp_path / "flat.png")}).summary.startswith("0 keypoints")
