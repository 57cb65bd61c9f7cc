"""Influence of training examples: closed forms and finite differences on networks made by hand."""

import keras
import numpy as np
import pytest
from scipy.special import softmax

import dlviz
from dlviz.analysis.influence import gradient_products, influence, losses, worst_mistake
from dlviz.describe import last_features, was_trained_on
from dlviz.network import Network
from dlviz.sheet import Tiles
from dlviz_models.cards import Card
from dlviz_models.data.samples import ListedSamples, Numbers
from dlviz_models.errors import UserError
from dlviz_models.kept_epochs import epoch_path
from dlviz_models.training.run import save_network
from tests.pages import drawn

RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(90, 5)).astype(np.float32)
Y = RANDOM.integers(0, 3, 90)


def regression(rate=None):
    """Logistic regression of three classes, and its softmax's weights (5, 3) and bias (3,)."""
    x = keras.Input((5,))
    model = keras.Model(x, keras.layers.Dense(3, "softmax", name="scores")(x))
    weights, bias = RANDOM.normal(size=(5, 3)).astype(np.float32), RANDOM.normal(size=3).astype(np.float32)
    model.set_weights([weights, bias])
    return Network(model, card=Card(learning_rate=rate)), weights, bias


def samples(x=X, y=Y):
    return ListedSamples("given", "numbers", [Numbers(a, target=int(b)) for a, b in zip(x, y, strict=True)])


def finished(generator):
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def closed_form(weights, bias, x, label):
    """(p' - y') · (p - y) (x' · x + 1): the gradients of the cross-entropy at weights and bias, multiplied."""
    errors = softmax(X @ weights + bias, axis=1) - np.eye(3)[Y]
    error = softmax(x @ weights + bias) - np.eye(3)[label]
    return (errors @ error) * (X @ x + 1)


def test_products_are_the_closed_form_of_a_logistic_regression(monkeypatch):
    network, weights, bias = regression()
    monkeypatch.setattr("dlviz.analysis.influence.MOST", 64)
    parts = list(gradient_products(network, samples().sample(4), 1, samples(), Y))
    assert [start for start, _ in parts] == [0, 64]
    found = np.concatenate([part for _, part in parts])
    np.testing.assert_allclose(found, closed_form(weights, bias, X[4], 1), rtol=1e-3, atol=1e-4)


def test_states_are_added_up_by_their_learning_rates():
    states = [regression(0.5), regression(0.25), regression()]
    opened = [lambda network=network: network for network, _, _ in states]
    found = finished(influence(opened, samples().sample(0), 2, samples(), Y))
    expected = sum(r * closed_form(w, b, X[0], 2) for r, (_, w, b) in zip((0.5, 0.25, 1.0), states, strict=True))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ["convolution", "text"])
def test_products_are_what_finite_differences_give(kind):
    """A step of learning from a training example changes the loss of the sample by the rate times the product."""
    if kind == "convolution":
        x = keras.Input((6, 6, 1))
        y = keras.layers.Flatten()(keras.layers.Conv2D(2, 3, activation="tanh")(x))
        feeds = RANDOM.normal(size=(3, 6, 6, 1)).astype(np.float32)
    else:
        x = keras.Input((4,), dtype="int32")
        y = keras.layers.LSTM(3)(keras.layers.Embedding(7, 2)(x))
        feeds = RANDOM.integers(0, 7, (3, 4)).astype(np.int32)
    network = Network(keras.Model(x, keras.layers.Dense(3, "softmax")(y)))
    labels = np.array([0, 2, 1])
    train = ListedSamples("given", "numbers", [Numbers(a) for a in feeds])
    found = np.concatenate([part for _, part in gradient_products(network, train.sample(0), 0, train, labels)])

    def loss_of_first():
        return float(losses(network, {network.input: network.as_fed(feeds[0])[None]}, labels[:1])[0])

    before = network.model.get_weights()
    for number in range(3):
        loss = keras.losses.SparseCategoricalCrossentropy()
        network.model.compile(keras.optimizers.SGD(2e-3), loss)
        moved = []
        for sign in (1, -1):  # a step of learning, and one of unlearning
            network.model.set_weights(before)
            network.model.train_on_batch(feeds[number][None], labels[number][None])
            after = network.model.get_weights()
            network.model.set_weights([b + sign * (a - b) for a, b in zip(after, before, strict=True)])
            moved.append(loss_of_first())
        assert (moved[1] - moved[0]) / 4e-3 == pytest.approx(
            found[number], rel=0.02, abs=0.005 * float(np.abs(found).max())
        )
    network.model.set_weights(before)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """Kept epochs of a training in whose examples one is a copy of a test sample with a wrong label."""
    folder = tmp_path_factory.mktemp("spoilt")
    centres = 3 * np.eye(4)[:3]
    y = np.arange(120) % 3
    x = (centres[y] + RANDOM.normal(scale=0.5, size=(120, 4))).astype(np.float32)
    x[70] = (0.6 * centres[0] + 0.4 * centres[1]).astype(np.float32)
    y[70] = 1
    test_x, test_y = np.concatenate([x[70:71], x[:5]]), np.concatenate([[0], y[:5]])
    np.savez(folder / "data.npz", x_train=x, y_train=y, x_test=test_x, y_test=test_y)
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(3, "softmax")(keras.layers.Dense(8, "tanh", name="inner")(inputs)))
    model.compile(keras.optimizers.SGD(0.05), "sparse_categorical_crossentropy")
    (folder / "run").mkdir()
    for epoch in (1, 2, 3):
        model.fit(x, y, batch_size=8, verbose=0)
        save_network(model, epoch_path(folder / "run", epoch), Card(learning_rate=0.05))
    return folder


