import numpy as np
import pytest

from dlviz.pages import capacity, named_page, page_of
from dlviz.sheet import Tiles


@pytest.mark.parametrize(("size", "expected"), [((400, 300), 8 * 6), ((50, 50), 1)])
def test_as_many_tiles_as_stand_on_a_page(size, expected):
    panel = Tiles(np.zeros((128, 10, 10, 1)))
    assert capacity(panel, *size, 40, 18, 8) == expected


def test_tables_are_cut_between_rows():
    panel = Tiles(np.zeros((90, 10, 10, 1)), columns=9, row_labels=tuple(map(str, range(10))), keys=tuple(range(90)))
    each = capacity(panel, 9 * 48 + 60, 4 * 48, 40, 18, 8)
    assert each == 4 * 9
    page = page_of(panel, each, 2 * each)
    assert page.row_labels == ("4", "5", "6", "7")
    assert page.keys == tuple(range(36, 72))


def test_pages_are_named():
    panel = Tiles(np.zeros((128, 4, 4, 1)), keys=tuple(range(128)), selects="unit")
    assert named_page(panel, 12, 24) == "units 12 to 23 of 128"


def test_pages_of_one_unit_or_of_units_out_of_order_are_named():
    patches = Tiles(np.zeros((9, 4, 4, 1)), keys=(7,) * 9, selects="unit")
    assert named_page(patches, 0, 6) == "1 to 6 of 9"
    strongest = Tiles(np.zeros((8, 4, 4, 1)), keys=(5, 2, 7, 1, 0, 3, 4, 6), selects="unit")
    assert named_page(strongest, 0, 4) == "4 of 8 units, from 5 to 1"
