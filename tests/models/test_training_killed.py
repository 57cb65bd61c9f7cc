"""A training killed at any moment, and all that can be wrong around it: one sentence, and nothing is lost."""

import csv
import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from dlviz.__main__ import main
from dlviz_models.training.checkpoint import state_path

KILLS = int(os.environ.get("DLVIZ_KILLS", "2"))
EPOCHS = KILLS + 3


def words(out: Path, *more: str) -> list[str]:
    return [
        "train", "logistic", "--data", "digits", "--limit", "1000", "--batch", "4", "--epochs", str(EPOCHS),
        "--out", str(out), "--log", f"{out}.csv", *more,
    ]  # fmt: skip


def rows(out: Path) -> list[dict[str, str]]:
    """The epochs in the log, but for what differs from run to run."""
    try:
        with open(f"{out}.csv", newline="", encoding="utf-8") as file:
            return [{name: value for name, value in row.items() if name != "seconds"} for row in csv.DictReader(file)]
    except FileNotFoundError:
        return []


@contextmanager
def started(out: Path, *more: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-W", "ignore", "-m", "dlviz", *words(out, *more)]
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(str(root / part) for part in (".", "gui", "models"))}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        yield process


@pytest.mark.timeout(120 * KILLS)
def test_killed_at_any_moment_goes_on(tmp_path: Path) -> None:
    whole, out = tmp_path / "whole.keras", tmp_path / "net.keras"
    assert main(words(whole)) == 0
    moments = random.Random(5)
    for kill in range(KILLS):
        before = len(rows(out))
        with started(out, "--resume") as process:
            while not state_path(out).exists() or len(rows(out)) < min(before + 1, EPOCHS - 1):
                if process.poll() is not None:  # it was done before anybody looked
                    assert process.returncode == 0, (process.stderr.read() if process.stderr else b"").decode()
                    break
                time.sleep(0.002)
            time.sleep(moments.random() * 0.2)
            process.send_signal(signal.SIGKILL)
        done = rows(out)
        assert done == rows(whole)[: len(done)], kill
        assert len(done) >= min(before + 1, EPOCHS - 1)
        if out.exists():
            keras.saving.load_model(out)
        if not state_path(out).exists():  # it was done before the signal came
            break
    if state_path(out).exists():
        assert main(words(out, "--resume")) == 0
    assert rows(out) == rows(whole)
    one, other = (keras.saving.load_model(path).get_weights() for path in (whole, out))
    for expected, found in zip(one, other, strict=True):
        assert np.array_equal(expected, found)
    assert not state_path(out).exists()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one sentence by which a request is refused."""
    assert main(["train", *arguments]) == 2
    error = capsys.readouterr().err.strip()
    assert "Traceback" not in error
    assert len(error.splitlines()[-1]) <= 400
    return error.splitlines()[-1]


def test_full_disk_and_read_only_folder_lose_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out, replace = tmp_path / "net.keras", os.replace
    line = [*words(out), "--epochs", "2", "--batch", "128"]

    def failing(error: int, after: int) -> None:
        """Let the disk take so many files."""
        left = iter(range(after))

        def put(*paths: Path) -> None:
            if next(left, None) is None:
                raise OSError(error, os.strerror(error))
            replace(*paths)

        monkeypatch.setattr(os, "replace", put)

    failing(errno.EROFS, 0)
    assert "could not be written: read-only file system" in refused(capsys, *line[1:])
    assert os.listdir(tmp_path) == []
    failing(errno.ENOSPC, 5)
    assert "could not be written: no space left on device" in refused(capsys, *line[1:])
    assert len(rows(out)) == 1
    keras.saving.load_model(out)
    monkeypatch.undo()
    assert main([*line, "--resume"]) == 0
    assert len(rows(out)) == 2
    assert sorted(os.listdir(tmp_path)) == ["net.keras", "net.keras.csv"]


def write_data(path: Path, labels: list[int]) -> str:
    pictures = np.random.default_rng(0).integers(0, 256, (len(labels), 6, 6), np.uint8)
    np.savez(path, x=pictures, y=np.array(labels))
    return str(path)


def test_what_can_be_wrong_is_said_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "net.keras")
    data = write_data(tmp_path / "data.npz", [0, 1, 2] * 10)
    negative = write_data(tmp_path / "negative.npz", [0, 1, -1] * 10)
    assert "gone.npz" in refused(capsys, "logistic", "--data", str(tmp_path / "gone.npz"), "--out", out)
    assert "label 2, but classes=2" in refused(capsys, "logistic", "--data", data, "--out", out, "--set", "classes=2")
    assert "negative.npz" in refused(capsys, "logistic", "--data", negative, "--out", out)
    steep = ("--set", "learning_rate=1e38", "--set", "optimizer=sgd", "--epochs", "3")
    assert "The loss became" in refused(capsys, "mlp", "--data", data, "--out", out, *steep)
    (tmp_path / "file").write_text("")
    assert "does not exist" in refused(capsys, "logistic", "--data", data, "--out", str(tmp_path / "file" / "a.keras"))


def test_folders_of_several_sizes_and_without_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = tmp_path / "pictures", str(tmp_path / "net.keras")
    for name, size in (("cat", 8), ("dog", 9)):
        (folder / name).mkdir(parents=True)
        for number in range(5):
            Image.new("L", (size, 8), number).save(folder / name / f"{number}.png")
    line = ("logistic", "--data", str(folder), "--out", out)
    assert main(["train", *line, "--epochs", "1"]) == 0
    assert "differ in size and are stretched to the 28x28 of logistic" in capsys.readouterr().err
    (folder / "empty").mkdir()
    assert "empty holds no pictures" in refused(capsys, *line, "--set", "input_shape=8,8,1")
