"""Every kind of panel has a widget that shows it; clicks and hovering find what is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt

from dlviz.sheet import Bars, Curves, Diagram, Image, Matrix, Node, Panel, Paragraph, Sheet, Tiles
from dlviz_gui.labels import ElidedLabel
from dlviz_gui.panels import sheet_pages
from dlviz_gui.panels.bars import BarsWidget, shortened
from dlviz_gui.panels.captions import captions_in, widest
from dlviz_gui.panels.curves import CurvesWidget
from dlviz_gui.panels.diagram_view import DiagramView
from dlviz_gui.panels.matrix import MatrixWidget
from dlviz_gui.panels.matrix_layout import written
from dlviz_gui.panels.mosaic import Mosaic
from dlviz_gui.panels.series_names import SeriesNames
from dlviz_gui.panels.sheet_view import SheetView

NAMES = tuple("0123456789")
GRAPH = Diagram(
    tuple(Node(f"layer{i}", ("Conv2D", "<b>3</b>"), i, 0.0, "Conv2D") for i in range(3)), ((0, 1), (1, 2), (0, 2)),
    selects="layer",
)  # fmt: skip
PANELS: tuple[Panel, ...] = (
    Tiles(np.random.default_rng(0).random((5, 4, 4, 1)), captions=tuple("abcde"), row_labels=("x",), columns=5),
    Image(np.zeros((9, 9, 3), np.uint8), boxes=np.array([[1, 1, 4, 4]])),
    Matrix(np.eye(10) * 5, NAMES, NAMES, "true", "said", decimals=0),
    Matrix(np.full((3, 2), np.nan), ("a", "b", "c"), ("d", "e")),
    Curves(np.arange(4.0), {"a": np.arange(4.0), "b": np.ones(4)}, "x", "y"),
    Curves(np.arange(12), {"a": np.arange(12.0)}, x_labels=tuple(f"a long name {i}" for i in range(12))),
    Bars(NAMES, np.linspace(-1, 1, 10), right=3),
    Bars(tuple(map(str, range(500))), np.linspace(-1, 1, 500)),
    Bars(("only",), np.array([np.nan])),
    GRAPH,
    Paragraph("Layers   3\nUnits   12", "Totals"),
)


@pytest.mark.parametrize("panel", PANELS, ids=lambda p: type(p).__name__)
def test_a_panel_is_shown_alone_and_again(qtbot: Any, panel: Panel) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    for _ in range(2):
        view.set_sheet(Sheet("t", "s", (panel,)))
        qtbot.waitExposed(view)
        assert not view.grab().isNull()
    assert view.frames[0].body.accessibleName()


def test_labels_become_smaller_before_they_are_left_out_and_words_are_never_dropped_in_between() -> None:
    words, numbers = tuple("3 may 1999"), tuple(map(str, range(20, 30)))
    assert written(words, 20, 15) == (1.0, dict(enumerate(words)))
    assert written(words, 12, 15) == (0.8, dict(enumerate(words)))
    assert written(words, 5, 15) == (1.0, {n: str(n) for n in (0, 3, 6, 9)})
    assert written(numbers, 5, 15) == (1.0, {0: "20", 3: "23", 6: "26", 9: "29"})


def test_names_that_are_cut_stay_different(qtbot: Any) -> None:
    widget = BarsWidget()
    qtbot.addWidget(widget)
    metrics = widget.fontMetrics()
    for names in (("1999-05-03", "1999-05-13"), ("a lot of words one", "a lot of words two"), ("short",)):
        room = metrics.horizontalAdvance(names[0]) * 2 // 3
        cut = shortened(names, metrics, room)
        assert len(set(cut)) == len(names)
        assert all(metrics.horizontalAdvance(name) <= room for name in cut)


def test_curves_whose_names_have_no_room_say_so_and_name_them_in_a_tooltip(qtbot: Any) -> None:
    widget = CurvesWidget()
    qtbot.addWidget(widget)
    names = tuple(f"curve number {n}" for n in range(9))
    widget.set_panel(Curves(np.arange(3), {name: np.arange(3) for name in names}))
    widget.resize(180, 150)
    widget.show()
    strip = widget.findChild(SeriesNames)
    qtbot.waitUntil(lambda: strip.height() < 2 * strip.fontMetrics().height())
    assert all(name in strip.toolTip() for name in names)


def test_all_panels_together(qtbot: Any) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(1200, 900)
    view.show()
    view.set_sheet(Sheet("t", "s", PANELS))
    qtbot.waitUntil(lambda: all(frame.isVisible() for frame in view.frames))
    view.set_sheet(Sheet("t", "s", PANELS[:2]))
    assert len(view.frames) == 2


def test_what_a_hand_can_do_follows_the_title(qtbot: Any) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.set_sheet(Sheet("two", "Two.", (Paragraph("a", "signal", hint="drag a stem"), Paragraph("b", hint="draw"))))
    assert [label.words for label in view.findChildren(ElidedLabel) if label.words] == ["signal: drag a stem", "draw"]


def test_the_same_widgets_serve_sheets_of_the_same_kinds(qtbot: Any) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.set_sheet(Sheet("t", "s", PANELS[:2]))
    before = view.frames
    view.set_sheet(Sheet("t", "s", PANELS[:2]))
    assert view.frames is before


def test_the_cell_under_the_mouse(qtbot: Any) -> None:
    widget = MatrixWidget()
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    panel = Matrix(np.arange(12.0).reshape(3, 4), ("a", "b", "c"), ("d", "e", "f", "g"))
    widget.set_panel(panel)
    field = widget.placed.field
    assert 0.25 <= field.width() / 4 / (field.height() / 3) <= 4
    for row in range(3):
        for column in range(4):
            x = field.left() + (column + 0.5) * field.width() / 4
            y = field.top() + (row + 0.5) * field.height() / 3
            assert widget.cell_at(QPointF(x, y)) == (row, column)
    assert widget.cell_at(QPointF(field.left() - 1, field.top() + 1)) is None


@pytest.mark.parametrize(("n", "rows"), [(10, True), (400, False)])
def test_the_bar_under_the_mouse(qtbot: Any, n: int, rows: bool) -> None:
    widget = BarsWidget()
    qtbot.addWidget(widget)
    widget.resize(800, 300)
    widget.set_panel(Bars(tuple(f"class {i}" for i in range(n)), np.arange(n) / n, right=2))
    assert widget.in_rows == rows
    place = QPoint(100, 30 * 2 + 15) if rows else QPoint(2 * 2 + 1, 100)
    assert widget.bar_at(place) == 2
    assert widget.words_for(2) == f"class 2: {2 / n:.4g} (the true class)"


@pytest.mark.parametrize(
    ("height", "shown"), [(170, range(10)), (140, range(10)), (139, (1, *range(3, 10))), (60, (1, 8, 9)), (20, (1,))]
)
def test_few_bars_stand_in_rows_however_low_the_panel_is(qtbot: Any, height: int, shown: Sequence[int]) -> None:
    widget = BarsWidget()
    qtbot.addWidget(widget)
    widget.setMinimumSize(1, 1)
    widget.resize(200, height)
    values = np.arange(1.0, 11) * (-1) ** np.arange(10)
    widget.set_panel(Bars(tuple("abcdefghij"), values, right=1))
    assert widget.in_rows
    assert widget.rows() == list(shown)  # the longest, and the right one
    found = [widget.bar_at(QPoint(5, y)) for y in range(height)]
    assert list(dict.fromkeys(found))[: len(shown)] == list(shown)


@pytest.mark.parametrize("sign", [1, -1])
def test_how_many_bars_are_left_out_is_written_under_the_others(qtbot: Any, sign: int) -> None:
    widget = BarsWidget()
    qtbot.addWidget(widget)
    widget.setMinimumSize(1, 1)
    widget.resize(200, 8 * 14)
    widget.set_panel(Bars(tuple("abcdefghij"), np.arange(1.0, 11) * float(sign) ** np.arange(10)))
    assert len(widget.rows()) == 7
    picture = widget.grab().toImage()
    assert len({picture.pixel(x, y) for x in range(200) for y in range(7 * 14 + 1, 8 * 14)}) > 1


def test_a_click_on_a_box_tells_its_layer(qtbot: Any) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(600, 500)
    view.show()
    qtbot.waitExposed(view)
    view.set_sheet(Sheet("t", "s", (GRAPH,)))
    graph = view.frames[0].body
    assert isinstance(graph, DiagramView)
    box = graph._boxes[1]
    with qtbot.waitSignal(view.chosen) as told:
        qtbot.mouseClick(graph.viewport(), Qt.LeftButton, pos=graph.mapFromScene(box.pos() + QPointF(0, 8)))
    assert told.args == ["layer", "layer1"]


def test_a_box_of_several_layers_stands_for_each_of_them(qtbot: Any) -> None:
    graph = DiagramView()
    qtbot.addWidget(graph)
    graph.resize(600, 500)
    graph.show()
    qtbot.waitExposed(graph)
    folded = (Node("block  × 2", (), 0, 0.0, members=("conv1", "conv2")), Node("dense", (), 1, 0.0))
    graph.set_panel(Diagram(folded, ((0, 1),), selects="layer"))
    with qtbot.waitSignal(graph.chosen) as told:
        place = graph.mapFromScene(graph._boxes[0].pos() + QPointF(0, 8))
        qtbot.mouseClick(graph.viewport(), Qt.LeftButton, pos=place)
    assert told.args == ["conv2"]
    graph.set_selected("conv1")
    assert [box.chosen for box in graph._boxes] == [True, False]


@pytest.mark.parametrize("long", [12, 60])
def test_a_long_graph_is_folded_and_put_on_pages_without_scroll_bars(qtbot: Any, long: int) -> None:
    nodes = tuple(Node(f"layer{i}", ("Conv2D", "28×28×6"), i, 0.0, "Conv2D") for i in range(long))
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(900, 640)
    view.show()
    qtbot.waitExposed(view)
    view.set_sheet(Sheet("t", "s", (Diagram(nodes, tuple((i, i + 1) for i in range(long - 1)), selects="layer"),)))
    graph, seen = view.frames[0].body, set()
    while True:
        assert not graph.verticalScrollBar().isVisible()
        assert not graph.horizontalScrollBar().isVisible()
        assert graph.transform().m11() >= 0.7
        rects = [graph.mapFromScene(box.sceneBoundingRect()).boundingRect() for box in graph._boxes]
        assert all(graph.viewport().rect().contains(rect) for rect in rects)
        assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[:i])
        seen |= {box.node.name for box in graph._boxes}
        if not view.pager.turn(1):
            break
    assert seen == {node.name for node in nodes}
    assert (view.pager.page > 0) == (long > 12)


def test_a_tree_that_does_not_fit_shows_its_root(qtbot: Any) -> None:
    graph = DiagramView()
    qtbot.addWidget(graph)
    graph.resize(200, 120)
    graph.show()
    qtbot.waitExposed(graph)
    chain = [Node(f"phrase {i}", ("positive",), i, 2.0 * i) for i in range(8)]
    leaves = [Node(f"word {i}", ("neutral",), i + 1, 2.0 * i - 1) for i in range(8)]
    graph.set_panel(Diagram((*leaves, *chain), tuple((8 + i, i) for i in range(8))))
    root = graph._boxes[8]
    assert graph.viewport().rect().contains(graph.mapFromScene(root.sceneBoundingRect()).boundingRect())


def test_a_matrix_has_numbers_or_a_scale_of_its_colours(qtbot: Any) -> None:
    matrix = MatrixWidget()
    qtbot.addWidget(matrix)
    matrix.resize(400, 300)
    matrix.set_panel(Matrix(np.eye(3), tuple("abc"), tuple("abc")))
    field = matrix.placed.field
    assert matrix.placed.share(field) >= 0.7
    many = np.linspace(-0.5, 2, 3600).reshape(60, 60)
    matrix.set_panel(Matrix(many, NAMES * 6, NAMES * 6))
    assert matrix.placed.ends() == ("2.00", "-0.50")
    field = matrix.placed.field
    image = matrix.grab().toImage()
    top, bottom = (image.pixelColor(int(field.right()) + 12, y) for y in (int(field.top()) + 2, 262))
    assert top.blue() > top.red() + 40  # the largest number, blue
    assert field.right() + 40 < matrix.width()
    assert bottom != top


def test_two_matrices_to_be_compared_stand_on_one_page_and_what_comes_after_on_the_next(qtbot: Any) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(800, 352)
    view.show()
    labels = tuple(f"{n}: 100%" for n in range(10))
    matrices = [
        Matrix(np.eye(10) * 112, labels, tuple("0123456789"), "true", "said", title, decimals=0, role="main")
        for title in ("Before: 98.8% right", "After: 98.4% right")
    ]
    answers = Tiles(np.zeros((8, 28, 28, 1)), captions=("7 → 3",) * 8, title="Changed answers")
    view.set_sheet(Sheet("t", "s", (*matrices, answers)))
    first, second, after = view.frames
    assert view.mains == [first, second]
    assert (first.y(), first.size()) == (second.y(), second.size())
    assert [frame.isVisibleTo(view) for frame in view.frames] == [True, True, False]
    assert view.pager.turn(1)
    assert view.mains == [after]


@pytest.mark.parametrize(("width", "is_upright"), [(276, False), (220, True)])
def test_names_of_columns_are_whole_where_rows_leave_room(qtbot: Any, width: int, is_upright: bool) -> None:
    matrix = MatrixWidget()
    qtbot.addWidget(matrix)
    matrix.resize(width, 150)
    names = ("cassette", "golf", "truck")
    matrix.set_panel(Matrix(30 * np.eye(3), names, names, "true", "predicted", decimals=0))
    placed = matrix.placed
    assert placed.is_upright() == is_upright
    if is_upright:
        assert placed.names_high() - 4 >= matrix.fontMetrics().horizontalAdvance("cassette")
    assert placed.share(placed.field) > 0.7


def test_captions_side_by_side_do_not_run_together(qtbot: Any) -> None:
    mosaic = Mosaic()
    qtbot.addWidget(mosaic)
    captions = ("truck → cassette", "golf → cassette") * 6
    panel = Tiles(np.zeros((12, 64, 64, 3)), "pixels", captions=captions)
    apart = []
    for width in range(300, 700, 7):
        grid = mosaic.grid_in(panel, 380, width)
        written, font, _ = captions_in(captions, mosaic.font(), grid, grid.zoom)
        apart.append((grid.width + grid.gap_x) * grid.zoom - widest(written, font))
    assert min(apart) > 5


@pytest.mark.parametrize(
    ("names", "pages"), [(("cassette", "golf", "truck"), 1), (tuple("0123456789"), 2)], ids=["three", "ten"]
)
def test_the_names_and_numbers_of_tables_beside_pictures_are_whole(
    qtbot: Any, names: tuple[str, ...], pages: int
) -> None:
    """Beside the pictures where there is room for both, else on the next page."""
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(735, 378)
    view.show()
    rows = tuple(f"{letter}  {name}: 82%" for letter, name in zip("abcdefghij", names, strict=False))
    columns = tuple("abcdefghij"[: len(names)])
    tables = [Matrix(40 * np.eye(len(names)), rows, columns, title=title, decimals=0) for title in ("Before", "After")]
    changed = Tiles(np.zeros((3, 64, 64, 3)), captions=("cassette: was truck",) * 3, title="Changed", role="main")
    view.set_sheet(Sheet("t", "s", (changed, *tables)))
    if pages > 1:
        assert view.pager.turn(1)
    bodies = [frame.body for frame in view.frames[1:] if frame.isVisibleTo(view)]
    assert len(bodies) == 2
    for body in bodies:
        assert body.placed.left() > max(map(body.fontMetrics().horizontalAdvance, rows))
        assert body.placed.share(body.placed.field) > 0.7


CASES = Tiles(
    np.zeros((4, 28, 28, 1)), captions=("7, 98%",) * 4, title="Failure cases", columns=4,
    column_labels=("before", "change", "after", "noise"), role="main",
)  # fmt: skip
"""A row of pictures."""
CURVE = Curves(np.arange(7), {"adversarial": np.arange(7.0)}, x_labels=tuple("abcdefg"), title="How far layers move")


def row_and_curve(qtbot: Any, width: int, height: int) -> SheetView:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(width, height)
    view.show()
    view.set_sheet(Sheet("t", "s", (CASES, CURVE)))
    return view


def test_a_curve_after_a_row_of_pictures_is_on_a_page_of_its_own_and_never_cut(qtbot: Any) -> None:
    view = row_and_curve(qtbot, 731, 362)
    names = []
    for frame in view.frames:
        assert [frame] == [each for each in view.frames if each.isVisibleTo(view)]
        assert view.viewport().rect().contains(frame.geometry())
        names.append(view.pager._words.text())
        view.pager.turn(1)
    assert names == ["Failure cases", "How far layers move"]


def test_a_curve_stands_below_a_row_of_pictures_that_leaves_it_room(qtbot: Any) -> None:
    view = row_and_curve(qtbot, 900, 680)
    first, second = view.frames
    assert first.isVisibleTo(view)
    assert second.isVisibleTo(view)
    assert first.width() == view.width()
    assert first.geometry().bottom() < second.y()
    room = first.body.maximumViewportSize()
    assert first.body.has_room_for_captions(CASES, room.height(), room.width())


@pytest.mark.parametrize("patches", [9, 18])
def test_patches_are_so_large_that_each_can_be_read(qtbot: Any, patches: int) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(731, 362)
    view.show()
    names, keys = tuple(f"unit {n}" for n in range(12)), tuple(n for n in range(12) for _ in range(patches))
    images = np.zeros((12 * patches, 47, 47, 3))
    view.set_sheet(Sheet("t", "s", (Tiles(images, columns=patches, row_labels=names, keys=keys, folded=True),)))
    [frame] = view.mains
    room = frame.body.maximumViewportSize()
    grid = frame.body.grid_in(frame.panel, room.height(), room.width())
    assert grid.width * grid.zoom >= 72
    assert view.pager.isVisible()


def test_charts_that_would_have_to_be_scrolled_stand_on_several_pages(qtbot: Any) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(420, 200)
    view.show()
    titles = [f"Weights of the {name} gate, the 16 strongest of 128 that lead to it" for name in ("1st", "2nd", "3rd")]
    bars = [Bars(tuple(map(str, range(16))), np.arange(16.0), title=title) for title in titles]
    view.set_sheet(Sheet("t", "s", tuple(bars)))
    assert all(view.pager.rect().contains(button.geometry()) for button in view.pager.buttons)
    seen = list(view.mains)
    while view.pager.turn(1):
        seen += view.mains
    assert seen == view.frames
    assert view.verticalScrollBar().maximum() == 0


def test_all_pages_have_captions_where_those_of_the_last_are_the_longest(qtbot: Any) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(578, 340)
    view.show()
    captions = ("tench · 70%",) * 11 + ("English Springer Spaniel → German Shorthaired Pointer · 37%",)
    view.set_sheet(Sheet("t", "s", (Tiles(np.zeros((12, 90, 90, 3)), captions=captions, role="main"),)))
    [frame] = view.mains
    while True:
        room = frame.body.maximumViewportSize()
        assert frame.body.grid_in(frame.panel, room.height(), room.width()).caption_lines
        if not view.pager.turn(1):
            return


def test_units_of_two_networks_stand_on_as_many_pages(qtbot: Any) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(700, 340)
    view.show()
    few, many = (
        Tiles(np.zeros((n, 28, 28, 1)), keys=tuple(range(n)), selects="unit", title=str(n), role="main")
        for n in (20, 64)
    )
    view.set_sheet(Sheet("t", "s", (few, many)))
    seen: list[list[int]] = [[], []]
    while True:
        for keys, frame in zip(seen, view.frames, strict=True):
            keys += frame.panel.keys
            assert len(frame.panel.keys) <= frame.panel.room_for or not view.pager.isVisible()
        if not view.pager.turn(1):
            break
    assert view.pager.page > 0
    assert seen == [list(range(20)), list(range(64))]


def test_turning_pages_arranges_nothing_anew(qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    view.set_sheet(Sheet("t", "s", (Tiles(np.zeros((500, 9, 9, 1))),)))
    monkeypatch.setattr(sheet_pages, "arrange", None)
    assert view.pager.turn(1)
    view.resize(500, 400)
    assert view.pager.turn(1)
