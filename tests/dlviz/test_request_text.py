"""Text that makes a picture again: run, it gives the same arrays; read, it gives the same request."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from dlviz import draw
from dlviz.cli.requests import read_command, requests_made
from dlviz.films import last, show_lesson
from dlviz.inspect import inspect_file
from dlviz.jobs import Request
from dlviz.lessons import lesson, lessons
from dlviz.marks import mark, marks_in
from dlviz.parsing.array_text import read_array, write_array
from dlviz.provenance import caption, found_beside, relative_to, with_paths
from dlviz.request_text import command, exact, python
from dlviz.sheet import Paragraph, Sheet
from dlviz_models.errors import UserError

KERNEL = ((1.0, 0.1 + 0.2), (-1 / 3, 2.0))
DRAWN = (np.arange(784).reshape(28, 28, 1) % 251).astype(np.uint8)
REQUESTS = (
    Request("activations", "lenet5", layer="conv2", inputs=("digits:7",)),
    Request("activations", "lenet5", layer="conv1", inputs=(DRAWN,), like_data=True),
    Request("patches", "my net's.keras", units=(3, 5), data="my photos/", limit=40, preprocess="tf", fit="stretch"),
    Request("patches", "lenet5", layer="conv1", data="photos/", limit=40, balanced=True),
    Request("predictions", "sums", inputs=("text:12+9",)),
    Request("convolution2d", "", settings={"kernel": KERNEL, "at": (3.0, 4.25)}),
)


def run(words: list[str], folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.view)
def test_a_command_is_read_as_the_request_that_it_was_written_for(request_: Request) -> None:
    found = read_command(command(request_))
    assert command(found) == command(request_)
    assert found.settings == request_.settings
    assert (found.units, found.limit, found.balanced, found.fit, found.data) == (
        request_.units, request_.limit, request_.balanced, request_.fit, request_.data
    )  # fmt: skip


@pytest.mark.parametrize("name", lessons())
def test_every_lesson_is_written_and_read(name: str) -> None:
    values = dict(last(lesson(name), {}).values)
    found = read_command(command(Request(name, "", settings=values)))
    assert found.settings == values
    compile(python(Request(name, "", settings=values), "a.png"), name, "exec")


@given(some.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_exactly(number: float) -> None:
    assert float(exact(number)) == number


@given(some.text(min_size=1).filter(lambda text: text.isprintable()))
def test_marks_survive_any_surroundings(text: str) -> None:
    assert marks_in(b"Z9" + mark(text).encode() + b"7.x") == (text,)


def test_python_and_command_of_a_lesson_give_the_same_arrays_and_pixels(tmp_path: Path) -> None:
    request = REQUESTS[-1]
    sheet = last(lesson(request.view), request.settings)
    run(["-m", *shlex.split(command(request, "a.npz"))], tmp_path)
    run(["-c", python(request, "b.npz")], tmp_path)
    run(["-m", *shlex.split(command(request, "a.png"))], tmp_path)
    for name in ("a.npz", "b.npz"):
        with np.load(tmp_path / name) as found:
            for key, values in sheet.arrays.items():
                np.testing.assert_array_equal(found[key], values)
    draw.save([sheet], tmp_path / "c.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "c.png").read_bytes()


def test_python_and_command_of_a_view_give_the_same_arrays(tmp_path: Path) -> None:
    request = replace(REQUESTS[1], like_data=False)
    run(["-m", *shlex.split(command(request, "a.npz"))], tmp_path)
    run(["-c", python(request, "b.npz")], tmp_path)
    with np.load(tmp_path / "a.npz") as one, np.load(tmp_path / "b.npz") as other:
        assert one.files == other.files
        for key in one.files:
            np.testing.assert_array_equal(one[key], other[key])
        assert read_command(str(one["request"])).layer == "conv1"
        assert "lenet5 · layer conv1 · input your drawing" in str(one["caption"])


@pytest.mark.parametrize("ending", draw.MEDIA)
def test_every_medium_keeps_its_request_and_inspection_tells_it(tmp_path: Path, ending: str) -> None:
    request = 'dlviz show predictions sums --input "text:a (b) <c> & \\d 名"'
    sheet = Sheet("t", "s", (Paragraph("hello"),), {"x": np.zeros(3)}, request=request, caption="sums · é & more")
    draw.save([sheet], tmp_path / f"a{ending}", dpi=30)
    found = inspect_file(tmp_path / f"a{ending}")
    assert found.requests == (request,)
    assert "It was made by" in found.summary
    draw.save([replace(sheet, request="")], tmp_path / f"b{ending}", dpi=30)
    if ending in (".svg", ".pdf", ".html", ".pptx"):
        with pytest.raises(UserError):
            inspect_file(tmp_path / f"b{ending}")
    else:
        assert not inspect_file(tmp_path / f"b{ending}").requests


def test_a_film_is_one_picture_to_be_opened_again(tmp_path: Path) -> None:
    show_lesson("convolution1d", out=tmp_path / "a.html", preset="a pulse")
    (made,) = inspect_file(tmp_path / "a.html").requests
    assert read_command(made).settings["preset"] == "a pulse"


def test_what_a_file_says_is_never_trusted_and_hostile_lines_are_refused() -> None:
    assert read_command("dlviz show activations x.keras --trust os:system").trust == ()
    for line in ("rm -rf /", "dlviz train lenet5", "dlviz show nothing lenet5", 'dlviz show "', "dlviz show",
                 "dlviz lesson pooling --set step=x", "dlviz show patches lenet5 --out /etc/passwd"):  # fmt: skip
        with pytest.raises(UserError):
            read_command(line)
    for text in (
        "array:object:2:eJw=",
        "array:uint8:99999999999x9:eJw=",
        "array:uint8:2x2:!!",
        "array:uint8:-1x2:eJw=",
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            read_array(text)
    np.testing.assert_array_equal(read_array(write_array(DRAWN)), DRAWN)


def test_files_that_have_moved_with_the_picture_are_found(tmp_path: Path) -> None:
    (tmp_path / "net.keras").touch()
    (made,) = requests_made(["dlviz show activations /gone/net.keras --input digits:7"], str(tmp_path / "a.png"))
    assert made.model == str(tmp_path / "net.keras")
    assert made.inputs == ("digits:7",)
    here = with_paths(Request("activations", str(tmp_path / "net.keras")), relative_to(str(tmp_path)))
    assert here.model == "net.keras"
    assert with_paths(here, found_beside(str(tmp_path))).model == str(tmp_path / "net.keras")


def test_a_caption_names_what_counts() -> None:
    said = caption(lesson("convolution2d"), Request("convolution2d", "", settings={"preset": "Sobel x"}))
    assert said.startswith("convolution2d: preset Sobel x")
