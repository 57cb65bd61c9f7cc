"""Options of a training: rates and stops against worked examples, gradients, weights and pictures against formulas."""

import itertools
import os
from pathlib import Path

import keras
import numpy as np
import pytest

from dlviz_models.errors import UserError
from dlviz_models.networks import network
from dlviz_models.training.augmentation import AUGMENTATIONS, augmented
from dlviz_models.training.initialization import INITIALIZERS, initialize
from dlviz_models.training.recipe import LEARNING_RATES, Recipe, halvings, recipe_and_settings, since_best
from dlviz_models.training.run import TrainingProgress
from dlviz_models.training.train import train
from tests.models.halves import halves

RANDOM = np.random.default_rng(0)


HALVES = halves()


def test_options_are_parted() -> None:
    options = {"hidden": "5", "optimizer": "nesterov", "clip_norm": "15", "warmup": "2", "learning_rate": "0.5"}
    recipe, settings = recipe_and_settings(network("mlp"), options)
    assert recipe == Recipe(optimizer="nesterov", clip_norm=15.0, warmup=2, learning_rate=0.5)
    assert settings == {"hidden": (5,)}
    assert recipe.chosen == {"optimizer": "nesterov", "clip_norm": 15.0, "warmup": 2, "learning_rate": 0.5}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"optimizer": "adamw"}, "Option optimizer=adamw is unknown: choose one of adam, sgd, momentum"),
        ({"schedule": "steps"}, "Option schedule=steps is unknown: choose one of cosine, plateau, constant"),
        ({"patience": "soon"}, "Option patience=soon is not a whole number"),
        ({"clip_norm": "-1"}, "Option clip_norm=-1 is too small: the least is 0"),
        ({"depth": "3"}, "mlp has no option depth"),
    ],
)
def test_options_refused(options: dict[str, str], says: str) -> None:
    with pytest.raises(UserError, match=says):
        recipe_and_settings(network("mlp"), options)


@pytest.mark.parametrize(
    ("scores", "halved", "waited"),
    [([], 0, 0), ([1], 0, 0), ([1, 1], 0, 1), ([1, 1, 1], 1, 2), ([1, 0, 0, 0, 0], 2, 4), ([1, 0, 2, 1, 1, 3], 1, 0)],
)
def test_stalled_epochs_are_counted(scores: list[float], halved: int, waited: int) -> None:
    assert (halvings(scores), since_best(scores)) == (halved, waited)


def test_rates_of_epochs() -> None:
    plateau = Recipe(schedule="plateau", learning_rate=0.8, warmup=3)
    scores = [1.0, 2.0, 3.0, 4.0, 4.0, 3.0, 2.0, 1.0, 5.0]
    rates = [plateau.epoch_rate(scores[:epoch]) for epoch in range(10)]
    assert np.allclose(rates, [0.2, 0.4, 0.6, 0.8, 0.8, 0.8, 0.4, 0.4, 0.2, 0.2])  # type: ignore[arg-type]
    assert Recipe(schedule="constant", learning_rate=0.8).epoch_rate([1, 1, 1, 1, 1]) == 0.8
    assert Recipe().epoch_rate([1, 1]) is None
    assert [Recipe(patience=2).stops(scores[:epoch]) for epoch in (4, 5, 6)] == [False, False, True]
    assert not Recipe().stops([1] * 100)


def test_cosine_rises_and_falls() -> None:
    schedule = Recipe(learning_rate=0.1, warmup=2).keras_optimizer(epochs=6, steps=10)._learning_rate
    rates = [float(schedule(step)) for step in (0, 10, 20, 40, 60)]
    assert np.allclose(rates, [0, 0.05, 0.1, 0.05, 0], atol=1e-6)
    assert float(Recipe().keras_optimizer(5, 10)._learning_rate(0)) == pytest.approx(LEARNING_RATES["adam"])


@pytest.mark.parametrize("name", LEARNING_RATES)
def test_optimizers_follow_their_rules(name: str) -> None:
    recipe = Recipe(optimizer=name, learning_rate=0.1, schedule="constant")  # type: ignore[arg-type]
    weight = keras.Variable(1.0)
    optimizer = recipe.keras_optimizer(1, 1)
    for _ in range(2):
        optimizer.apply([keras.ops.convert_to_tensor(0.5)], [weight])
    moved = {
        "sgd": 0.05 + 0.05,
        "momentum": 0.05 + (0.9 * 0.05 + 0.05),
        "nesterov": (0.9 * 0.05 + 0.05) + (0.9 * (0.9 * 0.05 + 0.05) + 0.05),
        "adagrad": 0.1 * 0.5 / (0.1 + 0.25) ** 0.5 + 0.1 * 0.5 / (0.1 + 0.5) ** 0.5,
        "rmsprop": 0.1 * 0.5 / 0.025**0.5 + 0.1 * 0.5 / (0.9 * 0.025 + 0.025) ** 0.5,
        "adam": 0.1 + 0.1,
    }
    assert float(weight.value) == pytest.approx(1 - moved[name], abs=1e-5)


