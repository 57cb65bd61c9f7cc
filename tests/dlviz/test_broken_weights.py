import keras
import numpy as np
import pytest
from keras import layers

from dlviz.model.broken_weights import broken_weights


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
