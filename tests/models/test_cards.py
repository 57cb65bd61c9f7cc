"""Cards travel in the network's file and survive junk."""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from dlviz_models.cards import Card, read_card, write_card
from dlviz_models.errors import UserError
from dlviz_models.networks.logistic import LogisticRegression

CARD = Card(
    name="logistic", data="digits", accuracy=0.9, preprocess="tf", fit="contain", class_names=("a", "ö"), licence="CC0"
)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    LogisticRegression((2, 2, 1), 2).save(tmp_path / "net.keras")
    return tmp_path / "net.keras"


def test_keras_opens_a_file_with_a_card(saved: Path) -> None:
    before = keras.saving.load_model(saved)
    assert read_card(saved) is None
    write_card(saved, Card(name="first"))
    write_card(saved, CARD)
    assert read_card(saved) == CARD
    after = keras.saving.load_model(saved)
    assert after.name == before.name
    for one, other in zip(before.get_weights(), after.get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_a_card_needs_a_keras_file(tmp_path: Path) -> None:
    (tmp_path / "a.keras").write_text("<html>")
    with pytest.raises(UserError, match=r"a\.keras is not a \.keras file"):
        write_card(tmp_path / "a.keras", CARD)
    assert (tmp_path / "a.keras").read_text() == "<html>"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (b"", None),
        (b"[" * 100_000, None),
        (b"[1]", None),
        (b'{"dlviz": 3}', None),
        (b'{"dlviz": {}}', Card()),
        (b'{"dlviz": {"name": ["x"], "accuracy": "high", "class_names": "ab", "extra": 1}}', Card()),
        (b'{"dlviz": {"accuracy": NaN, "preprocess": "rm -rf", "fit": "no", "class_names": ["a", 1]}}', Card()),
        (b'{"dlviz": {"accuracy": 1, "name": "x", "class_names": ["a"]}}', Card("x", accuracy=1.0, class_names=("a",))),
        (json.dumps({"dlviz": {"name": "x" * 3_000}}).encode(), Card()),
        (b'{"dlviz": {}}' + b" " * 2**20, None),
    ],
)
def test_junk_is_left_out(tmp_path: Path, metadata: bytes, expected: Card | None) -> None:
    with zipfile.ZipFile(tmp_path / "a.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", metadata)
    assert read_card(tmp_path / "a.keras") == expected


def test_what_is_no_file_has_no_card(tmp_path: Path) -> None:
    (tmp_path / "a.keras").write_bytes(b"\x89HDF\r\n\x1a\n")
    assert read_card(tmp_path / "a.keras") is None
    assert read_card(tmp_path / "gone.keras") is None