def test_norm_of_all_gradients_is_clipped() -> None:
    weights = [keras.Variable(np.zeros(2, "float32")), keras.Variable(np.zeros(1, "float32"))]
    optimizer = Recipe(optimizer="sgd", learning_rate=1.0, schedule="constant", clip_norm=15).keras_optimizer(1, 1)
    optimizer.apply([keras.ops.convert_to_tensor(g) for g in ([20.0, 40.0], [40.0])], weights)  # of length 60
    moved = np.concatenate([keras.ops.convert_to_numpy(weight.value) for weight in weights])
    assert np.allclose(moved, [-5, -10, -10], atol=1e-4)  # of length 15


@pytest.mark.parametrize(
    ("name", "deviation"),
    [
        ("zeros", 0), ("small", 0.01), ("large", 1), ("xavier_uniform", (2 / 500) ** 0.5),
        ("xavier_normal", (2 / 500) ** 0.5), ("kaiming_uniform", (2 / 400) ** 0.5),
        ("kaiming_normal", (2 / 400) ** 0.5), ("lecun_normal", (1 / 400) ** 0.5), ("orthogonal", (1 / 400) ** 0.5),
    ],
)  # fmt: skip
def test_initial_deviations(name: str, deviation: float) -> None:
    model = network("mlp").build(input_shape=(20, 20, 1), hidden=(100, 100))
    before = model.get_layer("dense1").bias.numpy()
    initialize(model, name)
    kernel = model.get_layer("dense1").kernel.numpy()  # (400, 100)
    assert kernel.std() == pytest.approx(deviation, rel=0.02)
    assert np.array_equal(model.get_layer("dense1").bias.numpy(), before)
    assert name in INITIALIZERS
    if name == "orthogonal":
        assert np.allclose(kernel.T @ kernel, np.eye(100), atol=1e-5)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_pictures_are_altered_while_training_only(name: str) -> None:
    keras.utils.set_random_seed(0)
    flat = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()])
    model = augmented(flat, name)
    x = RANDOM.integers(0, 256, (6, 8, 8, 3)).astype("float32")
    assert np.array_equal(model(x, training=False), x.reshape(6, -1))
    altered = keras.ops.convert_to_numpy(model(x, training=True)).reshape(x.shape)
    assert not np.allclose(altered, x, atol=1)
    assert -1e-3 <= altered.min() <= altered.max() <= 255.001
    assert all(np.isin(one, [*other.ravel()]).all() for one, other in zip(altered, x, strict=True)) or name != "flip"


def test_augmentation_is_not_saved(tmp_path: Path) -> None:
    options = {"augment": "shift, zoom", "optimizer": "momentum", "initializer": "kaiming_normal"}
    result = train("lenet5", HALVES, tmp_path / "net.keras", epochs=1, batch=16, options=options)
    model = keras.saving.load_model(tmp_path / "net.keras")
    assert not [layer.name for layer in model.layers if "random" in type(layer).__name__.lower()]
    assert model.count_params() == result.parameters
    assert model.layers[0].name == "pixels"


def test_stops_early(tmp_path: Path) -> None:
    options = {"learning_rate": "1e-30", "patience": "2", "schedule": "constant"}
    result = train("logistic", HALVES, tmp_path / "net.keras", epochs=9, options=options)
    assert result.epochs == 3


def test_plateau_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    options = {
        "schedule": "plateau",
        "optimizer": "momentum",
        "augment": "shift",
        "learning_rate": "0.5",
        "warmup": "1",
    }
    how = {"epochs": 4, "batch": 16, "options": options}
    whole = train("logistic", HALVES, tmp_path / "whole.keras", **how)  # type: ignore[arg-type]
    calls = itertools.count()

    def stop(state: TrainingProgress) -> None:
        if state.done > 2 and next(calls):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train("logistic", HALVES, tmp_path / "net.keras", progress=stop, **how)  # type: ignore[arg-type]
    changed = {**how, "options": {**options, "learning_rate": "0.25"}}
    with pytest.raises(UserError, match=r"was started with learning_rate=0\.5"):
        train("logistic", HALVES, tmp_path / "net.keras", resume=True, **changed)  # type: ignore[arg-type]
    resumed = train("logistic", HALVES, tmp_path / "net.keras", resume=True, **how)  # type: ignore[arg-type]
    assert resumed.loss == whole.loss
    assert sorted(os.listdir(tmp_path)) == ["net.keras", "whole.keras"]


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("logistic", {"augment": "shift,spin"}, "Option augment=spin is unknown; choose some of flip, shift"),
        ("autoencoder", {"augment": "shift", "hidden": "3"}, "augment is for classifiers of pictures"),
        ("logistic", {"initializer": "ones"}, "Option initializer=ones is unknown; choose zeros, small, large"),
        ("alexnet32", {"include_top": "no"}, "alexnet32 has no layer logits to train"),
    ],
)
def test_trainings_refused(name: str, options: dict[str, str], says: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=says):
        train(name, HALVES, tmp_path / "net.keras", options=options)
    assert os.listdir(tmp_path) == []
