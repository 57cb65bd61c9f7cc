"""What units contribute to an answer and pass on to each other, against products of weights and activations."""

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.analysis.attribution_graph import Stage, attribution_graph, main_layers, score_without
from dlviz.api import show
from dlviz.inspect.data import load_data
from dlviz.network import Network
from dlviz.panels.attribution_graph import columns_of, grey
from dlviz.saliency.score import Score
from dlviz.saliency.target import target_of
from dlviz.sheet.numerals import percent
from dlviz_models.data.samples import Numbers
from dlviz_models.errors import UserError

X = np.array([1.0, -2.0, 0.5], np.float32)


def dense(activation: str | None = None) -> keras.Model:
    x = keras.Input((3,), name="x")
    a = layers.Dense(4, activation, use_bias=False, name="a")(x)
    b = layers.Dense(3, activation, use_bias=False, name="b")(a)
    return keras.Model(x, layers.Dense(2, "softmax", use_bias=False, name="out")(b), name="net")


def graph(model: keras.Model, **settings: object):
    given = "numbers:" + ",".join(map(str, X))
    return show("attribution_graph", model, input=given, **settings)


@pytest.mark.parametrize("activation", [None, "relu"])
def test_contributions_are_weight_times_activation_and_add_up_to_the_logit(activation):
    model = dense(activation)
    found = graph(model, target="1", most_units=6).arrays
    w, v, u = (layer.get_weights()[0] for layer in model.layers[1:])
    a, b = X @ w, (X @ w) @ v
    if activation:
        a = np.maximum(X @ w, 0)
        b = np.maximum(a @ v, 0)
    at_b = u[:, 1] * ((b > 0) if activation else 1)  # the gradient of the logit before b's activation
    np.testing.assert_allclose(found["contribution:b"], b * u[:, 1], rtol=1e-5)
    np.testing.assert_allclose(found["contribution:a"], a * (v @ at_b), rtol=1e-4, atol=1e-6)
    flow = (a[:, None] * v * at_b)[np.ix_(found["units:a"], found["units:b"])]
    np.testing.assert_allclose(found["received:b"], flow, rtol=1e-4, atol=1e-6)
    logit = b @ u[:, 1]
    assert found["value"] == pytest.approx(logit, rel=1e-5)
    for layer in "ab":
        assert found[f"contribution:{layer}"].sum() == pytest.approx(logit, rel=1e-4)
    np.testing.assert_allclose(found["received:b"].sum(axis=1), found["contribution:a"][found["units:a"]], rtol=1e-4)
    np.testing.assert_allclose(found["received:a"][0], found["contribution:a"][found["units:a"]], rtol=1e-4, atol=1e-6)


def test_the_units_shown_are_those_that_contribute_most():
    found = graph(dense(), most_units=2).arrays
    for layer in "ab":
        all_of_it = found[f"contribution:{layer}"]
        assert found[f"units:{layer}"].tolist() == np.argsort(-all_of_it)[:2].tolist()


@pytest.mark.parametrize(("sign", "does"), [(1, "raises it"), (-1, "lowers it")])
def test_of_a_number_those_are_shown_that_raise_it_or_lower_it_as_it_is_above_or_below_zero(sign, does):
    x = keras.Input((3,), name="x")
    a = layers.Dense(4, use_bias=False, name="a")
    model = keras.Model(x, layers.Dense(1, use_bias=False, name="price")(a(x)), name="net")
    a.kernel.assign(np.diag([1.0, -1.0, 2.0, 0.0])[:3])  # to X: 1, 2, 1, 0
    model.layers[-1].kernel.assign(sign * np.array([[1.0], [3.0], [-2.0], [5.0]]))  # contributions 1, 6, -2, 0
    sheet = graph(model, most_units=2)
    assert sheet.arrays["value"] == pytest.approx(sign * 5)
    assert sheet.arrays["units:a"].tolist() == [1, 0]
    assert f"Units 1, 0 of a give 100% of what {does}." in sheet.summary


