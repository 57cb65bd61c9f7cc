"""The gap shrinks."""

import numpy as np
import pytest

from dlviz.experiments.regularisation import COUNTS, METHODS, RATES, Regularisation
from dlviz.films import last
from dlviz.lessons.regularisation import RegularisationLesson
from dlviz.panels.thinned_nets import WIDTHS, kept
from dlviz.sheet import Bars, Image


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("method", METHODS)
def test_the_gap_shrinks(method, count):
    accuracy = Regularisation(method, 0.6 if method == "dropout" else 0.0, count).recorded()["accuracy"]
    gaps = (accuracy[:, 0] - accuracy[:, 1])[:, -4:].mean(axis=1)  # training above test, over the last tests
    tests = accuracy[:, 1, -4:].mean(axis=1)
    assert gaps[-1] < gaps[0]
    assert tests[-1] > tests[0] or (method, count) == ("dropout", 1000)  # which is not trained long enough


def test_bars_and_curves_are_those_of_so_many_nets():
    accuracy = Regularisation("ensemble", 0.0, 200).recorded()["accuracy"][:, 1, -1]
    sheet = last(RegularisationLesson, {"method": "ensemble", "members": 3})
    (bars,) = [panel for panel in sheet.panels if isinstance(panel, Bars)]
    np.testing.assert_allclose(bars.values, 100 * (1 - accuracy))
    assert bars.right == 2
    np.testing.assert_allclose(sheet.arrays["errors"][1, 1, -1], 100 * (1 - accuracy[2]))


@pytest.mark.parametrize("rate", RATES)
def test_units_are_dropped_at_their_rate_and_never_at_the_ends(rate):
    nets = [kept(rate, seed) for seed in range(400)]
    assert all(net[0].all() and net[-1].all() for net in nets)
    hidden = np.concatenate([np.concatenate(net[1:-1]) for net in nets])
    assert len(hidden) == 400 * sum(WIDTHS[1:-1])
    assert hidden.mean() == pytest.approx(1 - rate, abs=0.03)


def test_thinned_nets_differ_from_step_to_step():
    first, second = (
        next(p for p in last(RegularisationLesson, {"step": step}).panels if isinstance(p, Image)) for step in (0, 1)
    )
    assert not np.array_equal(first.pixels, second.pixels)
