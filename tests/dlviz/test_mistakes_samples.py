"""The view of mistakes against scikit-learn, for answers that are not one class of a picture."""

import keras
import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    jaccard_score,
    mean_absolute_error,
    precision_score,
    r2_score,
    recall_score,
    root_mean_squared_error,
)
from sklearn.preprocessing import StandardScaler

from dlviz.api import show
from dlviz.draw.page import HEIGHT, page
from dlviz.feeding.synthetic import SyntheticSamples
from dlviz.network import Network
from dlviz.session import Session
from dlviz.sheet import Curves, Matrix, Paragraph, Passages, Scatter, Sheet, Tiles
from dlviz.views.mistakes import Mistakes
from dlviz_models.data import ArrayPictures
from dlviz_models.data.arrays import ArrayNumbers
from dlviz_models.data.samples import Numbers, Picture, Samples, Tree
from dlviz_models.data.samples import Text as TextSample
from dlviz_models.errors import UserError
from tests.scenes import scene_of


def of(make, shape=(6, 6, 1), **known) -> Network:
    keras.utils.set_random_seed(1)
    x = keras.Input(shape)
    return Network(keras.Model(x, make(x), name="net"), **{"mode": "unit"} | known)


def flat(*after):
    return lambda x: keras.Sequential([keras.layers.Flatten(), *after])(x)


def last(net, data, **options) -> Sheet:
    *_, sheet = Mistakes(**options).run(scene_of(net, data=data))
    return sheet


RANDOM = np.random.default_rng(8)


ROWS = RANDOM.normal(size=(300, 5)).astype(np.float32)


@pytest.mark.parametrize("size", [1, 3])
def test_numbers_have_residuals(size):
    net = of(flat(keras.layers.Dense(size, name="age")), (5,), losses={"": "mse"})
    true = RANDOM.normal(size=(300, size)).astype(np.float32)
    sheet = last(net, ArrayNumbers("rows", ROWS, true[:, 0] if size == 1 else true))
    said = np.asarray(net.model(ROWS))
    a = sheet.arrays
    np.testing.assert_allclose(
        a["mae"], [mean_absolute_error(t, s) for t, s in zip(true.T, said.T, strict=True)], rtol=1e-5
    )
    expected = [root_mean_squared_error(t, s) for t, s in zip(true.T, said.T, strict=True)]
    np.testing.assert_allclose(a["rmse"], expected, rtol=1e-5)
    assert a["index"][0] == np.abs(said - true).mean(axis=1).argmax()
    scatter, table = sheet.panels[0], sheet.panels[size]
    assert isinstance(scatter, Scatter)
    np.testing.assert_allclose(scatter.points["answers"], np.stack([true[:, 0], said[:, 0]], axis=1), atol=1e-5)
    np.testing.assert_allclose(
        table.values[:, 3], [r2_score(t, s) for t, s in zip(true.T, said.T, strict=True)], rtol=1e-4
    )


def test_labels_are_counted_one_by_one():
    net = of(flat(keras.layers.Dense(4, "sigmoid")), (5,), classes=tuple("abcd"))
    true = RANDOM.integers(0, 2, (300, 4))
    sheet = last(net, ArrayNumbers("rows", ROWS, true))
    said = np.asarray(net.model(ROWS)) > 0.5
    np.testing.assert_allclose(sheet.panels[0].values[:, 2], precision_score(true, said, average=None))
    np.testing.assert_allclose(sheet.panels[0].values[:, 3], recall_score(true, said, average=None))
    assert sheet.arrays["exact"] == pytest.approx(accuracy_score(true, said))


def test_pixels_have_intersection_over_union():
    net = of(lambda x: keras.layers.Conv2D(3, 1, activation="softmax", bias_initializer="normal")(x))
    pixels, masks = RANDOM.integers(0, 256, (40, 6, 6, 1), np.uint8), RANDOM.integers(0, 3, (40, 6, 6))
    data = Listed([Picture(p, name="p", target=m) for p, m in zip(pixels, masks, strict=True)], masks)
    sheet = last(net, data)
    said = np.asarray(net.model(pixels / np.float32(255))).argmax(axis=-1)
    expected = jaccard_score(masks.ravel(), said.ravel(), average=None)
    np.testing.assert_allclose(sheet.arrays["iou"], expected)
    np.testing.assert_array_equal(sheet.arrays["confusion"], confusion_matrix(masks.ravel(), said.ravel()))
    assert sheet.arrays["index"][0] == (said == masks).mean(axis=(1, 2)).argmin()


def test_steps_of_sequences_of_different_lengths():
    net = of(lambda x: keras.layers.Dense(3, "softmax")(x), (None, 2))
    values = [RANDOM.normal(size=(length, 2)).astype(np.float32) for length in RANDOM.integers(2, 9, 30)]
    true = [RANDOM.integers(0, 3, len(v)) for v in values]
    data = Listed([Numbers(v, name="v", target=t) for v, t in zip(values, true, strict=True)], true)
    sheet = last(net, data)
    said = np.concatenate([np.asarray(net.model(v[None]))[0].argmax(axis=-1) for v in values])
    assert sheet.arrays["accuracy"] == pytest.approx(accuracy_score(np.concatenate(true), said))
    np.testing.assert_array_equal(sheet.arrays["confusion"], confusion_matrix(np.concatenate(true), said))


