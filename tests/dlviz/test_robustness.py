"""Accuracy under attack, against the closed form on a linear network."""

import keras
import numpy as np
import pytest

from dlviz.network import Network
from dlviz.options import configure
from dlviz.sheet import Curves, Tiles
from dlviz.views.robustness import Robustness
from dlviz_models.data.samples import Numbers, Picture
from dlviz_models.errors import UserError
from tests.scenes import Given, scene_of

RANDOM = np.random.default_rng(8)


def dense(shape):
    x = keras.Input(shape)
    return keras.Model(x, keras.layers.Dense(2, "softmax")(keras.layers.Flatten()(x)))


def shown(model, samples, **settings):
    scene = scene_of(Network(model, mode="unit"), data=Given(samples))
    *_, sheet = configure(Robustness, settings).run(scene)
    return sheet


@pytest.mark.parametrize(("size", "order"), [("largest", 1), ("length", 2)])
def test_accuracy_falls_where_the_border_of_a_linear_network_is_crossed(size, order):
    model = dense((3,))
    samples = [Numbers(RANDOM.normal(size=3).astype(np.float32), name=f"row {n}") for n in range(30)]
    sheet = shown(model, samples, size=size, count=30)
    x = np.stack([s.values for s in samples])
    w, b = model.get_weights()
    margin = np.abs((x @ w + b) @ [1, -1]) / np.linalg.norm((w @ [1, -1]) * x.std(axis=0), order)
    a = sheet.arrays
    assert a["method"][-1] == "noise"
    np.testing.assert_allclose(a["smallest"], np.stack([margin, margin]), rtol=6e-2)
    for accuracy, smallest in zip(a["accuracy"][:-1], a["smallest"], strict=True):
        np.testing.assert_allclose(accuracy, (smallest[:, None] > a["size"]).mean(axis=0))
    assert (a["accuracy"][-1] >= (1.06 * margin[:, None] > a["size"]).mean(axis=0) - 1 / 30).all()
    assert isinstance(sheet.panels[0], Curves)
    assert len(sheet.panels) == 1


def test_wrong_answers_count_from_the_start():
    model = dense((2, 2, 1))
    pictures = RANDOM.integers(60, 200, (10, 2, 2, 1), np.uint8)
    answers = model.predict_on_batch(pictures / np.float32(255)).argmax(axis=1)
    answers[:4] = 1 - answers[:4]
    samples = [Picture(p, name="p", target=int(k)) for p, k in zip(pictures, answers, strict=True)]
    sheet = shown(model, samples, count=10)
    np.testing.assert_allclose(sheet.arrays["accuracy"][:, 0], 0.6)
    assert sorted(sheet.arrays["index"]) == [4, 5, 6, 7, 8, 9]
    assert "right on 6 of 10 pictures" in sheet.summary
    assert isinstance(sheet.panels[1], Tiles)


def test_where_nothing_is_right_there_is_nothing_to_change():
    model = dense((2, 2, 1))
    picture = RANDOM.integers(60, 200, (2, 2, 1), np.uint8)
    wrong = 1 - int(model.predict_on_batch(picture[None] / np.float32(255)).argmax())
    with pytest.raises(UserError, match="nothing to change"):
        shown(model, [Picture(picture, name="p", target=wrong)])
