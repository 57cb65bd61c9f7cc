import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib import colormaps

from dlviz.draw.pixels import NOT_A_NUMBER, bands, colours, is_light, mosaic, overlay, regions, shades, to_rgb

SMALL = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.sampled_from([1, 3]))
ANY = arrays(np.float32, SMALL, elements=st.floats(width=32))
TAME = arrays(np.float32, SMALL, elements=st.floats(-1000, 1000, width=16))


def grey(levels: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.rint(levels), (*levels.shape[:3], 3)).astype(np.uint8)


def within_one(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((np.abs(a.astype(int) - b.astype(int)) <= 1).all())


@given(TAME)
def test_each_goes_from_the_images_least_to_its_largest(x):
    low, high = x.min((1, 2, 3), keepdims=True), x.max((1, 2, 3), keepdims=True)
    span = (high - low).astype(np.float64)
    expected = np.where(span > 1e-36, (x - low) / np.where(span > 0, span, 1), 0) * 255
    assert within_one(to_rgb(x, "each"), grey(expected))


@given(TAME)
def test_all_goes_from_the_least_of_all_to_the_largest_of_all(x):
    span = float(x.max()) - float(x.min())
    expected = (x.astype(np.float64) - x.min()) / span * 255 if span > 1e-36 else np.zeros(x.shape)
    assert within_one(to_rgb(x, "all"), grey(expected))


@given(TAME)
def test_signed_is_grey_at_zero_and_symmetric(x):
    rgb = to_rgb(x, "signed").astype(int)
    if x.shape[-1] == 1:
        assert (rgb[(x == 0)[..., 0]] == 128).all()
    mirrored = to_rgb(-x, "signed").astype(int)
    assert (np.abs(rgb + mirrored - 255) <= 1).all()
    peak = np.abs(x).max((1, 2, 3))
    for image, one, largest in zip(x, rgb, peak, strict=True):
        assert largest < 1e-36 or (one[image[..., 0] == largest][:, 0] == 255).all()


def test_pixels_stay_as_they_are_and_are_cut_off_beyond_their_range():
    x = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    assert np.array_equal(to_rgb(x, "pixels")[..., 1], x[..., 0])
    beyond = np.array([-5.0, 12.4, 300.0, np.inf], np.float32).reshape(1, 1, 4, 1)
    assert to_rgb(beyond, "pixels")[0, 0, :, 0].tolist() == [0, 12, 255, 255]


@pytest.mark.parametrize(("scale", "level"), [("each", 0), ("all", 0), ("signed", 128)])
def test_an_image_of_zeros(scale, level):
    assert (to_rgb(np.zeros((2, 3, 3, 1), np.float32), scale) == level).all()


@pytest.mark.parametrize("scale", ["each", "all", "signed", "pixels"])
@given(x=ANY)
def test_any_numbers_have_a_colour(scale, x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rgb = to_rgb(x, scale)
    assert rgb.shape == (*x.shape[:3], 3)
    assert rgb.dtype == np.uint8
    assert (rgb[np.isnan(x).any(-1)] == NOT_A_NUMBER).all()


def test_what_is_infinite_has_no_part_in_the_range():
    x = np.array([-np.inf, 0, 1, 2, np.inf, np.nan], np.float32).reshape(1, 1, 6, 1)
    rgb = to_rgb(x, "each")[0, 0]
    assert rgb[:5, 0].tolist() == [0, 0, 128, 255, 255]
    assert tuple(rgb[5]) == NOT_A_NUMBER


def test_double_numbers_beyond_single_precision():
    x = np.array([-1e300, 5e299, 1e300]).reshape(1, 1, 3, 1)
    assert to_rgb(x, "each")[0, 0, :, 0].tolist() == [0, 191, 255]


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="shape"):
        to_rgb(np.zeros((1, 2, 2, 4)), "each")


def test_colours_are_those_of_inferno():
    values = np.linspace(0, 1, 256)
    assert np.abs(colours(values) / 255 - colormaps["inferno"](values)[:, :3]).max() < 1 / 255
    assert np.array_equal(colours(np.array([-1.0, np.nan, 2.0])), colours(np.array([0.0, 0.0, 1.0])))


def test_overlay_mixes():
    rgb = np.full((2, 2, 3), 200, np.uint8)
    assert np.array_equal(overlay(rgb, np.zeros((2, 2)), 0), rgb)
    assert np.array_equal(overlay(rgb, np.ones((2, 2)), 1), colours(np.ones((2, 2))))
    half = 100 + colours(np.ones(())) / 2
    assert np.abs(overlay(rgb, np.ones((2, 2)), 0.5) - half).max() <= 0.5


@given(st.integers(1, 12), st.integers(1, 5), st.integers(0, 3))
def test_mosaic_puts_each_tile_in_its_place(n, columns, gap):
    tiles = np.random.default_rng(n).integers(0, 255, (n, 2, 3, 3), np.uint8)
    picture = mosaic(tiles, columns, gap, (9, 8, 7))
    rows = -(-n // columns)
    expected = np.full((rows * (2 + gap) - gap, columns * (3 + gap) - gap, 3), (9, 8, 7), np.uint8)
    for i, tile in enumerate(tiles):
        top, left = i // columns * (2 + gap), i % columns * (3 + gap)
        expected[top : top + 2, left : left + 3] = tile
    assert np.array_equal(picture, expected)


def test_shades_tell_the_sign_and_the_size_of_numbers():
    rgb = shades(np.array([[-2.0, -1.0, 0.0, 1.0, 2.0, np.nan]])).astype(int)[0]  # (6, 3)
    red_over_blue = rgb[:, 0] - rgb[:, 2]
    assert (red_over_blue[:2] > 100).all()
    assert (red_over_blue[3:5] < -90).all()
    darkness = 255 - rgb.mean(axis=-1)
    assert darkness[0] > darkness[1] > darkness[2] < darkness[3] < darkness[4]
    assert darkness[2] == darkness[5] < 5
    assert is_light(rgb).tolist() == [False, True, True, True, False, True]


def test_shades_of_nothing_are_nearly_white():
    assert shades(np.zeros((2, 3), int)).min() > 240
    assert shades(np.zeros((0, 3))).shape == (0, 3, 3)


def test_bands_hold_equal_areas_and_regions_the_highest_score():
    slope = np.linspace(0, 1, 50)[None].repeat(50, axis=0)
    light = bands(slope, 4).astype(int).sum(axis=-1)
    found = [int(np.median(quarter)) for quarter in np.split(light, 4, axis=1)]
    assert found == sorted(found, reverse=True)
    palette = np.array([[250, 0, 0], [0, 250, 0]])
    map_ = regions(np.stack([1 - slope, slope]), palette)
    assert (map_[:, :239] == palette[0]).all()
    assert (map_[:, 241:] == palette[1]).all()
