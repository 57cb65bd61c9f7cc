"""A network with known faults is told what they are."""

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.applies import obstacles
from dlviz.describe import describe
from dlviz.feeding.synthetic import synthetic_samples
from dlviz.network import Network
from dlviz.sheet import Sheet
from dlviz.views.checkup import Checkup
from dlviz_models.data import ArrayPictures
from tests.scenes import scene_of

PICTURES = ArrayPictures("noise", np.random.default_rng(0).integers(0, 256, (20, 8, 8, 1), np.uint8))


@pytest.fixture
def model():
    x = keras.Input((8, 8, 1))
    y = layers.Conv2D(4, 3, activation="relu", name="conv")(layers.Rescaling(1 / 255)(x))
    return keras.Model(x, layers.Dense(3, activation="softmax", name="out")(layers.Flatten()(y)), name="toy")


def checked(model) -> Sheet:
    *_, sheet = Checkup().run(scene_of(Network(model), data=PICTURES))
    return sheet


def test_units_that_cannot_respond_are_found(model):
    kernel, bias = model.get_layer("conv").get_weights()
    kernel[..., (1, 3)], bias[[1, 3]] = -1, -0.1  # pixels are not negative
    kernel[..., (0, 2)] = 1
    model.get_layer("conv").set_weights([kernel, bias])
    sheet = checked(model)
    assert sheet.arrays["dead:conv"].tolist() == [1, 3]
    assert "never respond to 20 samples of noise, 2 of 4 in conv (units 1, 3)." in sheet.summary


def test_weights_that_are_no_numbers_are_named(model):
    kernel, bias = model.get_layer("conv").get_weights()
    bias[2] = np.nan
    model.get_layer("conv").set_weights([kernel, bias])
    assert checked(model).summary == "toy cannot answer: layer conv's bias holds NaN in 1 of 4 entries."


def test_what_it_takes_and_answers_is_said_with_the_reason(model):
    text = checked(model).panels[0].text  # type: ignore[attr-defined]
    assert "picture of 8 × 8 × 1" in text
    assert "Output out: 3 classes, because its last activation is softmax" in text
    assert "fed as none, pixels as 0..255" in text


def test_one_unit_is_one_unit(model):
    kernel, bias = model.get_layer("conv").get_weights()
    kernel[..., :], bias[:] = 1, 0
    kernel[..., 2], bias[2] = -1, -0.1
    model.get_layer("conv").set_weights([kernel, bias])
    assert checked(model).summary == "1 unit of toy never responds to 20 samples of noise, 1 of 4 in conv (unit 2)."


def test_silence_on_made_up_data_is_only_a_hint(model):
    kernel, bias = model.get_layer("conv").get_weights()
    kernel[:], bias[:] = -1, -1
    model.get_layer("conv").set_weights([kernel, bias])
    network = Network(model)
    *_, sheet = Checkup().run(scene_of(network, data=synthetic_samples(network)))
    assert sheet.summary.startswith("Nothing is broken in toy")
    assert "only a hint" in sheet.summary
    assert sheet.arrays["dead:conv"].tolist() == [0, 1, 2, 3]


def test_views_that_do_not_apply_stand_together_by_reason():
    x = keras.Input((4,))
    network = Network(keras.Model(x, layers.Dense(2, "softmax")(x), name="rows"))
    *_, sheet = Checkup().run(scene_of(network, data=synthetic_samples(network)))
    seen, *refused = sheet.panels[1].text.split("\n")
    reasons = obstacles(describe(network))
    assert set(seen.removeprefix("Views: ").split(", ")) == {name for name, why in reasons.items() if not why}
    named = [name for line in refused for name in line.removeprefix("not ").partition(":")[0].split(", ")]
    assert sorted(named) == sorted(name for name, why in reasons.items() if why)
    (pictures,) = (line for line in refused if line.endswith("each is for networks that take pictures."))
    assert {"dreams", "fooling", "tcav"} <= set(pictures.removeprefix("not ").partition(":")[0].split(", "))
