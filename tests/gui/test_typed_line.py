import pytest

from dlviz.jobs import Input
from dlviz_gui.panes.input_lines import InputLines
from dlviz_gui.panes.typed_line import TypedLine, unfinished, without_brackets


@pytest.mark.parametrize(
    ("kind", "text", "done"),
    [
        ("text", "74+8", True),
        ("tree", "(3 (2 a) (4 film))", True),
        ("tree", "(3 (2 a) (4 fi", False),
        ("numbers", "0.2, 1e-3, -4", True),
        ("numbers", "0.2, 1e-", False),
    ],
)
def test_what_is_still_missing_is_said(kind, text, done):
    assert (unfinished(kind, text) == "") == done


def test_a_line_tells_what_is_typed_with_its_kind(qtbot):
    line = TypedLine()
    qtbot.addWidget(line)
    line.set_kind("text")
    with qtbot.waitSignal(line.typed) as told:
        qtbot.keyClicks(line.line, "7+5")
    assert told.args == ["text:7+5"]


def test_several_inputs_are_told_together(qtbot):
    lines = InputLines()
    qtbot.addWidget(lines)
    lines.set_inputs([Input("a", "picture", (28, 28, 1), ""), Input("age", "numbers", (3,), "")])
    lines.lines["a"].setText("digits:3")
    lines.lines["age"].setText("numbers:1,2,3")
    with qtbot.waitSignal(lines.given) as told:
        lines.lines["age"].returnPressed.emit()
    assert told.args == [("a=digits:3", "age=numbers:1,2,3")]
    lines.lines["age"].setText("4, 5, 6")
    with qtbot.waitSignal(lines.given) as told:
        lines.lines["age"].returnPressed.emit()
    assert told.args == [("a=digits:3", "age=numbers:4, 5, 6")]


def test_several_inputs_name_a_sample_of_the_data_that_is_open(qtbot):
    lines = InputLines()
    qtbot.addWidget(lines)
    lines.set_inputs([Input("a", "picture", (28, 28, 1), ""), Input("age", "numbers", (3,), "")])
    lines.set_given("/tmp/pairs.npz", 4, ())
    assert [line.text() for line in lines.lines.values()] == ["pairs.npz:4", "pairs.npz:4"]
    lines.lines["a"].setText("pairs.npz:7")
    with qtbot.waitSignal(lines.given) as told:
        lines.lines["a"].returnPressed.emit()
    assert told.args == [("a=/tmp/pairs.npz:7", "age=/tmp/pairs.npz:4")]


def test_a_tree_is_shown_as_its_sentence():
    assert without_brackets("(2 (2 not) (2 (2 very) (2 good)))") == "not very good"
    assert without_brackets("74+8") == "74+8"
