"""Controls are made from options, and what they say can be read back as those options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox, QWidget

from dlviz.options import configure, option, options_of
from dlviz.views import views
from dlviz_gui.controls import Controls


@dataclass(frozen=True)
class Everything:
    switch: bool = option(True, "on or off")
    way: str = option("a", "one of three", choices=("a", "b", "c"))
    words: str = option("any", "free words")
    few: int = option(3, "a short range", low=1, high=9)
    many: int = option(60, "a long range", low=0, high=100_000)
    share: float = option(0.25, "a share", low=0, high=1)
    open: float = option(2.0, "no upper end", low=0)
    pairs: str = option("", "pairs of units", example="1:4")
    hidden: int = option(3, "of one way alone", low=1, high=9, only=("way", "b"))


@dataclass(frozen=True)
class OfFolder:
    folder: str = option("", "pictures", suggests="folder")


@pytest.fixture
def controls(qtbot: Any) -> Controls:
    widget = Controls()
    qtbot.addWidget(widget)
    widget.set_options(options_of(Everything), {})
    widget.show()
    return widget


def named(controls: Controls, name: str) -> Any:
    return controls.findChild(QWidget, name)


def test_an_empty_line_says_what_may_be_typed(controls: Controls) -> None:
    """So does every text of every view that stands at nothing, unless its values are offered to be chosen."""
    assert named(controls, "pairs").placeholderText() == "such as 1:4"
    for name, view in views().items():
        for each in options_of(view):
            if each.kind in ("str", "integers") and each.default in ("", ()) and not each.choices:
                assert each.hint, f"{name} {each.name}"


def test_defaults_say_nothing(controls: Controls) -> None:
    assert controls.values() == {}


def test_values_come_back_as_they_went_in(qtbot: Any) -> None:
    values = {"switch": False, "way": "c", "words": "7", "few": 9, "many": 12_345, "share": 0.75, "open": 1000.5}
    widget = Controls()
    qtbot.addWidget(widget)
    widget.set_options(options_of(Everything), values)
    assert widget.values() == values
    assert configure(Everything, widget.values()) == Everything(**values)  # type: ignore[arg-type]


def test_kinds(controls: Controls) -> None:
    kinds = {"switch": QCheckBox, "way": QComboBox, "words": QLineEdit, "many": QSpinBox}
    assert all(isinstance(named(controls, name), kind) for name, kind in kinds.items())
    assert named(controls, "few").maximum() == 9


def test_options_that_make_no_difference_are_hidden(controls: Controls) -> None:
    assert not named(controls, "hidden").isVisible()
    named(controls, "way").setCurrentText("b")
    assert named(controls, "hidden").isVisible()


def test_a_change_is_told_once_after_a_moment(qtbot: Any, controls: Controls) -> None:
    with qtbot.waitSignal(controls.changed) as told:
        for value in (4, 5, 6):
            named(controls, "few").setValue(value)
        named(controls, "switch").click()
    assert told.args == [{"few": 6, "switch": False}]
    with qtbot.waitSignal(controls.changed) as told:
        line = named(controls, "words")
        line.clear()
        qtbot.keyClicks(line, "cat")
        qtbot.keyClick(line, Qt.Key_Return)
    assert told.args[0]["words"] == "cat"


@pytest.mark.parametrize("name", sorted(views()))
def test_every_view_has_controls_with_names_and_explanations(qtbot: Any, name: str) -> None:
    widget = Controls()
    qtbot.addWidget(widget)
    options = options_of(views()[name])
    widget.set_options(options, {})
    assert widget.values() == {}
    for item in options:
        control = widget.findChild(QWidget, item.name)
        assert control.accessibleName()
        assert control.accessibleDescription() == item.help


@dataclass(frozen=True)
class Labelled:
    way: str = option("each", "how", choices=("each", "all"), label="contrast", labels=("its own", "one for all"))
    target: str = option("any", "which class", suggests="target")


def test_controls_have_words_for_people_and_values_for_the_network(qtbot: Any) -> None:
    widget = Controls()
    qtbot.addWidget(widget)
    widget.set_options(options_of(Labelled), {"way": "all"}, {"target": ("any", "tabby cat", "goose")})
    way, target = named(widget, "way"), named(widget, "target")
    assert (way.accessibleName(), way.currentText()) == ("contrast", "one for all")
    assert [target.itemText(n) for n in range(target.count())] == ["any", "tabby cat", "goose"]
    with qtbot.waitSignal(widget.changed) as told:
        target.setCurrentText("goose")
        target.activated.emit(2)
    assert told.args == [{"way": "all", "target": "goose"}]
    target.setCurrentText("another")  # what is typed need not be in the list
    qtbot.keyClick(target.lineEdit(), Qt.Key_Return)
    assert widget.values()["target"] == "another"


def test_what_is_too_much_is_folded_away(qtbot: Any) -> None:
    widget = Controls(lines=2)
    qtbot.addWidget(widget)
    options = options_of(Everything)
    widget.resize(480, 200)
    widget.set_options(options, {"open": 7.5})
    widget.show()

    def seen() -> list[str]:
        return [option.name for option in options if named(widget, option.name).isVisible()]

    names = [option.name for option in options if not option.only]
    first = [name for name in seen() if name != "open"]
    assert 2 <= len(first) < len(names)
    assert first == names[: len(first)]
    assert "open" in seen()  # what is set is seen
    rows = [widget.more, *(named(widget, name) for name in first)]
    assert len({row.mapTo(widget, row.rect().center()).y() for row in rows}) <= 2
    widget.more.click()
    assert len(seen()) == len(options) - 1
    widget.more.click()
    assert len(seen()) == len(first) + 1
    widget.resize(1400, 200)  # in longer lines are more
    assert len(seen()) > len(first) + 1


def test_a_folder_may_be_typed_or_chosen(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    widget = Controls(after=0)
    qtbot.addWidget(widget)
    widget.set_options(options_of(OfFolder), {})
    monkeypatch.setattr("dlviz_gui.controls.QFileDialog.getExistingDirectory", lambda *_: "/data/stripes")
    with qtbot.waitSignal(widget.changed) as told:
        named(widget, "folder").actions()[0].trigger()
    assert told.args == [{"folder": "/data/stripes"}]
