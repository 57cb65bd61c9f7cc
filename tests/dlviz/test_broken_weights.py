import keras
import numpy as np
import pytest
from keras import layers

from dlviz.api import show
from dlviz.model.broken_weights import broken_weights
from dlviz_models.errors import UserError


@pytest.fixture
def model():
    inner = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Conv2D(4, 3, name="conv"), layers.BatchNormalization(name="bn")]
    )
    inner.name = "inner"
    image = keras.Input((4, 4, 1))
    return keras.Model(image, layers.Dense(2, name="dense")(layers.Flatten()(inner(image))))


def test_sound_weights_are_not_mentioned(model):
    assert broken_weights(model) == ""


def test_the_first_broken_array_is_named(model):
    model.get_layer("dense").bias.assign(np.float32([1, np.nan]))
    assert broken_weights(model) == "layer dense's bias holds NaN in 1 of 2 entries"
    variance = model.get_layer("inner").get_layer("bn").moving_variance
    variance.assign(np.float32([np.nan, 1, np.nan, np.inf]))
    assert broken_weights(model) == "layer inner/bn's moving_variance holds NaN in 3 of 4 entries"


def test_infinity_and_short_floats_count():
    net = keras.Sequential([keras.Input((2,)), layers.Dense(3, dtype="bfloat16", name="short")])
    net.layers[0].bias.assign([1, -np.inf, np.inf])
    assert broken_weights(net) == "layer short's bias holds infinity in 2 of 3 entries"


@pytest.mark.parametrize("classes", [True, False])
def test_an_answer_that_is_no_number_is_neither_sure_nor_right(classes, tmp_path):
    x = keras.Input((2,), name="x")
    answer = layers.Dense(3, "softmax", name="out") if classes else layers.Dense(1, name="out")
    model = keras.Model(x, answer(layers.Dense(2, name="hidden")(x)), name="net")
    model.save(tmp_path / "net.keras")
    np.savez(tmp_path / "rows.npz", x=np.ones((40, 2), np.float32), y=np.arange(40) % 3 / (1 if classes else 7))
    how = {"data": str(tmp_path / "rows.npz"), "changes": ["weight=hidden:kernel:0,0:1e40"]}
    sheet = show("predictions", tmp_path / "net.keras", **how)
    assert " answers NaN for sample no. 0 of rows.npz." in sheet.summary or " answers infinity for " in sheet.summary
    assert "sure" not in sheet.summary
    assert "chance" not in sheet.summary
    assert "layer hidden's kernel holds infinity in 1 of 4 entries" in sheet.summary
    with pytest.raises(UserError, match=r"answers NaN or infinity.*layer hidden's kernel holds infinity"):
        show("mistakes", tmp_path / "net.keras", **how)


def test_classes_are_not_doubted_after_a_change(tmp_path):
    """The network is right until its answers are swapped."""
    x = keras.Input((2,), name="x")
    hidden = layers.Dense(2, name="hidden", kernel_initializer="identity")(x)
    out = layers.Dense(2, "softmax", name="out", kernel_initializer="identity")(hidden)
    keras.Model(x, out, name="net").save(tmp_path / "net.keras")
    y = np.arange(80) % 2
    np.savez(tmp_path / "rows.npz", x=np.eye(2, dtype=np.float32)[y], y=y)
    for changes in ([], ["swap=hidden:0:1"]):
        how = {"data": str(tmp_path / "rows.npz"), "changes": changes}
        assert "may be others than these" not in show("predictions", tmp_path / "net.keras", **how).summary
