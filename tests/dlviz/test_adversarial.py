"""Attacks against closed forms on linear networks, and against scipy on a small one."""

import keras
import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp

from dlviz.attacks.carlini_wagner import CarliniWagner
from dlviz.attacks.deepfool import DeepFool
from dlviz.attacks.fgsm import FGSM
from dlviz.attacks.goals import ANY, Goals, log_odds
from dlviz.attacks.layers import LayerChanges
from dlviz.attacks.lbfgs import LBFGS
from dlviz.attacks.noise import noise_of_norm, norms
from dlviz.attacks.objective import Objective
from dlviz.attacks.pgd import PGD
from dlviz.attacks.problem import Problem
from dlviz.attacks.universal import Universal
from dlviz.network import Network

SIDE = 4
rng = np.random.default_rng(5)


def dense_network(weights: np.ndarray, bias: np.ndarray, activation: str | None, mode: str = "unit") -> Network:
    """One dense layer over a grey picture of 4x4."""
    layers = [keras.Input((SIDE, SIDE, 1)), keras.layers.Flatten(), keras.layers.Dense(len(bias), activation)]
    model = keras.Sequential(layers, name="line")
    model.set_weights([weights, bias])
    return Network(model, mode=mode)


def logistic() -> tuple[Network, np.ndarray, np.ndarray, np.ndarray]:
    """A sigmoid unit; pixels 0..1 near the middle of the box; their signed logits; its weights."""
    w = rng.normal(size=(SIDE * SIDE, 1)).astype(np.float32)
    pixels = rng.uniform(0.4, 0.6, (6, SIDE, SIDE, 1)).astype(np.float32)
    bias = -(w.sum(keepdims=True)[0] / 2) + 0.2
    return dense_network(w, bias, "sigmoid"), pixels, (pixels.reshape(6, -1) @ w + bias)[:, 0], w[:, 0]


def others(logit: np.ndarray) -> np.ndarray:
    """For two classes: the wrong one."""
    return np.arange(2) == (logit < 0)[:, None]


def objective_of(network: Network, like: np.ndarray) -> Objective:
    return Objective(network, network.inputs[network.input], like)


def attacked(method, network: Network, pixels: np.ndarray, wanted: np.ndarray, confidence: float = 0.0):
    """The last attempt at classes that are wanted (n, classes), each of which is enough, on pixels 0..1."""
    objective = objective_of(network, pixels)
    values, wanted = pixels.reshape(len(pixels), -1), np.broadcast_to(wanted, (len(pixels), objective.size))
    scores = objective.scores(values, {})
    level = np.full(len(pixels), log_odds(confidence) if confidence else ANY, np.float32)
    ranked = np.argsort(np.where(wanted, -scores, np.inf), axis=1)[:, : wanted.sum(axis=1).min()]
    masks = [np.arange(objective.size) == ranked[:, [place]] for place in range(ranked.shape[1])]
    all_of_them, *aims = (Goals(mask.astype(np.float32), level.copy()) for mask in (wanted, *masks))
    *_, attempt = method.attack(Problem(objective, values, {}, all_of_them, lambda _: aims))
    return attempt


@pytest.mark.parametrize("ending", ["fused", "layer", "activation", "logits"])
def test_logits_are_what_the_softmax_is_fed(ending):
    inputs = keras.Input((SIDE, SIDE, 1))
    dense = keras.layers.Dense(3, "softmax" if ending == "fused" else None)
    tensor = dense(keras.layers.Flatten()(inputs))
    if ending == "layer":
        tensor = keras.layers.Softmax()(tensor)
    if ending == "activation":
        tensor = keras.layers.Activation("softmax")(tensor)
    network = Network(keras.Model(inputs, tensor), mode="none")
    x = rng.uniform(size=(5, SIDE, SIDE, 1)).astype(np.float32)
    kernel, bias = dense.get_weights()
    np.testing.assert_allclose(network.logits(x), x.reshape(5, -1) @ kernel + bias, atol=1e-5)
    before = network.predict(x)
    np.testing.assert_allclose(before.sum(axis=1), 1, atol=1e-5)
    if ending == "fused":
        assert dense.activation is keras.activations.softmax


def test_fgsm_smallest_step_is_margin_over_l1_norm():
    network, pixels, logit, w = logistic()
    attempt = attacked(FGSM(), network, pixels, others(logit))
    step = np.abs(attempt.values - pixels).reshape(6, -1)
    np.testing.assert_allclose(step.max(axis=1), np.abs(logit) / np.abs(w).sum(), rtol=2e-3)
    np.testing.assert_allclose(step.min(axis=1), step.max(axis=1), rtol=1e-3)
    assert attempt.found.all()


