"""Coverage and best scores by brute force."""

import numpy as np
import pytest
from sklearn.model_selection import ParameterGrid

from dlviz.films import last
from dlviz.lessons.grid_and_random import GridAndRandom, score, trials


@pytest.mark.parametrize("side", [2, 3, 5])
def test_the_grid_is_scikit_learns_and_sees_few_values(side):
    grid, chance = trials(side, 0)
    ticks = [(i + 0.5) / side for i in range(side)]
    expected = {(p["x"], p["y"]) for p in ParameterGrid({"x": ticks, "y": ticks})}
    assert {tuple(place) for place in grid} == expected
    assert len(set(chance[:, 0])) == side**2
    assert ((chance >= 0) & (chance < 1)).all()


def test_the_best_is_the_highest_score_so_far():
    sheet = last(GridAndRandom, {"step": 5})
    for name in ("grid", "random"):
        places = sheet.arrays[name][:5]
        assert f"{max(score(x, y, (0.36, 0.6), 0.1) for x, y in places):.2f}" in sheet.summary


def test_the_peak_is_the_highest_place_and_the_second_may_not_matter():
    x, y = np.random.default_rng(0).random((2, 1000))
    assert (score(x, y, (0.3, 0.8), 0.4) <= score(np.array(0.3), np.array(0.8), (0.3, 0.8), 0.4)).all()
    np.testing.assert_allclose(score(x, y, (0.3, 0.8), 0.0), score(x, 1 - y, (0.3, 0.8), 0.0))


def test_the_averages_in_the_answer_by_brute_force():
    """Random search is better where one parameter hardly matters; the share of each is measured anew here."""
    rng, found = np.random.default_rng(5), {"grid": [], "random": []}
    for _ in range(3000):
        peak = tuple(rng.random(2))
        for name, places in (("grid", trials(3, 0)[0]), ("random", rng.random((9, 2)))):
            found[name].append(score(*places.T, peak, 0.1).max())
    answer = last(GridAndRandom, {}).answer
    told = float(answer.split("reaches ")[1].split()[0]), float(answer.split("the grid ")[1].rstrip("."))
    assert told == pytest.approx((np.mean(found["random"]), np.mean(found["grid"])), abs=0.03)
    assert told[0] > told[1]
