"""The grid of a contact sheet against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlviz_gui.panels.mosaic_layout import CAPTION, GAP, LEAST_CAPTIONED, Grid, compose, fit

GRIDS = (
    Grid(7, 3, 4, 3, 1, 2),
    Grid(7, 3, 4, 3, 1, 2, top=5, left=6),
    Grid(11, 2, 2, 2, 1, 1, left=3, blocks=2),
    Grid(13, 2, 3, 5, 1, 1, left=2, folds=3),
    Grid(1, 5, 5, 1, 1, 1),
    Grid(5, 6, 3, 2, 1, 1, finer=3),
)


@pytest.mark.parametrize("grid", GRIDS)
def test_every_pixel_of_the_canvas_belongs_to_the_tile_painted_there(grid: Grid) -> None:
    rng = np.random.default_rng(1)
    rgb = rng.integers(1, 256, (grid.n, grid.height // grid.finer, grid.width // grid.finer, 3), np.uint8)
    canvas = compose(rgb, grid)
    assert canvas.shape[:2] == grid.size
    seen = set()
    for y in range(canvas.shape[0]):
        for x in range(canvas.shape[1]):
            at = grid.at(y + 0.5, x + 0.5)
            if at is None:
                assert not canvas[y, x].any()
            else:
                assert canvas[y, x, 2::-1].tolist() == rgb[at].tolist()
                seen.add(at)
    assert len(seen) == grid.n * grid.height * grid.width / grid.finer**2


@given(
    n=st.integers(1, 300), tile=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    view=st.tuples(st.integers(200, 900), st.integers(200, 1600)), captions=st.booleans(), columns=st.integers(0, 20),
)  # fmt: skip
def test_tiles_do_not_overlap_and_fit_the_view(
    n: int, tile: tuple[int, int], view: tuple[int, int], captions: bool, columns: int
) -> None:
    grid = fit(n, tile, view, captions=captions, columns=columns)
    corners = [grid.corner(t) for t in range(n)]
    assert len(set(corners)) == n
    assert all(grid.at(top + 0.5, left + 0.5) == (t, 0, 0) for t, (top, left) in enumerate(corners))
    height, width = grid.size
    if grid.zoom != 1 and grid.gap_x > 1 < grid.gap_y:  # else too many for the view, or a gap wider than asked for
        assert height * grid.zoom <= view[0] + 1e-6
        assert width * grid.zoom <= view[1] + 1e-6


@given(
    n=st.integers(1, 40), side=st.integers(1, 40),
    view=st.tuples(st.integers(200, 900), st.integers(200, 1600)), line=st.sampled_from((CAPTION, 34)),
)  # fmt: skip
def test_captions_have_room_for_a_line_however_large_pixels_and_type_are(
    n: int, side: int, view: tuple[int, int], line: int
) -> None:
    grid = fit(n, (side, side), view, captions=True, line=line)
    if grid.width * grid.zoom >= LEAST_CAPTIONED and grid.rows * (LEAST_CAPTIONED + GAP + line) <= view[0]:
        assert line <= grid.gap_y * grid.zoom <= GAP + line


def test_the_free_number_of_columns_is_the_best_one() -> None:
    free = fit(64, (28, 28), (500, 800))
    assert free.zoom >= max(fit(64, (28, 28), (500, 800), columns=c).zoom for c in range(1, 65))


def test_a_tall_table_is_set_in_blocks_and_a_wide_one_in_narrow_room_is_folded() -> None:
    assert fit(64, (28, 28), (300, 900), columns=4, header=1).blocks > 1
    assert fit(18, (16, 16), (200, 200), columns=9).folds > 1
    assert fit(18, (16, 16), (200, 200), columns=9, header=1).folds == 1
