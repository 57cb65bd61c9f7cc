"""What holds for every lesson."""

import itertools
import re
import subprocess
import sys
import time

import numpy as np
import pytest

import dlviz
from dlviz import draw
from dlviz.__main__ import main
from dlviz.draw import lettering
from dlviz.draw.formulas import with_ink
from dlviz.draw.page import ASKED, MARGIN, WIDTH
from dlviz.films import film, last
from dlviz.lessons import CHAPTERS, lessons
from dlviz.options import configure, options_of
from dlviz.sheet import Arrays, Formula, Sheet, Stems
from dlviz.style import SENTENCE
from dlviz.views import view, views

ALL = pytest.mark.parametrize("name", lessons())
OF_CHAPTERS = {lesson.group: name for name, lesson in lessons().items()}
"""A lesson of each chapter."""


@ALL
def test_it_says_what_it_is(name):
    lesson, sheet = lessons()[name], last(lessons()[name], {})
    assert views()[name] is view(name) is lesson
    assert not lesson.needs
    assert lesson.group in CHAPTERS
    assert lesson.summary.endswith(".")
    assert sheet.summary.endswith(".")
    assert sheet.question.endswith("?")
    assert sheet.answer.endswith(".")
    topic, _, paper = sheet.source.partition(": ")
    assert topic
    assert paper
    assert 2 <= len(re.findall(r"[.:;?](?: |$)", sheet.explanation)) <= 6
    assert sheet.explanation.endswith(".")
    assert any(isinstance(panel, Formula) for panel in sheet.panels)
    assert sheet.arrays


@ALL
def test_what_a_hand_can_do_is_said_in_the_window_alone(name):
    sheet = last(lessons()[name], {})
    rows = [label for panel in sheet.panels for label in getattr(panel, "row_labels", ())]
    said = [sheet.summary, sheet.answer, *(panel.title for panel in sheet.panels), *rows]
    assert not [text for text in said if re.search(r"\b(drag|click|paint)\b", text, re.IGNORECASE)]


@ALL
def test_the_answer_stands_on_a_page_uncut(name):
    sheet = last(lessons()[name], {})
    both = lettering.plain(f"{sheet.question} {sheet.answer}")
    lines = lettering.wrap(both, SENTENCE, WIDTH - 2 * MARGIN, ASKED, bold=True)
    assert " ".join(lines).split() == both.split()


@ALL
def test_what_panels_set_are_options_that_take_it(name):
    options = {option.name: option for option in options_of(lessons()[name])}
    sheet = last(lessons()[name], {})
    for panel in sheet.panels:
        if panel.sets and panel.by != "paint":
            stepped = isinstance(panel, Stems) and panel.by == "pointer"
            assert options[panel.sets].read(panel.origin[1] if stepped else panel.origin)
        for box in panel.boxes if isinstance(panel, Arrays) else ():
            if box.sets:
                assert options[box.sets].read(box.values.tolist()) == tuple(map(tuple, box.values.tolist()))
            assert not box.points or options[box.points].kind == "position"
    for option, value in sheet.values.items():
        assert options[option].read(value) == value
    for option in options.values():
        assert set(option.resets) < options.keys()
        assert option.label or option.kind == "step", f"{option.name} needs a label for its control"


@ALL
def test_what_was_left_to_it_can_be_said_to_it(name):
    """The values that it reports make the same picture."""
    lesson = lessons()[name]
    first = last(lesson, {})
    again = last(lesson, first.values)
    assert again.summary == first.summary
    for key, array in first.arrays.items():
        np.testing.assert_array_equal(array, again.arrays[key])


@ALL
def test_every_choice_and_every_end_of_a_range_is_shown(name):
    lesson = lessons()[name]
    for option in options_of(lesson):
        ends = [end for end in (option.low, option.high) if end is not None and option.kind in ("int", "float", "step")]
        for value in (*option.choices, *ends, *((True, False) if option.kind == "bool" else ())):
            if configure(lesson, {option.name: value}).is_long():
                continue
            sheet = with_ink(last(lesson, {option.name: value}))
            assert sheet.panels, (option.name, value)


