"""The layers that Keras does not have, against their formulas written out with numpy and scipy."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.signal import lfilter

from dlviz_models.layers.elastic_distortion import ElasticDistortion, moved
from dlviz_models.layers.l2_pooling import L2Pooling2D
from dlviz_models.layers.local_contrast_normalization import LocalContrastNormalization
from dlviz_models.layers.local_response_normalization import LocalResponseNormalization

MAPS = np.random.default_rng(0).normal(0, 20, (2, 9, 8, 7)).astype("float32")
LAYERS: list[tuple[type[keras.layers.Layer], dict[str, Any]]] = [
    (LocalResponseNormalization, {"size": 3, "bias": 1.0, "alpha": 0.1, "beta": 0.5}),
    (LocalContrastNormalization, {"size": 5, "epsilon": 0.1}),
    (L2Pooling2D, {"pool_size": (3, 2), "strides": (2, 1)}),
    (ElasticDistortion, {"smoothness": 3.0, "strength": 20.0, "seed": 4}),
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


def test_moved_pixels_are_interpolated() -> None:
    displacements = np.random.default_rng(1).normal(0, 3, (2, 2, 9, 8)).astype("float32")
    places = displacements.astype(float) + np.indices((9, 8))[:, None]  # (2, n, height, width)
    output = keras.ops.convert_to_numpy(moved(MAPS, displacements))
    for number, picture in enumerate(MAPS):
        expected = [
            map_coordinates(picture[..., channel], places[:, number], order=1, mode="nearest") for channel in range(7)
        ]
        assert np.allclose(output[number], np.stack(expected, axis=-1), atol=1e-3)


def test_elastic_distortion_moves_pixels_smoothly_and_while_training_only() -> None:
    """A ramp shows each pixel's displacement; the paper's field is uniform noise smoothed by a Gaussian, times 34."""
    ramp = np.broadcast_to(np.arange(29.0, dtype="float32")[:, None, None], (400, 29, 29, 1))
    layer = ElasticDistortion(seed=1)
    assert np.array_equal(layer(ramp), ramp)
    down = keras.ops.convert_to_numpy(layer(ramp, training=True) - ramp)[:, 10:19, 10:19, 0]
    noise = np.random.default_rng(2).uniform(-1, 1, (400, 29, 29))
    expected = 34 * gaussian_filter(noise, 4, mode="constant", axes=(1, 2))[:, 10:19, 10:19]
    assert abs(down.mean()) < 0.2
    assert down.std() == pytest.approx(expected.std(), rel=0.1)
    assert np.diff(down, axis=2).std() == pytest.approx(np.diff(expected, axis=2).std(), rel=0.1)
