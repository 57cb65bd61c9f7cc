"""Watching a training: what is seen against what the network and Keras say, and that looking changes nothing."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import dlviz
from dlviz.__main__ import main as program
from dlviz.panels.layer_gallery import _laid_out, gallery, gallery_layers
from dlviz.panels.learning_curves import LEFT, curve_panels
from dlviz.sheet import Curves, Tiles
from dlviz.watching.jobs import PARTS as TITLES
from dlviz.watching.jobs import Look, WatchTraining
from dlviz.watching.live_sheets import Watch
from dlviz.watching.parts import PARTS
from dlviz_models.data import open_data
from dlviz_models.errors import UserError
from dlviz_models.kept_epochs import kept_epochs

DIGITS = open_data("digits")


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    """LeNet before its first step."""
    watch = Watch("lenet5", DIGITS, epochs=1, limit=500)
    yield watch
    watch.close()


def test_looking_changes_nothing(tmp_path: Path) -> None:
    how: dict[str, Any] = {"epochs": 1, "batch": 50, "limit": 300, "seed": 3}
    watch = dlviz.watch("lenet5", "digits", part="maps", **how)
    watch.training.go_by_batches(True)
    for part, _ in zip(PARTS, watch, strict=False):
        watch.look_at(Look(part, "conv2", 3))
        assert "conv2" in watch.part().title or part == "answers"
    *_, last = watch
    assert last.moment.figures
    assert last.part is not None
    watch.keep(str(tmp_path / "kept.keras"))
    watch.close()
    dlviz.train("lenet5", "digits", tmp_path / "trained.keras", **how)
    kept, trained = (keras.saving.load_model(tmp_path / f"{n}.keras").get_weights() for n in ("kept", "trained"))
    assert all(np.array_equal(a, b) for a, b in zip(kept, trained, strict=True))


def test_answers_are_the_networks(watch: Watch) -> None:
    watch.look_at(Look("answers"))
    sheet = watch.part()
    expected = watch.network.model.predict(DIGITS.test.batch(0, 60), verbose=0)
    np.testing.assert_allclose(sheet.arrays["probabilities"], expected, atol=1e-5)
    labels = DIGITS.test.labels
    assert labels is not None
    right = expected.argmax(axis=1) == labels[:60]
    assert sheet.summary == f"{right.sum()} of 60 test pictures are classified correctly."
    [tiles] = sheet.panels
    assert isinstance(tiles, Tiles)
    is_blue = tiles.images[:, 0, 0, 2] > tiles.images[:, 0, 0, 0]
    np.testing.assert_array_equal(is_blue, right)


def test_gradients_are_differences_of_the_loss(watch: Watch) -> None:
    """Of the logits, softmax less the true class; of a bias, what a small step changes in the loss."""
    watch.look_at(Look("gradients", sample=5))
    found = watch.part().arrays
    x, label = DIGITS.test.batch(5, 6), int(DIGITS.test.sample(5).target)  # type: ignore[arg-type]
    p = watch.network.model.predict(x, verbose=0)[0]
    np.testing.assert_allclose(found["logits"], p - np.eye(10)[label], atol=1e-5)
    watch.look_at(Look("gradients", "conv1", 5))
    gradient = watch.part().arrays["gradient"]
    kernel = watch.network.keras_layer("conv1").kernel
    at = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    before, losses = np.array(kernel), []
    for step in (-0.001, 0.001):
        moved = before.copy()
        moved[at] += step
        kernel.assign(moved)
        losses.append(-np.log(watch.network.model.predict(x, verbose=0)[0, label]))
    kernel.assign(before)
    assert gradient[at] == pytest.approx((losses[1] - losses[0]) / 0.002, rel=0.05)


def test_maps_of_every_layer_and_of_one(watch: Watch) -> None:
    watch.look_at(Look("maps", sample=2))
    sheet = watch.part()
    names = [panel.title.split(":")[0] for panel in sheet.panels if isinstance(panel, Tiles)]
    assert names == list(gallery_layers(watch.network))
    assert {"conv1", "conv2", "logits"} <= set(names)
    assert f"{sheet.arrays['conv2'].max():.2g}" in sheet.panels[1 + names.index("conv2")].title
    watch.look_at(Look("maps", "conv2", 2))
    assert "conv2" in watch.part().title


def test_what_is_looked_at_follows_the_weights(watch: Watch) -> None:
    watch.look_at(Look("filters", "conv1"))
    before = watch.part().arrays["weights"].copy()
    kernel = watch.network.keras_layer("conv1").kernel
    kernel.assign(before + 1)
    np.testing.assert_allclose(watch.part().arrays["weights"], before + 1)
    kernel.assign(before)


@pytest.mark.parametrize(
    ("look", "says"),
    [
        (Look("nothing"), "one of answers"),
        (Look(layer="conv9"), "no layer conv9"),
        (Look(sample=1000), "numbered from 0"),
    ],
)
def test_refused(watch: Watch, look: Look, says: str) -> None:
    with pytest.raises(UserError, match=says):
        watch.look_at(look)


def test_what_cannot_be_shown_is_said(watch: Watch) -> None:
    watch.look_at(Look("filters", "pool1"))
    assert "without weights" in watch.part().summary


def test_command_and_python_train_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    job = WatchTraining("mlp", "digits", 1, 50, 300, 3, {"hidden": (8,), "optimizer": "sgd"})
    assert program(shlex.split(job.command)[1:]) == 0
    trained = keras.saving.load_model("mlp.keras").get_weights()
    exec(job.python, {})
    assert "Done" in capsys.readouterr().out
    kept = keras.saving.load_model("mlp.keras").get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(kept, trained, strict=True))


def test_epochs_are_kept_as_train_keeps_them_and_rewound_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job = WatchTraining("mlp", "digits", 2, 50, 300, 3, {"hidden": (8,)}, keep_epochs="watched")
    exec(job.python, {})
    assert program(shlex.split(replace(job, keep_epochs="trained").command)[1:]) == 0
    for path in kept_epochs("trained").values():
        pair = [keras.saving.load_model(file).get_weights() for file in (path, Path("watched") / path.name)]
        assert all(np.array_equal(a, b) for a, b in zip(*pair, strict=True))
    watch = dlviz.watch("mlp", "digits", epochs=2, limit=300, keep_epochs="run")
    list(watch)
    assert list(kept_epochs("run")) == [1, 2]
    watch.rewind(1e9)
    assert list(kept_epochs("run")) == []
    list(watch)
    assert list(kept_epochs("run")) == [1, 2]
    watch.close()
    with pytest.raises(UserError, match="run holds the epochs of another training; choose a new folder"):
        dlviz.watch("mlp", "digits", keep_epochs="run")


def test_every_part_has_a_title() -> None:
    assert list(PARTS) == list(TITLES)


def test_curves_join_what_was_measured() -> None:
    points = [
        (0.5, {"loss": 4.0}),
        (1.0, {"loss": 2.0}),
        (1.0, {"val_loss": 3.0}),
        (2.0, {"loss": 1.0, "accuracy": 0.5}),
    ]
    loss, accuracy = curve_panels(points, [(1.5, {"loss": 9.0}), (2.0, {"loss": float("nan")})])
    assert isinstance(loss, Curves)
    assert isinstance(accuracy, Curves)
    np.testing.assert_array_equal(loss.x, [0.5, 1, 1.5, 2])
    np.testing.assert_array_equal(loss.series["training"], [4, 2, 1.5, 1])
    np.testing.assert_array_equal(loss.series["held-out part"], [np.nan, 3, np.nan, np.nan])
    np.testing.assert_array_equal(loss.series[LEFT], [np.nan, np.nan, 9, np.nan])
    assert list(accuracy.series) == ["training"]


def test_gallery_lays_out_what_layers_answer() -> None:
    maps = {"a": np.zeros((4, 4, 20)), "b": np.arange(84.0), "c": np.ones((7, 3)), "d": np.ones((2, 5, 6, 3))}
    shapes = [panel.images.shape[:3] for panel in gallery(maps, "signed") if isinstance(panel, Tiles)]
    assert shapes == [(16, 4, 4), (1, 7, 12), (1, 3, 7), (3, 5, 6)]
    assert _laid_out(np.ones(23)).sum() == 23
