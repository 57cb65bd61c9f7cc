import shlex
from dataclasses import dataclass
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dlviz
from dlviz.cli.requests import read_command
from dlviz.options import Matrix, Position, Signal, configure, matrix, option, options_of, position, signal, step
from dlviz.request_text import command
from dlviz.view import Need
from dlviz.views import view, views
from dlviz_models.errors import UserError


@dataclass(frozen=True)
class Sample:
    count: int = option(9, "how many", low=1, high=20)
    rate: float = option(0.5, "how much", low=0.0)
    whole: bool = option(False, "all of it")
    method: str = option("one", "which way", choices=("one", "two"))


@dataclass(frozen=True)
class Touched:
    at: Position = position((0, 0), "where the window stands", low=0)
    kernel: Matrix = matrix(((1, 0, -1),), "the filter", low=-9, high=9)
    wave: Signal = signal((1, 2), "the input")
    time: int = step(0, "how far it has come")


def test_defaults_and_what_is_declared():
    assert configure(Sample, {}) == Sample(9, 0.5, False, "one")
    assert [(o.name, o.type, o.default, o.help) for o in options_of(Sample)] == [
        ("count", int, 9, "how many"), ("rate", float, 0.5, "how much"), ("whole", bool, False, "all of it"),
        ("method", str, "one", "which way"),
    ]  # fmt: skip


@given(st.integers(1, 20), st.floats(0, 1e6), st.booleans(), st.sampled_from(["one", "two"]))
def test_values_and_their_text_mean_the_same(count, rate, whole, method):
    values = {"count": count, "rate": rate, "whole": whole, "method": method}
    texts = {name: str(value) for name, value in values.items()}
    assert configure(Sample, texts) == configure(Sample, values) == Sample(**values)


@pytest.mark.parametrize(
    ("typed", "method"), [("FGSM", "fgsm"), ("L-BFGS", "lbfgs"), ("carlini-wagner", "cw"), ("DeepFool", "deepfool")]
)
def test_choices_may_be_typed_as_papers_write_them(typed, method):
    assert configure(view("failures"), {"method": typed}).method == method


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"count": "many"}, "count=many is not a whole number"),
        ({"count": "1.5"}, "count=1.5 is not a whole number"),
        ({"count": 0}, "count=0 is too small: the least is 1"),
        ({"count": "21"}, "count=21 is too large: the most is 20"),
        ({"rate": "nan"}, "rate=nan"),
        ({"whole": "perhaps"}, "whole=perhaps is not yes or no"),
        ({"method": "three"}, "method=three is unknown: choose one of one, two"),
        ({"other": 1}, "Unknown option other"),
    ],
)
def test_what_is_refused_names_the_option(settings, says):
    with pytest.raises(UserError) as refused:
        configure(Sample, settings)
    assert says in str(refused.value)
    assert len(str(refused.value)) <= 400


@given(st.text())
def test_any_text_is_read_or_refused(text):
    for name in ("count", "rate", "whole", "method"):
        try:
            configure(Sample, {name: text})
        except UserError:
            continue


def test_every_view_says_what_it_shows_and_its_defaults_are_allowed():
    for name, found in views().items():
        assert view(name) is found
        assert found.summary.endswith(".")
        assert found.needs <= set(get_args(Need))
        for o in options_of(found):
            assert o.help
            assert o.read(o.default) == o.default
            assert o.read(str(o.default)) == o.read(o.write(o.default)) == o.default
    with pytest.raises(UserError, match="Unknown view nothing"):
        view("nothing")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("at", "3,4", (3, 4)),
        ("at", "(0.5, 2)", (0.5, 2)),
        ("kernel", "1 0 -1; 2 0 -2; 1 0 -1", ((1, 0, -1), (2, 0, -2), (1, 0, -1))),
        ("kernel", "[[1, 2], [3, 4]]", ((1, 2), (3, 4))),
        ("kernel", "5", ((5,),)),
        ("wave", "1 0.5, -2", (1, 0.5, -2)),
        ("time", "7", 7),
    ],
)
def test_what_can_be_touched_is_typed_too(name, text, value):
    found = configure(Touched, {name: text})
    assert getattr(found, name) == value
    (declared,) = [o for o in options_of(Touched) if o.name == name]
    assert declared.read(declared.write(value)) == declared.read(value) == declared.read(str(value)) == value


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("at", "3", "at=3 is not two numbers with a comma between"),
        ("at", "-1,2", "at=-1,2 is too small: the least is 0"),
        ("kernel", "1 2; 3", "kernel=1 2; 3 is not equally long rows of numbers"),
        ("kernel", "1 99", "kernel=1 99 is too large: the most is 9"),
        ("kernel", "a b", "kernel=a b is not equally long rows"),
        ("wave", "1 nan", "wave=1 nan is not numbers separated by spaces"),
        ("wave", "1 " * 5000, "is not numbers"),
        ("time", "-1", "time=-1 is too small"),
        ("time", "0.5", "time=0.5 is not a whole number"),
    ],
)
def test_what_cannot_be_touched_so_is_refused_by_name(name, text, says):
    with pytest.raises(UserError) as refused:
        configure(Touched, {name: text})
    assert says in str(refused.value)
    assert len(str(refused.value)) <= 400


def test_every_choice_of_a_view_that_has_labels_has_one() -> None:
    labelled = [o for view in views().values() for o in options_of(view) if o.labels]
    assert labelled
    assert all(len(option.labels) == len(option.choices) for option in labelled)


RENAMED = [(name, option) for name, chosen in views().items() for option in options_of(chosen) if option.formerly]


@pytest.mark.parametrize(("name", "option"), RENAMED, ids=[f"{name}-{option.formerly}" for name, option in RENAMED])
def test_an_option_goes_by_its_former_name_as_well(name, option):
    value = "7" if option.type is str and not option.choices else (option.choices or (int(option.low) + 5,))[-1]
    chosen = views()[name]
    assert option.formerly not in {other.name for other in options_of(chosen)}
    assert configure(chosen, {option.formerly: value}) == configure(chosen, {option.name: value})
    words = ["show", name, "lenet5", "--set", f"{option.formerly}={value}"]
    assert command(read_command(f"dlviz {shlex.join(words)}")).endswith(f"{option.name}={value}")


def test_what_is_drawn_remembers_present_names():
    sheet = dlviz.show("predictions", "lenet5", input="digits:7", classes=3)
    assert len(sheet.panels[1].labels) == 3
    assert "count=3" in sheet.request
