"""Numbers reach the network as they were given, or are refused."""

import keras
import numpy as np
import pytest

from dlviz.network import Network
from dlviz.parsing.samples import parse_sample
from dlviz.session import Session
from dlviz_models.data.npz import samples_in
from dlviz_models.data.samples import Numbers, Picture
from dlviz_models.errors import UserError

RNG = np.random.default_rng(0)


def nowhere(source):
    raise AssertionError(source)


@pytest.fixture(scope="module")
def spectral() -> Network:
    keras.utils.set_random_seed(3)
    layers = [
        keras.Input((12, 8, 1), name="x"),
        keras.layers.Conv2D(4, 3, activation="relu", name="maps"),
        keras.layers.GlobalAveragePooling2D(name="mean"),
        keras.layers.Dense(3, activation="softmax", name="classes"),
    ]
    return Network(keras.Sequential(layers, name="spectral"))


def spread(low, high, n=6):
    return np.linspace(low, high, n * 96, dtype=np.float32)[RNG.permutation(n * 96)].reshape(n, 12, 8, 1)


def data_of(x):
    return samples_in(x, "x.npz", "picture", called="x in x.npz")


@pytest.mark.parametrize(("low", "high"), [(0, 2), (0, 8), (-3, 3.2), (-80, 0), (0, 1.05), (0, 1), (0, 700)])
def test_other_floats_are_fed_as_they_are(spectral, low, high):
    x = spread(low, high)
    data = data_of(x)
    np.testing.assert_allclose(spectral.feed_from(data, 0, 6), x, rtol=1e-5, atol=1e-6)
    one = parse_sample(x[0], nowhere, {"x": "picture"})
    answer = spectral.predict(spectral.feed([one])["x"])
    np.testing.assert_allclose(answer, spectral.model(x[:1]), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("low", "high"), [(0, 255), (0, 1), (-1, 1), (0, 212.5)])
def test_floats_in_a_range_of_pixels_are_pixels(spectral, low, high):
    x = spread(low, high)
    black = min(low, 0)
    np.testing.assert_allclose(
        spectral.feed_from(data_of(x), 0, 6), (x - black) / ((255 if high > 1 else 1) - black), atol=1e-5
    )


def test_a_way_that_is_asked_for_takes_their_range_for_that_of_pixels(spectral):
    x = spread(0, 8)
    np.testing.assert_allclose(spectral.with_mode("unit").feed_from(data_of(x), 0, 6), x / 8, rtol=1e-5)


def test_it_is_said_what_is_fed_as_it_is(spectral):
    assert not data_of(spread(0, 255)).notes
    (note,) = data_of(spread(0, 2)).notes
    assert "x in x.npz, 0 to 2, are fed as they are" in note


@pytest.mark.parametrize("view", ["failures", "patches", "mistakes"])
def test_views_see_them_as_they_are(spectral, view, tmp_path):
    from dlviz.jobs import Request
    from dlviz.sheet import Sheet

    x = spread(0, 3)
    np.savez(tmp_path / "x.npz", x=x, y=spectral.model(x).numpy().argmax(axis=1))
    layer = "maps" if view == "patches" else ""
    (sheet,) = [
        s
        for s in Session().show(Request(view, "", data=str(tmp_path / "x.npz"), layer=layer), spectral)
        if isinstance(s, Sheet)
    ]
    assert "x in x.npz, 0 to 3, are fed as they are" in sheet.note
    assert "Preprocessing is" not in sheet.note
    if view == "failures":
        index = sheet.arrays["index"]
        np.testing.assert_allclose(sheet.arrays["original"], x[index], atol=1e-5)
        assert sheet.arrays["adversarial"].max() <= 3 + 1e-5
    if view == "patches":
        best = spectral.model.get_layer("maps")(x).numpy().max(axis=(1, 2))
        np.testing.assert_allclose(sheet.arrays["score"][:, 0], best.max(axis=0), rtol=1e-4)
    if view == "mistakes":
        assert not len(sheet.arrays["index"])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(spectral, bad):
    x = spread(0, 255)
    x[2, 3, 4] = bad
    data = data_of(x)
    np.testing.assert_allclose(spectral.feed_from(data, 0, 2), x[:2] / 255, atol=1e-5)
    with pytest.raises(UserError, match=r"x.npz:2 holds NaN or infinite numbers for the input x of spectral"):
        spectral.feed_from(data, 0, 6)


def test_too_few_numbers_are_refused_and_too_few_tokens_filled_up():
    row = keras.Input((7,), name="row")
    table = Network(keras.Model(row, keras.layers.Dense(2)(row), name="table"))
    with pytest.raises(UserError, match=r"takes arrays of shape \(7\), and 1,2,3 has \(3\)"):
        table.feed([parse_sample("numbers:1,2,3", nowhere)])
    with pytest.raises(UserError, match=r"nan.* holds NaN or infinite numbers for the input row of table"):
        table.feed([parse_sample("numbers:nan,0,0,0,0,0,0", nowhere)])
    columns = tuple("abcdefgh")
    with pytest.raises(UserError, match="call the column of what is right target or y; the columns are a, b, c"):
        table.feed([Numbers(np.zeros(8), columns)])
    tokens = keras.Input((7,), name="tokens")
    vectors = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(9, 2)(tokens))
    text = Network(keras.Model(tokens, keras.layers.Dense(2)(vectors), name="text"))
    fed = text.feed([Numbers(np.array([1, 2, 3]))])
    np.testing.assert_array_equal(fed["tokens"], [[1, 2, 3, 0, 0, 0, 0]])


def test_a_box_of_four_shares_is_a_place_and_not_four_labels():
    x = keras.Input((8, 8, 3), name="x")
    flat = keras.layers.Flatten()(x)
    outputs = [keras.layers.Dense(4, "sigmoid", name=name)(flat) for name in ("bbox", "tags")]
    network = Network(keras.Model(x, outputs, name="detector"))
    assert {name: (o.kind, o.labels) for name, o in network.outputs.items()} == {
        "bbox": ("numbers", False),
        "tags": ("classes", True),
    }


def test_a_picture_keeps_the_range_it_was_given():
    assert isinstance(one := parse_sample(spread(0, 2)[0], nowhere, {"x": "picture"}), Picture)
    assert one.range == pytest.approx((0, 2), abs=0.1)


def test_inputs_by_name_are_a_dict(tmp_path):
    keras.utils.set_random_seed(2)
    age, ward = keras.Input((1,), name="age"), keras.Input((2,), name="ward")
    both = keras.layers.Concatenate(name="both")([age, ward])
    model = keras.Model([age, ward], keras.layers.Dense(2, name="risk")(both), name="patients")
    from dlviz import show

    sheet = show("predictions", model, input={"age": 3.0, "ward": [1, 0]})
    typed = show("predictions", model, input=["age=numbers:3", "ward=numbers:1,0"])
    assert sheet.arrays.keys() == typed.arrays.keys()
    for name, values in sheet.arrays.items():
        np.testing.assert_array_equal(values, typed.arrays[name])
    with pytest.raises(UserError, match="Unknown input wards: the network's inputs are age, ward"):
        show("predictions", model, input={"age": 3.0, "wards": [1, 0]})
    with pytest.raises(UserError, match="has nothing for ward"):
        show("predictions", model, input={"age": 3.0})
