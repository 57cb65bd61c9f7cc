"""Autoencoders: against principal components, closed forms, and what noise does while training only."""

from pathlib import Path

import keras
import numpy as np
import pytest
from scipy.linalg import subspace_angles

from dlviz_models.data import ArrayPictures, Data
from dlviz_models.errors import UserError
from dlviz_models.layers.sampling import Sampling
from dlviz_models.networks import NETWORKS, network
from dlviz_models.tasks.reconstruction import SquaredError, reconstruction_error
from dlviz_models.training.train import train

RANDOM = np.random.default_rng(0)
SHAPE = (8, 8, 3)
TOY: dict[str, dict[str, object]] = {
    "autoencoder": {"hidden": (7, 6), "code": 3},
    "linear_autoencoder": {"code": 3},
    "denoising_autoencoder": {"code": 5},
    "conv_autoencoder": {"filters": (2, 3), "code": 3},
    "variational_autoencoder": {"hidden": (7,), "code": 3},
}
PARAMETERS = {
    "autoencoder": 2 * (784 * 1000 + 1000 * 500 + 500 * 250 + 250 * 30) + 2 * (1000 + 500 + 250) + 30 + 784,
    "linear_autoencoder": 2 * 784 * 30 + 30 + 784,
    "denoising_autoencoder": 2 * 784 * 500 + 500 + 784,
    "conv_autoencoder": 10 * 16 + 145 * 32 + 1569 * 30 + 31 * 1568 + 289 * 16 + 145,
    "variational_autoencoder": 785 * 500 + 2 * 501 * 20 + 21 * 500 + 501 * 784,
}


@pytest.mark.parametrize("name", TOY)
def test_builds_fits_saves_and_loads(name: str, tmp_path: Path) -> None:
    assert set(TOY) == {name for name, spec in NETWORKS.items() if spec.kind == "autoencoder"}
    model = network(name).build(input_shape=SHAPE, **TOY[name])
    x = RANDOM.integers(0, 256, (8, *SHAPE)).astype("float32")
    before = model.get_weights()
    model.compile("sgd", "mse")
    model.fit(x, x / 255, batch_size=4, verbose=0)  # two steps
    assert not any(np.array_equal(one, other) for one, other in zip(before, model.get_weights(), strict=True))
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    assert np.array_equal(again.predict_on_batch(x), model.predict_on_batch(x))
    assert model.output_shape[1:] == SHAPE
    assert [model.layers[0].name, model.layers[1].name] == ["pixels", "scale"]
    assert model.layers[-1].name == "reconstruction"
    assert model.get_layer("code").output.shape[1:] == (TOY[name]["code"],)


@pytest.mark.parametrize("name", TOY)
def test_parameters_at_the_papers_size(name: str) -> None:
    spec = network(name)
    model = spec.build()
    assert spec.parameters == model.count_params() == PARAMETERS[name]
    assert (model.name, model.input_shape[1:], model.output_shape[1:]) == (name, spec.input_shape, spec.input_shape)
    assert spec.summary.endswith(".")
    assert "DOI 10." in spec.paper


def blobs(count: int) -> np.ndarray:
    """Pictures 6x6 that vary along two directions, little along all others."""
    directions = RANDOM.normal(size=(4, 36)) * np.array([[40], [30], [6], [4]])
    pictures = 128 + RANDOM.normal(size=(count, 4)) @ directions + RANDOM.normal(0, 2, (count, 36))
    return pictures.clip(0, 255).reshape(count, 6, 6, 1).astype(np.uint8)


def test_linear_code_spans_the_principal_components() -> None:
    pictures = blobs(600)
    model = network("linear_autoencoder").build(input_shape=(6, 6, 1), code=2)
    rate = keras.optimizers.schedules.CosineDecay(0.03, 3000)
    model.compile(keras.optimizers.Adam(rate), SquaredError(), steps_per_execution=50)
    often = np.tile(pictures, (500, 1, 1, 1))  # 3,000 batches
    model.fit(often, often, batch_size=100, verbose=0)
    x = pictures.reshape(600, 36) / 255
    mean = x.mean(axis=0)
    components = np.linalg.svd(x - mean, full_matrices=False)[2][:2]  # (2, 36)
    written = model.get_layer("decoder1").get_weights()[0]  # (2, 36)
    assert np.degrees(subspace_angles(components.T, written.T)).max() < 3
    residue = (x - mean) - (x - mean) @ components.T @ components
    optimum = np.square(residue).sum(axis=1).mean()
    reached = np.square(x - model.predict(pictures, verbose=0).reshape(600, 36)).sum(axis=1).mean()
    assert optimum - 1e-6 <= reached <= 1.02 * optimum


def test_reconstruction_error_is_a_sum_over_pixels_in_0_to_1() -> None:
    white, black = np.full((2, 3, 3, 1), 255.0), np.zeros((2, 3, 3, 1))
    assert np.array_equal(reconstruction_error(white, black), [9, 9])


def test_noise_while_training_only() -> None:
    model = network("denoising_autoencoder").build(input_shape=(6, 6, 1), noise=0.25)
    tap = keras.Model(model.input, model.get_layer("noise").output)
    x = np.full((400, 6, 6, 1), 51.0)
    assert np.allclose(tap(x, training=False), 0.2)
    noisy = keras.ops.convert_to_numpy(tap(x, training=True))
    assert noisy.mean() == pytest.approx(0.2, abs=0.01)
    assert noisy.std() == pytest.approx(0.25, rel=0.05)


def test_sampling_draws_and_counts_nats() -> None:
    layer = Sampling(weight=0.5, seed=1)
    mean = np.tile([1.0, -2.0], (20_000, 1)).astype("float32")
    log_variance = np.log(np.tile([4.0, 0.25], (20_000, 1))).astype("float32")
    assert np.array_equal(layer([mean, log_variance]), mean)
    drawn = keras.ops.convert_to_numpy(layer([mean, log_variance], training=True))
    assert np.allclose(drawn.mean(axis=0), [1, -2], atol=0.06)
    assert np.allclose(drawn.std(axis=0), [2, 0.5], rtol=0.03)
    nats = (4 + 1 - 1 - np.log(4)) / 2 + (0.25 + 4 - 1 - np.log(0.25)) / 2
    assert float(layer.losses[-1]) == pytest.approx(0.5 * nats, rel=1e-5)


def test_pictures_that_cannot_be_halved() -> None:
    with pytest.raises(UserError, match="halves pictures 2 times; give sides divisible by 4"):
        network("conv_autoencoder").build(input_shape=(30, 28, 1))


def test_trains_without_labels_and_reports_its_error(tmp_path: Path) -> None:
    pictures = blobs(80)
    data = Data.undivided("blobs", ArrayPictures("blobs", pictures))
    options = {"hidden": "8", "code": "2"}
    result = train("variational_autoencoder", data, tmp_path / "net.keras", epochs=2, batch=8, options=options)
    test = data.test.batch(0, len(data.test))
    output = keras.saving.load_model(tmp_path / "net.keras").predict(test, verbose=0)
    error = np.square(test / 255 - output).sum(axis=(1, 2, 3)).mean()
    assert result.reconstruction_error == pytest.approx(error, rel=1e-4)
    assert result.accuracy is None
    assert result.loss is not None
    assert result.loss > result.reconstruction_error  # by the divergence of the code
