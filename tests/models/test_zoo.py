"""The shipped networks do what their cards say, as far as the shipped data can tell."""

import keras
import numpy as np
import pytest

from dlviz.api import open_model
from dlviz.inspect import load_network
from dlviz_models import zoo as shelf
from dlviz_models.data import open_pictures
from dlviz_models.errors import UserError
from dlviz_models.networks.dbn import dream
from dlviz_models.networks.lenet import LeNet5
from dlviz_models.zoo import shipped, zoo


@pytest.mark.parametrize("name", zoo())
def test_card_is_complete(name: str) -> None:
    entry = zoo()[name]
    card = entry.card
    assert all((card.data, card.measured_on, card.licence, card.command, card.source))
    model, _ = load_network(entry.path)
    assert not entry.classes or model.output_shape[-1] == len(entry.classes)


@pytest.mark.parametrize("name", zoo())
def test_kind_of_sample_is_the_one_that_it_takes(name: str) -> None:
    assert shelf.KINDS[name] == open_model(name).sample_kind


def test_a_missing_file_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "NAMES", ("lenet5", "gone"))
    assert shipped("lenet5")
    with pytest.raises(UserError, match=r"gone is missing or damaged at .*gone\.keras; install"):
        shipped("gone")


def test_all_are_small() -> None:
    assert sum(entry.path.stat().st_size for entry in zoo().values()) < 20_000_000


def test_lenet_reads_the_shipped_digits() -> None:
    """The network has not seen these digits."""
    entry = zoo()["lenet5"]
    digits = open_pictures("digits")
    probabilities = keras.saving.load_model(entry.path).predict(digits.batch(0, 1000), verbose=0)
    assert np.mean(probabilities.argmax(axis=1) == digits.labels) > 0.98
    assert entry.card.accuracy is not None
    assert entry.card.accuracy >= 0.99
    assert entry.path.stat().st_size < 400_000  # weights only


def test_builder_takes_the_shipped_weights() -> None:
    shipped = keras.saving.load_model(zoo()["lenet5"].path)
    for one, other in zip(shipped.get_weights(), LeNet5(weights="mnist").get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_squeezenet_takes_bgr_minus_mean() -> None:
    """A plain red picture: the first layer must see red in its last channel; the output is a distribution."""
    entry = zoo()["squeezenet"]
    assert (entry.card.preprocess, len(set(entry.classes))) == ("caffe", 1000)
    model = keras.saving.load_model(entry.path)
    red = np.full((1, 227, 227, 3), (0 - 104, 0 - 117, 255 - 123), np.float32)
    probabilities = model.predict_on_batch(red)
    assert probabilities.sum() == pytest.approx(1, abs=1e-4)


def test_autoencoder_gives_digits_back() -> None:
    """Squared error a digit; what 30 principal components leave of these digits is three times as much at least."""
    digits = open_pictures("digits").batch(0, 1000)
    x = digits.reshape(1000, -1) / 255
    answers = load_network(zoo()["autoencoder"].path)[0].predict(digits, verbose=0).reshape(1000, -1)
    components = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][:30]  # (30, 784)
    left = x - x.mean(axis=0) - (x - x.mean(axis=0)) @ components.T @ components
    assert 3 * np.square(answers - x).sum(axis=1).mean() < np.square(left).sum(axis=1).mean()


def test_belief_net_dreams_what_lenet_reads() -> None:
    net, reader = (load_network(zoo()[name].path)[0] for name in ("dbn", "lenet5"))
    dreams = np.concatenate([dream(net, 10, label=label) for label in range(10)])  # (100, 28, 28, 1)
    read = reader.predict(255 * dreams, verbose=0).argmax(axis=1)
    assert np.mean(read == np.repeat(range(10), 10)) > 0.6
