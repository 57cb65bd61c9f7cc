"""Bars go from zero, to the right above it and to the left below it, in every medium."""

import numpy as np
import pytest

from dlviz.draw import picture
from dlviz.draw.charts import fit_bars
from dlviz.draw.web import bars
from dlviz.sheet import Bars, Sheet

NAMES = tuple("abcd")


def of(values, limit=None):
    return Bars(NAMES[: len(values)], np.array(values), limit=limit)


@pytest.mark.parametrize(
    ("values", "limit", "ends", "shares"),
    [
        ([0.25, 1.0], 1.0, (0, 1), [(0, 0.25), (0, 1)]),
        ([3.0, -1.0, 0.0], None, (-1, 3), [(0.25, 1), (0, 0.25), (0.25, 0.25)]),
        ([-2.0, -4.0], None, (-4, 0), [(0.5, 1), (0, 1)]),
        ([1.0, -3.0], 2.0, (-2, 2), [(0.5, 0.75), (0, 0.5)]),
        ([0.0, np.nan], None, (0, 1), [(0, 0), (0, 0)]),
    ],
)
def test_bars_start_at_zero(values, limit, ends, shares):
    assert of(values, limit).ends == ends
    np.testing.assert_allclose(of(values, limit).shares(), shares)


def test_a_page_has_a_line_at_zero_where_there_is_something_on_both_sides():
    page = bars(of([3.0, -1.0]))
    assert "--zero:25.0%" in page
    assert "margin-left:25.0%;width:75.0%" in page
    assert "margin-left:0.0%;width:25.0%" in page
    assert "--zero" not in bars(of([3.0, 1.0]))


def test_on_paper_bars_below_zero_are_left_of_those_above():
    image = picture(Sheet("t", "s", (of([1.0, -1.0]),)), 60).astype(int)
    blue = (image[..., 2] - image[..., 0] > 80) & (image[..., 2] > 120)
    orange = (image[..., 0] - image[..., 2] > 120) & (image[..., 1] > 60)
    assert blue.sum() > 200
    assert orange.sum() > 200
    assert np.nonzero(orange)[1].max() <= np.nonzero(blue)[1].min() + 1


def test_columns_of_bars_are_equally_long():
    heights = [fit_bars(Bars(tuple(map(str, range(n))), np.ones(n)), 12, 3.0).height for n in (12, 13, 14)]
    assert heights[1] == heights[2] == pytest.approx(heights[0] * 7 / 6)  # two columns of six, then of seven
