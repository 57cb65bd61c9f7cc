"""Coverage and best scores by brute force."""

import numpy as np
import pytest
from sklearn.model_selection import ParameterGrid

from dlviz.experiments.search import LIMITS, Search, plane, train, trials
from dlviz.films import last
from dlviz.lessons.grid_and_random import MLP, GridAndRandom, score


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


def test_nets_are_trained_alike_alone_and_together():
    places = np.array([[0.5, 0.2], [0.6, 0.9]])
    np.testing.assert_allclose(train(places), [float(train(place[None])[0]) for place in places], atol=0.01)


def test_the_learning_rate_matters_more_than_the_weight_decay():
    accuracy = Search().recorded()["accuracy"]
    assert accuracy.shape == plane().shape[:2]
    assert accuracy.std(axis=1).mean() > 4 * accuracy.std(axis=0).mean()


def test_scores_of_nets_are_read_from_the_plane():
    sheet = last(GridAndRandom, {"scores": MLP, "side": 6})
    accuracy = Search().recorded()["accuracy"]
    across, up = ((sheet.arrays["grid"][:, i] - low) / (high - low) for i, (low, high) in enumerate(
        (LIMITS[:2], LIMITS[2:])))  # fmt: skip
    rows, columns = up * 10, across * 25
    for at, found in enumerate(sheet.arrays["score:grid"]):
        corners = accuracy[int(rows[at]) : int(rows[at]) + 2, int(columns[at]) : int(columns[at]) + 2]
        assert corners.min() - 1e-6 <= found <= corners.max() + 1e-6
