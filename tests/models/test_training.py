"""Training: what it reports, what it leaves, and that it goes on where it was stopped."""

import json
import os
import re
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from dlviz.cli import train as command
from dlviz_models.cards import read_card
from dlviz_models.data import ArrayPictures, Data, open_data
from dlviz_models.errors import UserError
from dlviz_models.tasks.examples import load_examples
from dlviz_models.training.run import TrainingProgress
from dlviz_models.training.train import train
from tests.models.halves import halves

HALVES = halves()


def stop_in_epoch(number: int) -> Callable[[TrainingProgress], None]:
    def progress(state: TrainingProgress) -> None:
        if state.done > number - 1:
            raise KeyboardInterrupt

    return progress


def test_learns_reports_and_leaves_one_file(tmp_path: Path) -> None:
    seen: list[TrainingProgress] = []
    out = tmp_path / "net.keras"
    result = train("logistic", HALVES, out, epochs=8, batch=4, progress=seen.append, command="the line")
    assert result.accuracy == 1
    assert (result.network, result.data, result.parameters, result.epochs) == ("logistic", "halves", 36 * 2 + 2, 8)
    assert os.listdir(tmp_path) == ["net.keras"]
    done = [state.done for state in seen]
    assert done == sorted(done)
    assert (done[-1], seen[-1].epochs) == (8, 8)
    assert "val_accuracy" in seen[-1].measures
    card = read_card(out)
    assert card is not None
    assert (card.name, card.accuracy, card.preprocess, card.command) == ("logistic", 1.0, "none", "the line")


def test_accuracy_and_loss_are_those_of_the_file(tmp_path: Path) -> None:
    data = open_data("digits")
    result = train("mlp", data, tmp_path / "net.keras", epochs=2, batch=16, limit=800, options={"hidden": "16"})
    probabilities = keras.saving.load_model(tmp_path / "net.keras").predict(data.test.batch(0, 1000), verbose=0)
    assert data.test.labels is not None
    assert result.accuracy == pytest.approx(np.mean(probabilities.argmax(axis=1) == data.test.labels))
    right = probabilities[np.arange(1000), data.test.labels]
    assert result.loss == pytest.approx(-np.log(right).mean(), rel=1e-4)
    assert 0.5 < result.accuracy < 1


def test_file_holds_no_optimizer(tmp_path: Path) -> None:
    train("logistic", HALVES, tmp_path / "net.keras", epochs=1)
    assert getattr(keras.saving.load_model(tmp_path / "net.keras"), "optimizer", None) is None


def test_same_seed_same_network(tmp_path: Path) -> None:
    weights = []
    for number, seed in enumerate((1, 1, 2)):
        train("logistic", HALVES, tmp_path / f"{number}.keras", epochs=2, batch=16, seed=seed)
        weights.append(keras.saving.load_model(tmp_path / f"{number}.keras").get_weights()[0])
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_resumed_is_the_same_as_never_interrupted(tmp_path: Path) -> None:
    how = {"epochs": 4, "batch": 8, "options": {"hidden": "5"}}
    whole = train("mlp", HALVES, tmp_path / "whole.keras", **how)
    out = tmp_path / "net.keras"
    with pytest.raises(KeyboardInterrupt):
        train("mlp", HALVES, out, progress=stop_in_epoch(3), **how)
    assert sorted(os.listdir(tmp_path)) == ["net.keras", "net.keras.resume.npz", "whole.keras"]
    assert read_card(out).accuracy is None  # type: ignore[union-attr]
    seen: list[TrainingProgress] = []
    resumed = train("mlp", HALVES, out, resume=True, progress=seen.append, **how)
    assert 2 < seen[0].done <= 3
    assert (resumed.epochs, resumed.accuracy, resumed.loss) == (4, whole.accuracy, whole.loss)
    expected, weights = (keras.saving.load_model(path).get_weights() for path in (tmp_path / "whole.keras", out))
    for one, other in zip(expected, weights, strict=True):
        assert np.array_equal(one, other)
    assert sorted(os.listdir(tmp_path)) == ["net.keras", "whole.keras"]


def test_resume_refused_or_from_the_start(tmp_path: Path) -> None:
    out = tmp_path / "net.keras"
    with pytest.raises(KeyboardInterrupt):
        train("logistic", HALVES, out, epochs=3, progress=stop_in_epoch(1))  # nothing on disk yet
    assert os.listdir(tmp_path) == []
    with pytest.raises(KeyboardInterrupt):
        train("logistic", HALVES, out, epochs=3, resume=True, progress=stop_in_epoch(2))
    with pytest.raises(UserError, match=r"was started with seed=0; give the same options"):
        train("logistic", HALVES, out, epochs=3, seed=5, resume=True)
    state = tmp_path / "net.keras.resume.npz"
    content = state.read_bytes()
    for damaged in (content[:200], b"", b"PK\x03\x04"):
        state.write_bytes(damaged)
        with pytest.raises(UserError, match=r"resume\.npz is damaged"):
            train("logistic", HALVES, out, epochs=3, resume=True)
    state.unlink()
    with pytest.raises(UserError, match="is already fully trained"):
        train("logistic", HALVES, out, epochs=3, resume=True)


