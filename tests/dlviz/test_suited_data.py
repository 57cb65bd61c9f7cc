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