@ALL
def test_it_is_quick_enough_to_follow_the_pointer(name):
    lesson = lessons()[name]
    last(lesson, {})
    took = []
    for _ in range(5):
        start = time.perf_counter()
        with_ink(last(lesson, {}))
        took.append(time.perf_counter() - start)
    assert min(took) < 0.04


@ALL
def test_its_steps_are_a_film(name):
    sheets = list(itertools.islice((s for s in film(lessons()[name], {}) if isinstance(s, Sheet)), 4))
    assert len(sheets) == min(max(sheets[0].steps, 1), 4)
    assert len({sheet.title for sheet in sheets}) == 1


@pytest.mark.parametrize(
    ("name", "ending"),
    [*itertools.product(lessons(), (".pptx", ".npz")), *((name, ".png") for name in OF_CHAPTERS.values())],
)
def test_the_command_writes_it(tmp_path, name, ending):
    """The page of a PNG is drawn of every lesson in `test_pages_of_lessons.py`."""
    assert main(["lesson", name, "--out", str(tmp_path / f"a{ending}"), "--dpi", "40"]) == 0
    assert (tmp_path / f"a{ending}").stat().st_size > 500


def test_a_film_on_a_page_and_as_an_animation(tmp_path, monkeypatch):
    monkeypatch.setattr("dlviz.films.MOST_FRAMES", 3)
    sheet = dlviz.lesson("backprop", preset="fractions", out=tmp_path / "a.html")
    text = (tmp_path / "a.html").read_text("utf-8")
    assert text.count("<section") == 3
    assert "<div class=film" in text
    assert text.count("<script>") == 1
    assert sheet.answer in text.replace("&#x27;", "'")
    assert main(["lesson", "backprop", "--out", str(tmp_path / "a.gif"), "--dpi", "30"]) == 0


def test_options_are_typed_and_refused_by_name(tmp_path, capsys):
    out = str(tmp_path / "a.npz")
    words = ["lesson", "convolution2d", "--out", out, "--set"]
    assert main([*words, "kernel=1 0 -1; 2 0 -2; 1 0 -1", "--set", "at=3,4"]) == 0
    assert np.load(out)["kernel"].tolist() == [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    for text, says in (
        ("kernel=1 2; 3", "Option kernel=1 2; 3 is not equally long rows"),
        ("at=3", "Option at=3 is not two numbers"),
        ("preset=x", "Option preset=x is unknown"),
        ("colour=1", "Unknown option colour"),
    ):
        assert main([*words, text]) == 2
        assert says in capsys.readouterr().err
    assert main(["lesson", "nothing", "--out", out]) == 2
    assert "Unknown lesson nothing" in capsys.readouterr().err


def test_the_answer_is_written_where_it_is_asked_for(monkeypatch):
    written = []
    monkeypatch.setattr(draw, "save", lambda sheets, *_: written.extend(sheets))
    for words in ([], ["--answer"]):
        main(["lesson", "backprop", "--out", "a.png", *words])
    plain, told = written
    assert plain.answer
    assert told.question == f"{plain.question} {plain.answer}"


def test_no_framework_is_loaded_for_lessons(tmp_path):
    code = (
        "import sys, dlviz; from dlviz.lessons import lessons; [dlviz.lesson(name) for name in lessons()]; "
        "dlviz.lesson('convolution2d', out=sys.argv[1]); "
        "print([m for m in ('tensorflow', 'keras', 'PyQt5') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.png")], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("name", [n for n, each in lessons().items() if "at" in {o.name for o in options_of(each)}])
def test_a_place_beyond_the_end_is_not_replaced_in_silence(name: str) -> None:
    chosen = lessons()[name]
    beyond = last(chosen, {"at": (1e5, 1e5)})
    end = beyond.values["at"]
    assert (
        f"(at=100000,100000 lies beyond the end: the place nearest to it is {end[0]:g},{end[1]:g}.)" in beyond.summary
    )
    assert "lies beyond" not in last(chosen, {"at": end}).summary
    assert "lies beyond" not in last(chosen, {}).summary


def test_a_step_beyond_the_last_is_not_replaced_in_silence() -> None:
    chosen = lessons()["convolution1d"]
    assert "(step=50 lies beyond the end: the last step is 10.)" in last(chosen, {"step": 50}).summary
    assert "lies beyond" not in last(chosen, {"step": 10}).summary
    assert "lies beyond" not in last(chosen, {}).summary
