"""What a training writes down beside the network: the table, TensorBoard's files, each epoch's network; precision."""

import csv
import itertools
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlviz_models.cards import read_card
from dlviz_models.errors import UserError
from dlviz_models.networks import NETWORKS
from dlviz_models.training.recipe import recipe_and_settings
from dlviz_models.training.run import TrainingProgress
from dlviz_models.training.train import train
from tests.models.halves import halves

HALVES = halves()


def stop_after(epochs: int) -> Callable[[TrainingProgress], None]:
    def progress(state: TrainingProgress) -> None:
        if state.done > epochs:
            raise KeyboardInterrupt

    return progress


def table(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard would read: (step, value) by name."""
    found: dict[str, list[tuple[int, float]]] = {}
    for file in sorted(folder.iterdir()):
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
    return found


def test_epochs_are_written_down_and_go_on(tmp_path: Path) -> None:
    how: dict[str, Any] = {
        "epochs": 4, "batch": 16, "options": {"schedule": "plateau", "learning_rate": "0.01"},
        "log": tmp_path / "log.csv", "tensorboard": tmp_path / "board", "keep_epochs": tmp_path / "kept/here",
    }  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        train("logistic", HALVES, tmp_path / "net.keras", progress=stop_after(2), **how)
    assert [row["epoch"] for row in table(how["log"])] == ["1", "2"]
    how["log"].write_text("spoilt")
    result = train("logistic", HALVES, tmp_path / "net.keras", resume=True, **how)
    rows = table(how["log"])
    assert list(rows[0]) == [
        "epoch", "seconds", "learning_rate", "accuracy", "loss", "val_accuracy", "val_loss", "device",
    ]  # fmt: skip
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    assert {row["device"] for row in rows} == {result.device}
    assert float(rows[0]["learning_rate"]) == pytest.approx(0.01)
    train_curve, held_out = (scalars(how["tensorboard"] / part) for part in ("train", "held_out"))
    for curve, prefix in ((train_curve, ""), (held_out, "val_")):
        assert {step: pytest.approx(value) for step, value in curve["loss"]} == {
            int(row["epoch"]): float(row[f"{prefix}loss"]) for row in rows
        }
    kept = sorted(how["keep_epochs"].iterdir())
    assert [path.name for path in kept] == [f"epoch_00{number}.keras" for number in (1, 2, 3, 4)]
    x, y = HALVES.test.batch(0, 60), HALVES.test.labels
    for path, row in zip(kept, rows, strict=True):
        card = read_card(path)
        assert card is not None
        assert card.name == f"logistic, epoch {row['epoch']}"
        keras.saving.load_model(path).predict(x, verbose=0)
    best = max(rows, key=lambda row: float(row["val_accuracy"]) - 1e-3 * float(row["val_loss"]))
    chosen = keras.saving.load_model(how["keep_epochs"] / f"epoch_{int(best['epoch']):03}.keras")
    out = keras.saving.load_model(tmp_path / "net.keras")
    for one, other in zip(out.get_weights(), chosen.get_weights(), strict=True):
        assert np.array_equal(one, other)
    assert np.mean(out.predict(x, verbose=0).argmax(axis=1) == y) == pytest.approx(result.accuracy)


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ({"log": "gone/log.csv"}, r"The folder of --log .* does not exist; create it first"),
        ({"tensorboard": "file/board"}, r"--tensorboard .* cannot be created: Not a directory; choose another"),
        ({"keep_epochs": "file"}, r"--keep-epochs .* cannot be created: File exists; choose another"),
    ],
)
def test_places_refused_before_the_training(place: dict[str, str], says: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    places = {option: tmp_path / name for option, name in place.items()}
    with pytest.raises(UserError, match=says):
        train("logistic", HALVES, tmp_path / "net.keras", **places)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_half_precision_is_saved_as_float32(tmp_path: Path) -> None:
    seen: list[TrainingProgress] = []
    how: dict[str, Any] = {"epochs": 4, "batch": 8, "options": {"hidden": "8", "precision": "mixed_float16"}}
    result = train("mlp", HALVES, tmp_path / "net.keras", progress=seen.append, **how)
    assert keras.config.dtype_policy().name == "float32"
    assert {state.device for state in seen} == {result.device}
    with zipfile.ZipFile(tmp_path / "net.keras") as archive:
        assert "float16" not in json.dumps(json.loads(archive.read("config.json"))["config"]["layers"])
    model = keras.saving.load_model(tmp_path / "net.keras")
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    found = model.predict(HALVES.test.batch(0, 60), verbose=0).argmax(axis=1)
    assert result.accuracy == pytest.approx(np.mean(found == HALVES.test.labels))
    assert result.accuracy > 0.9


def test_recurrent_networks_are_clipped_unless_told_otherwise() -> None:
    clipped = {name for name, spec in NETWORKS.items() if recipe_and_settings(spec, {})[0].clip_norm == 15}
    assert clipped == {"rnn", "seq2seq", "tree_rnn", "rntn", "tree_lstm", "denoiser"}
    assert recipe_and_settings(NETWORKS["lenet5"], {})[0].clip_norm == 0
    assert recipe_and_settings(NETWORKS["rnn"], {"clip_norm": "0"})[0].clip_norm == 0
    assert recipe_and_settings(NETWORKS["rnn"], {"clip_norm": "3"})[0].clip_norm == 3


def test_no_step_is_longer_than_the_clip(tmp_path: Path) -> None:
    """With plain gradient descent, one step an epoch, the weights move by rate x norm of the gradient applied."""
    kept = tmp_path / "kept"
    options = {
        "optimizer": "sgd", "learning_rate": "1", "schedule": "constant", "initializer": "large", "units": "8",
    }  # fmt: skip
    how = {"epochs": 3, "batch": 64, "options": options | {"clip_norm": "0.01"}, "keep_epochs": kept}
    train("rnn", HALVES, tmp_path / "net.keras", **how)  # type: ignore[arg-type]
    weights = [
        np.concatenate([w.ravel() for w in keras.saving.load_model(path).get_weights() if w.dtype == np.float32])
        for path in sorted(kept.iterdir())
    ]
    lengths = [float(np.linalg.norm(after - before)) for before, after in itertools.pairwise(weights)]
    assert lengths == pytest.approx([0.01] * 2, rel=1e-2)
