"""Units switched off, scaled and swapped, held to networks whose weights were changed by hand."""

import keras
import numpy as np
import pytest
from keras import layers
from sklearn.metrics import confusion_matrix

from dlviz.analysis.ablation import DownstreamNetwork
from dlviz.api import show
from dlviz.model.changes import edit
from dlviz.network import Network
from dlviz.sheet.numerals import percent
from dlviz_models.data.samples import Numbers
from dlviz_models.errors import UserError
from tests.scenes import Given

RANDOM = np.random.default_rng(3)
UNITS = 6


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "rows.npz"
    x = RANDOM.normal(size=(60, 4)).astype(np.float32)
    np.savez(path, x=x, y=RANDOM.integers(0, 3, 60))
    return path


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """A classifier of four numbers, with a skip connection past the hidden units."""
    keras.utils.set_random_seed(1)
    x = keras.Input((4,))
    hidden = layers.Dense(UNITS, "relu", name="hidden", kernel_initializer=keras.initializers.RandomNormal(stddev=1.0))(
        x
    )
    both = layers.Concatenate()([x, hidden])
    return keras.Model(x, layers.Dense(3, "softmax", name="out")(both), name="skips")


def by_hand(model: keras.Model, x: np.ndarray, factor: np.ndarray, order: np.ndarray | None = None) -> np.ndarray:
    """The logits with the responses of the hidden units reordered and scaled."""
    w, b = model.get_layer("hidden").get_weights()
    hidden = np.maximum(x @ w + b, 0)
    hidden = (hidden if order is None else hidden[:, order]) * factor
    w, b = model.get_layer("out").get_weights()
    return np.concatenate([x, hidden], axis=1) @ w + b


def without(*units: int) -> np.ndarray:
    factor = np.ones(UNITS)
    factor[list(units)] = 0
    return factor


def test_accuracy_and_confusion_without_a_unit_are_those_of_the_thinned_network(model, table):
    sheet = show("ablation", model, layer="hidden", off=[1, 4], data=str(table))
    a = sheet.arrays
    [changed, *matrices] = sheet.panels
    assert changed.title.startswith("Changed answers")
    assert changed.role == "main"
    assert matrices[0].ends == matrices[1].ends  # a colour is the same number before and after
    assert matrices[1].magnitude == max(matrix.colouring.max() for matrix in matrices)
    x, y = np.load(table)["x"], np.load(table)["y"]
    before, after = (by_hand(model, x, f).argmax(axis=1) for f in (without(), without(1, 4)))
    np.testing.assert_array_equal(a["confusion_before"], confusion_matrix(y, before))
    np.testing.assert_array_equal(a["confusion_after"], confusion_matrix(y, after))
    np.testing.assert_allclose(a["accuracy"], [(before == y).mean(), (after == y).mean()])
    np.testing.assert_allclose(a["recall"][:, 1], [(after == y)[y == k].mean() for k in range(3)])
    assert set(a["changed"]) == set(np.flatnonzero(before != after)) != set()
    assert f"{percent((after == y).mean())} of 60 samples are right instead of {percent((before == y).mean())}" in (
        sheet.summary
    )


def test_accuracy_that_stays_is_said_to_stay(model, table):
    sheet = show("ablation", model, layer="hidden", scale="0:1", data=str(table))
    assert "unit 0 times 1, accuracy does not change: " in sheet.summary


def test_units_are_scaled_and_swapped(model, table):
    sheet = show("ablation", model, layer="hidden", scale="0:-2,3:0.5", swap="1:4", data=str(table))
    x = np.load(table)["x"]
    expected = by_hand(model, x, np.array([-2, 1, 1, 0.5, 1, 1]), np.array([0, 4, 2, 3, 1, 5]))
    np.testing.assert_array_equal(sheet.arrays["predicted_after"], expected.argmax(axis=1))
    assert sheet.title.endswith("unit 0 times -2, unit 3 times 0.5, units 1 and 4 swapped")


@pytest.mark.parametrize("find", ["2", "any"])
def test_search_takes_at_each_step_the_unit_that_costs_most(model, table, find):
    sheet = show("ablation", model, layer="hidden", target=find, count=2, data=str(table))
    x, y = np.load(table)["x"], np.load(table)["y"]
    x, y = (x, y) if find == "any" else (x[y == 2], y[y == 2])

    def cost(units: list[int]) -> tuple[float, float]:
        z = by_hand(model, x, without(*units))
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return (z.argmax(axis=1) == y).mean(), p[np.arange(len(y)), y].mean()

    first = min(range(UNITS), key=lambda unit: cost([unit]))
    second = min(set(range(UNITS)) - {first}, key=lambda unit: cost([first, unit]))
    assert set(np.flatnonzero(sheet.arrays["factor"] == 0)) == {first, second}


def test_masks_of_padded_texts_go_on_past_the_layer():
    tokens = keras.Input((5,), dtype="int32")
    embedded = layers.Embedding(9, 3, mask_zero=True, name="embedding")(tokens)
    model = keras.Model(tokens, layers.Dense(2, "softmax")(layers.LSTM(4)(embedded)))
    rows = [Numbers(np.array(row), name="row") for row in ([1, 2, 0, 0, 0], [3, 4, 5, 6, 7], [8, 0, 0, 0, 0])]
    rest = DownstreamNetwork(Network(model), "embedding")
    assert [p.done for p in rest.compute(Given(rows))] == [3]
    [(start, _, answers)] = rest.answers(edit(3))
    assert start == 0
    np.testing.assert_allclose(answers, model(np.stack([row.values for row in rows])), atol=1e-6)


def test_numbers_are_judged_by_their_error(tmp_path):
    x = keras.Input((2,))
    model = keras.Model(x, layers.Dense(1, name="sum")(layers.Dense(2, name="hidden", use_bias=False)(x)))
    model.set_weights([np.eye(2), np.ones((2, 1)), np.zeros(1)])
    rows = RANDOM.normal(size=(20, 2)).astype(np.float32)
    np.savez(tmp_path / "rows.npz", x=rows, y=rows.sum(axis=1))
    sheet = show("ablation", model, layer="hidden", off=[0], data=str(tmp_path / "rows.npz"))
    off = np.abs(rows[:, 0]).mean()
    assert sheet.summary.startswith("With unit 0 off, the mean absolute error of ")
    assert f" on 20 samples of rows.npz is {off:.4g} instead of " in sheet.summary
    a = sheet.arrays
    np.testing.assert_allclose(a["rmse_before"], 0, atol=1e-6)
    np.testing.assert_allclose(a["rmse_after"], np.sqrt((rows[:, 0] ** 2).mean()), rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"off": [6]}, "Layer hidden has 6 units, numbered from 0: there is no 6"),
        ({"scale": "2=3"}, "scale=2=3 is not a list of pairs such as 2:0.5"),
        ({"scale": "2:x"}, "scale has x where a number stands"),
        ({"swap": "1:0.5"}, "swap has 0.5 where a number stands"),
        ({"target": "seven"}, "target=seven is not a class of rows.npz: choose one of 0, 1, 2, or any"),
    ],
)
def test_bad_options_are_refused_in_a_sentence(model, table, settings, says):
    with pytest.raises(UserError, match=says):
        show("ablation", model, layer="hidden", data=str(table), **settings)
