"""Which shipped data a network is shown with where none are given."""

import keras
import numpy as np
import pytest

import dlviz
from dlviz.describe import default_source
from dlviz.network import Network
from dlviz.session import Session
from dlviz_models.data.sources import divided
from dlviz_models.errors import UserError

GUESS = "digits are only a guess from its input, and their classes do not count"


def stranger(classes=10):
    """A network that has learned nothing."""
    keras.utils.set_random_seed(0)
    x = keras.Input((28, 28, 1))
    return keras.Model(x, keras.layers.Dense(classes, "softmax")(keras.layers.Flatten()(x)))


@pytest.mark.parametrize("classes", [10, 7])
def test_classes_that_a_stranger_does_not_know_are_left_out(classes):
    network = Network(stranger(classes), mode="unit")
    assert default_source(network) == "digits/unlabelled"
    sheet = dlviz.show("predictions", network)
    assert GUESS in sheet.note
    assert "(a " not in sheet.title
    assert GUESS in dlviz.show("activations", network, layer=network.output).note
    with pytest.raises(UserError, match=GUESS):
        dlviz.show("mistakes", network)


def test_data_that_are_asked_for_are_labelled():
    sheet = dlviz.show("mistakes", Network(stranger(), mode="unit"), data="digits", limit=50)
    assert "guess" not in sheet.note
    assert sheet.arrays["label"].size


def test_who_knows_digits_is_shown_digits():
    """LeNet-5 without its card and the names of its classes."""
    network = Network(dlviz.open_model("lenet5").model)
    assert network.card is None
    assert default_source(network) == "digits"
    assert "guess" not in dlviz.show("predictions", network).note


def test_unlabelled_samples_are_the_same_without_what_is_true_of_them():
    session = Session()
    for source in ("digits", "tones"):
        known, unknown = session.data(source), session.data(f"{source}/unlabelled")
        assert unknown.name == source
        assert unknown.targets is unknown.class_names is None
        one, same = known.sample(7), unknown.sample(7)
        assert (same.name, same.target) == (one.name, None)
        pixels = [sample.pixels if source == "digits" else sample.samples for sample in (one, same)]
        np.testing.assert_array_equal(*pixels)


def test_a_folder_of_that_name_is_a_folder(tmp_path):
    (tmp_path / "test").mkdir()
    (tmp_path / "unlabelled").mkdir()
    assert divided(str(tmp_path / "unlabelled")) == (str(tmp_path / "unlabelled"), "")


def series(steps: int | None, layer: keras.Layer) -> keras.Model:
    x = keras.Input((steps, 1))
    return keras.Model(x, keras.layers.Dense(1, name="next")(layer(x)))


@pytest.mark.parametrize(
    ("steps", "layer", "kind"),
    [
        (None, keras.layers.GRU(4), "numbers"),
        (25, keras.layers.GRU(4), "numbers"),
        (None, keras.layers.Conv1D(4, 3), "sound"),
        (2000, keras.layers.Conv1D(4, 3), "sound"),
        (2000, keras.layers.LSTM(4), "sound"),
    ],
)
def test_series_of_any_length_that_a_recurrent_layer_reads_are_numbers(steps, layer, kind):
    assert Network(series(steps, layer)).sample_kind == kind


def test_what_could_be_sounds_is_numbers_where_the_data_are(tmp_path):
    """So that they are neither cut to -1..1 nor made as long as sounds are."""
    rows = np.random.default_rng(0).normal(0, 9, (12, 25, 1)).astype(np.float32)
    np.savez(tmp_path / "prices.npz", x=rows, y=rows[:, 0])
    network = Network(series(None, keras.layers.Conv1D(4, 3, name="conv", padding="same")))
    session = Session()
    adapted = session.adapted_to_data(network, str(tmp_path / "prices.npz"))
    assert (network.sample_kind, adapted.sample_kind) == ("sound", "numbers")
    assert session.adapted_to_data(network, str(tmp_path / "prices.npz")) is adapted
    assert session.adapted_to_data(network, "tones").sample_kind == "sound"
    sheet = dlviz.show("maximise", network, layer="conv", data=str(tmp_path / "prices.npz"), steps=2)
    assert sheet.arrays["image"].shape[-2] <= 25
