"""Concepts found and tested in a network whose class depends on known colours; Sobol indices in closed form."""

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from dlviz.analysis.concepts import Layer, craft, crops, sobol_points, total_sobol
from dlviz.analysis.tcav import activation_vector, tcav
from dlviz.api import show
from dlviz.network import Network
from dlviz_models.errors import UserError

RANDOM = np.random.default_rng(7)
MIXTURES = np.array([[1.0, 0.2, 0.0], [0.3, 1.0, 0.1], [0.0, 0.4, 1.0], [0.5, 0.0, 0.6]])
"""How much the four units respond to red, green and blue."""
SIZE = 16


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """The logit of class 0 is the amount of red, less a little green; blue does not count."""
    x = keras.Input((SIZE, SIZE, 3))
    units = layers.Conv2D(4, 1, activation="relu", use_bias=False, name="units")(layers.Rescaling(1 / 255)(x))
    y = layers.Dense(2, "softmax", name="out")(layers.GlobalAveragePooling2D()(units))
    net = keras.Model(x, y, name="colours")
    net.get_layer("units").set_weights([MIXTURES.T[None, None]])
    towards = np.linalg.pinv(MIXTURES).T @ [1, -0.1, 0]
    net.get_layer("out").set_weights([np.stack([towards, np.zeros(4)], axis=1), np.zeros(2)])
    return net


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """A red, a green and a blue square on black, each in a corner of its own."""
    found = np.zeros((12, SIZE, SIZE, 3), np.uint8)
    for picture in found:
        for channel, corner in enumerate(RANDOM.permutation(4)[:3]):
            top, left = 8 * (corner // 2), 8 * (corner % 2)
            picture[top : top + 8, left : left + 8, channel] = RANDOM.integers(120, 255)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory, pictures):
    path = tmp_path_factory.mktemp("colours")
    np.savez(path / "colours.npz", x=pictures)
    for channel, colour in enumerate(("red", "green")):
        (path / colour).mkdir()
        for n in range(8):
            picture = np.zeros((SIZE, SIZE, 3), np.uint8)
            picture[RANDOM.integers(0, 8) :, RANDOM.integers(0, 8) :, channel] = 220
            Image.fromarray(picture).save(path / colour / f"{n}.png")
    return path


def test_planted_concepts_are_found_with_their_importance(model, pictures):
    layer = Layer(Network(model, mode="none"), "units")
    cropped, boxes = crops(pictures, 0.5)
    assert cropped.shape == (12 * 9, 8, 8, 3)
    n, top, left, bottom, right = boxes[-1]
    np.testing.assert_array_equal(cropped[-1], pictures[n, top:bottom, left:right])
    generator = craft(layer, pictures[:4], cropped, 0, 3, designs=64)
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            found = stop.value
            break
    alike = (
        found.directions
        @ MIXTURES
        / np.outer(np.linalg.norm(found.directions, axis=1), np.linalg.norm(MIXTURES, axis=0))
    )
    assert alike.max(axis=1).min() > 0.98
    assert alike.argmax(axis=1).tolist() == [0, 1, 2]  # red, green, blue
    assert found.explained > 0.99
    assert found.importance[0] > 0.9
    assert found.importance[2] < 0.03


def test_sobol_indices_are_those_of_the_closed_form():
    weights = np.array([3.0, 2.0, 1.0, 0.0])
    linear = total_sobol(sobol_points(4, 1024) @ weights, 4)
    np.testing.assert_allclose(linear, weights**2 / (weights**2).sum(), atol=0.02)
    product = total_sobol(sobol_points(2, 1024).prod(axis=1), 2)
    np.testing.assert_allclose(product, [4 / 7, 4 / 7], atol=0.02)


def test_the_most_important_crops_are_shown_first(model, folder):
    sheet = show(
        "concepts", model, layer="units", data=str(folder / "colours.npz"), count=3, preprocess="none", shown=2
    )
    tiles = sheet.panels[0]
    assert tiles.columns == 2
    assert tiles.images[0].reshape(-1, 3).sum(axis=0).argmax() == 0  # red


def test_late_layers_are_looked_at_first():
    assert show("concepts", "lenet5", data="digits", samples_used=60, count=2, designs=8).title.startswith(
        "lenet5 · dense1"
    )


def test_a_class_rises_with_what_it_is_made_of(model, folder):
    given = {"layer": "units", "data": str(folder / "colours.npz"), "preprocess": "none", "target": "0", "sets": 8}
    rises = show("tcav", model, concept=str(folder / "red"), **given)
    assert rises.panels[0].row_labels[1:] == ("rises most", "rises least")
    red = rises.arrays
    assert (red["score"] == 1).all()
    assert (red["accuracy"] > 0.9).all()
    assert red["p"] < 0.05
    falls = show("tcav", model, concept=str(folder / "green"), **given)
    assert (falls.arrays["score"] < 0.5).all()
    assert falls.panels[0].row_labels[2] == "falls most"


def test_random_concepts_are_rarely_significant():
    """Chance makes one in twenty so, and more, since the ten directions of a concept share its pictures."""
    found = []
    for seed in range(5):
        random = np.random.default_rng(seed)
        concept, noise, gradients = (random.normal(size=(n, 6)) for n in (20, 80, 40))
        *_, last = _outcome(tcav(concept, noise, gradients, 10))
        found.append(last.p)
    assert np.median(found) > 0.05


def _outcome(generator):
    while True:
        try:
            yield next(generator)
        except StopIteration as stop:
            yield stop.value
            return


def test_the_vector_is_the_direction_in_which_the_concept_lies():
    direction = np.array([0.6, 0.0, -0.8])
    random = RANDOM.normal(size=(200, 3))
    vector, accuracy = activation_vector(RANDOM.normal(size=(200, 3)) + 4 * direction, random)
    assert vector @ direction > 0.98
    assert accuracy > 0.95


@pytest.mark.parametrize(
    ("view", "settings", "says"),
    [
        ("tcav", {"target": "7"}, "target=7 is not a class of colours"),
        ("tcav", {"concept": "nowhere"}, "nowhere"),
        ("concepts", {"target": "1"}, "is taken for"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(model, folder, view, settings, says):
    with pytest.raises(UserError, match=says):
        show(view, model, layer="units", data=str(folder / "colours.npz"), preprocess="none", **settings)


@pytest.mark.parametrize("view", ["concepts", "tcav", "feature_map", "features"])
def test_a_layer_that_answers_nan_is_refused_with_what_is_broken(model, folder, view):
    broken = keras.models.clone_model(model)
    broken.get_layer("units").set_weights([np.full((1, 1, 3, 4), np.nan)])
    data = str(folder / "colours.npz")
    if view == "features":
        np.savez(folder / "told.npz", x=np.load(data)["x"], y=np.arange(12) % 2)
        data = str(folder / "told.npz")
    with pytest.raises(UserError, match=r"Layer units of colours answers NaN.*units's kernel holds NaN in 12 of 12"):
        show(view, broken, data=data, preprocess="none", **({} if view == "features" else {"layer": "units"}))


def test_a_layer_without_responses_has_no_concepts(model, folder):
    silent = keras.models.clone_model(model)
    silent.get_layer("units").set_weights([-MIXTURES.T[None, None]])
    with pytest.raises(UserError, match="units responds to none of these pictures"):
        show("concepts", silent, layer="units", data=str(folder / "colours.npz"), preprocess="none")
