from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlviz.options import configure, option, options_of
from dlviz.views import view, views
from dlviz_models.errors import UserError


@dataclass(frozen=True)
class Sample:
    count: int = option(9, "how many", low=1, high=20)
    rate: float = option(0.5, "how much", low=0.0)
    whole: bool = option(False, "all of it")
    method: str = option("one", "which way", choices=("one", "two"))


def test_defaults_and_what_is_declared():
    assert configure(Sample, {}) == Sample(9, 0.5, False, "one")
    assert [(o.name, o.type, o.default, o.says) for o in options_of(Sample)] == [
        ("count", int, 9, "how many"), ("rate", float, 0.5, "how much"), ("whole", bool, False, "all of it"),
        ("method", str, "one", "which way"),
    ]  # fmt: skip


@given(st.integers(1, 20), st.floats(0, 1e6), st.booleans(), st.sampled_from(["one", "two"]))
def test_values_and_their_text_mean_the_same(count, rate, whole, method):
    values = {"count": count, "rate": rate, "whole": whole, "method": method}
    texts = {name: str(value) for name, value in values.items()}
    assert configure(Sample, texts) == configure(Sample, values) == Sample(**values)


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
        ({"other": 1}, "no option other"),
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
        assert found.says.endswith(".")
        assert found.needs <= {"layer", "input", "data"}
        for o in options_of(found):
            assert o.says
            assert o.read(o.default) == o.default
            assert o.read(str(o.default)) == o.default
    with pytest.raises(UserError, match="no view called nothing"):
        view("nothing")
