"""The examples in docstrings give what they show."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from dlviz.views import views
from dlviz_models.keras_settings import load_keras

EXAMPLES = {
    "dlviz.abbreviations": 1,
    "dlviz.api": 7,
    "dlviz.sheet.numerals": 2,
    "dlviz.time_left": 1,
    "dlviz.films": 1,
    "dlviz.views.saliency": 1,
    "dlviz_models.data.sources": 2,
    "dlviz_models.data.resize": 2,
    "dlviz_models.training.estimate": 1,
    "dlviz_models.kept_epochs": 1,
    "dlviz_models.layers.text": 1,
}
"""How many functions and classes of a module have examples."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    load_keras()
    monkeypatch.chdir(tmp_path)  # what examples write goes there
    monkeypatch.setenv("DLVIZ_CACHE", str(tmp_path / "cache"))
    module = import_module(name)
    found = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    assert len(found) == EXAMPLES[name]
    runner = doctest.DocTestRunner()
    for test in found:
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", views())
def test_every_view_has_an_example(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    load_keras()
    monkeypatch.chdir(tmp_path)
    (test,) = doctest.DocTestFinder(recurse=False).find(views()[name], name)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0, capsys.readouterr().out
