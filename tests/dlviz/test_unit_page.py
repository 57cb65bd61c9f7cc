"""What a unit has to do with classes and with other units, against closed forms and against the network with a changed
weight."""

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.analysis.class_responses import ClassResponses, LogitEffects, class_responses
from dlviz.analysis.connections import Connection, incoming, outgoing
from dlviz.grammar import sentences
from dlviz.network import Network
from dlviz.panels.class_figures import ClassFigures
from dlviz.panels.units import weight_panels
from dlviz.sheet import Bars, Sheet, Tiles
from dlviz.views.unit import Unit
from dlviz_models.data import ArrayPictures
from dlviz_models.data.samples import ListedSamples, Numbers
from tests.scenes import scene_of

RANDOM = np.random.default_rng(0)
LABELS = np.arange(90) % 3
PICTURES = ArrayPictures("noise", RANDOM.integers(0, 256, (90, 8, 8, 1)).astype(np.uint8), LABELS, ("a", "b", "c"))


@pytest.fixture(scope="module")
def network() -> Network:
    """Convolution, pooling and two branches that are joined, then a dense layer over a flattened map."""
    keras.utils.set_random_seed(2)
    inputs = keras.Input((8, 8, 1), name="pixels")
    x = layers.Conv2D(4, 3, activation="relu", name="first")(inputs)
    x = layers.MaxPooling2D(2, name="pool")(x)
    left = layers.Conv2D(2, 2, activation="relu", name="left")(x)
    right = layers.Conv2D(3, 2, activation="relu", name="right")(x)
    x = layers.Concatenate(name="both")([left, right])
    x = layers.Dropout(0.5, name="drop")(layers.Flatten(name="flat")(x))
    return Network(keras.Model(inputs, layers.Dense(3, activation="softmax", name="answer")(x)), "small", mode="unit")


def _returned(work: Generator[Any, None, Any]) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


# -- connections -------------------------------------------------------------------------------------------------------


def _kernel(network: Network, layer: str) -> np.ndarray:
    return network.model.get_layer(layer).get_weights()[0]


def _expected(layer: str, weights: dict[int, np.ndarray]) -> list[Connection]:
    found = [Connection(layer, u, float(np.sign(w.sum()) * np.linalg.norm(w))) for u, w in weights.items()]
    return sorted(found, key=lambda c: -abs(c.strength))


def _same(found: tuple[Connection, ...], expected: list[Connection]) -> None:
    assert [(c.layer, c.unit) for c in found] == [(c.layer, c.unit) for c in expected]
    np.testing.assert_allclose([c.strength for c in found], [c.strength for c in expected], rtol=1e-5)


def test_a_convolution_is_fed_through_pooling_by_the_one_before(network: Network) -> None:
    kernel = _kernel(network, "right")
    _same(incoming(network, "right", 1), _expected("first", {i: kernel[:, :, i, 1] for i in range(4)}))


def test_two_branches_take_up_a_unit_and_its_pooled_map_alike(network: Network) -> None:
    expected = [
        connection
        for layer in ("left", "right")
        for connection in _expected(layer, dict(enumerate(np.moveaxis(_kernel(network, layer)[:, :, 2], -1, 0))))
    ]
    expected.sort(key=lambda c: -abs(c.strength))
    _same(outgoing(network, "first", 2), expected)
    _same(outgoing(network, "pool", 2), expected)


def test_a_dense_layer_sees_each_place_of_joined_maps(network: Network) -> None:
    kernel = _kernel(network, "answer").reshape(2, 2, 5, 3)  # (rows, columns, units of both, classes)
    _same(outgoing(network, "right", 0), _expected("answer", {c: kernel[:, :, 2, c] for c in range(3)}))
    found = incoming(network, "answer", 1)
    of_left = [c for c in found if c.layer == "left"]
    _same(tuple(of_left), _expected("left", {u: kernel[:, :, u, 1] for u in range(2)}))
    assert len(found) == 5


def test_nothing_is_known_of_other_layers() -> None:
    model = keras.Sequential([keras.Input((5, 3)), layers.LSTM(4, name="lstm"), layers.Dense(2, name="answer")])
    network = Network(model)
    assert incoming(network, "lstm", 0) == ()
    assert {c.layer for c in outgoing(network, "lstm", 0)} == {"answer"}


# -- classes -----------------------------------------------------------------------------------------------------------


