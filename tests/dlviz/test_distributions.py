"""Extremes, histograms, dead and copied units, against a network whose units are known."""

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.api import show

RANDOM = np.random.default_rng(5)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.npz"
    np.savez(path, x=RANDOM.normal(size=(70, 5)).astype(np.float32))
    return path


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """Hidden units 1 and 4 are one unit at two scales, unit 2 is dead."""
    x = keras.Input((5,))
    hidden = layers.Dense(6, "relu", name="hidden")(x)
    net = keras.Model(x, layers.Dense(3, "softmax", name="out")(hidden), name="net")
    w, b = RANDOM.normal(size=(5, 6)), np.full(6, 0.1)
    w[:, 4], b[4] = 3 * w[:, 1], 3 * b[1]
    w[:, 2], b[2] = 0, -1
    net.get_layer("hidden").set_weights([w, b])
    net.get_layer("out").set_weights([RANDOM.normal(size=(6, 3)), np.array([0.0, 0.1, -0.1])])  # no ties
    return net


def test_a_copied_unit_and_a_dead_one_are_found(model, rows):
    sheet = show("distributions", model, data=str(rows), samples_used=70)
    assert sheet.arrays["dead:hidden"].tolist() == [2]
    assert sheet.arrays["alike:hidden"].tolist() == [-1, 0, -1, -1, 0, -1]
    assert "1 unit never changes, and 1 unit repeats another" in sheet.summary


def test_that_there_are_none_is_said(rows):
    x = keras.Input((5,))
    kept = keras.Model(x, layers.Dense(3, "softmax")(x))
    assert "Every unit changes, and none repeats another." in show("distributions", kept, data=str(rows)).summary


def test_of_many_layers_it_is_said_how_many_are_looked_at_and_have_a_histogram(rows):
    deep = keras.Sequential([keras.Input((5,)), *(layers.Dense(2) for _ in range(30))])
    sheet = show("distributions", deep, data=str(rows), samples_used=2)
    assert len(sheet.arrays["layer"]) == 24
    assert "responses of 24 of 30 layers of" in sheet.summary
    assert "of 8 of 24 layers" in sheet.panels[0].title


def test_extremes_and_histograms_are_those_of_all_responses(model, rows):
    a = show("distributions", model, data=str(rows), samples_used=70).arrays
    x = np.load(rows)["x"]
    w, b = model.get_layer("hidden").get_weights()
    hidden = np.maximum(x @ w + b, 0)
    np.testing.assert_allclose(a["activation"][0], (0, hidden.max()), rtol=1e-5)
    np.testing.assert_array_equal(a["histogram"].sum(axis=1), (hidden.size, 70 * 3))
    u, c = model.get_layer("out").get_weights()
    likeliest = (hidden @ u + c).argmax(axis=1)  # the gradient of a logit is its column of weights
    gradients = u[:, likeliest]
    np.testing.assert_allclose(a["gradient"][0], (gradients.min(), gradients.max()), rtol=1e-5)
    np.testing.assert_allclose(a["gradient"][1], (0, 1))


def test_correlations_are_numpys(model, rows):
    from dlviz.analysis.layer_statistics import layer_statistics
    from dlviz.inspect.data import load_samples
    from dlviz.network import Network

    *_, found = layer_statistics(Network(model), ("hidden",), load_samples(str(rows), {"x": "numbers"}))
    w, b = model.get_layer("hidden").get_weights()
    hidden = np.maximum(np.load(rows)["x"] @ w + b, 0)
    live = [0, 1, 3, 4, 5]
    expected = np.corrcoef(hidden[:, live].T)
    np.testing.assert_allclose(found["hidden"].correlation[np.ix_(live, live)], expected, atol=1e-5)
