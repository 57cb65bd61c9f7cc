import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlviz.parsing.unit_ranges import read_units, write_units
from dlviz_models.errors import UserError


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", ()),
        ("0-3, 40", (0, 1, 2, 3, 40)),
        (" 7 ;5 – 6,7", (7, 5, 6)),
        ("3-1", (3, 2, 1)),
    ],
)
def test_units_are_read_in_the_order_in_which_they_are_typed(text, units):
    assert read_units(text, 64) == units


@pytest.mark.parametrize(("text", "says"), [("64", "no 64"), ("0-99", "no 99"), ("-1", "-1 does not"), ("x", "x does")])
def test_what_names_no_unit_is_refused(text, says):
    with pytest.raises(UserError, match=says):
        read_units(text, 64)


@given(st.lists(st.integers(0, 63), unique=True))
def test_what_is_written_is_read(units):
    assert read_units(write_units(units), 64) == tuple(units)