def test_mean_response_to_each_class(network: Network) -> None:
    found = _returned(class_responses(network, "right", PICTURES, LABELS))
    maps = np.asarray(network.function(("right",))(network.feed_pictures(PICTURES.pictures))[0])
    expected = [maps[c == LABELS].mean(axis=(0, 1, 2)) for c in range(3)]
    np.testing.assert_allclose(found.means, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("means", "index"), [((3, 1, 1), 0.5), ((2, 2, 2), 0), ((4, 0, 0), 1), ((1, np.nan, 3), 0.5), ((1, -1, 0), np.nan)]
)
def test_selectivity_of_morcos(means: tuple[float, ...], index: float) -> None:
    np.testing.assert_allclose(ClassResponses(np.array(means, float)[:, None]).selectivity(0), index)


def test_a_unit_switched_off_is_a_unit_without_outgoing_weights(network: Network) -> None:
    found = _returned(LogitEffects(network, "right").of(1, PICTURES))
    x = network.feed_pictures(PICTURES.pictures)
    before = np.asarray(network.logits(x))
    other = keras.models.clone_model(network.model)
    other.set_weights(network.model.get_weights())
    kernel, bias = other.get_layer("answer").get_weights()
    kernel.reshape(2, 2, 5, 3)[:, :, 2 + 1] = 0
    other.get_layer("answer").set_weights([kernel, bias])
    lost = (before - np.asarray(Network(other, mode="unit").logits(x))).mean(axis=0)
    np.testing.assert_allclose(found, lost - lost.mean(), rtol=1e-4, atol=1e-6)