def test_fgsm_with_a_fixed_step():
    network, pixels, logit, w = logistic()
    attempt = attacked(FGSM(0.05), network, pixels, others(logit))
    away = np.where(logit > 0, -1, 1)[:, None] * np.sign(w)
    np.testing.assert_allclose(attempt.values.reshape(6, -1), pixels.reshape(6, -1) + 0.05 * away, atol=1e-6)
    np.testing.assert_array_equal(attempt.found, np.abs(logit) < 0.05 * np.abs(w).sum())


@pytest.mark.parametrize("method", [PGD(0.004), PGD(0.004, momentum=1.0), PGD(0.004, 3, random_start=False)])
def test_pgd_ends_in_the_corner_of_the_box(method):
    network, pixels, logit, w = logistic()
    attempt = attacked(method, network, pixels, others(logit))
    step = (attempt.values - pixels).reshape(6, -1)
    away = np.where(logit > 0, -1, 1)[:, None] * np.sign(w)
    missed = np.abs(logit) >= 0.004 * np.abs(w).sum()
    np.testing.assert_array_equal(attempt.found, ~missed)
    assert missed.any()
    np.testing.assert_allclose(step[missed], 0.004 * away[missed], atol=1e-6)
    assert np.abs(step).max() <= 0.004 + 1e-6


def test_pgd_smallest_step_is_margin_over_l1_norm():
    network, pixels, logit, w = logistic()
    attempt = attacked(PGD(), network, pixels, others(logit))
    ratio = np.abs(attempt.values - pixels).reshape(6, -1).max(axis=1) / (np.abs(logit) / np.abs(w).sum())
    assert attempt.found.all()
    assert ratio.min() >= 0.999
    assert ratio.max() <= 1.05


def test_momentum_adds_gradients_of_length_one():
    """The steps of Dong et al. (2018), algorithm 1, written out for a network whose gradient is known."""
    network, (w1, b1, w2, b2) = small_network()
    pixels = rng.uniform(0.3, 0.7, (4, SIDE, SIDE, 1)).astype(np.float32)
    start = pixels.reshape(4, -1).astype(float)
    label = (np.tanh(start @ w1 + b1) @ w2 + b2).argmax(axis=1)
    x, running = start.copy(), 0
    for _ in range(5):
        hidden = np.tanh(x @ w1 + b1)
        logits = hidden @ w2 + b2
        p = np.exp(logits - logsumexp(logits, axis=1, keepdims=True))
        of_loss = ((p - np.eye(3)[label]) @ w2.T * (1 - hidden**2)) @ w1.T
        running = 0.8 * running + of_loss / np.abs(of_loss).sum(axis=1, keepdims=True)
        x = np.clip(x + 2.5 / 5 * 1e-3 * np.sign(running), start - 1e-3, start + 1e-3)
    attempt = attacked(PGD(1e-3, 5, 0.8, random_start=False), network, pixels, np.arange(3) != label[:, None])
    assert not attempt.found.all()
    np.testing.assert_allclose(attempt.values.reshape(4, -1)[~attempt.found], x[~attempt.found], atol=1e-6)


@pytest.mark.parametrize("method", [DeepFool(most_steps=1), CarliniWagner(6, 300, 0.01)])
def test_on_a_linear_network_the_length_is_the_distance_to_the_border(method):
    network, pixels, logit, w = logistic()
    attempt = attacked(method, network, pixels, others(logit))
    assert attempt.found.all()
    np.testing.assert_allclose(norms(attempt.values - pixels), np.abs(logit) / np.linalg.norm(w), rtol=1e-2)


@pytest.mark.parametrize("mode", ["unit", "none", "tf", "torch"])
def test_lbfgs_length_is_the_distance_to_the_border(mode):
    """The same linear network, whatever range its input has."""
    network, pixels, logit, w = logistic()
    scaled = Network(network.model, mode=mode)
    low, span = scaled.preprocess.limits(1)[0], scaled.preprocess.span(1)
    kernel, bias = network.model.get_weights()
    scaled.model.set_weights([kernel / span, bias - (kernel / span * low).sum()])
    objective, flat = objective_of(scaled, pixels), pixels.reshape(6, -1)
    np.testing.assert_allclose(objective.values(objective.input(flat)), flat, atol=1e-6)
    attempt = attacked(LBFGS(), scaled, pixels, others(logit))
    assert attempt.found.all()
    np.testing.assert_allclose(norms(attempt.values - pixels), np.abs(logit) / np.linalg.norm(w), rtol=5e-3)
    answers = scaled.predict(objective.input(attempt.values))
    assert (answers[np.arange(6), (logit < 0).astype(int)] > 0.5 - 1e-4).all()  # on the border, rounding decides