def test_a_mislabelled_copy_is_found_first(spoilt):
    data = str(spoilt / "data.npz")
    sheet = dlviz.show("influence", spoilt / "run", data=data, input=f"{data}:0")
    assert int(sheet.arrays["influence"].argmin()) == 70
    assert int(sheet.arrays["distance"].argmin()) == 70
    assert sheet.arrays["distance"][70] == pytest.approx(0, abs=1e-6)
    assert "3 epochs" in sheet.summary
    assert "1 epoch" not in dlviz.show("influence", spoilt / "run", data=data, input=f"{data}:0", epoch=2).summary


def test_without_a_sample_the_worst_mistake_is_looked_at():
    network, weights, bias = regression()
    loss = -np.log(softmax(X @ weights + bias, axis=1)[np.arange(90), Y])
    assert finished(worst_mistake(network, samples())).name == f"given:{loss.argmax()}"


def test_features_are_what_the_last_weights_take():
    assert last_features(tuple(dlviz.open_model("lenet5").layers.values())) == "dense1"
    network, _, _ = regression()
    assert last_features(tuple(network.layers.values())) == network.input


@pytest.mark.parametrize(
    ("card", "known"),
    [
        (Card(data="MNIST, 59,000 digits of its training part"), True),
        (Card(data="digits, 5000 pictures of the training part"), True),
        (Card(data="/kept/mine/digits, 50 pictures of the training part"), True),
        (Card(data="Fashion-MNIST, 10,000 pictures"), False),
        (Card(), False),
        (None, False),
    ],
)
def test_what_it_learned_from_is_what_its_card_tells(card, known):
    network, _, _ = regression()
    assert was_trained_on(Network(network.model, card=card), "digits/train") == known


def test_data_that_it_never_learned_from_are_no_training_examples(spoilt):
    data = str(spoilt / "data.npz")
    sheet = dlviz.show("influence", spoilt / "run", data=data, input=f"{data}:0")
    assert "had it learned from these 120 examples, those that would have lowered its loss" in sheet.summary
    assert "not known" in sheet.note
    sheet = dlviz.show("influence", "lenet5", data="digits", input="digits:7", samples_used=10)
    assert "of 10 training examples, those that lowered its loss" in sheet.summary
    assert "held out" in sheet.note


def test_pictures_stand_in_rows():
    sheet = dlviz.show("influence", "lenet5", data="digits", input="digits:7", samples_used=60, shown=4)
    tiles = sheet.panels[-1]
    assert isinstance(tiles, Tiles)
    assert tiles.row_labels == ("helped", "hindered", "nearest")
    order = np.argsort(-sheet.arrays["influence"], kind="stable")[:4]
    assert tiles.captions[:4] == tuple(str(n) for n in sheet.arrays["label"][order])
    train = dlviz.session.Session().data("digits/train")
    np.testing.assert_array_equal(tiles.images[0], train.sample(int(sheet.arrays["index"][order[0]])).pixels)


def test_a_sample_of_the_training_data_is_not_shown_as_the_nearest_to_itself():
    sheet = dlviz.show("influence", "lenet5", data="digits", input="digits/train:0", samples_used=60, shown=4)
    given, tiles = sheet.panels
    assert sheet.arrays["index"][sheet.arrays["distance"].argmin()] == 0
    assert not any(np.array_equal(image, given.pixels) for image in tiles.images)
    assert "It is itself among them, as no. 0, and left out." in sheet.summary
    assert "itself" not in dlviz.show("influence", "lenet5", data="digits", input="digits:7", samples_used=10).summary


def test_the_sample_and_all_rows_stand_on_one_slide():
    sheet = dlviz.show("influence", "lenet5", data="digits", samples_used=60)
    (page,) = (page for page, _ in drawn(sheet))
    assert len(page.panels) == len(sheet.panels)
    assert len(page.panels[-1].images) == len(sheet.panels[-1].images)


def test_sounds_stand_under_their_numbers_in_the_training_part():
    sheet = dlviz.show("influence", "tones", input="tones:0", samples_used=30, shown=2)
    first = int(sheet.arrays["index"][sheet.arrays["influence"].argmax()])
    assert any(f"{first}: " in panel.title for panel in sheet.panels)


def test_data_without_labels_are_refused():
    with pytest.raises(UserError, match="photos/train has no labels"):
        dlviz.show("influence", "squeezenet", data="photos", input="photos:0")


def test_a_limit_counts_for_the_training_examples_as_well():
    sheet = dlviz.show("influence", "lenet5", data="digits", input="digits:7", limit=40)
    assert sheet.arrays["index"].tolist() == list(range(40))
