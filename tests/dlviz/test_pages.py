from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from matplotlib.patches import PathPatch

from dlviz.draw.canvas import Canvas
from dlviz.draw.letters import fit_logos
from dlviz.layout.pages import capacity, fullest, named_page, page_of, part, parts, starts_of
from dlviz.sheet import Bars, Diagram, Logo, Logos, Node, Paragraph, Tiles


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


@given(some.integers(1, 500), some.data())
def test_what_is_cut_is_spread_evenly_over_the_fewest_pages(total, data):
    each = data.draw(some.integers(1, total))
    sizes = [stop - start for start, stop in pairwise(starts_of(total, each))]
    assert sum(sizes) == total
    assert max(sizes) <= each
    assert max(sizes) - min(sizes) <= 1
    assert (len(sizes) - 1) * each < total <= len(sizes) * each


def test_pages_have_room_for_what_an_even_spread_fills():
    assert fullest(16, 12, lambda each: 1.0) == 8
    assert fullest(16, 16, lambda each: 1.0) == 16
    assert fullest(16, 12, lambda each: 0.7 if each == 12 else 0.5) == 12  # of which 8 are filled
    assert fullest(13, 12, lambda each: 0.7 if each in (5, 12) else 0.5) == 5  # half a page would stay empty


def test_pages_are_named():
    panel = Tiles(np.zeros((128, 4, 4, 1)), keys=tuple(range(128)), selects="unit")
    assert named_page(panel, 12, 24) == "units 12 to 23 of 128"


def test_pages_of_one_unit_or_of_units_out_of_order_are_named():
    patches = Tiles(np.zeros((9, 4, 4, 1)), keys=(7,) * 9, selects="unit")
    assert named_page(patches, 0, 6) == "1 to 6 of 9"
    assert named_page(patches, 8, 9) == "9 of 9"
    rows = Tiles(np.zeros((16, 4, 4, 1)), columns=4)  # before, change, after and noise of four pictures
    assert [named_page(rows, 0, 4), named_page(rows, 4, 12)] == ["1 of 4", "2 to 3 of 4"]
    strongest = Tiles(np.zeros((8, 4, 4, 1)), keys=(5, 2, 7, 1, 0, 3, 4, 6), selects="unit")
    assert named_page(strongest, 0, 4) == "4 of 8 units, from 5 to 1"
    given = Tiles(np.zeros((9, 4, 4, 1)), keys=(7, 7, 7, 2, 2, 2, 40, 40, 40), selects="input", columns=3)
    assert named_page(given, 0, 3) == "picture 1 of 3"  # people count from 1
    assert named_page(given, 3, 9) == "pictures 2 to 3 of 3"


def test_pages_of_some_units_name_no_unit_of_fewer():
    chosen = Tiles(np.zeros((18, 4, 4, 1)), keys=tuple(np.repeat((3, 7), 9).tolist()), selects="unit", columns=9)
    assert named_page(chosen, 0, 9) == "unit 3 (1 of 2)"
    assert named_page(chosen, 9, 18) == "unit 7 (2 of 2)"
    last = Tiles(np.zeros((24, 4, 4, 1)), keys=tuple(range(40, 64)), selects="unit")
    assert named_page(last, 12, 24) == "units 52 to 63 (13 to 24 of 24)"


def test_pages_of_classes_are_named_by_their_numbers():
    classes = Tiles(np.zeros((64, 4, 4, 1)), keys=tuple(np.repeat(range(32), 2).tolist()), things="classes", columns=2)
    assert named_page(classes, 0, 6) == "classes 0 to 2 of 32"
    assert named_page(classes, 6, 8) == "class 3 of 32"


def test_pages_of_rows_that_hold_the_same_units_are_named_by_their_rows():
    names = tuple(f"epoch {n}" for n in (1, 2, 3))
    epochs = Tiles(np.zeros((18, 4, 4, 1)), keys=(*range(6),) * 3, selects="unit", columns=6, row_labels=names)
    assert named_page(epochs, 0, 12) == "epoch 1 to epoch 2 of 3"
    assert named_page(epochs, 12, 18) == "epoch 3 of 3"


def test_parts_of_a_graph_are_its_levels_with_the_one_before() -> None:
    nodes = (Node("in", (), 0, 0), Node("a", (), 1, 1), Node("b", (), 1, 2), Node("out", (), 2, 1.5))
    graph = Diagram(nodes, ((0, 1), (0, 2), (1, 3), (2, 3)))
    assert parts(graph) == 3
    cut = part(graph, 2, 3)
    assert [(node.name, node.row, node.column) for node in cut.nodes] == [("a", 0, 0), ("b", 0, 1), ("out", 1, 0.5)]
    assert cut.edges == ((0, 2), (1, 2))


def test_parts_of_bars_keep_their_length_and_the_true_one() -> None:
    bars = Bars(("a", "b", "c"), np.array([4.0, 2.0, 1.0]), right=2)
    cut = part(bars, 1, 3)
    assert cut.labels == ("b", "c")
    assert cut.right == 1
    assert [share for _, share in cut.shares()] == [0.5, 0.25]
    assert part(bars, 0, 2).right == -1


def test_parts_together_are_the_whole() -> None:
    tiles = Tiles(np.arange(90.0).reshape(90, 1, 1, 1), columns=3, together=2, keys=tuple(range(90)))
    assert parts(tiles) == 15
    pages = [part(tiles, start, start + 4) for start in range(0, 15, 4)]
    assert np.array_equal(np.concatenate([page.images for page in pages]), tiles.images)
    assert "\n".join(part(Paragraph("a\nb\nc"), i, i + 1).text for i in range(3)) == "a\nb\nc"


def test_logos_fill_their_room_and_keep_their_scale_from_page_to_page() -> None:
    heights = np.zeros((5, 4))
    heights[2, 1] = 1.6
    low = Logo("unit 1", heights / 4, (0, 5), 30)
    panel = Logos(tuple("ACGT"), (Logo("unit 0", heights, (0, 5), 30), low))
    block = fit_logos(panel, 12, 5)
    assert block.height == pytest.approx(5)
    canvas = Canvas(12, 5)
    block.draw(canvas, 0, 0)
    letters = [patch for patch in canvas.axes.patches if isinstance(patch, PathPatch)]
    tall, small = (np.ptp(letter.get_path().vertices[:, 1]) for letter in letters)
    line = block.height - tall / 0.8  # 1.6 of 2 bits, in one row under a line of words
    assert 0 < line < 0.5
    assert small == pytest.approx(tall / 4)
    assert part(panel, 1, 2).most == panel.most == 2
