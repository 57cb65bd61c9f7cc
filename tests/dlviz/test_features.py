"""Layers as features, held to scikit-learn on the pixels and to a singular value decomposition by hand."""

import keras
import numpy as np
import pytest
from keras import layers
from PIL import ImageColor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.preprocessing import StandardScaler

from dlviz.analysis.features import PENALTIES, layers_with_weights, principal_components, split
from dlviz.api import show
from dlviz.inspect.data import load_samples
from dlviz.network import Network
from dlviz.panels.thumbnail_map import FRAME, THUMBNAIL, apart, on_map
from dlviz.sheet.numerals import percent
from dlviz_models.errors import UserError


@pytest.fixture(scope="module")
def flat() -> keras.Model:
    """A network whose one layer gives the pixels as they are."""
    pixels = keras.Input((28, 28, 1))
    x = layers.Conv2D(1, 1, use_bias=False, name="copy", kernel_initializer="ones")(layers.Rescaling(1 / 255)(pixels))
    return keras.Model(pixels, layers.Dense(10, activation="softmax")(layers.Flatten()(x)))


def test_features_that_are_pixels_are_learned_as_pixels_are(flat):
    sheet = show("features", flat, data="digits", samples_used=200)
    digits = load_samples("digits").select(np.linspace(0, 999, 200).round().astype(int))
    x = digits.batch(0, 200).reshape(200, -1) / np.float32(255)
    learned, tested = split(200)
    scale = StandardScaler().fit(x[learned])
    model = LogisticRegression(max_iter=500, C=0.1).fit(scale.transform(x[learned]), digits.labels[learned])
    right = model.score(scale.transform(x[tested]), digits.labels[tested])
    assert sheet.arrays["layer"][0] == "copy"
    assert f"of {len(tested)} held-out samples of digits right" in sheet.summary
    assert sheet.arrays["accuracy"][0] == pytest.approx(right, abs=0.02)
    assert not set(learned) & set(tested)


def test_deeper_layers_of_a_trained_network_tell_digits_apart_better():
    accuracy = show("features", "lenet5", data="digits", samples_used=300, classifier="svm").arrays["accuracy"]
    assert accuracy[-1] > 0.95 > accuracy[0]


@pytest.fixture(scope="module")
def regression() -> keras.Model:
    """Two outputs: the first adds up five numbers, the second tells three classes."""
    numbers = keras.Input((5,), name="row")
    total = layers.Dense(1, use_bias=False, kernel_initializer="ones", name="total")(numbers)
    return keras.Model(numbers, [total, layers.Dense(3, activation="softmax", name="third")(numbers)])


@pytest.fixture(scope="module")
def sums(tmp_path_factory) -> str:
    """Rows with their sum to the next whole number and noise, and with a class by their first number."""
    path, random = tmp_path_factory.mktemp("sums") / "sums.npz", np.random.default_rng(0)
    rows = random.normal(size=(200, 5)).astype(np.float32) * 10
    whole = np.round(rows.sum(axis=1) + random.normal(size=200) * 8).astype(np.int64)
    np.savez(path, x=rows, total=whole, third=np.digitize(rows[:, 0], (-4, 4)))
    return str(path)


def test_numbers_are_learned_by_ridge_regression(regression, sums):
    """Whole numbers that a network predicts are no classes."""
    sheet = show("features", regression, data=sums)
    target = np.load(sums)["total"]
    x = np.load(sums)["x"].sum(axis=1, keepdims=True)
    learned, tested = split(200)
    scale = StandardScaler().fit(x[learned])
    model = RidgeCV(PENALTIES).fit(scale.transform(x[learned]), target[learned])
    error = model.predict(scale.transform(x[tested])) - target[tested]
    explained = 1 - (error**2).sum() / ((target[tested] - target[tested].mean()) ** 2).sum()
    assert sheet.arrays["r2"][list(sheet.arrays["layer"]).index("total")] == pytest.approx(explained, abs=1e-4)


def test_targets_are_those_of_the_chosen_output(regression, sums):
    sheet = show("features", regression, data=sums, output="third")
    commonest = np.unique(np.load(sums)["third"], return_counts=True)[1].max() / 200
    assert f"the commonest class would get {percent(commonest)}." in sheet.summary


def test_principal_components_are_those_of_the_covariance():
    x = np.random.default_rng(0).normal(size=(50, 4)) * [5, 3, 1, 0.1]
    places, share = principal_components(x)
    values, vectors = np.linalg.eigh(np.cov(x.T))
    np.testing.assert_allclose(np.abs(places), np.abs((x - x.mean(axis=0)) @ vectors[:, [3, 2]]), atol=1e-9)
    assert share == pytest.approx(values[2:].sum() / values.sum())