@pytest.fixture(scope="module")
def tagger():
    """A tagger of token numbers, with sequences that end in padding; nothing is known of one of them."""
    keras.utils.set_random_seed(3)
    tokens = RANDOM.integers(1, 9, (20, 7))
    for row, length in zip(tokens, np.arange(20) % 6, strict=True):
        row[length:] = 0
    model = keras.Sequential(
        [
            keras.Input((7,), dtype="int32"),
            keras.layers.Embedding(9, 4, mask_zero=True),
            keras.layers.Bidirectional(keras.layers.GRU(3, return_sequences=True)),
            keras.layers.TimeDistributed(keras.layers.Dense(3, "softmax")),
        ]
    )
    model.compile(loss="sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    return model, tokens, np.where(tokens > 0, RANDOM.integers(0, 3, tokens.shape), 0)


def test_masked_padding_does_not_count_where_numbers_are_predicted():
    x = keras.Input((4, 2))
    model = keras.Model(x, keras.layers.TimeDistributed(keras.layers.Dense(1))(keras.layers.Masking()(x)))
    rows = RANDOM.uniform(1, 2, (30, 4, 2)).astype(np.float32)
    rows[:, 3] = 0
    rows[:20, 2] = 0
    true = np.where(rows[..., :1] > 0, RANDOM.normal(size=(30, 4, 1)), 100)
    sheet = last(Network(model, name="net"), ArrayNumbers("rows", rows, true))
    error = (np.asarray(model(rows)) - true)[rows[..., 0] > 0]
    np.testing.assert_allclose(sheet.arrays["mae"][:2].mean() * 60 + sheet.arrays["mae"][2] * 10, np.abs(error).sum())
    assert f"{np.abs(error).mean():.4g} on average (MAE)" in sheet.summary
    assert f"{np.sqrt((error**2).mean()):.4g}, padding left out" in sheet.summary


def test_masked_padding_does_not_count(tagger):
    model, tokens, tags = tagger
    net = Network(model, name="tagger")
    sheet = last(net, ArrayNumbers("rows", tokens, tags))
    _, expected = model.evaluate(tokens, tags, batch_size=20, verbose=0)  # its metric is weighted by the mask
    assert sheet.arrays["accuracy"] == pytest.approx(expected, abs=1e-6)
    assert sheet.arrays["confusion"].sum() == (tokens > 0).sum()
    assert "padding left out" in sheet.summary
    said = model.predict_on_batch(tokens).argmax(axis=-1)
    by_step = next(panel for panel in sheet.panels if isinstance(panel, Curves))
    right = [(said == tags)[tokens[:, n] > 0, n].mean() for n in by_step.x]
    np.testing.assert_allclose(by_step.series["right"], right)
    assert by_step.x.tolist() == np.flatnonzero((tokens > 0).any(axis=0)).tolist()
    empty = np.flatnonzero((tokens == 0).all(axis=1))
    assert len(empty)
    assert not set(empty) & set(sheet.arrays["index"])
    rows = next(panel for panel in sheet.panels if isinstance(panel, Passages)).rows
    assert len(rows) >= 4
    for row in rows:
        number, step = int(row.label[1:]), len(row.before.split())
        assert row.seen == str(tokens[number, step])
        assert row.caption == f"{tags[number, step]} → {said[number, step]}"
        assert tags[number, step] != said[number, step]


def test_pictures_that_are_rebuilt_worst_come_first():
    net = of(lambda x: keras.layers.AveragePooling2D(1)(x * 0.5))
    pictures = RANDOM.integers(0, 256, (700, 6, 6, 1), np.uint8)
    sheet = last(net, ArrayPictures("toys", pictures), count=5)
    given = pictures.astype(float) / 255
    errors = np.square(given / 2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(sheet.arrays["error"], errors, rtol=1e-5)
    tiles = sheet.panels[0]
    assert isinstance(tiles, Tiles)
    assert tiles.keys[::3] == tuple(np.argsort(-errors)[:5])
    np.testing.assert_array_equal(tiles.images[0], pictures[tiles.keys[0]])


def test_wrong_sums_and_wrong_nodes(session):
    net = session.network("sums")
    texts = [TextSample("74+8", name="a", target="82"), TextSample("3+4", name="b", target="8")]
    sheet = last(net, Listed(texts, ["82", "8"]))
    assert sheet.arrays["accuracy"] == 0.5
    assert (list(sheet.arrays["text"]), list(sheet.arrays["label"])) == (["7"], ["8"])
    assert sheet.panels[0].text.splitlines()[1].split() == ["3+4", "7", "8"]

    net = session.network("tree_lstm")
    trees = [
        Tree(("good", "film"), np.array([[0, 1]]), name="short", target=np.array([2, 2, 3])),
        Tree(("a", "very", "bad", "film"), np.array([[1, 2], [4, 3], [0, 5]]), name="long", target=np.full(7, 4)),
    ]
    sheet = last(net, Listed(trees, [t.target for t in trees]))
    alone = [net.answer(net.feed([t]))[0].argmax(axis=-1) for t in trees]
    expected = confusion_matrix(np.concatenate([t.target for t in trees]), np.concatenate(alone), labels=range(5))
    np.testing.assert_array_equal(sheet.arrays["confusion"], expected)
    assert sheet.arrays["index"].tolist() == [1]
    assert "a very bad film" in sheet.panels[1].text


def test_wrong_rows_of_a_table_are_drawn():
    net = of(flat(keras.layers.Dense(3, "softmax")), (5,))
    labels = RANDOM.integers(0, 3, 300)
    sheet = last(net, ArrayNumbers("rows", ROWS, labels))
    said = np.asarray(net.model(ROWS)).argmax(axis=-1)
    np.testing.assert_array_equal(sheet.arrays["confusion"], confusion_matrix(labels, said))
    table = sheet.panels[1]
    assert isinstance(table, Matrix)
    assert table.title == "Wrong (true → predicted), most confident first"
    np.testing.assert_array_equal(table.values, ROWS[sheet.arrays["index"][: len(table.values)]])
    standard = StandardScaler().fit_transform(ROWS)[sheet.arrays["index"][: len(table.values)]]
    np.testing.assert_allclose(table.colouring, standard, rtol=1e-4, atol=1e-5)


def test_rows_say_in_a_few_letters_how_far_off_they_are():
    net = of(flat(keras.layers.Dense(1, name="age")), (5,))
    true = RANDOM.normal(scale=1e3, size=300)
    *_, table = last(net, ArrayNumbers("rows", ROWS, true)).panels
    error = np.asarray(net.model(ROWS))[:, 0] - true
    worst = np.argsort(-np.abs(error))[: len(table.row_labels)]
    assert table.row_labels == tuple(f"{n}: off by {error[n]:+,.0f}" for n in worst)
    assert max(map(len, table.row_labels)) < 24


class Listed(Samples):
    """Samples in a list."""

    name = "listed"

    def __init__(self, samples, targets):
        self.kind, self.samples, self.targets = samples[0].kind, samples, targets

    def __len__(self):
        return len(self.samples)

    def sample(self, index):
        return self.samples[index]


@pytest.mark.parametrize("make", [flat(keras.layers.Dense(1, name="age")), flat(keras.layers.Dense(3, "softmax"))])
def test_made_up_samples_have_no_mistakes(make):
    net = of(make, (5,))
    with pytest.raises(UserError, match="made up"):
        last(net, SyntheticSamples(tuple(net.inputs.values())))


@pytest.fixture(scope="module")
def session():
    return Session()


def test_mistakes_in_texts_stand_on_about_a_slide():
    given = keras.Input((1,), dtype="string")
    numbers = keras.layers.TextVectorization(vocabulary=["good", "bad"], output_sequence_length=40)(given)
    pooled = keras.layers.GlobalMaxPooling1D()(keras.layers.Embedding(4, 2)(numbers))
    net = Network(keras.Model(given, keras.layers.Dense(1, "sigmoid")(pooled)), name="mood")
    texts = [TextSample("a good or a bad film " * 10, name=str(n), target=n % 2) for n in range(100)]
    sheet = last(net, Listed(texts, np.arange(100) % 2))
    matrix, *lists = sheet.panels
    assert sheet.arrays["confusion"].sum() == 100
    assert len(sheet.arrays["index"]) == 50  # one text, both classes: half are wrong
    assert matrix.role == "beside"
    assert all(panel.text.count("\n") < 6 for panel in lists)
    assert page(sheet).get_figheight() < 2 * HEIGHT


def test_numbers_of_tokens_are_written_one_after_the_other_without_padding(tmp_path):
    rows = np.array([[5, 2, 7, 0, 0], [0, 0, 3, 0, 1], [0, 0, 0, 0, 0]] * 10)
    np.savez(tmp_path / "ids.npz", x=rows, y=np.arange(30) % 2)
    x = keras.Input((5,), dtype="int32")
    y = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(9, 4)(x))
    model = keras.Model(x, keras.layers.Dense(2, "softmax")(y))
    given = show("predictions", model, input=f"{tmp_path / 'ids.npz'}:0").panels[0]
    assert isinstance(given, Paragraph)
    assert given.text == "5 2 7"
    panels = show("mistakes", model, data=str(tmp_path / "ids.npz")).panels
    lines = [line for panel in panels if isinstance(panel, Paragraph) for line in panel.text.split("\n")]
    assert {line.rpartition(": ")[2] for line in lines} == {"5 2 7", "3 0 1", "·"}
