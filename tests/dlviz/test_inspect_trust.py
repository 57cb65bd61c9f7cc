"""Custom layers open on an explicit word, for one file, and never otherwise."""

import sys
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from dlviz.api import open_model
from dlviz.cli import inspect as command
from dlviz.inspect import inspect_file, load_network
from dlviz.inspect.trust import imported
from dlviz.session import Session
from dlviz_models.errors import UserError

PROGRAM = """
import keras

class Twice(keras.layers.Layer):
    def __init__(self, inner=None, **config):
        super().__init__(**config)
        self.inner = keras.layers.Dense(3) if inner is None else keras.saving.deserialize_keras_object(inner)

    def call(self, x):
        return self.inner(x) * 2

    def get_config(self):
        return super().get_config() | {"inner": keras.saving.serialize_keras_object(self.inner)}

def bent(x):
    return keras.ops.where(x > 0, x, -0.3 * x)

class Plain:
    pass
"""


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A network with a custom layer and activation, whose program lies in the current folder and is not imported."""
    (tmp_path / "students_own.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    twice, bent = imported("students_own:Twice"), imported("students_own:bent")
    model = keras.Sequential([keras.Input((4,)), twice(name="twice"), keras.layers.Dense(2, activation=bent)])
    model.save(tmp_path / "net.keras")
    np.save(tmp_path / "answer.npy", model(np.ones((1, 4))))
    del sys.modules["students_own"]
    yield tmp_path / "net.keras"
    sys.modules.pop("students_own", None)


TRUST = ("students_own:Twice", "students_own:bent")


def test_opens_and_answers_as_before(saved: Path) -> None:
    network = open_model(saved, trust=TRUST)
    np.testing.assert_allclose(network.model(np.ones((1, 4))), np.load(saved.with_name("answer.npy")), rtol=1e-6)


def test_refusal_names_the_next_step(saved: Path) -> None:
    with pytest.raises(UserError, match=r"“Twice”.*--trust students_own:Twice"):
        inspect_file(saved)
    with pytest.raises(UserError, match=r"“Twice”, “bent”.*--trust students_own:Twice --trust students_own:bent"):
        inspect_file(saved)  # all at once
    with pytest.raises(UserError, match=r"“bent”.*--trust module:bent"):
        inspect_file(saved, trust=TRUST[:1])


def test_inspection_imports_nothing_and_names_what_is_trusted(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args([str(saved), *(f"--trust={word}" for word in TRUST)])) == 0
    assert "with the trusted students_own:Twice, students_own:bent" in capsys.readouterr().out
    assert "students_own" not in sys.modules


def test_nothing_is_remembered(saved: Path) -> None:
    session = Session()
    described = session.describe(str(saved), trust=TRUST)
    assert described.trusted == TRUST
    with pytest.raises(UserError, match="Twice"):
        session.describe(str(saved))
    with pytest.raises(UserError, match="Twice"):
        load_network(saved)
    assert not any("Twice" in name for name in keras.saving.get_custom_objects())


def test_trusted_names_that_the_file_does_not_use_are_not_imported(tmp_path: Path) -> None:
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(tmp_path / "net.keras")
    assert load_network(tmp_path / "net.keras", trust=("nowhere:Nothing",))[0].count_params() == 10


@pytest.mark.parametrize("word", ["os", "os:path.join", "a b:C", ":C", "a:", "a:b:c"])
def test_what_is_no_name_of_a_class(word: str, saved: Path) -> None:
    with pytest.raises(UserError, match="module:Class"):
        inspect_file(saved, trust=[word])


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("nowhere:Twice", "cannot be imported"),
        ("students_own:Missing", "cannot be imported"),
        ("students_own:Plain", "neither a Keras layer"),
        ("subprocess:Popen", "neither a Keras layer"),
        ("os:system", "neither a Keras layer"),
        ("builtins:exec", "neither a Keras layer"),
        ("keras.layers:Lambda", "neither a Keras layer"),
    ],
)
def test_classes_refused(word: str, says: str, saved: Path) -> None:
    with pytest.raises(UserError, match=says) as caught:
        imported(word)
    assert len(str(caught.value)) <= 400


def test_a_file_in_the_folder_takes_no_other_modules_place(saved: Path) -> None:
    saved.with_name("colorsys.py").write_text("raise SystemExit")
    sys.modules.pop("colorsys", None)
    saved.with_name("students_own.py").write_text("import colorsys\n" + PROGRAM)
    assert open_model(saved, trust=TRUST).layers
