import numpy as np
import pytest

from dlviz.preprocessing.like_the_data import as_the_data_is, drawing, like_the_data

RANDOM = np.random.default_rng(0)


def sevens(count=20):
    """White sevens on black, 28 x 28, 20 high, a little apart in where they lie."""
    pictures = np.zeros((count, 28, 28, 1), np.uint8)
    for picture, (down, right) in zip(pictures, RANDOM.integers(3, 6, (count, 2)), strict=True):
        picture[down : down + 4, right + 2 : right + 16] = 255
        picture[down + 4 : down + 20, right + 12 : right + 16] = 255
    return pictures


DATA = sevens()


def photographed(picture, scale=9, place=(20, 90), noise=4.0):
    """Dark on light paper, larger, off the centre, with noise."""
    paper = np.full((360, 480, 1), 230.0)
    ink = np.kron(picture[4:26, 3:23, 0], np.ones((scale, scale)))[..., None]
    paper[place[0] : place[0] + ink.shape[0], place[1] : place[1] + ink.shape[1]] -= 0.8 * ink
    return np.clip(paper + RANDOM.normal(0, noise, paper.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("place", [(20, 90), (100, 200), (160, 10)])
def test_a_photographed_drawing_becomes_what_it_was(place):
    for original in DATA[:5]:
        restored = as_the_data_is(photographed(original, place=place), DATA)
        assert restored.shape == (28, 28, 1)
        shifts = [np.roll(original, (i, j), (0, 1)) for i in range(-3, 4) for j in range(-3, 4)]
        assert min(np.abs(restored.astype(int) - s).mean() for s in shifts) < 12
        now, then = drawing(restored), drawing(original)
        assert now.contrast == pytest.approx(then.contrast, abs=20)
        assert now.size == pytest.approx(then.size, abs=0.08)
        np.testing.assert_allclose(now.mass, np.mean([drawing(d).mass for d in DATA], axis=0), atol=0.05)


def test_what_is_different_is_said():
    assert like_the_data(255 - DATA[0], DATA, "digits") == "Your picture is light where those of digits are dark."
    assert like_the_data(DATA[0], 255 - DATA, "ink") == "Your picture is dark where those of ink are light."
    small = np.zeros((100, 100, 1), np.uint8)
    small[5:15, 5:25] = 255
    said = like_the_data(small, DATA, "digits")
    assert said == (
        "Your picture is drawn smaller than those of digits (20% of the picture instead of 71%)"
        " and is not centred as those of digits are."
    )


def test_the_data_themselves_are_as_the_data_are():
    assert all(like_the_data(picture, DATA, "digits") == "" for picture in DATA)


def test_photographs_are_left_alone():
    photographs = RANDOM.integers(0, 256, (5, 28, 28, 3), np.uint8)
    digit, photograph = DATA[0], photographs[0]
    assert like_the_data(digit, photographs, "photos") == ""
    assert as_the_data_is(digit, photographs) is digit
    assert as_the_data_is(photograph, DATA) is photograph


def test_an_empty_picture_is_left_alone():
    empty = np.zeros((28, 28, 1), np.uint8)
    assert like_the_data(empty, DATA, "digits") == ""
    assert as_the_data_is(empty, DATA) is empty
