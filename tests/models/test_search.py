"""Search: what a grid and random draws cover, that the held-out part decides, and that no finished trial runs again."""

import csv
import json
import os
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from dlviz.cli import search as command
from dlviz_models.cards import read_card
from dlviz_models.errors import UserError
from dlviz_models.training import search as module
from dlviz_models.training.run import TrainingProgress
from dlviz_models.training.search import axis, combinations, search
from dlviz_models.training.train import train
from tests.models.halves import halves

HALVES = halves(4)
HOW = {"epochs": 2, "batch": 16}


def test_grid_is_the_product() -> None:
    axes = [axis("mlp", "learning_rate=1e-4..1e-1"), axis("mlp", "hidden=64 64,32"), axis("mlp", "warmup=0..4:3")]
    options = combinations(axes, None, seed=0)
    rates = (0.0001, 0.001, 0.01, 0.1)
    expected = {(rate, hidden, warmup) for rate in rates for hidden in ((64,), (64, 32)) for warmup in (0, 2, 4)}
    assert len(options) == len(expected) == 24
    assert {(o["learning_rate"], o["hidden"], o["warmup"]) for o in options} == expected


def test_ranges_of_less_than_a_decade_are_divided_evenly() -> None:
    assert axis("alexnet32", "dropout=0..0.8").grid() == (0, 0.2, 0.4, 0.6, 0.8)
    assert axis("mlp", "warmup=1..3").grid() == (1, 2, 3)


def test_random_looks_at_as_many_values_as_trials() -> None:
    axes = [axis("alexnet32", "learning_rate=1e-4..1e-1"), axis("alexnet32", "dropout=0.1..0.8")]
    options = combinations(axes, 400, seed=0)
    assert [len({o[name] for o in options}) for name in ("learning_rate", "dropout")] == [400, 400]
    decades = np.histogram(np.log10([o["learning_rate"] for o in options]), bins=4, range=(-5, -1))[0]
    assert decades[0] == 0
    assert decades[1:] == pytest.approx([400 / 3] * 3, rel=0.2)  # evenly on a logarithmic scale
    assert np.mean([o["dropout"] for o in options]) == pytest.approx(0.45, abs=0.02)
    assert abs(np.corrcoef([(o["learning_rate"], o["dropout"]) for o in options], rowvar=False)[0, 1]) < 0.15
    assert combinations(axes, 400, seed=0) == options


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rate=1,2", "mlp has no option rate for --over; it has input_shape"),
        ("learning_rate=1e-1..1e-4", "is not a range of 0.0; write LOW..HIGH"),
        ("learning_rate=0..1:1", "is not a range"),
        ("optimizer=a..b", "is not a range of adam"),
        ("optimizer=adam,adma", "Option optimizer=adma is unknown"),
        ("warmup=1,", "has an empty value"),
        ("warmup=1,x", "Option warmup=x is not a whole number"),
    ],
)
def test_axis_refused(text: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        axis("mlp", text)


def test_best_on_the_held_out_part_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what a network reaches on the test part, here turned round, plays no role."""

    def fooled(*arguments: object, **how: object) -> object:
        result = train(*arguments, **how)  # type: ignore[arg-type]
        return replace(result, accuracy=1 - result.score)

    monkeypatch.setattr(module, "train", fooled)
    out = tmp_path / "best.keras"
    found = search("logistic", HALVES, out, ["optimizer=sgd", "learning_rate=1e-6,0.05"], **HOW)
    assert os.listdir(tmp_path) == ["best.keras"]
    scores = [trial.score for trial in found.trials]
    alone = [
        train("logistic", HALVES, tmp_path / "n.keras", options=trial.options, **HOW).score for trial in found.trials
    ]
    assert scores == alone
    assert found.best == int(np.argmax(alone)) == 1
    assert found.result.score == max(alone)
    assert found.result.out == str(out)
    weights = (keras.saving.load_model(path).get_weights()[0] for path in (out, tmp_path / "n.keras"))
    assert np.array_equal(*weights)  # the last one trained alone is the best


def test_failed_trials_are_told_and_passed_over(tmp_path: Path) -> None:
    over = ["optimizer=sgd", "learning_rate=1e30,0.05"]
    found = search("mlp", HALVES, tmp_path / "best.keras", over, options={"hidden": "5"}, **HOW)
    assert (found.best, found.trials[0].score) == (1, None)
    assert "The loss became" in found.trials[0].error
    with pytest.raises(UserError, match="The loss became"):
        search("mlp", HALVES, tmp_path / "no.keras", ["learning_rate=1e30"], options={"optimizer": "sgd"}, **HOW)


def test_finished_trials_are_not_run_again(tmp_path: Path) -> None:
    out, over = tmp_path / "best.keras", ["learning_rate=0.01,0.02,0.03"]

    def stop(state: TrainingProgress) -> None:
        if state.done > 3:  # in the second epoch of the second trial
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search("logistic", HALVES, out, over, progress=stop, **HOW)
    assert out.exists()
    with pytest.raises(UserError, match=r"was started with over=.*; give the same options"):
        search("logistic", HALVES, out, ["learning_rate=0.01"], resume=True, **HOW)
    seen: list[TrainingProgress] = []
    found = search("logistic", HALVES, out, over, resume=True, progress=seen.append, **HOW)
    assert 3 < seen[0].done <= 4
    assert (seen[-1].done, seen[-1].epochs) == (6, 6)
    whole = search("logistic", HALVES, tmp_path / "whole.keras", over, **HOW)
    assert [trial.score for trial in found.trials] == [trial.score for trial in whole.trials]
    assert found.best == whole.best
    assert sorted(os.listdir(tmp_path)) == ["best.keras", "whole.keras"]


def run_command(*words: str) -> int:
    parser = ArgumentParser(add_help=False)
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, table = tmp_path / "best.keras", tmp_path / "trials.csv"
    words = ["logistic", "--data", "digits", "--limit", "100", "--epochs", "1", "--out", str(out)]
    words += ["--over", "learning_rate=1e-4..1e-1", "--random", "2", "--table", str(table)]
    assert run_command(*words, "--json") == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"network", "score", "accuracy", "out", "best", "trials"} <= result.keys()
    best = result["trials"][result["best"]]
    assert best["score"] == result["score"] == max(trial["score"] for trial in result["trials"])
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    assert [float(row["learning_rate"]) for row in rows] == [t["options"]["learning_rate"] for t in result["trials"]]
    card = read_card(out)
    assert card is not None
    assert "dlviz search logistic --data digits --epochs 1" in card.command
    words[words.index("--random") + 1] = "1"
    assert run_command(*words[:-2]) == 0
    assert "Best on the held-out part: trial 1," in capsys.readouterr().out
