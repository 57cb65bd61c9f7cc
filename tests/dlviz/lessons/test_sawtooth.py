"""Teeth, pieces and units as counted by hand."""

import numpy as np
import pytest
from scipy import signal

from dlviz.films import last
from dlviz.lessons.sawtooth import MOST, POINTS, Sawtooth, fat, pieces, sawtooth

X = np.linspace(0, 1, POINTS)


@pytest.mark.parametrize("layers", range(1, MOST + 1))
def test_it_is_the_sawtooth_of_scipy_with_twice_the_pieces_a_layer(layers):
    teeth = 2 ** (layers - 1)
    y = sawtooth(X, layers)
    np.testing.assert_allclose(y, (signal.sawtooth(2 * np.pi * teeth * X, 0.5) + 1) / 2, atol=1e-9)
    assert pieces(X, y) == 2**layers


@pytest.mark.parametrize("teeth", [1, 4, 16])
def test_the_fat_net_needs_two_units_a_tooth(teeth):
    target = sawtooth(X, int(np.log2(teeth)) + 1)
    np.testing.assert_allclose(fat(X, teeth, 2 * teeth), target, atol=1e-9)
    short = fat(X, teeth, 2 * teeth - 1)
    assert np.abs(short - target).max() > 0.5
    reached = (2 * teeth - 1) / (2 * teeth) >= X
    np.testing.assert_allclose(short[reached], target[reached], atol=1e-9)


def test_the_answer_for_16_teeth():
    sheet = last(Sawtooth, {"step": 4, "width": 32})
    assert sheet.arrays["pieces"].tolist() == [32, 32]
    np.testing.assert_allclose(sheet.arrays["deep"], sheet.arrays["fat"], atol=1e-9)
    assert sheet.answer.startswith("32,")
    assert "5 layers of 2, ten in all" in sheet.answer
