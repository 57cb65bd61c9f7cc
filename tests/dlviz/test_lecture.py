"""Lectures as text files, and the decks that are made of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from pptx import Presentation

from dlviz import draw
from dlviz.__main__ import main
from dlviz.films import last
from dlviz.inspect import inspect_file
from dlviz.jobs import Description, Input, Item, LayerInfo, Lecture, Output, Request
from dlviz.lectures.deck import lecture_on, sheets_of
from dlviz.lectures.lecture import lecture_text, read_lecture, write_lecture
from dlviz.lectures.tours import TOURS
from dlviz.lessons import lesson
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz.views import view
from dlviz_models.errors import UserError

LAYERS = (
    LayerInfo("pixels", "InputLayer", (28, 28, 1), 0, (), 1, False, axes=("height", "width")),
    LayerInfo("conv1", "Conv2D", (24, 24, 6), 156, ("pixels",), 6, True, ("height", "width"), ("kernel",)),
    LayerInfo("conv2", "Conv2D", (1, 1, 120), 156, ("conv1",), 120, True, ("height", "width"), ("kernel",)),
    LayerInfo("answer", "Dense", (10,), 850, ("conv2",), 10, True, (), ("kernel",)),
)
NETWORK = Description(
    "toy", LAYERS, tuple("0123456789"), "unit", None, "conv1", "digits",
    (Input("pixels", "picture", (28, 28, 1), "it has that shape"),),
    (Output("out", "out", "classes", (10,), "its last activation is softmax", "softmax"),), output="out",
)  # fmt: skip
SOBEL = Request("convolution2d", "", settings={"preset": "Sobel x"})
LECTURE = Lecture(
    "Edges",
    (
        Item(SOBEL, "Which edge?", 'Say "edge".\nThen wait.'),
        Item(Request("optimizers", ""), notes="Watch the orange one."),
        Item(Request("pooling", "")),
    ),
)


@given(
    some.builds(
        Lecture,
        some.text(),
        some.lists(some.builds(Item, some.just(SOBEL), some.text(), some.text()), min_size=1, max_size=3).map(tuple),
    )
)
def test_any_title_and_notes_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, lecture: Lecture
) -> None:

    found = tomllib.loads(lecture_text(lecture, Path("/")))
    assert found["title"] == lecture.title
    assert [(item.get("title", ""), item.get("notes", "")) for item in found["item"]] == [
        (item.title, item.notes) for item in lecture.items
    ]


def test_a_lecture_is_kept_and_found_where_it_moved_with_its_network(tmp_path: Path) -> None:
    (tmp_path / "net.keras").touch()
    lecture = Lecture("t", (*LECTURE.items, Item(Request("architecture", str(tmp_path / "net.keras")))))
    write_lecture(lecture, tmp_path / "a.toml")
    assert str(tmp_path) not in (tmp_path / "a.toml").read_text("utf-8")
    assert read_lecture(tmp_path / "a.toml") == lecture
    assert inspect_file(tmp_path / "a.toml").summary == "A lecture “t” of 4 pictures."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title = ", "is not a whole TOML file"),
        ("x = 1", "without pictures"),
        ("[[item]]\ntitle = 'no command'", "no command in its item 1"),
        ("[[item]]\ncommand = 'rm -rf /'", "Item 1 of the lecture cannot be shown"),
        ("[[item]]\ncommand = 'dlviz lesson nothing'", "Unknown lesson nothing: choose from"),
    ],
)
def test_what_is_no_lecture_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_lecture(tmp_path / "a.toml")


def test_a_deck_has_the_titles_notes_and_requests_of_its_lecture(tmp_path: Path) -> None:
    write_lecture(LECTURE, tmp_path / "edges.toml")
    for ending in (".pptx", ".pdf", ".html"):
        path = tmp_path / f"edges{ending}"
        assert main(["lecture", str(tmp_path / "edges.toml"), "--out", str(path)]) == 0
        assert len(inspect_file(path).requests) == 3
    slides = list(Presentation(str(tmp_path / "edges.pptx")).slides)
    assert slides[0].slide_layout.name == "Title Slide"
    assert [slide.shapes.title.text_frame.text for slide in slides[:2]] == ["Edges", "Which edge?"]
    assert len(list(slides[0].shapes)) == 1
    notes = slides[1].notes_slide.notes_text_frame.text
    assert notes.startswith('Say "edge".')
    assert "dlviz lesson convolution2d --set 'preset=Sobel x'" in notes
    page = (tmp_path / "edges.html").read_text("utf-8")
    assert page.count("<section>") == len(slides) == 7  # the title; what is asked, and the answer
    assert "Watch the orange one." in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_what_cannot_be_shown_stops_a_lecture_and_is_left_out_of_a_made_one() -> None:
    class Refusing:
        def show(self, request: Request) -> None:
            raise UserError("It is gone.")

    lecture = Lecture("t", (Item(Request("architecture", "x")), Item(SOBEL)))
    with pytest.raises(UserError, match=r"Item 1 \(architecture\) cannot be shown: It is gone"):
        list(sheets_of(lecture, Refusing))  # type: ignore[arg-type]
    found = list(sheets_of(lecture, Refusing, patient=True))  # type: ignore[arg-type]
    assert sum(isinstance(value, Sheet) for value in found) == 1
    assert [v.done for v in found if isinstance(v, Progress)] == [0, 0, 1, 2]


@pytest.mark.parametrize(
    ("data", "sentence"), [("nosuch", "Unknown data nosuch"), ("sums", "sums holds texts, and lenet5 takes pictures")]
)
def test_data_that_no_view_could_show_are_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], data: str, sentence: str
) -> None:
    old = tmp_path / "a.pptx"
    old.write_text("old")
    assert main(["lecture", "lenet5", "--data", data, "--out", str(old)]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert old.read_text() == "old"


def test_a_deck_tells_of_each_item_where_there_is_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lecture(LECTURE, tmp_path / "edges.toml")
    assert main(["lecture", str(tmp_path / "edges.toml"), "--out", str(tmp_path / "edges.html")]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["0 of 3: Which edge?", "1 of 3: optimizers", "2 of 3: pooling", "3 of 3: writing"]


def test_a_lecture_on_a_network_has_the_views_that_apply_and_its_layers_with_maps() -> None:
    requests = [item.request for item in lecture_on(NETWORK, "toy", "digits").items]
    names = list(dict.fromkeys(request.view for request in requests))
    assert names[:4] == ["architecture", "filters", "activations", "patches"]
    assert names[-1] == "failures"
    assert not {"states", "attention", "checkup", "transfer", "compare"} & set(names)
    assert [r.layer for r in requests if r.view == "activations"] == ["conv1"]
    assert [r.layer for r in requests if r.view == "patches"] == ["conv1", "conv2"]
    of_many = {r.view: r.units for r in requests if r.layer == "conv2"}
    assert (of_many["patches"], of_many["maximise"]) == (tuple(range(12)), tuple(range(6)))  # few, so that each is seen
    assert all(r.balanced for r in requests if r.limit), "the first samples of a sorted folder are of few classes"


def test_a_lecture_on_a_folder_has_its_name_in_the_title(tmp_path: Path) -> None:
    folder = tmp_path / "cats and dogs"
    folder.mkdir()
    assert lecture_on(NETWORK, "toy", str(folder)).title == "toy on cats and dogs"
    assert lecture_on(NETWORK, "toy", "digits/train").title == "toy on digits/train"


@pytest.mark.parametrize("name", TOURS)
def test_every_tour_is_read_and_has_a_sentence_for_each_picture(name: str) -> None:
    tour = read_lecture(TOURS[name])
    assert tour.title
    assert len(tour.items) >= 4
    assert all(item.notes and len(item.notes) < 400 for item in tour.items)
    for request in (item.request for item in tour.items if not view(item.request.view).needs):
        assert last(lesson(request.view), request.settings).panels


def test_cards_show_what_they_say() -> None:
    cards = {item.title: item.request for name in TOURS for item in read_lecture(TOURS[name]).items}

    def shown(title: str) -> Sheet:
        return last(lesson(cards[title].view), cards[title].settings)

    bent = shown("Until something stands between them").arrays
    assert np.abs(bent["stack"] - bent["one"]).max() > 0.5
    deep = shown("Thirty layers: the sigmoid fades").summary
    assert all(f"{name} {figure}" in deep for name, figure in (("sigmoid", "4.2·10⁻¹⁹"), ("ReLU", "0.97"))), deep
    assert "Between 1,250 and 2,500" in shown("More data").answer
    assert "A single point has at best 3" in shown("Move the picture, and the map moves with it").answer
    assert cards["Where it looks while it writes"].layer.startswith("decoder")


def test_the_page_to_present_fails_without_touching_the_old_file(tmp_path: Path) -> None:
    old = tmp_path / "a.html"
    old.write_text("old")
    with pytest.raises(AttributeError):
        draw.save_deck([None], "t", old)  # type: ignore[list-item]
    assert old.read_text() == "old"
    assert list(tmp_path.iterdir()) == [old]