def test_padding_stays_padding_where_a_unit_is_switched_off() -> None:
    keras.utils.set_random_seed(3)
    tokens = keras.Input((6,), dtype="int32", name="tokens")
    x = layers.GRU(4, name="gru")(layers.Embedding(9, 5, mask_zero=True, name="words")(tokens))
    model = keras.Model(tokens, layers.Dense(3, name="answer")(x))
    rows = np.pad(RANDOM.integers(1, 9, (8, 4)), ((0, 0), (0, 2)))
    samples = ListedSamples("rows", "numbers", [Numbers(row) for row in rows])
    found = _returned(LogitEffects(Network(model, "masked"), "words").of(2, samples))
    before = np.asarray(model(rows))
    embedding = model.get_layer("words").get_weights()[0]
    embedding[:, 2] = 0
    model.get_layer("words").set_weights([embedding])
    lost = (before - np.asarray(model(rows))).mean(axis=0)
    np.testing.assert_allclose(found, lost - lost.mean(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("means", "effect", "name"),
    [
        ((0.1, 2, 1.5, 0.3), (0.5, 1, 0.2, -1.7), "responds to b, c; speaks for b, against d"),
        ((1, 1, 1, 1), (0.1, 0.1, -0.1, -0.1), ""),
        ((0, 0, 0, 0), (1, 0, 0, -1), "speaks for a, against d"),
        ((0, 0, 0, 0), (0.3, 0.2, 0.1, -1), "speaks against d"),
        ((0, 0, 0, 0), (-0.1, -0.2, -0.2, -1), "speaks against d"),
    ],
)
def test_names_by_rule(means: tuple[float, ...], effect: tuple[float, ...], name: str) -> None:
    assert ClassFigures(tuple("abcd"), np.array(means), 0.0, np.array(effect)).name == name


def test_a_class_is_in_the_name_where_most_of_the_best_samples_are_of_it() -> None:
    figures = ClassFigures(tuple("abcd"), np.array([0.1, 2, 0.3, 0.3]), best=(2, 1, 1, 2, 1, 3))
    assert figures.name == ""
    assert replace(figures, best=(2, 1, 1, 2, 1, 1)).name == "responds to b"


def test_classes_in_the_name_stand_in_the_bars_however_many_there_are() -> None:
    names = tuple(f"class {n}" for n in range(100))
    means, effect = RANDOM.normal(size=100), RANDOM.normal(size=100)
    means[[70, 20]], effect[[50, 30]] = (9, -20), (9, -8)
    figures = ClassFigures(names, means, float("nan"), effect)
    assert figures.name == "responds to class 70; speaks for class 50, against class 30"
    response, added = figures.panels
    assert response.labels[0] == "class 70"
    assert added.labels[:2] == ("class 50", "class 30")
    np.testing.assert_allclose(added.values[:2], (9, -8))


def test_effects_have_two_digits_however_small_all_are() -> None:
    figures = ClassFigures(tuple("ab"), np.ones(2), 0.0, np.array([0.003452, -0.000391]))
    np.testing.assert_allclose(figures.panels[-1].values, [0.0035, -0.0004])


# -- the page ----------------------------------------------------------------------------------------------------------


def _last(network: Network, data: ArrayPictures, **options: Any) -> Sheet:
    scene = scene_of(network, "right", units=(1,), samples=[data.sample(0)], data=data)
    *_, sheet = (found for found in Unit(**options).run(scene) if isinstance(found, Sheet))
    return sheet


def test_everything_on_one_page(network: Network) -> None:
    sheet = _last(network, PICTURES)
    bars = {panel.title.partition(" (")[0]: panel for panel in sheet.panels if isinstance(panel, Bars)}
    assert list(bars) == ["Mean response", "Adds to the logit", "Connections"]
    assert bars["Mean response"].labels == ("a", "b", "c")
    np.testing.assert_allclose(bars["Mean response"].values, sheet.arrays["class_mean"])
    assert bars["Connections"].labels[:4] == tuple(f"← {c.unit}" for c in incoming(network, "right", 1))
    assert "→ to answer" in sheet.summary
    assert any(isinstance(panel, Tiles) and panel.role == "main" for panel in sheet.panels)
    assert not [p for p in _last(network, PICTURES, shows="patches").panels if isinstance(p, Bars)]


def test_what_is_said_of_a_panel_begins_with_its_title(network: Network) -> None:
    """By that it goes with the panel where the sheet is cut into pages."""
    sheet = _last(network, PICTURES)
    named = [sentence.partition(": ")[0] for sentence in sentences(sheet.summary) if ": " in sentence]
    titles = {panel.title for panel in sheet.panels}
    assert [sum(title.startswith(name) for title in titles) for name in named] == [1] * 4


def test_without_labels_the_classes_are_those_of_the_answer(network: Network) -> None:
    sheet = _last(network, ArrayPictures("unlabelled", PICTURES.pictures))
    bars = [panel.title for panel in sheet.panels if isinstance(panel, Bars)]
    assert bars == ["Adds to the logit", "Connections"]


def test_whole_numbers_that_are_predicted_are_not_classes() -> None:
    """Nor is a unit selective for one of them."""
    inputs = keras.Input((8, 8, 1), name="pixels")
    x = layers.Flatten(name="flat")(layers.Conv2D(2, 3, activation="relu", name="right")(inputs))
    ages = Network(keras.Model(inputs, layers.Dense(1, name="age")(x)), "ages", mode="unit")
    people = ArrayPictures("people", PICTURES.pictures, LABELS * 20 + 10)
    assert "class_mean" not in _last(ages, people).arrays
    named = ArrayPictures("people", PICTURES.pictures, LABELS, ("a", "b", "c"))
    assert "class_mean" in _last(ages, named).arrays


def test_a_picture_that_is_made_to_excite_it_is_beside_on_demand(network: Network) -> None:
    titles = [panel.title for panel in _last(network, PICTURES, maximised=True).panels]
    assert "Made to excite the unit" in titles


def test_of_many_single_weights_the_strongest_are_shown() -> None:
    """Each with its input, and a click on its bar sets it and no other."""
    network = Network(keras.Sequential([keras.Input((40,)), layers.Dense(3, name="hidden")], name="wide"))
    row = Numbers(np.ones(40, np.float32), name="row")
    (bars,) = weight_panels(network, "hidden", 2, row)
    assert isinstance(bars, Bars)
    assert bars.title == "Weights: the 8 strongest of 40"
    kernel = _kernel(network, "hidden")[:, 2]
    order = sorted(range(40), key=lambda i: -abs(kernel[i]))[:8]
    assert bars.labels == tuple(map(str, order))
    np.testing.assert_array_equal(bars.values, kernel[order])
    assert bars.weight is not None
    assert [bars.weight.at(n)[0].index for n in range(8)] == [(i, 2) for i in order]


def test_what_excites_a_unit_comes_first(network: Network) -> None:
    assert _last(network, PICTURES).panels[0].role == "main"


def test_weights_of_a_table_go_by_the_names_of_its_columns() -> None:
    hidden, price = layers.Dense(2, name="hidden"), layers.Dense(1, name="price")
    network = Network(keras.Sequential([keras.Input((3,)), hidden, price], name="houses"))
    row = Numbers(np.ones(3, np.float32), name="house", names=("area", "rooms", "age"))
    (bars,) = weight_panels(network, "hidden", 1, row)
    assert isinstance(bars, Bars)
    assert bars.labels == ("area", "rooms", "age")
    np.testing.assert_array_equal(bars.values, _kernel(network, "hidden")[:, 1])
    (bars,) = weight_panels(network, "price", 0, row)
    assert isinstance(bars, Bars)
    assert bars.labels == ("0", "1")  # its inputs are units