@pytest.mark.parametrize("method", [LBFGS(), DeepFool(most_steps=1)])
def test_the_nearest_of_several_classes_is_taken(method):
    weights = rng.normal(size=(SIDE * SIDE, 4)).astype(np.float32)
    pixels = rng.uniform(0.4, 0.6, (8, SIDE, SIDE, 1)).astype(np.float32)
    network = dense_network(weights, np.zeros(4, np.float32) - weights.sum(axis=0) / 2, "softmax")
    logits = pixels.reshape(8, -1) @ weights - weights.sum(axis=0) / 2
    label = logits.argmax(axis=1)
    gaps = logits[np.arange(8), label][:, None] - logits
    lengths = np.linalg.norm(weights[:, label].T[:, :, None] - weights[None], axis=1)  # (n, classes)
    distances = gaps / np.where(lengths == 0, 1, lengths)
    distances[np.arange(8), label] = np.inf
    attempt = attacked(method, network, pixels, np.arange(4) != label[:, None])
    np.testing.assert_allclose(norms(attempt.values - pixels), distances.min(axis=1), rtol=1e-2)


def small_network() -> tuple[Network, list[np.ndarray]]:
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(12, "tanh"),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    sizes = [(16, 12), (12,), (12, 3), (3,)]
    model.set_weights([rng.normal(size=s) * (1 if len(s) > 1 else 0.1) for s in sizes])
    return Network(model, mode="unit"), [w.astype(float) for w in model.get_weights()]


def scipy_shortest(weights: list[np.ndarray], x: np.ndarray, target: int) -> float:
    """Szegedy's search, one picture: L-BFGS-B for each of a row of c, the shortest change that fools."""
    w1, b1, w2, b2 = weights

    def logits(z):
        return np.tanh(z @ w1 + b1) @ w2 + b2

    def objective(z, c):
        hidden = np.tanh(z @ w1 + b1)
        out = hidden @ w2 + b2
        p = np.exp(out - logsumexp(out))
        p[target] -= 1
        return c * ((z - x) ** 2).sum() + logsumexp(out) - out[target], 2 * c * (z - x) + w1 @ (
            (w2 @ p) * (1 - hidden**2)
        )

    shortest = np.inf
    for c in np.geomspace(1e-3, 30, 16):
        z = minimize(objective, x, (c,), jac=True, method="L-BFGS-B", bounds=[(0, 1)] * len(x)).x
        if logits(z).argmax() == target:
            shortest = min(shortest, float(np.linalg.norm(z - x)))
    return shortest


def test_lbfgs_is_no_longer_than_scipy_and_stays_in_the_box():
    network, weights = small_network()
    pixels = rng.uniform(0, 1, (6, SIDE, SIDE, 1)).round().astype(np.float32)  # all at the walls
    order = np.argsort(-network.predict(pixels), axis=1)
    theirs = np.array([scipy_shortest(weights, x.ravel(), t) for x, t in zip(pixels, order[:, 1], strict=True)])
    attempt = attacked(LBFGS(), network, pixels, np.arange(3) == order[:, [1]])
    ours = norms(attempt.values - pixels)
    assert np.isfinite(theirs).sum() >= 5
    assert attempt.found[np.isfinite(theirs)].all()
    assert (ours / theirs).max() < 1.05
    assert np.median(ours / theirs) <= 1.001
    assert attempt.values.min() >= 0
    assert attempt.values.max() <= 1


@pytest.mark.parametrize("method", [LBFGS(), DeepFool(), CarliniWagner(), FGSM(), PGD()])
def test_as_sure_as_asked_for(method):
    """Of two classes, 90% sure is where the logit is log 9."""
    network, pixels, logit, w = logistic()
    attempt = attacked(method, network, pixels, others(logit), confidence=0.9)
    step = attempt.values.reshape(6, -1) - pixels.reshape(6, -1)
    far = np.abs(logit) + np.log(9)
    if isinstance(method, LBFGS | DeepFool | CarliniWagner):
        np.testing.assert_allclose(norms(step), far / np.linalg.norm(w), rtol=1e-2)
    else:
        np.testing.assert_allclose(np.abs(step).max(axis=1), far / np.abs(w).sum(), rtol=5e-2)
    sure = network.predict(attempt.values).max(axis=1)
    np.testing.assert_allclose(sure, 0.9, atol=2e-3)


