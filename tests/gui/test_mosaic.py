"""The mosaic on screen: what is under which pixel, and what mouse and keys do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QColor, QWheelEvent
from qtpy.QtWidgets import QApplication, QWidget

from dlviz.draw.pixels import to_rgb
from dlviz.sheet import Image, Place, Tiles
from dlviz_gui.panels.captions import captions_in
from dlviz_gui.panels.mosaic import Mosaic

MAPS = np.random.default_rng(0).normal(size=(10, 6, 8, 1)).astype(np.float32)
PANEL = Tiles(MAPS, captions=tuple(f"{k}: some words" for k in range(100, 110)), keys=(*range(100, 110),),
              selects="unit")  # fmt: skip


@pytest.fixture
def mosaic(qtbot: Any) -> Mosaic:
    widget = Mosaic()
    qtbot.addWidget(widget)
    widget.resize(640, 480)
    widget.show()
    qtbot.waitExposed(widget)
    show(qtbot, widget, PANEL)
    return widget


def show(qtbot: Any, mosaic: Mosaic, panel: Tiles | Image) -> None:
    with qtbot.waitSignal(mosaic.shown):
        mosaic.set_panel(panel)


def place_of(mosaic: Mosaic, tile: int, row: int, column: int) -> QPoint:
    assert mosaic.item.grid is not None
    (top, left), finer = mosaic.item.grid.corner(tile), mosaic.item.grid.finer
    return mosaic.mapFromScene(QPointF(left + (column + 0.5) * finer, top + (row + 0.5) * finer))


def test_each_pixel_has_the_colour_of_its_number(qtbot: Any, mosaic: Mosaic) -> None:
    picture = mosaic.viewport().grab().toImage()
    rgb = to_rgb(MAPS, "each")
    for tile in range(10):
        for row, column in ((1, 1), (3, 4), (4, 6)):
            colour = QColor(picture.pixel(place_of(mosaic, tile, row, column)))
            assert [colour.red(), colour.green(), colour.blue()] == rgb[tile, row, column].tolist()


def test_an_old_picture_never_stands_under_new_words(qtbot: Any, mosaic: Mosaic) -> None:
    with qtbot.waitSignal(mosaic.shown):
        mosaic.set_panel(replace(PANEL, images=MAPS[::-1].copy()))
        assert mosaic.item.isVisible()  # while something is dragged, nothing flickers
    with qtbot.waitSignal(mosaic.shown):
        mosaic.set_panel(Image(np.zeros((20, 30, 3), np.uint8), "pixels"))
        assert not mosaic.item.isVisible()
    assert mosaic.item.isVisible()


def test_a_click_chooses_the_unit_under_the_mouse(qtbot: Any, mosaic: Mosaic) -> None:
    for tile in (0, 4, 9):
        with qtbot.waitSignal(mosaic.chosen) as told:
            qtbot.mouseClick(mosaic.viewport(), Qt.LeftButton, pos=place_of(mosaic, tile, 2, 3))
        assert told.args == ["unit", 100 + tile]


def test_a_click_on_a_place_of_an_image_chooses_its_unit(qtbot: Any) -> None:
    shown = Mosaic()
    qtbot.addWidget(shown)
    shown.resize(400, 300)
    place = Place((2, 3, 5, 6), "conv2", 7)
    with qtbot.waitSignal(shown.shown):
        shown.set_panel(Image(np.zeros((10, 12, 3), np.uint8), places=(place,)))
        shown.show()
    assert shown.words_at(0, 4, 5).startswith("unit 7 of conv2")
    with qtbot.waitSignal(shown.place_chosen) as told:
        qtbot.mouseClick(shown.viewport(), Qt.LeftButton, pos=place_of(shown, 0, 4, 5))
    assert told.args == [place]
    with qtbot.assertNotEmitted(shown.place_chosen):
        qtbot.mouseClick(shown.viewport(), Qt.LeftButton, pos=place_of(shown, 0, 5, 5))


def test_a_click_with_shift_on_a_place_sets_the_option_of_its_image(qtbot: Any, mosaic: Mosaic) -> None:
    place = Place((0, 0, 10, 12), "conv2", 7, value="conv2:7")
    panel = Image(np.zeros((10, 12, 3), np.uint8), places=(place,), sets="cut", by="click")
    show(qtbot, mosaic, panel)
    assert "Shift+click cuts it" in mosaic.words_at(0, 4, 5)
    with qtbot.waitSignal(mosaic.touched) as told, qtbot.assertNotEmitted(mosaic.place_chosen):
        qtbot.mouseClick(mosaic.viewport(), Qt.LeftButton, Qt.ShiftModifier, place_of(mosaic, 0, 4, 5))
    assert told.args == ["cut", "conv2:7"]
    with qtbot.waitSignal(mosaic.place_chosen), qtbot.assertNotEmitted(mosaic.touched):
        qtbot.mouseClick(mosaic.viewport(), Qt.LeftButton, pos=place_of(mosaic, 0, 4, 5))


def test_a_click_between_tiles_chooses_nothing(qtbot: Any, mosaic: Mosaic) -> None:
    with qtbot.assertNotEmitted(mosaic.chosen):
        qtbot.mouseClick(mosaic.viewport(), Qt.LeftButton, pos=place_of(mosaic, 0, 6, 3) + QPoint(0, 2))


def test_hovering_names_the_unit_and_its_number(mosaic: Mosaic) -> None:
    words = mosaic.words_at(3, 2, 5)
    assert "unit 103" in words
    assert f"{MAPS[3, 2, 5, 0]:.3g}" in words


def test_the_wheel_zooms_about_the_mouse_and_a_double_click_fits_again(qtbot: Any, mosaic: Mosaic) -> None:
    at, before = place_of(mosaic, 5, 3, 3), mosaic.transform().m11()
    for _ in range(5):
        wheel = QWheelEvent(
            QPointF(at), QPointF(mosaic.viewport().mapToGlobal(at)), QPoint(), QPoint(0, 120), Qt.NoButton,
            Qt.NoModifier, Qt.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(mosaic.viewport(), wheel)
    assert mosaic.transform().m11() == pytest.approx(before * 1.2**5)
    with qtbot.waitSignal(mosaic.shown):
        qtbot.mouseDClick(mosaic.viewport(), Qt.LeftButton, pos=at)
    assert mosaic.transform().m11() == pytest.approx(before)


def test_dragging_pans_and_chooses_nothing(qtbot: Any, mosaic: Mosaic, move: Callable[[QWidget, QPoint], None]) -> None:
    mosaic._fitted = False
    mosaic._zoom_to(40)
    start, bar = QPoint(300, 200), mosaic.horizontalScrollBar()
    before = bar.value()
    with qtbot.assertNotEmitted(mosaic.chosen):
        qtbot.mousePress(mosaic.viewport(), Qt.LeftButton, pos=start)
        move(mosaic.viewport(), start - QPoint(60, 0))
        move(mosaic.viewport(), start - QPoint(90, 0))
        qtbot.mouseRelease(mosaic.viewport(), Qt.LeftButton, pos=start - QPoint(90, 0))
    assert bar.value() == before + 90


def test_arrow_keys_go_to_the_neighbouring_unit(qtbot: Any, mosaic: Mosaic) -> None:
    assert mosaic.item.grid is not None
    mosaic.set_selected(101)
    for key, to in ((Qt.Key_Right, 102), (Qt.Key_Left, 100), (Qt.Key_Down, 101 + mosaic.item.grid.columns)):
        with qtbot.waitSignal(mosaic.chosen) as told:
            qtbot.keyClick(mosaic, key)
        assert told.args == ["unit", to]


def test_rows_of_one_unit_are_left_by_the_arrow(qtbot: Any, mosaic: Mosaic) -> None:
    show(qtbot, mosaic, Tiles(MAPS, keys=(0,) * 5 + (1,) * 5, columns=5, selects="unit"))
    mosaic.set_selected(0)
    for key in (Qt.Key_Right, Qt.Key_Down):
        with qtbot.waitSignal(mosaic.chosen) as told:
            qtbot.keyClick(mosaic, key)
        assert told.args == ["unit", 1]


def test_the_zoom_stays_from_picture_to_picture(qtbot: Any, mosaic: Mosaic) -> None:
    mosaic._fitted = False
    mosaic._zoom_to(51)
    show(qtbot, mosaic, PANEL)
    assert mosaic.transform().m11() == pytest.approx(51)
    show(qtbot, mosaic, Tiles(MAPS[:4]))
    assert mosaic.transform().m11() != pytest.approx(51)


def test_a_heat_map_lies_over_an_image(qtbot: Any, mosaic: Mosaic) -> None:
    heat = np.zeros((5, 5), np.float32)
    heat[2, 2] = 1
    show(qtbot, mosaic, Image(np.full((5, 5, 3), 100, np.uint8), heat=heat, boxes=np.array([[0, 0, 5, 5]])))
    picture = mosaic.viewport().grab().toImage()
    hot, cold = (QColor(picture.pixel(place_of(mosaic, 0, i, i))) for i in (2, 1))
    assert hot.lightness() > cold.lightness()
    assert "heat 1" in mosaic.words_at(0, 2, 2)


def test_a_mosaic_laid_out_while_hidden_fits_when_it_is_shown(qtbot: Any, mosaic: Mosaic) -> None:
    mosaic.hide()
    mosaic.resize(60, 60)
    show(qtbot, mosaic, PANEL)
    mosaic.resize(640, 480)
    with qtbot.waitSignal(mosaic.shown):
        mosaic.show()
    assert mosaic.transform().m11() == pytest.approx(mosaic._whole())
    assert mosaic.item.grid is not None
    assert mosaic.item.grid.zoom * mosaic.item.grid.width > 100


def test_a_caption_too_long_keeps_its_unit_and_no_half_number(mosaic: Mosaic) -> None:
    grid, font = mosaic.item.grid, mosaic.font()
    assert grid is not None
    assert mosaic.item._captions(font, 300 / grid.width)[0] == PANEL.captions
    words, narrow = mosaic.item._captions(font, 40 / grid.width)
    assert words == tuple(str(k) for k in range(100, 110))
    assert narrow.pointSizeF() <= font.pointSizeF()


BLOCKS = Tiles(
    np.random.default_rng(0).normal(size=(6 * 2 * 4, 5, 5, 1)), columns=4, together=2, folded=True, selects="unit",
    keys=tuple(np.repeat(range(20, 26), 8).tolist()), row_labels=tuple(f"row {i}" for i in range(12)),
)  # fmt: skip


def test_names_over_columns_are_broken_where_they_would_be_cut(mosaic: Mosaic) -> None:
    images, line = np.zeros((5, 8, 8, 1), np.uint8), mosaic.fontMetrics().height()
    over = ("conv2 filters", "pool1 switches", "conv1 ReLU", "conv1 filters", "unit 0 alone")

    def lines(labels: tuple[str, ...], width: float) -> int:
        grid = mosaic.grid_in(Tiles(images, "pixels", columns=5, column_labels=labels), 400, width)
        return int(grid.top * grid.zoom / line)

    widest = max(map(mosaic.fontMetrics().horizontalAdvance, over))
    assert lines(over, 5 * (widest + 8)) == 1
    assert lines(over, 5 * (widest - 8)) == 2
    assert lines(("filters_of_the_layers",) * 5, 5 * (widest - 50)) == 1  # there is nowhere to break it


def test_captions_are_broken_at_their_dots_where_they_have_no_room(mosaic: Mosaic) -> None:
    captions = ("4.23 · #138 (4)", "3.9 · #9 (6)")
    wide = mosaic.fontMetrics().horizontalAdvance(captions[0])
    for tile, expected in ((wide + 20, captions), (wide - 20, ("4.23\n#138 (4)", captions[1]))):
        panel = Tiles(np.zeros((2, tile, tile, 1), np.uint8), "pixels", captions=captions, columns=2)
        grid = replace(mosaic.grid_in(panel, 3 * wide, 2 * tile), caption_lines=2, width=tile, gap_x=0)
        assert tuple(captions_in(captions, mosaic.font(), grid, 1.0)[0]) == expected


def test_blocks_have_each_tile_under_its_place(qtbot: Any, mosaic: Mosaic) -> None:
    show(qtbot, mosaic, BLOCKS)
    grid = mosaic.item.grid
    assert grid is not None
    picture = mosaic.viewport().grab().toImage()
    rgb = to_rgb(BLOCKS.images, "each")
    for tile in range(48):
        top, left = grid.corner(tile)
        assert grid.at(top + 2 * grid.finer, left + 3 * grid.finer) == (tile, 2, 3)
        assert grid.at(top - 1, left) is None
        colour = QColor(picture.pixel(place_of(mosaic, tile, 2, 3)))
        assert [colour.red(), colour.green(), colour.blue()] == rgb[tile, 2, 3].tolist()
    assert mosaic.item.labels_of(9) == ["row 2"]


def test_arrows_go_from_unit_to_unit_of_blocks(qtbot: Any, mosaic: Mosaic) -> None:
    show(qtbot, mosaic, BLOCKS)
    grid = mosaic.item.grid
    assert grid is not None
    mosaic.set_selected(20)
    with qtbot.waitSignal(mosaic.chosen) as told:
        qtbot.keyClick(mosaic, Qt.Key_Right)
    assert told.args == ["unit", 21]
    with qtbot.waitSignal(mosaic.chosen) as told:
        qtbot.keyClick(mosaic, Qt.Key_Down)
    assert told.args == ["unit", 20 + grid.below // 8]


@pytest.mark.parametrize(("tile", "side"), [(0, "left"), (1, "right")])
def test_a_click_on_a_tile_sets_the_label_of_its_column(qtbot: Any, mosaic: Mosaic, tile: int, side: str) -> None:
    show(qtbot, mosaic, Tiles(MAPS[:2], columns=2, column_labels=("left", "right"), sets="pick", by="click"))
    with qtbot.waitSignal(mosaic.touched) as told:
        qtbot.mouseClick(mosaic.viewport(), Qt.LeftButton, pos=place_of(mosaic, tile, 2, 3))
    assert told.args == ["pick", side]
