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


def test_attack_and_noise_are_told_as_shares_of_the_same_answers():
    """The answer to a picture of one pixel changes where that is grey; the network is wrong about the third and fourth
    of ten."""
    model = dense((1, 1, 1))
    model.set_weights([np.float32([[-9, 9]]), np.float32([4.5, -4.5])])
    values = np.array([100, 160, 20, 30, 220, 210, 10, 240, 90, 170], np.uint8)
    targets = (values > 127) | (np.arange(10) // 2 == 1)
    pairs = zip(values.reshape(-1, 1, 1, 1), targets, strict=True)
    sheet = shown(model, [Picture(pixel, name="p", target=int(k)) for pixel, k in pairs], count=6)
    a = sheet.arrays
    assert a["index"].tolist() == [0, 1, 4, 5, 6, 7]
    half = np.median(np.abs(values[a["index"]] / 255 - 0.5))
    broken = round(100 * (1 - np.interp(half, a["size"], a["accuracy"][-1]) / 0.75))
    assert sheet.summary.startswith(f"{sheet.title.split(' · ')[0]} is right on 6 of 8 pictures; changes of {half:.2g}")
    assert f"half of these answers wrong, random changes of that size {broken}% of them. The other 2" in sheet.summary
    answers = [caption.split(", ")[0] for caption in sheet.panels[1].captions]
    assert answers[:4] in (["0"] * 4, ["1"] * 4)
    assert answers[4:] in (["0"] * 4, ["1"] * 4)
    assert answers[0] != answers[4]


def test_where_nothing_is_right_there_is_nothing_to_change():
    model = dense((2, 2, 1))
    picture = RANDOM.integers(60, 200, (2, 2, 1), np.uint8)
    wrong = 1 - int(model.predict_on_batch(picture[None] / np.float32(255)).argmax())
    with pytest.raises(UserError, match="nothing to change"):
        shown(model, [Picture(picture, name="p", target=wrong)])
