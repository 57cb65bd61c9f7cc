"""The MLP's accuracy is unchanged, the CNN's falls to it or below."""

import numpy as np
import pytest

from dlviz.experiments import pictures
from dlviz.experiments.shuffled_pixels import SHARES, ShuffledPixels, permutation, shuffled
from dlviz.films import last
from dlviz.lessons.shuffled_pixels import ShuffledPixelsLesson


@pytest.mark.parametrize("share", SHARES)
def test_it_is_a_permutation_that_moves_its_share(share):
    order = permutation(784, share, 0)
    assert sorted(order) == list(range(784))
    assert (order != np.arange(784)).mean() == pytest.approx(share / 100, abs=0.02)


def test_a_sum_of_weighted_pixels_is_the_same_with_its_weights_shuffled():
    x, w, order = pictures("digits")[2][:3], np.random.default_rng(0).normal(size=784), permutation(784, 100, 1)
    back = np.argsort(order)
    np.testing.assert_allclose(shuffled(x, order).reshape(3, -1) @ w, x.reshape(3, -1) @ w[back])


@pytest.mark.parametrize("seed", [0, 1])
def test_the_mlp_stays_and_the_cnn_falls_to_it_or_below(seed):
    (mlp, mlp_shuffled), (cnn, cnn_shuffled) = ShuffledPixels(100, seed).recorded()["accuracy"][:, :, -1]
    assert mlp_shuffled == pytest.approx(mlp, abs=0.015)
    assert cnn > mlp
    assert cnn_shuffled < mlp_shuffled + 0.005


def test_the_sentences_hold_the_numbers():
    sheet = last(ShuffledPixelsLesson, {})
    cnn = sheet.arrays["accuracy"][1, :, -1] * 100
    assert f"from {cnn[0]:.1f}".rstrip("0").rstrip(".") in sheet.answer
    assert f"{cnn[1]:.1f}".rstrip("0").rstrip(".") in sheet.summary
