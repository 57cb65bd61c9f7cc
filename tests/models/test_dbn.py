"""Deep belief nets: free energy by counting all states, learning by likelihood, dreams by a known distribution."""

import itertools
import os
from pathlib import Path

import keras
import numpy as np
import pytest
from scipy.special import logsumexp

from dlviz_models.data import ArrayPictures, Data
from dlviz_models.errors import UserError
from dlviz_models.layers.rbm import RBM
from dlviz_models.networks import network
from dlviz_models.networks.dbn import DBN, dream, machines
from dlviz_models.training.contrastive_divergence import ContrastiveDivergence, free_energy, learn, on_average_visible
from dlviz_models.training.train import train

RANDOM = np.random.default_rng(0)


def states(size: int) -> np.ndarray:
    return np.array(list(itertools.product([0, 1], repeat=size)), np.float32)


def rbm(visible: int, units: int, labels: int = 0, deviation: float = 1.0) -> RBM:
    layer = RBM(units, labels)
    layer.build((None, visible))
    for weight in layer.joint:
        weight.assign(RANDOM.normal(0, deviation, weight.shape))
    layer.untie()
    return layer


def energies(layer: RBM, visible: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(free_energy(visible, *layer.joint)).astype(float)


def log_likelihood(layer: RBM, visible: np.ndarray, support: np.ndarray) -> float:
    """Mean log probability, the partition function being summed over all states in `support`."""
    return float(np.mean(-energies(layer, visible)) - logsumexp(-energies(layer, support)))


def test_free_energy_sums_over_all_hidden_states() -> None:
    layer = rbm(4, 3)
    w, b, a = (keras.ops.convert_to_numpy(weight) for weight in layer.joint)
    v, h = states(4), states(3)
    exponents = v @ w @ h.T + (v @ a)[:, None] + h @ b  # (16, 8)
    assert np.allclose(-energies(layer, v), logsumexp(exponents, axis=1), atol=1e-4)
    joint = np.exp(exponents)
    assert np.allclose(layer(v), joint @ h / joint.sum(axis=1, keepdims=True), atol=1e-5)
    mean = on_average_visible(h, w, a, labels=0)
    assert np.allclose(mean, joint.T @ v / joint.sum(axis=0)[:, None], atol=1e-5)


def test_one_label_is_on() -> None:
    layer = rbm(2, 3, labels=4)
    mean = keras.ops.convert_to_numpy(on_average_visible(states(3), layer.joint_kernel, layer.visible_bias, 4))
    assert mean.shape == (8, 6)
    assert np.allclose(mean[:, 2:].sum(axis=1), 1, atol=1e-5)


def test_gradient_of_the_loss_is_that_of_contrastive_divergence() -> None:
    layer = rbm(5, 4)
    data = states(5)[[3, 7, 22, 30]]
    divergence = ContrastiveDivergence(layer, steps=1, persistent=False, batch=4, seed=1)
    inputs = keras.layers.Input(batch_shape=(4, 5))
    model = keras.Model(inputs, divergence(inputs))
    model.compile(keras.optimizers.SGD(1.0))
    uniform = keras.random.uniform((4, 4), seed=keras.random.SeedGenerator(1))
    w, b, a = (keras.ops.convert_to_numpy(weight) for weight in layer.joint)
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    first = sigmoid(data @ w + b)
    again = sigmoid((keras.ops.convert_to_numpy(uniform) < first) @ w.T + a)
    model.train_on_batch(data)
    moved = keras.ops.convert_to_numpy(divergence.kernel) - w
    assert np.allclose(moved, (data.T @ first - again.T @ sigmoid(again @ w + b)) / 4, atol=1e-5)
    assert np.allclose(divergence.visible_bias - a, (data - again).mean(axis=0), atol=1e-5)


@pytest.mark.parametrize(("steps", "persistent"), [(1, False), (5, False), (1, True)])
def test_data_become_likelier(steps: int, persistent: bool) -> None:
    layer = rbm(6, 8, deviation=0.01)
    patterns = np.array([[1, 1, 0, 0, 0, 1], [0, 0, 1, 1, 0, 0], [1, 0, 1, 0, 1, 0]], np.float32)
    data = patterns[RANDOM.integers(0, 3, 25_600)]
    before = log_likelihood(layer, patterns, states(6))
    called: list[int] = []
    how = {"batch": 64, "steps": steps, "persistent": persistent}
    learn(layer, data, epochs=5, after_epoch=lambda: called.append(1), **how)  # type: ignore[arg-type]
    after = log_likelihood(layer, patterns, states(6))
    assert before == pytest.approx(-6 * np.log(2), abs=0.1)
    assert after > -2.6  # with all else ruled out: -log 3 = -1.1
    assert len(called) == int(layer.learned) == 5
    assert np.array_equal(layer.kernel, layer.joint_kernel)
    learn(layer, data, epochs=5, after_epoch=lambda: called.append(1))
    assert len(called) == 5  # nothing left to learn


def test_dreams_follow_the_joint_distribution() -> None:
    model = DBN((1, 3, 1), classes=2, hidden=(4,))
    [top] = machines(model)
    for weight in top.joint:
        weight.assign(RANDOM.normal(0, 0.7, weight.shape))
    pictures = dream(model, 20_000, label=1, steps=15).reshape(20_000, 3)
    visible = np.concatenate([states(3), np.tile([0, 1], (8, 1))], axis=1).astype(np.float32)
    weights = np.exp(-energies(top, visible))
    expected = weights @ states(3) / weights.sum()
    assert np.allclose(pictures.mean(axis=0), expected, atol=0.015)


def test_dreams_with_hidden_states_clamped_and_refusals() -> None:
    model = DBN((2, 3, 1), classes=2, hidden=(5, 4))
    on, off = (dream(model, 3, clamped=dict.fromkeys(range(4), value), steps=2, seed=1) for value in (1, 0))
    assert on.shape == off.shape == (3, 2, 3, 1)
    lower, top = machines(model)
    top.joint_kernel.assign(np.full(top.joint_kernel.shape, 20.0))
    lower.joint_kernel.assign(np.full(lower.joint_kernel.shape, 4.0))
    on, off = (dream(model, 3, clamped=dict.fromkeys(range(4), value), steps=2, seed=1) for value in (1, 0))
    assert on.min() > 0.99
    assert off.mean() < on.mean()
    with pytest.raises(UserError, match=r"dbn has no class 2; give one of 0\.\.1"):
        dream(model, label=2)
    with pytest.raises(UserError, match=r"rbm2 has 4 hidden units; clamp some of 0\.\.3"):
        dream(model, clamped={4: 1})
    with pytest.raises(UserError, match="logistic has no restricted Boltzmann machines"):
        dream(network("logistic").build())


def halves(count: int) -> Data:
    """Pictures 6x6: class 0 is bright on the left, class 1 on the right."""
    labels = np.arange(count) % 2
    bright = (np.arange(6) < 3)[None, :] == (labels == 0)[:, None]  # (n, width)
    noise = RANDOM.random((count, 6, 6)) < 0.1
    pictures = np.where(bright[:, None] ^ noise, 255, 0).astype(np.uint8)[..., None]
    return Data.divided("halves", *[ArrayPictures("halves", pictures, labels)] * 2)


def test_learns_dreams_classifies_and_goes_on(tmp_path: Path) -> None:
    data, out = halves(2400), tmp_path / "net.keras"
    options = {"hidden": "12,10", "pretraining": "4", "persistent": "true", "learning_rate": "0.02"}
    how = {"epochs": 2, "batch": 32, "options": options}

    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train("dbn", data, out, progress=stop, **how)  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == ["net.keras.resume.npz"]  # what was learned before the first epoch
    result = train("dbn", data, out, resume=True, **how)  # type: ignore[arg-type]
    assert result.accuracy is not None
    assert result.accuracy > 0.95
    model = keras.saving.load_model(out)
    assert [int(machine.learned) for machine in machines(model)] == [4, 4]
    assert not np.array_equal(machines(model)[0].kernel, machines(model)[0].joint_kernel)  # tuned upwards
    dreams = [dream(model, 100, label=label, steps=50) for label in (0, 1)]
    found = model.predict(255 * np.concatenate(dreams), verbose=0).argmax(axis=1)
    assert np.mean(found == np.repeat([0, 1], 100)) > 0.6


def test_builds_fits_saves_and_loads(tmp_path: Path) -> None:
    model = network("dbn").build(input_shape=(8, 8, 3), classes=4, hidden=(6, 5))
    x = RANDOM.integers(0, 256, (8, 8, 8, 3)).astype("float32")
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy())
    model.fit(x, np.arange(8) % 4, batch_size=4, verbose=0)  # two steps
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    assert np.array_equal(again.predict_on_batch(x), model.predict_on_batch(x))
    assert np.array_equal(dream(again, 2, steps=3), dream(model, 2, steps=3))
    assert [layer.name for layer in model.layers] == [
        "pixels", "scale", "flatten", "rbm1", "rbm2", "logits", "probabilities",
    ]  # fmt: skip


def test_parameters_at_the_papers_size() -> None:
    spec = network("dbn")
    upwards = 785 * 500 + 501 * 500 + 501 * 2000 + 2001 * 10
    joint = 785 * 500 + 784 + 501 * 500 + 500 + 511 * 2000 + 510
    assert spec.parameters == spec.build().count_params() == upwards + joint + 3  # and three counters
    assert "DOI 10." in spec.paper
