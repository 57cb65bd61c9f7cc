"""The linear model flattens out, the deep one goes on."""

import numpy as np
import pytest

from dlviz.experiments.sample_sizes import SIZES, SampleSizes
from dlviz.films import last
from dlviz.lessons.more_data import MoreData, exponent


@pytest.mark.parametrize("data", ["digits", "fashion"])
def test_the_deep_net_gains_more_from_the_last_doublings_and_ends_above(data):
    accuracy = np.mean([SampleSizes(data, seed).recorded()["accuracy"][:, :, 0] for seed in range(2)], axis=0)
    linear, deep = accuracy[0], accuracy[2]
    assert deep[-1] > linear[-1]
    assert exponent(100 * deep) > exponent(100 * linear)


def test_the_exponent_is_that_of_a_power():
    errors = 300 * np.array(SIZES, float) ** -0.4
    assert exponent(100 - errors) == pytest.approx(0.4, abs=1e-6)


def test_the_answer_is_where_they_cross():
    sheet = last(MoreData, {"data": "fashion"})
    linear, deep = (sheet.arrays[f"accuracy:{name}"] for name in ("logistic regression", "LeNet-5 (CNN)"))
    ahead = deep > linear
    if ahead.all():
        assert "from the first size on" in sheet.answer
    else:
        last_behind = int(np.flatnonzero(~ahead)[-1])
        assert f"{SIZES[last_behind]:,}" in sheet.answer
