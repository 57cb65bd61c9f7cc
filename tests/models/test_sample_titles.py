"""How samples are called in sentences and headings."""

import numpy as np
import pytest

from dlviz_models.data.classes import DIGITS, class_title
from dlviz_models.data.samples import ClassNumber, Numbers, Picture, Several, Text

PIXELS = np.zeros((2, 2, 1), np.uint8)


@pytest.mark.parametrize(
    ("sample", "title", "short"),
    [
        (Picture(PIXELS, name="digits:7", target=ClassNumber(0, DIGITS)), "picture no. 7 of digits (a 0)", "digits 7"),
        (Picture(PIXELS, name="digits/train:1", target=8), "picture no. 1 of digits/train", "digits/train 1"),
        (Picture(PIXELS, name="digits:8", target=ClassNumber(8, DIGITS)), "picture no. 8 of digits (an 8)", "digits 8"),
        (
            Picture(PIXELS, name="my pets:3", target=ClassNumber(0, ("n02123045",))),
            "picture no. 3 of my pets (tabby cat)",
            "my pets 3",
        ),
        (Picture(PIXELS, name="cat.png"), "cat.png", "cat.png"),
        (Text("at 12:30", name="at 12:30"), "at 12:30", "at 12:30"),
        (Text("74+8", name="sums:2"), "text no. 2 of sums", "sums 2"),
        (
            Several({"a": Picture(PIXELS, name="digits:7"), "age": Numbers(PIXELS, name="1,2")}, name="digits:7, 1,2"),
            "picture no. 7 of digits, 1,2",
            "digits 7, 1,2",
        ),
        (Several({"a": Picture(PIXELS, name="pairs:4, a")}, name="pairs:4"), "sample no. 4 of pairs", "pairs 4"),
        (Numbers(PIXELS, name="rows:4", target=1.5), "sample no. 4 of rows", "rows 4"),
    ],
)
def test_samples_are_called_as_people_call_them(sample, title, short):
    assert (sample.title, sample.short) == (title, short)


def test_wordnet_numbers_are_told_in_english():
    assert class_title("n01440764") == "tench"
    assert class_title("n01440764_tench") == "tench"
    assert class_title("n99999999") == "n99999999"
    assert class_title("cats") == "cats"
