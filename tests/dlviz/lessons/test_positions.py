"""Positions by the closed form."""

import math

import numpy as np
import pytest

from dlviz.by_hand.attention import encoding
from dlviz.films import last
from dlviz.lessons.positions import Positions


@pytest.mark.parametrize(("length", "width"), [(4, 4), (50, 32), (7, 10)])
def test_each_number_by_the_papers_formula(length, width):
    found = encoding(length, width)
    for t in range(length):
        for i in range(width // 2):
            angle = t / 10_000 ** (2 * i / width)
            assert found[t, 2 * i] == pytest.approx(math.sin(angle))
            assert found[t, 2 * i + 1] == pytest.approx(math.cos(angle))


def test_a_dot_product_depends_on_the_distance_alone():
    rows = encoding(60, 16)
    rates = 10_000 ** (-2 * np.arange(8) / 16)
    for a, b in ((0, 5), (10, 15), (40, 45), (3, 50)):
        assert rows[a] @ rows[b] == pytest.approx(np.cos((a - b) * rates).sum())
        assert rows[a] @ rows[b] < rows[a] @ rows[a] == pytest.approx(8)


def test_what_is_told_is_what_stands_there():
    sheet = last(Positions, {"at": "7,3", "width": 13})
    assert sheet.arrays["positions"].shape == (50, 12)
    assert f"is {sheet.arrays['dots'][7]:.0f}, times the next one {sheet.arrays['dots'][6]:.2f}" in sheet.summary
    assert sheet.panels[0].boxes.tolist() == [[7, 0, 8, 12], [0, 3, 50, 4]]