def test_a_map_keeps_classes_together():
    """Of two neighbours on the map of the last features, most are of one class."""
    sheet = show("feature_map", "lenet5", layer="dense1", data="digits", samples_used=120)
    place, label = sheet.arrays["place"], sheet.arrays["label"]
    apart = np.linalg.norm(place[:, None] - place[None], axis=-1) + np.diag(np.full(120, np.inf))
    assert np.mean(label == label[apart.argmin(axis=1)]) > 0.85


def test_pictures_on_a_map_stand_apart_in_the_colours_of_their_classes():
    """No two frames overlap; where a picture has no room lies one that is shown, and its point has its colour."""
    sheet = show("feature_map", "lenet5", layer="conv1", data="digits", samples_used=120, method="pca")
    [panel] = sheet.panels
    middles = on_map(sheet.arrays["place"])
    shown, whole = apart(middles), THUMBNAIL + 2 * FRAME
    distance = np.abs(middles[:, None] - middles[None, shown]).max(axis=-1)
    assert f" {len(shown)} of them are shown as pictures" in sheet.summary
    assert (np.sort(distance[shown], axis=1)[:, 1] >= whole).all()
    assert (distance.min(axis=1) < whole).all()
    assert list(panel.legend) == list("0123456789")
    for number in shown:
        x, y = (round(middle) for middle in middles[number] - THUMBNAIL / 2 - FRAME / 2)
        assert panel.pixels[y, x].tolist() == list(ImageColor.getrgb(panel.legend[str(sheet.arrays["label"][number])]))


def test_a_map_shows_every_sample_by_its_number(regression, sums):
    """In ranges from small to large; of a single layer's single number the map is a line in their order."""
    sheet = show("feature_map", regression, layer="total", data=sums, samples_used=200, method="pca")
    [panel] = sheet.panels
    shown = np.concatenate(list(panel.points.values()))
    np.testing.assert_array_equal(np.sort(shown[:, 0]), np.sort(sheet.arrays["place"][:, 0]))
    target, sizes = np.sort(np.load(sums)["total"]), [len(points) for points in panel.points.values()]
    ends = np.split(target, np.cumsum(sizes)[:-1])
    assert list(panel.points) == [f"{part[0]:.4g} to {part[-1]:.4g}" for part in ends]
    assert len(panel.points) == len(panel.colours)


def test_a_map_shows_samples_of_many_classes(tmp_path):
    """Those that no colour is left for are shown together."""
    rows = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    np.savez(tmp_path / "many.npz", x=rows, y=np.arange(60) % 12)
    numbers = keras.Input((5,))
    network = keras.Model(numbers, layers.Dense(12, activation="softmax", name="twelfth")(numbers))
    [panel] = show("feature_map", network, layer="twelfth", data=str(tmp_path / "many.npz"), method="pca").panels
    assert [len(points) for points in panel.points.values()] == [5] * 9 + [15]


def test_data_without_classes_are_refused(flat, tmp_path):
    path = tmp_path / "unlabelled.npz"
    np.savez(path, x=np.zeros((30, 28, 28, 1), np.uint8))
    with pytest.raises(
        UserError, match=r"unlabelled\.npz has no labels: choose data with one folder of pictures per class"
    ):
        show("features", flat, data=str(path))


def test_recurrent_layers_and_attention_are_judged():
    x = keras.Input((6, 4))
    y = layers.Bidirectional(layers.GRU(3, return_sequences=True), name="both_ways")(x)
    y = layers.MultiHeadAttention(1, 3, name="heads")(y, y)
    network = keras.Model(x, layers.Dense(2, name="out")(layers.GlobalAveragePooling1D()(y)))
    assert layers_with_weights(Network(network), 10) == ("both_ways", "heads", "out")


def test_targets_of_many_numbers_are_refused_as_such(tmp_path):
    np.savez(tmp_path / "series.npz", x=np.zeros((30, 6, 4), np.float32), y=np.zeros((30, 6, 1), np.float32))
    x = keras.Input((None, 4))
    network = keras.Model(x, layers.Dense(1, name="next")(layers.GRU(3, return_sequences=True)(x)))
    with pytest.raises(UserError, match=r"one class or number for each sample, and series\.npz has others"):
        show("features", network, data=str(tmp_path / "series.npz"))
