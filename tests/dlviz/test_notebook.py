"""Sheets in Jupyter, held to IPython's own formatting and to nbformat."""

import io

import IPython
import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

import dlviz
from dlviz.__main__ import main
from dlviz.jobs import Request
from dlviz.lectures.lecture import Item, Lecture, write_lecture


@pytest.fixture
def shell(monkeypatch) -> InteractiveShell:
    shell = InteractiveShell()
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    return shell


def test_a_sheet_shows_itself_as_a_picture(shell):
    formats, _ = shell.display_formatter.format(dlviz.lesson("pooling"))
    with Image.open(io.BytesIO(formats["image/png"])) as picture:
        assert picture.width > 900
        assert np.ptp(np.asarray(picture.convert("L"))) > 200
    assert formats["text/plain"].startswith("Pooling: ")


def test_a_lecture_becomes_a_notebook_that_runs(shell, tmp_path):
    source, path = tmp_path / "lecture.toml", tmp_path / "lecture.ipynb"
    requests = Request("pooling", ""), Request("convolution2d", "", settings={"preset": "Sobel x"})
    items = (Item(request, f"Part {i}", "What is *seen*?") for i, request in enumerate(requests))
    write_lecture(Lecture("Windows", tuple(items)), source)
    assert main(["lecture", str(source), "--out", str(path)]) == 0
    read = nbformat.read(path, as_version=4)
    nbformat.validate(read)
    assert [cell.cell_type for cell in read.cells] == ["markdown", "code", "markdown", "code", "markdown", "code"]
    assert [cell.source for cell in read.cells[:3]] == ["# Windows", "import dlviz", "## Part 0\n\nWhat is *seen*?"]
    for cell in read.cells:
        if cell.cell_type == "code":
            shell.run_cell(cell.source).raise_error()
    assert shell.user_ns["sheet"].title == dlviz.lesson("convolution2d", preset="Sobel x").title