def test_each_unit_has_its_place_in_the_picture():
    sheet = graph(dense(), most_units=3)
    [panel] = sheet.panels
    units = [(layer, unit) for layer in "ab" for unit in sheet.arrays[f"units:{layer}"]]
    assert [(place.layer, place.unit) for place in panel.places] == units
    for place in panel.places:
        top, left, bottom, right = place.box
        edge = panel.pixels[[top, bottom], (left + right) // 2]
        assert (edge < 60).all()  # its frame, in ink
        assert panel.place_at(top, left) is place


def test_steps_fill_their_tile():
    tile = grey(np.array([0.0, 1.0, 2.0]))
    assert tile[..., 0].tolist() == [[0, 128, 255]] * 3


def test_series_of_numbers_stand_in_the_picture_themselves():
    values = np.arange(200, dtype=np.float32).reshape(100, 2)
    x = keras.Input((100, 2), name="x")
    hidden = layers.Dense(3, name="hidden")(layers.Flatten()(x))
    network = Network(keras.Model(x, layers.Dense(1, name="out")(hidden)))
    stage = Stage("hidden", np.arange(1), np.zeros(1), np.zeros(3), np.zeros((1, 1)))
    [tile] = columns_of(network, Numbers(values, name="series"), [stage], ("out", "1", ""), None)[0].tiles
    assert tile.shape == (100, 100, 3)
    assert tile[0, 0, 0] < tile[-1, 0, 0] < tile[0, -1, 0] < tile[-1, -1, 0]


def test_a_hand_on_a_unit_cuts_it_and_puts_it_back():
    model = dense()
    [panel] = graph(model, most_units=3).panels
    assert (panel.sets, panel.by) == ("cut", "click")
    assert {place.value for place in panel.places} == {f"{place.layer}:{place.unit}" for place in panel.places}
    cut = panel.places[-1]
    [after] = graph(model, most_units=3, cut=cut.value).panels
    assert [place.value for place in after.places] == [*(place.value for place in panel.places[:-1]), ""]
    top, left, bottom, right = cut.box
    middle = ((top + bottom) // 2, (left + right) // 2)
    assert after.pixels[middle].tolist() != panel.pixels[middle].tolist()  # crossed out


def test_the_answer_without_a_unit_is_that_of_the_thinned_network():
    model = dense()
    sheet = graph(model, cut="b:2", target="0")
    w, v, u = (layer.get_weights()[0] for layer in model.layers[1:])
    z = ((X @ w @ v) * [1, 1, 0]) @ u
    share = np.exp(z) / np.exp(z).sum()
    whole = np.exp(X @ w @ v @ u) / np.exp(X @ w @ v @ u).sum()
    np.testing.assert_allclose(sheet.arrays["without"][0], share, rtol=1e-5)
    assert f"Without unit 2 of b, “class 0” gets {percent(share[0])} instead of {percent(whole[0])}" in sheet.summary


def test_a_cut_that_is_not_drawn_or_changes_nothing_is_said():
    model = dense()
    contributions = graph(model, target="0").arrays["contribution:b"]
    strong, weak = (f"b:{unit}" for unit in (contributions.argmax(), contributions.argmin()))
    assert "not among those drawn" in graph(model, target="0", most_units=1, cut=weak).summary
    assert "not among those drawn" not in graph(model, target="0", most_units=1, cut=strong).summary
    w, v, u = model.get_weights()
    model.set_weights([w, v, u * [[1], [1], [0]]])
    assert "Without unit 2 of b, “class 0” hardly changes: " in graph(model, target="0", cut="b:2").summary


def test_the_score_without_a_unit_lacks_its_contribution_where_all_is_linear():
    network = Network(dense())
    feeds = network.feed([Numbers(X, name="row")])
    target = target_of(Score(network, "x"), feeds, 1)
    [whole] = target.scores(target.values[None])
    contributions = attribution_graph(target, ("b",), 3)[0].contributions
    for unit in range(3):
        assert score_without(target, "b", unit) == pytest.approx(whole - contributions[unit], rel=1e-4)


def test_layers_that_a_connection_goes_past_are_left_out():
    x = keras.Input((8, 8, 1))
    y = layers.Conv2D(4, 3, padding="same", activation="relu", name="before")(x)
    inside = layers.Conv2D(4, 3, padding="same", name="inside")(y)
    y = layers.Add(name="sum")([y, inside])
    model = keras.Model(x, layers.Dense(2, "softmax")(layers.Flatten()(y)))
    network = Network(model)
    assert main_layers(network, network.input, 4) == ("before", "sum")


def test_words_go_through_their_embedding():
    tokens = keras.Input((6,), dtype="int32", name="tokens")
    embedded = layers.Embedding(9, 3, mask_zero=True, name="embedding")(tokens)
    states = layers.LSTM(4, return_sequences=True, name="states")(embedded)
    model = keras.Model(tokens, layers.Dense(2, "softmax")(layers.LSTM(3, name="last")(states)))
    found = show("attribution_graph", model, input="numbers:1,2,3,0,0,0", most_units=6).arrays
    assert found["layer"].tolist() == ["states", "last"]
    np.testing.assert_allclose(  # what one passes on is what it contributes
        found["received:last"].sum(axis=1).sum(), found["contribution:states"].sum(), rtol=1e-3
    )


@pytest.mark.parametrize("cut", ["b", "b:3", "b:x"])
def test_a_unit_that_does_not_exist_is_refused(cut):
    with pytest.raises(UserError, match="is not a unit of b: give it as b:N, N from 0 to 2"):
        graph(dense(), cut=cut)


def test_each_unit_may_stand_there_with_the_patch_that_excites_it_most():
    how = {"input": "digits:7", "data": "digits", "limit": 50, "most_layers": 2}
    sheet = show("attribution_graph", "lenet5", tiles="patches", **how)
    best = show("patches", "lenet5", layer="conv1", data="digits", limit=50).arrays
    digits = np.stack([load_data("digits").test.sample(n).pixels[..., 0] for n in range(50)])
    places = [place for place in sheet.panels[0].places if place.layer == "conv1"]
    assert places
    for place in places:
        top, left, bottom, right = place.box
        shown = sheet.panels[0].pixels[top + 3 : bottom - 3, left + 3 : right - 3]
        row, column = best["position"][place.unit, 0]
        seen = np.pad(digits[best["index"][place.unit, 0]], 2)[row : row + 5, column : column + 5]
        corners = shown[[10, 10, -10, -10], [10, -10, 10, -10], 0]
        np.testing.assert_array_equal(corners, seen[[0, 0, -1, -1], [0, -1, 0, -1]])


def test_patches_of_what_is_no_picture_are_refused():
    with pytest.raises(UserError, match="does not take pictures, so that no patch can be drawn: choose tiles=maps"):
        graph(dense(), tiles="patches")


def test_only_pictures_have_pixels():
    assert " · from input to answer · " in graph(dense()).title
    assert " · from pixel to answer · " in show("attribution_graph", "lenet5", input="digits:7").title
