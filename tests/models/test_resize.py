import numpy as np
import pytest
from PIL import Image

from dlviz_models.cards import FITS
from dlviz_models.data.resize import Placement, checked_fit, resize_to_input
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(0)
WIDE = RANDOM.integers(0, 256, (20, 40, 3), np.uint8)


def pillow(pixels, height, width):
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


def test_each_fit_is_what_it_says():
    assert np.array_equal(resize_to_input(WIDE, (10, 10), "stretch"), pillow(WIDE, 10, 10))
    covered = resize_to_input(WIDE, (10, 10), "cover")
    assert np.array_equal(covered[:, 1:-1], pillow(WIDE[:, 10:30], 10, 10)[:, 1:-1])  # its border knows its neighbours
    contained = resize_to_input(WIDE, (10, 10), "contain")
    assert np.array_equal(contained[2:7], pillow(WIDE, 5, 10))
    assert not contained[:2].any()
    assert not contained[7:].any()


@pytest.mark.parametrize("fit", FITS)
def test_the_right_size_is_left_alone(fit):
    assert resize_to_input(WIDE, (20, 40), fit) is WIDE


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_any_channels_and_number_types(fit, channels):
    pixels = RANDOM.integers(0, 256, (17, 30, channels), np.uint8)
    exact = resize_to_input(pixels.astype(np.float32) / 255, (24, 11), fit)
    for dtype in (np.uint8, np.uint16):
        resized = resize_to_input(pixels.astype(dtype), (24, 11), fit)
        assert resized.dtype == dtype
        np.testing.assert_allclose(resized / 255, exact, atol=1.5 / 255)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("size", [(32, 32), (60, 25), (224, 224)])
@pytest.mark.parametrize("shape", [(200, 400), (301, 97), (50, 50)])
def test_places_are_where_the_pixels_went(fit, size, shape):
    """A bright rectangle, resized with its picture, fills the box that the placement says."""
    top, left, bottom, right = box = np.rint(np.array([*shape, *shape]) * [0.42, 0.42, 0.58, 0.58]).astype(int)
    pixels = np.zeros((*shape, 1), np.float32)
    pixels[top:bottom, left:right] = 1
    resized = resize_to_input(pixels, size, fit)[..., 0]
    place = Placement.of(shape, size, fit)
    expected = place.to_input(box)
    heights, widths = expected[2:] - expected[:2]
    assert resized.sum() == pytest.approx(heights * widths, rel=0.15)
    rows, columns = (np.arange(n) + 0.5 for n in size)
    centre = np.array([rows @ resized.sum(1), resized.sum(0) @ columns]) / resized.sum()
    np.testing.assert_allclose(centre, (expected[:2] + expected[2:]) / 2, atol=0.75)
    np.testing.assert_allclose(place.to_picture(expected), box, atol=1e-6)


def test_boxes_outside_the_picture_are_cut():
    place = Placement.of((20, 40), (10, 10), "contain")
    np.testing.assert_allclose(
        place.to_picture(np.array([[0, 0, 10, 10], [2, 5, 3, 6]])), [[0, 0, 20, 40], [0, 20, 4, 24]]
    )


def test_other_fits_are_refused():
    assert checked_fit("") == "cover"
    with pytest.raises(UserError, match="--fit fill is unknown: choose one of cover, stretch, contain"):
        checked_fit("fill")
