"""Networks with this project's layers pass the inspection of files, and are the same afterwards."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from dlviz.analysis.receptive_field import receptive_field
from dlviz.inspect import load_network
from dlviz.network import Network
from dlviz_models.layers.l2_pooling import L2Pooling2D
from dlviz_models.layers.local_contrast_normalization import LocalContrastNormalization
from dlviz_models.layers.local_response_normalization import LocalResponseNormalization
from dlviz_models.networks import network

SMALL: dict[str, dict[str, object]] = {
    "alexnet32": {"filters": (3, 4, 5, 5, 4), "hidden": (6, 5)},
    "resnet": {"depth": 8, "filters": 3},
    "variational_autoencoder": {"hidden": (7,), "code": 3},
    "dbn": {"hidden": (6, 5)},
}


@pytest.mark.parametrize("name", SMALL)
def test_inspected_and_opened(name: str, tmp_path: Path) -> None:
    model = network(name).build(input_shape=(8, 8, 3), **SMALL[name])
    model.save(tmp_path / "net.keras")
    again, _ = load_network(tmp_path / "net.keras")
    x = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3)).astype("float32")
    assert np.array_equal(again.predict_on_batch(x), model.predict_on_batch(x))
    opened = Network(again)
    activations = opened.activations({opened.input: x[:1]})
    assert activations[model.layers[-1].name].shape == model.output_shape[1:]


def test_receptive_fields_of_own_layers() -> None:
    inputs = layers.Input((20, 20, 1))
    x = L2Pooling2D(3, strides=2, name="l2")(layers.Conv2D(2, 3)(inputs))
    x = LocalResponseNormalization(name="response")(x)
    x = LocalContrastNormalization(3, name="contrast")(x)
    found = Network(keras.Model(inputs, x))
    assert [receptive_field(found, name).size for name in ("l2", "response", "contrast")] == [(5, 5), (5, 5), (9, 9)]
