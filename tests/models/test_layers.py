"""The layers that Keras does not have, against their formulas written out with numpy and scipy."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import lfilter

from dlviz_models.layers.l2_pooling import L2Pooling2D
from dlviz_models.layers.local_contrast_normalization import LocalContrastNormalization
from dlviz_models.layers.local_response_normalization import LocalResponseNormalization

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
MAPS = np.random.default_rng(0).normal(0, 20, (2, 9, 8, 7)).astype("float32")
LAYERS: list[tuple[type[keras.layers.Layer], dict[str, Any]]] = [
    (LocalResponseNormalization, {"size": 3, "bias": 1.0, "alpha": 0.1, "beta": 0.5}),
    (LocalContrastNormalization, {"size": 5, "epsilon": 0.1}),
    (L2Pooling2D, {"pool_size": (3, 2), "strides": (2, 1)}),
]


def run(layer: keras.layers.Layer, x: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(layer(x))


@pytest.mark.parametrize(("kind", "options"), LAYERS)
def test_saved_and_opened_again(kind: type[keras.layers.Layer], options: dict[str, Any], tmp_path: Path) -> None:
    inputs = keras.layers.Input((9, 8, 7))
    model = keras.Model(inputs, kind(**options, name="own")(inputs))
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    assert np.array_equal(again.predict_on_batch(MAPS), model.predict_on_batch(MAPS))
    assert again.get_layer("own").get_config().items() >= options.items()
    assert model.output_shape[1:] == model.predict_on_batch(MAPS).shape[1:]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_local_response_normalization_channel_by_channel(size: int) -> None:
    output = run(LocalResponseNormalization(size, bias=2.0, alpha=0.1, beta=0.75), MAPS)
    for channel in range(7):
        around = range(max(0, channel - size // 2), min(7, channel - size // 2 + size))
        activity = sum(MAPS[..., other].astype(float) ** 2 for other in around)
        assert np.allclose(output[..., channel], MAPS[..., channel] / (2 + 0.1 * activity) ** 0.75, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
def test_local_contrast_is_zero_mean_and_unit_deviation_of_each_window() -> None:
    output = run(LocalContrastNormalization(3), MAPS + 1000)
    framed = np.pad(MAPS.astype(float), ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=np.nan)
    windows = sliding_window_view(framed, (3, 3), axis=(1, 2))  # (n, height, width, channel, 3, 3)
    expected = (MAPS - np.nanmean(windows, axis=(-1, -2))) / np.nanstd(windows, axis=(-1, -2))
    assert np.allclose(output, expected, atol=1e-3)


def test_local_contrast_of_nothing_is_nothing() -> None:
    assert np.allclose(run(LocalContrastNormalization(), np.full((1, 9, 9, 1), 7, "float32")), 0)


def test_l2_pooling_is_the_length_of_the_window() -> None:
    output = run(L2Pooling2D(2, strides=1), MAPS)
    squares = lfilter([1, 1], 1, lfilter([1, 1], 1, MAPS.astype(float) ** 2, axis=1), axis=2)[:, 1:, 1:]
    assert np.allclose(output, np.sqrt(squares), rtol=1e-4)
    largest = keras.ops.convert_to_numpy(keras.ops.max_pool(np.abs(MAPS), 2, strides=1))
    assert (output >= largest - 1e-3).all()
    assert (output <= 2 * largest + 1e-3).all()


def test_l2_pooling_learns_where_all_is_zero() -> None:
    inputs = keras.layers.Input((4, 4, 1))
    x = keras.layers.Conv2D(1, 1, kernel_initializer="zeros")(inputs)
    model = keras.Model(inputs, L2Pooling2D(2)(x))
    model.compile("sgd", "mse")
    model.train_on_batch(np.ones((1, 4, 4, 1)), np.ones((1, 2, 2, 1)))
    assert all(np.isfinite(values).all() for values in model.get_weights())