def test_not_a_number_is_said(tmp_path: Path) -> None:
    network = tmp_path / "broken.weights.h5"
    from dlviz_models.networks.lenet import LeNet5

    model = LeNet5((6, 6, 1), 2)
    model.set_weights([np.full_like(values, np.nan) for values in model.get_weights()])
    model.save_weights(network)
    with pytest.raises(UserError, match="The loss became nan in epoch 1"):
        train("lenet5", HALVES, tmp_path / "net.keras", options={"weights": str(network)})
    assert not (tmp_path / "net.keras").exists()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"network": "lenet"}, "Unknown network lenet"),
        ({"options": {"classes": "1"}}, "halves has the label 1, but classes=1"),
        ({"options": {"input_shape": "6,6"}}, r"input shape \(6, 6\) is not"),
        ({"options": {"input_shape": "6,6,4"}}, "1 channels cannot be converted to 4"),
        ({"out": "net.h5"}, "must end in .keras"),
        ({"out": "gone/net.keras"}, "does not exist"),
        ({"epochs": 0}, "--epochs 0 is too small"),
        ({"limit": -1}, "--limit -1 is too small"),
        ({"data": Data.undivided("flat", ArrayPictures("flat", np.zeros((9, 6, 6, 1), np.uint8)))}, "has no labels"),
        ({"data": Data.undivided("few", ArrayPictures("few", np.zeros((3, 6, 6, 1), np.uint8), np.arange(3)))}, "few"),
    ],
)
def test_refused(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    wanted = {"network": "logistic", "data": HALVES, "out": "net.keras", **changes}
    wanted["out"] = tmp_path / str(wanted["out"])
    with pytest.raises(UserError, match=says):
        train(**wanted)  # type: ignore[arg-type]
    assert os.listdir(tmp_path) == []


def test_examples_are_drawn_apart() -> None:
    pictures = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
    part = ArrayPictures("numbers", pictures, np.arange(100))
    examples = load_examples(Data.divided("numbers", part, part), {"input_shape": (1, 1, 1)}, 50, seed=3)
    assert (len(examples.x), len(examples.x_held_out), len(examples.x_test)) == (45, 5, 100)
    assert np.array_equal(examples.x.ravel(), examples.y)
    assert not set(examples.y) & set(examples.y_held_out)


def test_pictures_are_brought_to_the_networks_size(tmp_path: Path) -> None:
    result = train("logistic", HALVES, tmp_path / "net.keras", epochs=1, options={"input_shape": "4,4,3"})
    assert result.parameters == 4 * 4 * 3 * 2 + 2


def run_command(*words: str) -> int:
    parser = ArgumentParser(add_help=False)
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "net.keras"
    words = ["logistic", "--data", "digits", "--out", str(out), "--epochs", "1", "--limit", "300"]
    assert run_command(*words, "--set", "classes=12", "--json") == 0
    output = capsys.readouterr()
    result = json.loads(output.out.splitlines()[-1])
    assert {"network", "data", "parameters", "epochs", "seconds", "examples_per_second"} <= result.keys()
    assert {"backend", "device", "seed", "out", "accuracy", "loss"} <= result.keys()
    assert (result["parameters"], result["out"]) == (784 * 12 + 12, str(out))
    note, line = output.err.splitlines()  # no progress bar: not a terminal
    assert re.fullmatch(r"This takes about \d+ s and \d+\.\d GB for 1 epoch of 300 pictures\.", note)
    assert re.fullmatch(r"epoch 1/1, loss \d\.\d{4}, accuracy 0\.\d{4}, held-out accuracy 0\.\d{4}, 0 s left", line)
    card = read_card(out)
    assert card is not None
    assert card.command.startswith(
        "dlviz train logistic --data digits --epochs 1 --batch 128 --limit 300 --seed 0 --set"
    )


def test_a_line_an_epoch_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with command._progress_bar("dbn") as show:
        show(TrainingProgress(0.5, 4, {}, "cpu:0", "rbm1"))
        show(TrainingProgress(1, 4, {}, "cpu:0", "rbm1"))
        show(TrainingProgress(2, 4, {}, "cpu:0", "rbm1"))
        show(TrainingProgress(2, 4, {}, "cpu:0", notes=("A note.",)))
        show(TrainingProgress(2.5, 4, {"loss": 3, "accuracy": 0.5}, "cpu:0"))
        show(TrainingProgress(3, 4, {"loss": 2, "accuracy": 0.75, "val_loss": 1, "val_accuracy": 0.5}, "cpu:0"))
        show(TrainingProgress(4, 4, {"loss": 2, "val_loss": 1}, "cpu:0"))
    lines = [re.sub(r"\d+ s left", "N s left", line) for line in capsys.readouterr().err.splitlines()]
    assert lines == [
        "rbm1 epoch 1/4, N s left",
        "rbm1 epoch 2/4, N s left",
        "A note.",
        "epoch 3/4, loss 2.0000, accuracy 0.7500, held-out accuracy 0.5000, N s left",
        "epoch 4/4, loss 2.0000, N s left",
    ]


def test_command_line_refuses(tmp_path: Path) -> None:
    out = str(tmp_path / "net.keras")
    with pytest.raises(UserError, match="--set classes has no value"):
        run_command("logistic", "--data", "digits", "--out", out, "--set", "classes")
    with pytest.raises(UserError, match="Unknown data digitz"):
        run_command("logistic", "--data", "digitz", "--out", out)
