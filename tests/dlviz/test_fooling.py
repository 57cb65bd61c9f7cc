"""Noise that is taken for a class, against the closed form on a linear network and the network's own answers."""

import keras
import numpy as np
import pytest

import dlviz
from dlviz.network import Network
from dlviz.options import configure
from dlviz.views.fooling import Fooling
from dlviz_models.data.samples import Picture
from dlviz_models.errors import UserError
from tests.scenes import Given, scene_of


def test_the_change_is_the_distance_to_where_a_linear_network_is_as_sure_as_asked_for():
    x = keras.Input((6, 6, 1))
    model = keras.Model(x, keras.layers.Dense(2, "softmax")(keras.layers.Flatten()(x)))
    w = 20 * np.random.default_rng(1).normal(size=(36, 2)).astype(np.float32)
    model.set_weights([w, -w.sum(axis=0) / 2])
    data = Given([Picture(np.zeros((6, 6, 1), np.uint8), name="p")])
    *_, sheet = configure(Fooling, {"confidence": 0.9}).run(scene_of(Network(model, mode="unit"), data=data))
    a = sheet.arrays
    logits = (a["noise"].ravel() - 0.5) @ w
    margin = logits[::-1] - logits  # of the other class over each
    expected = np.maximum(margin + np.log(9), 0) / np.linalg.norm(w[:, 0] - w[:, 1])
    assert a["predicted"].tolist() == a["class"].tolist() == [0, 1]
    np.testing.assert_allclose(a["l2"], expected, rtol=0.1)  # a few pixels meet the wall of the box
    assert a["l2"].min() == 0  # it is sure of one of the two already
    sure = int(logits.argmax())
    assert "in 1 of 1 cases; the L2 norm of the change" in sheet.summary
    assert sheet.summary.endswith(f"takes the noise as it was drawn for class {sure} already.")
    assert [n for n, caption in enumerate(sheet.panels[0].captions) if "unchanged" in caption] == [1 + sure]


@pytest.mark.parametrize(("confidence", "found"), [(0.97, True), (0.999, False)])
def test_what_the_box_just_allows_is_found_and_what_it_does_not_is_not_called_a_change(confidence, found):
    x = keras.Input((6, 6, 1))
    model = keras.Model(x, keras.layers.Dense(2, "softmax")(keras.layers.Flatten()(x)))
    w = np.random.default_rng(1).normal(size=36).astype(np.float32)
    w *= np.log(99) / np.maximum(w, 0).sum()  # 99% sure of class 0 at best, where the box's corner is
    model.set_weights([np.stack([w, 0 * w], axis=1), np.zeros(2)])
    data = Given([Picture(np.zeros((6, 6, 1), np.uint8), name="p")])
    settings = {"confidence": confidence, "count": 1}
    *_, sheet = configure(Fooling, settings).run(scene_of(Network(model, mode="unit"), data=data))
    assert f"in {int(found)} of 1" in sheet.summary
    assert ("; the L2 norm of the change is" in sheet.summary) == found
    assert "median" not in sheet.summary


def test_lenet_sees_every_digit_in_the_same_noise():
    sheet = dlviz.show("fooling", "lenet5", seed=3)
    a = sheet.arrays
    answers = dlviz.open_model("lenet5").model.predict_on_batch(a["image"])
    np.testing.assert_array_equal(answers.argmax(axis=1), np.arange(10))
    assert answers.max(axis=1).min() > 0.985
    assert a["l2"].max() < 0.3 * np.linalg.norm(a["noise"] / 255 - 0.5)
    assert sheet.panels[0].images.shape == (11, 28, 28, 1)
    assert not np.array_equal(a["noise"], dlviz.show("fooling", "lenet5", count=1).arrays["noise"])


def test_several_labels_are_refused():
    x = keras.Input((6, 6, 1))
    model = keras.Model(x, keras.layers.Dense(3, "sigmoid")(keras.layers.Flatten()(x)))
    with pytest.raises(UserError, match="several labels at once"):
        dlviz.show("fooling", model)
