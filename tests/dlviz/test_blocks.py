"""Blocks of tiles: nothing overlaps, pairs stay together, no tile is too small."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image as Pillow

from dlviz.draw import save
from dlviz.draw.page import page
from dlviz.layout.blocks import in_blocks, stands_in_blocks, units_on_a_page
from dlviz.layout.pages import part, parts
from dlviz.sheet import Sheet, Tiles


def _panel(units: int, k: int, parts: int, shape: tuple[int, int] = (5, 5)) -> Tiles:
    return Tiles(np.zeros((units * k * parts, *shape, 1)), columns=k, together=parts, folded=True)


@pytest.mark.parametrize("shape", [(5, 5), (4, 8), (8, 4)])
@pytest.mark.parametrize(("units", "k", "parts"), [(1, 9, 2), (6, 9, 2), (32, 9, 2), (7, 6, 2), (3, 1, 2), (100, 4, 3)])
def test_tiles_do_not_overlap_and_are_large_enough(units: int, k: int, parts: int, shape: tuple[int, int]) -> None:
    blocks = in_blocks(_panel(units, k, parts, shape), 12.0, 5.5, 0.45, 0.2)
    wide, tall = blocks.tile
    assert min(wide, tall) >= 0.449
    assert tall / wide == pytest.approx(shape[0] / shape[1])
    places = np.array([blocks.place(g, p, n) for g in range(units) for p in range(parts) for n in range(k)])
    ends = places + blocks.tile
    assert (ends.max(axis=0) <= np.array(blocks.size) + 1e-9).all()
    assert blocks.size[0] <= 12.0 + 1e-6
    for place, end in zip(places, ends, strict=True):
        apart = ((places >= end - 1e-9) | (ends <= place + 1e-9)).any(axis=1)
        assert apart.sum() == len(places) - 1
    first, second = places.reshape(units, parts, k, 2)[:, 0, 0], places.reshape(units, parts, k, 2)[:, 1, 0]
    np.testing.assert_allclose(first[:, 1], second[:, 1])  # a pair stands on one line


def test_in_a_low_room_blocks_are_wider_than_high() -> None:
    blocks = in_blocks(_panel(2, 7, 1), 7.3, 1.9, 0.4, 0.2)
    assert blocks.folded[1] > blocks.folded[0]
    assert blocks.size[1] <= 1.9 * 1.001
    assert min(blocks.tile) > 1.25 * (1.9 - 0.2) / 3  # of a square of 3 by 3
    assert in_blocks(_panel(2, 9, 1), 7.3, 5, 0.4, 0.2).folded == (3, 3)


def test_what_does_not_fit_has_pages() -> None:
    panel = _panel(100, 9, 2)
    count = units_on_a_page(panel, 12.0, 5.5, 0.45, 0.2)
    assert 8 <= count < 100
    assert units_on_a_page(_panel(count, 9, 2), 12.0, 5.5, 0.45, 0.2) == count
    assert in_blocks(_panel(count, 9, 2), 12.0, 5.5, 0.45, 0.2).size[1] <= 5.5 * 1.001
    assert parts(panel) == 100
    assert [len(part(panel, start, start + count).images) for start in (0, 100 - count % 7)] == [
        18 * count, 18 * (count % 7)
    ]  # fmt: skip


def test_every_medium_has_each_tile_once_under_the_name_of_its_row(tmp_path) -> None:
    images = np.arange(4 * 2 * 4, dtype=np.uint8)[:, None, None, None] * np.ones((5, 5, 1), np.uint8)
    labels = tuple(f"{kind} {unit}" for unit in range(4) for kind in ("unit", "deconv"))
    panel = Tiles(
        images, "pixels", columns=4, together=2, folded=True, row_labels=labels, captions=tuple(map(str, range(32)))
    )
    save([Sheet("t", "s", (panel,))], tmp_path / "a.html")
    text = (tmp_path / "a.html").read_text("utf-8")
    assert re.findall(r"<h3>([^<]+)</h3>", text) == list(labels)
    pictures = re.findall(r"data:image/png;base64,([^\"]+)", text)
    shown = [int(np.asarray(Pillow.open(io.BytesIO(base64.b64decode(p)))).max()) for p in pictures]
    assert shown == list(range(32))
    drawn = page(Sheet("t", "s", (panel,))).axes[0]
    centres = {int(i.get_array().max()): np.array(i.get_extent()) for i in drawn.images}
    assert sorted(centres) == list(range(32))
    names = {t.get_text(): np.array(t.get_position()) for t in drawn.texts}
    for row, label in enumerate(labels):
        first = centres[4 * row]  # left, right, bottom, top
        assert names[label][0] == pytest.approx(first[0], abs=0.01)
        assert 0 < first[3] - names[label][1] < 0.5


def test_a_page_of_one_unit_is_folded_as_its_neighbours_are() -> None:
    table = _panel(4, 9, 2)
    assert stands_in_blocks(part(table, 1, 2, 1))
    assert not stands_in_blocks(_panel(1, 9, 2))  # all there is, with a caption under each patch
