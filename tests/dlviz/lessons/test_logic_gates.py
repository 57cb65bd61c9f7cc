"""Truth tables."""

import itertools
import operator

import numpy as np
import pytest

from dlviz.films import last
from dlviz.lessons.logic_gates import LogicGates, X, fires, line
from dlviz_models.errors import UserError

GATES = {"AND": operator.and_, "OR": operator.or_, "XOR, two hidden units": operator.xor}


@pytest.mark.parametrize("preset", GATES)
def test_presets_are_right_in_every_row(preset):
    sheet = last(LogicGates, {"preset": preset})
    expected = [GATES[preset](int(a), int(b)) for a, b in X]
    assert sheet.arrays["answer"].tolist() == sheet.arrays["target"].tolist() == expected
    assert "4 of 4" in sheet.summary


def test_no_single_unit_is_xor():
    """Of 9,261 units on a grid, none; the answer says so."""
    grid = np.arange(-2, 2.01, 0.2)
    units = np.array(list(itertools.product(grid, grid, grid)))
    answers = fires(X, units)
    assert not (answers == np.array([[0], [1], [1], [0]])).all(axis=0).any()
    assert (answers == np.array([[0], [0], [0], [1]])).all(axis=0).any()


def test_a_line_is_where_the_sum_is_0():
    for unit in np.random.default_rng(0).normal(size=(20, 3)):
        ends = line(unit)
        np.testing.assert_allclose(ends @ unit[:2] + unit[2], 0, atol=1e-9)
        assert np.linalg.norm(ends[0] - ends[1]) > 3
    assert line(np.zeros(3)).shape == (0, 2)


def test_the_plane_is_painted_by_the_same_units():
    painted = last(LogicGates, {}).arrays["painted"]
    corners = [painted[round((1.5 - y) / 2 * 119), round((x + 0.5) / 2 * 119)] for x, y in X]
    assert corners == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"weights": "1 2"}, "weights has the shape"),
        ({"last": "1 2 3 4"}, "last has the shape"),
        ({"preset": "AND", "weights": "1 1 0; 1 0 1"}, "give the option last"),
    ],
)
def test_what_does_not_fit_is_refused(options, says):
    with pytest.raises(UserError, match=says):
        last(LogicGates, options)
