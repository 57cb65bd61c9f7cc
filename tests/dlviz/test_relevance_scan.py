"""Samples ranked by what units count for: closed forms on linear networks, and gradients that Keras is asked for."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from dlviz.network import Network
from dlviz.scan.relevance import RelevanceScan
from dlviz.sheet import Sheet
from dlviz.views.patches import Patches
from dlviz_models.data import ArrayPictures
from dlviz_models.data.samples import ListedSamples, Numbers
from dlviz_models.errors import UserError
from tests.scenes import scene_of

RANDOM = np.random.default_rng(0)
N, K = 70, 4
PICTURES = RANDOM.integers(0, 256, (N, 6, 6, 1)).astype(np.uint8)


def _network(activation: str | None, last: str, outputs: int = 3) -> Network:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((6, 6, 1), name="pixels")
    x = layers.Conv2D(5, 3, use_bias=False, activation=activation, name="conv")(inputs)
    x = layers.Conv2D(4, 2, use_bias=False, activation=activation, name="deep")(x)
    x = layers.Flatten(name="flat")(x)
    answer = layers.Dense(outputs, last, use_bias=False, name="answer")(x)
    losses = {"answer": "binary_crossentropy" if outputs == 1 else "categorical_crossentropy"}
    return Network(keras.Model(inputs, answer), mode="unit", losses=losses)


def _ranked(relevance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores and numbers (units, K) of the best of (n, rows, columns, units), and the largest parts of the scores."""
    sums = relevance.sum(axis=(1, 2)).T  # (units, n)
    order = np.argsort(-sums, axis=1, kind="stable")[:, :K]
    largest = relevance.max(axis=(1, 2)).T
    return np.take_along_axis(sums, order, axis=1), order, np.take_along_axis(largest, order, axis=1)


def _check(network: Network, layer: str, relevance: np.ndarray) -> None:
    scan = RelevanceScan(network, (layer,), ArrayPictures("noise", PICTURES), K)
    list(scan.run())
    found = scan.top_responses[layer]
    score, index, largest = _ranked(relevance)
    np.testing.assert_allclose(found.score, score, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(found.index, index)
    units = np.arange(len(index))[:, None]
    there = relevance[index, found.position[..., 0], found.position[..., 1], units]
    np.testing.assert_allclose(there, largest, rtol=1e-4, atol=1e-6)


def test_closed_form_of_a_linear_network() -> None:
    """The gradient of a logit at the last maps is the dense layer's column, whatever the picture."""
    network = _network(None, "softmax")
    x = PICTURES.astype(np.float32) / 255
    maps = np.asarray(keras.Model(network.model.input, network.model.get_layer("deep").output)(x))  # (n, 3, 3, 4)
    kernel = network.model.get_layer("answer").get_weights()[0].reshape(3, 3, 4, 3)
    logits = np.einsum("nhwu,hwuc->nc", maps, kernel)
    relevance = maps * kernel[..., logits.argmax(axis=1)].transpose(3, 0, 1, 2)
    np.testing.assert_allclose(relevance.sum(axis=(1, 2, 3)), logits.max(axis=1), rtol=1e-4)  # it is all of the logit
    _check(network, "deep", relevance)


@pytest.mark.parametrize(("last", "outputs"), [("softmax", 3), ("linear", 3), ("sigmoid", 1)])
def test_gradient_at_a_rectifier(last: str, outputs: int) -> None:
    network = _network("relu", last, outputs)
    model = network.model
    x = tf.constant(PICTURES.astype(np.float32) / 255)
    with tf.GradientTape() as tape:
        maps = keras.Model(model.input, model.get_layer("conv").output)(x)
        tape.watch(maps)
        flat = model.get_layer("flat")(model.get_layer("deep")(maps))
        logits = flat @ model.get_layer("answer").kernel.value
        if outputs == 1:
            logits = tf.concat([-logits, logits], axis=1)
        best = tf.reduce_sum(tf.reduce_max(logits, axis=1))
    _check(network, "conv", np.asarray(maps * tape.gradient(best, maps)))


def test_the_parts_of_all_units_are_the_logit_at_every_layer() -> None:
    """Without biases, rectifiers hand on all of it (Ancona et al. 2018, proposition 1)."""
    network = _network("relu", "softmax")
    data = ArrayPictures("noise", PICTURES[:1])
    scan = RelevanceScan(network, ("conv", "deep", "flat"), data, 1)
    list(scan.run())
    sums = [float(found.score.sum()) for found in scan.top_responses.values()]
    logit = float(np.asarray(network.logits(PICTURES[:1].astype(np.float32) / 255)).max())
    np.testing.assert_allclose(sums, logit, rtol=1e-4)


def test_a_view_of_it() -> None:
    network = _network("relu", "softmax")
    scene = scene_of(network, "deep", data=ArrayPictures("noise", PICTURES, np.arange(N) % 3))
    sheets = [s for s in Patches(by="relevance", per_unit=3).run(scene) if isinstance(s, Sheet)]
    assert "counts most for the predicted class" in sheets[-1].summary
    assert sheets[-1].title.endswith("patches by relevance")
    assert sheets[-1].panels[0].title == "Most relevant patches in noise"
    by_activation = [s for s in Patches(per_unit=3).run(scene) if isinstance(s, Sheet)]
    assert (sheets[-1].arrays["index"] != by_activation[-1].arrays["index"]).any()


def test_nothing_is_drawn_before_samples_are_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.views.patches.SECONDS", -1)  # a sheet after each batch
    monkeypatch.setattr(RelevanceScan, "_batch_limit", lambda *_: 8)  # several batches are merged at once
    scene = scene_of(_network("relu", "softmax"), "deep", data=ArrayPictures("noise", PICTURES, np.arange(N) % 3))
    sheets = [s for s in Patches(by="relevance", per_unit=3).run(scene) if isinstance(s, Sheet)]
    assert "(0 looked at" not in sheets[0].summary
    assert f"({N} looked at" in sheets[-1].summary


def test_numbers_have_no_predicted_class() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="answer")])
    samples = ListedSamples("rows", "numbers", [Numbers(np.zeros(3, np.float32))])
    with pytest.raises(UserError, match="choose by=activation"):
        RelevanceScan(Network(model, losses={"answer": "mse"}), ("answer",), samples, 1)
