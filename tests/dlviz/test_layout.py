"""Panels stand inside the room and apart, and the main picture has most of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlviz.layout import Rect, arrange, covered, main_panels
from dlviz.sheet import Bars, Curves, Image, Matrix, Panel, Paragraph, Tiles

PANELS = {
    "tiles": Tiles(np.zeros((20, 8, 8, 1))),
    "table": Tiles(np.zeros((18, 8, 8, 1)), columns=9),
    "picture": Image(np.zeros((20, 30, 3), np.uint8)),
    "bars": Bars(tuple("abcdefghij"), np.arange(10)),
    "matrix": Matrix(np.zeros((8, 12)), tuple("abcdefgh"), tuple("abcdefghijkl")),
    "curves": Curves(np.arange(3), {"a": np.arange(3)}),
    "text": Paragraph("some words\nin two lines"),
}
LINE = 18


@given(
    st.lists(st.sampled_from(sorted(PANELS)), min_size=1, max_size=5),
    st.integers(300, 2000),
    st.integers(200, 1200),
)
def test_panels_stand_inside_and_apart(names, width, height):
    panels = [PANELS[name] for name in names]
    rects = arrange(panels, width, height, LINE, 8)
    for rect in rects:
        assert rect.left >= -1e-6
        assert rect.top >= -1e-6
        assert rect.left + rect.width <= width + 1e-6
        assert rect.top + rect.height <= height + 1e-6
    for i, a in enumerate(rects):
        for b in rects[:i]:
            apart_x = a.left >= b.left + b.width - 1e-6 or b.left >= a.left + a.width - 1e-6
            apart_y = a.top >= b.top + b.height - 1e-6 or b.top >= a.top + a.height - 1e-6
            assert apart_x or apart_y


@pytest.mark.parametrize("beside", ["picture", "bars", "text"])
@pytest.mark.parametrize("size", [(780, 400), (1200, 560), (500, 700)])
def test_the_main_picture_has_most_of_the_room(beside, size):
    panels: list[Panel] = [PANELS[beside], PANELS["tiles"]]
    rects = arrange(panels, *size, LINE, 8)
    assert covered(panels[1].size_hint, rects[1], LINE) >= 0.6 * size[0] * size[1]


@pytest.mark.parametrize("rows", [3, 5, 6])
def test_the_given_picture_takes_no_more_than_it_needs_beside_a_table_that_is_as_high_as_the_room(rows):
    given_picture = Image(np.zeros((28, 28, 1), np.uint8), role="beside")
    table = Tiles(np.zeros((rows * 6, 28, 28, 1)), columns=6, row_labels=("epoch 1",) * rows, role="main")
    picture, _ = arrange([given_picture, table], 731, 392, LINE, 8)
    assert given_picture.size_hint.width * LINE <= picture.width <= given_picture.size_hint.width * LINE + 731 / 50


def test_the_rows_of_a_table_may_stand_side_by_side():
    """Six rows of four squares are as large in a wide room as three rows of eight."""
    table = Tiles(np.zeros((24, 8, 8, 1)), columns=4, column_labels=("",) * 4)
    wide = Tiles(np.zeros((24, 8, 8, 1)), columns=8, column_labels=("",) * 8)
    areas = [covered(panel.size_hint, Rect(0, 0, 800, 330), LINE) for panel in (table, wide)]
    assert areas[0] == pytest.approx(areas[1], rel=0.05)
    assert areas[0] > 0.6 * 800 * 330


def test_beside_the_names_of_rows_tiles_have_room():
    squares = Tiles(np.zeros((2, 192, 192, 1)), captions=("the picture", "sent back"), columns=2, role="main")
    rows = ("forward", "sent back")
    table = Tiles(np.zeros((4, 192, 192, 1)), columns=2, row_labels=rows, column_labels=("unit 0 alone", "filters"))
    _, rect = arrange([squares, table], 730, 350, LINE, 8)
    assert rect.width - 0.5 * max(map(len, rows)) * LINE >= 2 * 40  # pixels


def test_a_page_may_have_no_panel():
    assert arrange([], 640, 480, LINE, 8) == []


def test_one_panel_has_all_of_it():
    (rect,) = arrange([PANELS["matrix"]], 640, 480, LINE, 8)
    assert (rect.left, rect.top, rect.width, rect.height) == (0, 0, 640, 480)


def test_what_comes_first_stands_left_or_above():
    picture, tiles = arrange([PANELS["picture"], PANELS["tiles"]], 900, 500, LINE, 8)
    assert picture.left < tiles.left or picture.top < tiles.top


def test_the_largest_contact_sheet_is_the_main_panel():
    few, many = Tiles(np.zeros((1, 2, 2, 1))), Tiles(np.zeros((9, 2, 2, 1)))
    assert main_panels([Image(np.zeros((2, 2, 1))), few, many, Paragraph("")]) == [2]


def test_panels_that_say_their_roles_have_them():
    main, beside, legend = (replace(PANELS["text"], role=role) for role in ("main", "beside", "legend"))
    rects = arrange([beside, main, legend], 900, 500, LINE, 8)
    assert rects[2].top > max(rects[0].top, rects[1].top)
    assert main_panels([beside, main, legend]) == [1]


def test_neither_of_two_main_pictures_is_small() -> None:
    patches = Tiles(np.zeros((9, 14, 14, 1)), columns=9, row_labels=("unit 7",), role="main")
    pair = Tiles(np.zeros((2, 28, 28, 1)), columns=2, column_labels=("left", "right"), role="main")
    rects = arrange((patches, pair), 736, 362, 18, 8)
    for panel, rect in zip((patches, pair), rects, strict=True):
        assert covered(panel.size_hint, rect, 18) >= 0.6 * rect.width * rect.height


@pytest.mark.parametrize("counts", [(16, 64), (6, 30), (20, 64)])
@pytest.mark.parametrize("size", [(700, 340), (900, 500)])
def test_pictures_of_two_networks_are_equally_large(counts, size):
    """However many each has."""
    rects = arrange([Tiles(np.zeros((n, 28, 28, 1)), role="main") for n in counts], *size, LINE, 8)
    first, second = (
        max(min(rect.width / columns, rect.height / -(-n // columns)) for columns in range(1, n + 1))
        for n, rect in zip(counts, rects, strict=True)
    )
    assert first == pytest.approx(second, rel=0.15)


@given(st.integers(600, 2000), st.integers(300, 1200), st.integers(14, 36))
def test_two_main_panels_alike_are_equally_large(width, height, line):
    first, second = arrange([replace(PANELS["picture"], role="main")] * 2, width, height, line, 8)
    assert (first.width, first.height) == (pytest.approx(second.width), pytest.approx(second.height))
