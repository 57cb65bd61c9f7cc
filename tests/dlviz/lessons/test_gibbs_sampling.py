"""The chains are those of the shipped deep belief net."""

import numpy as np
import pytest

from dlviz.api import open_model
from dlviz.by_hand.belief_net import read
from dlviz.films import last
from dlviz.lessons.gibbs_sampling import CHAINS, GibbsSampling, chains, digits_in
from dlviz_models.networks.dbn import dream


@pytest.fixture(scope="module")
def model():
    return open_model("dbn").model


@pytest.mark.parametrize(("label", "steps", "seed"), [(3, 1, 19), (8, 25, 2)])
def test_pictures_are_the_dreams_of_the_network(model, label, steps, seed):
    dreams = dream(model, CHAINS, label=label, steps=steps, seed=seed)
    found = last(GibbsSampling, {"label": label, "step": steps, "seed": seed}).arrays
    np.testing.assert_allclose(found["pictures"], dreams.reshape(CHAINS, -1), atol=1e-5)


def test_without_a_label_too(model):
    dreams = dream(model, CHAINS, steps=10, seed=1)
    found = last(GibbsSampling, {"held": False, "step": 10, "seed": 1}).arrays
    np.testing.assert_allclose(found["pictures"], dreams.reshape(CHAINS, -1), atol=1e-5)


def test_digits_are_read_as_the_network_reads_them(model):
    pictures = chains(5, True, 0).pictures(100)
    answer = model.predict(255 * pictures.reshape(CHAINS, 28, 28, 1), verbose=0)
    np.testing.assert_allclose(read(pictures), answer, atol=1e-5)


def test_most_chains_end_at_the_label_that_is_held():
    right = [(digits_in(chains(label, True, 0).pictures(100)) == label).mean() for label in range(10)]
    assert np.mean(right) > 0.6
