"""The map is SciPy's, with the kernel turned, and every number beside the picture is true."""

import numpy as np
import pytest
from scipy.signal import convolve2d

from dlviz.films import last
from dlviz.lessons.convolution2d import PRESETS, Convolution2D, convolved
from dlviz.sheet import Arrays
from dlviz_models.errors import UserError

X = np.random.default_rng(0).random((11, 14))
KERNELS = [*PRESETS.values(), ((1.5, -2.0, 0.5),), ((3.0,),), ((1.0, 2.0, 0.0), (0.0, -1.0, 4.0), (2.0, 2.0, -3.0))]


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
@pytest.mark.parametrize(
    ("padding", "truth"),
    [
        ("symmetric", {"mode": "same", "boundary": "symm"}),
        ("zeros", {"mode": "same", "boundary": "fill"}),
        ("none", {"mode": "valid"}),
    ],
)
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2), (3, 2)])
def test_it_is_scipys_convolution_with_the_kernel_turned(kernel, padding, truth, stride, dilation):
    k = np.array(kernel, float)
    spread = np.zeros([(n - 1) * dilation + 1 for n in k.shape])
    spread[::dilation, ::dilation] = k
    if padding == "none" and (np.array(spread.shape) > X.shape).any():
        pytest.skip("the kernel is larger than the picture")
    expected = convolve2d(X, spread[::-1, ::-1], **truth)[::stride, ::stride]
    np.testing.assert_allclose(convolved(X, k, padding, stride, dilation), expected, atol=1e-12)


def test_true_convolution_is_the_flipped_kernel():
    sheet = last(Convolution2D, {"flip": True, "preset": "emboss", "picture": "digits:3"})
    kernel = np.array(PRESETS["emboss"], float)
    expected = convolve2d(sheet.arrays["input"], kernel, mode="same", boundary="symm")
    np.testing.assert_allclose(sheet.arrays["map"], expected, atol=1e-6)


@pytest.mark.parametrize("settings", [{}, {"stride": 2, "padding": "none"}, {"dilation": 3, "padding": "zeros"}])
def test_what_is_worked_out_is_the_maps_number(settings):
    sheet = last(Convolution2D, {"at": "5,9", **settings})
    (arrays,) = [panel for panel in sheet.panels if isinstance(panel, Arrays)]
    window, kernel, products, total = (box.values for box in arrays.boxes)
    np.testing.assert_allclose(products, window * kernel)
    assert total.item() == pytest.approx(products.sum()) == pytest.approx(sheet.arrays["map"][5, 9])


@pytest.mark.parametrize("settings", [{}, {"stride": 3, "padding": "none", "kernel": "1 2 3; 4 5 6; 7 8 9"}])
def test_the_pointer_over_the_picture_finds_the_window_it_is_in(settings):
    """The middle of the frame drawn round a window leads back to it."""
    sheet = last(Convolution2D, {"at": "4,6", **settings})
    picture = sheet.panels[0]
    top, left, bottom, right = picture.boxes[0]
    middle = (top + bottom - 1) / 2, (left + right - 1) / 2
    assert [o + picture.spacing * p for o, p in zip(picture.origin, middle, strict=True)] == pytest.approx([4, 6])
    again = last(Convolution2D, {**settings, "at": "4.4,6.4"})
    assert again.values["at"] == (4, 6)


def test_the_length_of_both_sobel_answers():
    sheet = last(Convolution2D, {"preset": "Sobel x", "magnitude": True})
    x, (kx, ky) = sheet.arrays["input"], (np.array(PRESETS[name]) for name in ("Sobel x", "Sobel y"))
    both = [convolve2d(x, k, mode="same", boundary="symm") for k in (kx, ky)]
    np.testing.assert_allclose(sheet.arrays["magnitude"], np.hypot(*both), atol=1e-5)


@pytest.mark.parametrize(
    ("preset", "answer"),
    [
        ("edge, left to right", "lighter from left to right"),
        ("edge, right to left", "lighter from right to left"),
        ("edge, top to bottom", "lighter from top to bottom"),
        ("edge, bottom to top", "lighter from bottom to top"),
        ("Sobel x", "lighter from left to right ("),
        ("emboss", "lighter from left to right and from top to bottom"),
        ("sharpen", "None in particular"),
    ],
)
def test_the_answer_names_the_edge(preset, answer):
    """Held to a ramp of light that rises that way: the map is positive on it."""
    assert answer in last(Convolution2D, {"preset": preset}).answer
    down, right = np.mgrid[:7, :7].astype(float)
    ramps = {"left to right": right, "right to left": -right, "top to bottom": down, "bottom to top": -down}
    for words, ramp in ramps.items():
        if f"from {words}" in answer:
            assert convolved(ramp, np.array(PRESETS[preset], float), "none").min() > 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(UserError, match="the maximum is 7 of each"):
        last(Convolution2D, {"kernel": "; ".join(["1 " * 8] * 8)})
    with pytest.raises(UserError, match="photos has 10 pictures"):
        last(Convolution2D, {"picture": "photos:99"})
