"""Names of classes are read from the files that tools leave beside a network, and it is said from where."""

import json
from pathlib import Path

import keras
import pytest

from dlviz.api import open_model, show
from dlviz.inspect import inspect_file, open_network
from dlviz_models.cards import Card, write_card


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    x = keras.Input((8, 8, 1))
    keras.Model(x, keras.layers.Dense(2, "softmax")(keras.layers.Flatten()(x))).save(tmp_path / "net.keras")
    return tmp_path / "net.keras"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("labels.txt", "0 cat\n1 a dog\n"),
        ("labels.txt", "\ufeffcat\r\na dog\r\n\r\n"),
        ("class_names.txt", "cat\na dog"),
        ("class_indices.json", json.dumps({"a dog": 1, "cat": 0})),
        ("class_indices.json", json.dumps({"0": "cat", "1": "a dog"})),
        ("class_indices.json", json.dumps({"0": ["n01", "cat"], "1": ["n02", "a dog"]})),
        ("class_names.json", json.dumps(["cat", "a dog"])),
    ],
)
def test_names_beside_the_file(file: str, content: str, saved: Path) -> None:
    saved.with_name(file).write_text(content, "utf-8")
    assert open_model(saved).classes == ("cat", "a dog")
    assert f"Beside it, {file} names 2 classes: cat, a dog." in inspect_file(saved).summary
    assert f"The names of its classes are from {file}." in show("predictions", str(saved)).note


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("labels.txt", "cat\ndog\nbird"),
        ("labels.txt", "\0\xff"),
        ("class_indices.json", "{"),
        ("class_indices.json", json.dumps({"cat": 0, "dog": 0})),
        ("class_indices.json", json.dumps([1, 2])),
        ("class_indices.json", "[" * 5000),
    ],
)
def test_what_does_not_fit_is_passed_over(file: str, content: str, saved: Path) -> None:
    saved.with_name(file).write_text(content, "latin-1")
    assert open_network(saved).classes == ()


def test_links_out_and_the_card(saved: Path, tmp_path: Path) -> None:
    write_card(saved, Card(class_names=("a", "b")))
    saved.with_name("labels.txt").write_text("cat\ndog")
    assert open_model(saved).classes == ("a", "b")
    write_card(saved, Card())
    saved.with_name("labels.txt").rename(tmp_path / "elsewhere")
    saved.with_name("labels.txt").symlink_to(tmp_path / "elsewhere")
    assert open_model(saved).classes == ()