def same_side() -> tuple[Network, np.ndarray, np.ndarray, np.ndarray]:
    """A sigmoid unit; pixels 0..1 near 0.5, all on one side of its border; their logits; its weights."""
    w = rng.normal(size=(SIDE * SIDE, 1)).astype(np.float32)
    pixels = rng.uniform(0.49, 0.51, (8, SIDE, SIDE, 1)).astype(np.float32)
    bias = 0.5 - w.sum(keepdims=True)[0] / 2
    return dense_network(w, bias, "sigmoid"), pixels, (pixels.reshape(8, -1) @ w + bias)[:, 0], w[:, 0]


def test_one_change_for_all_is_the_corner_where_a_linear_network_falls_most():
    network, pixels, logit, w = same_side()
    epsilon = float(np.median(logit) / np.abs(w).sum())
    attempt = attacked(Universal(epsilon, share=1.0), network, pixels, others(logit))
    change = (attempt.values - pixels).reshape(8, -1)
    size = np.abs(change).max()
    np.testing.assert_allclose(change, np.broadcast_to(-size * np.sign(w), change.shape), atol=1e-6)
    np.testing.assert_array_equal(attempt.found, logit < size * np.abs(w).sum() - 1e-4)
    assert attempt.found[::2].sum() == (logit[::2] < epsilon * np.abs(w).sum() - 1e-4).sum()


def test_the_smallest_change_for_all_is_that_of_the_hardest_it_is_made_from():
    network, pixels, logit, w = same_side()
    attempt = attacked(Universal(share=1.0), network, pixels, others(logit))
    ratio = np.abs(attempt.values - pixels).max() / (logit[::2].max() / np.abs(w).sum())
    assert 0.999 <= ratio <= 1.1
    assert attempt.found[::2].all()


def test_where_nothing_is_found_the_picture_stays():
    network = dense_network(np.zeros((16, 2), np.float32), np.float32([5, 0]), "softmax")
    pixels = np.full((2, SIDE, SIDE, 1), 0.5, np.float32)
    wanted = np.array([[False, True]] * 2)
    for method in (LBFGS(20), DeepFool(), CarliniWagner(), FGSM(), PGD()):
        attempt = attacked(method, network, pixels, wanted)
        assert not attempt.found.any()
        np.testing.assert_array_equal(attempt.values, pixels)


def test_noise_has_the_length_asked_for():
    pixels = rng.uniform(0, 1, (4, 8, 8, 3)).round().astype(np.float32)
    lengths = np.float32([0.01, 0.5, 2, 4])
    noisy = noise_of_norm(pixels, lengths)
    np.testing.assert_allclose(norms(noisy - pixels), lengths, rtol=1e-3)
    assert noisy.min() >= 0
    assert noisy.max() <= 1


def test_layer_changes():
    network, weights = small_network()
    x, y = rng.uniform(size=(2, 20, SIDE, SIDE, 1)).astype(np.float32)
    changes = LayerChanges(Objective(network, network.inputs[network.input], x))
    hidden = [np.tanh(v.reshape(20, -1) @ weights[0] + weights[1]) for v in (x, y)]
    expected = np.linalg.norm(hidden[1] - hidden[0], axis=1) / np.linalg.norm(hidden[0], axis=1)
    values = changes({network.input: x}, {network.input: y})
    assert values.shape == (len(changes.layers), 20) == (3, 20)
    np.testing.assert_allclose(values[1], expected, rtol=1e-4)


def test_changes_of_one_norm_are_equally_large_at_the_input_of_a_table_whose_columns_differ_in_scale():
    model = keras.Sequential([keras.Input((2,), name="row"), keras.layers.Dense(3, "softmax", name="answer")])
    network = Network(model, "table")
    table = np.float32([[700, 1], [800, 3], [900, 1], [800, 3]])  # mean (800, 2), standard deviations (sqrt(5000), 1)
    changes = LayerChanges(Objective(network, network.inputs["row"], table))
    before = np.float32([[700, 1], [700, 1]])
    after = before + np.diag(np.float32([0.5 * np.sqrt(5000), 0.5]))
    values = changes({"row": before}, {"row": after})
    np.testing.assert_allclose(values[0], 0.5 / np.sqrt(2 + 1), rtol=1e-5)
