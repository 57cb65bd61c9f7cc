"""Weights are spread as Keras's initialisers spread them, activations as the closed forms say."""

import keras
import numpy as np
import pytest

from dlviz.films import last
from dlviz.lessons.initialisation import LAYERS, SAMPLES, WAYS, WIDTH, Initialisation, activations, weights_of

KERAS = {
    "Xavier normal": keras.initializers.GlorotNormal,
    "Xavier uniform": keras.initializers.GlorotUniform,
    "Kaiming normal": keras.initializers.HeNormal,
    "Kaiming uniform": keras.initializers.HeUniform,
}


@pytest.mark.parametrize("way", KERAS)
def test_weights_are_spread_as_by_keras(way):
    rng = np.random.default_rng(0)
    found = np.stack([weights_of(way, rng) for _ in range(20)])
    expected = np.array(KERAS[way](seed=1)((20 * WIDTH, WIDTH)), float)
    expected *= np.sqrt((20 * WIDTH + WIDTH) / (2 * WIDTH)) if "Xavier" in way else np.sqrt(20)
    assert found.std() == pytest.approx(expected.std(), rel=0.02)
    if "uniform" in way:
        assert np.abs(found).max() == pytest.approx(np.abs(expected).max(), rel=0.02)


@pytest.mark.parametrize("spread", [0.5, 1.0, 1.5])
def test_without_an_activation_the_variance_is_multiplied_layer_by_layer(spread):
    variances = np.mean(
        [activations("Xavier normal", "linear", spread, seed).var(axis=(1, 2)) for seed in range(20)], 0
    )
    np.testing.assert_allclose(variances, spread ** (2 * np.arange(1, LAYERS + 1)), rtol=0.15)


def test_kaiming_keeps_the_mean_square_through_relus_and_xavier_halves_it():
    for way, kept in (("Kaiming normal", 1.0), ("Xavier normal", 0.5)):
        squares = np.mean([(activations(way, "ReLU", 1.0, seed) ** 2).mean(axis=(1, 2)) for seed in range(20)], 0)
        np.testing.assert_allclose(squares[1:] / squares[:-1], kept, rtol=0.15)


def test_small_deviations_are_written_out():
    sheet = last(Initialisation, {"way": "too small"})
    found = sheet.arrays["deviation"][-1]
    assert float(sheet.summary.split()[-1].rstrip(".")) == pytest.approx(found, rel=0.05)
    assert "e-" not in sheet.summary


def test_zeros_give_nothing_and_too_large_ones_saturate():
    assert not activations("zeros", "tanh", 1.0, 0).any()
    assert (np.abs(activations("too large", "tanh", 1.0, 0)) > 0.95).mean() > 0.8


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("activation", ["tanh", "ReLU"])
def test_histograms_count_every_activation(way, activation):
    arrays = last(Initialisation, {"way": way, "activation": activation}).arrays
    assert (arrays["histogram"].sum(axis=1) == SAMPLES * WIDTH).all()
