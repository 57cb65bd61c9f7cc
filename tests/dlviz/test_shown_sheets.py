"""What is shown is exported as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from dlviz.engine.shown_sheets import MOST_SHEETS, ShownSheets
from dlviz.engine.work import work
from dlviz.jobs import Export, Render, Rendered, Request, Saved, Show
from dlviz.progress import Progress
from dlviz.sheet import Paragraph, Sheet, Tiles


class Counting:
    """A session that counts what it is asked, and shows two sheets."""

    def __init__(self) -> None:
        self.asked = 0

    def show(self, request: Request) -> Iterator[Progress | Sheet]:
        self.asked += 1
        for n in range(2):
            yield Progress(n, 2)
            yield Sheet(f"sheet {n}", "s", (Paragraph("hello"),), {"x": np.full(3, n)})


def done(session: Any, shown: ShownSheets, *jobs: Any) -> list[Any]:
    return [value for job in jobs for value in work(session, shown, job) if not isinstance(value, Progress)]


def test_what_was_shown_is_not_computed_again(tmp_path: Path) -> None:
    session, shown = Counting(), ShownSheets()
    asked = Request("filters", "m", inputs=(np.zeros((2, 2, 1), np.uint8),))
    again = Request("filters", "m", inputs=(np.zeros((2, 2, 1), np.uint8),))
    other = Request("filters", "m", inputs=(np.ones((2, 2, 1), np.uint8),))
    paths = [str(tmp_path / name) for name in ("a.png", "a.pdf", "a.npz", "a.html")]
    answers = done(session, shown, Show(asked), *(Export(again, path, 40) for path in paths), Render(again, 150))
    assert session.asked == 1
    assert answers[2:-1] == [Saved(path) for path in paths]
    assert (np.load(paths[2])["x"] == 1).all()  # the last sheet
    assert b"/Count 1" in Path(paths[1]).read_bytes()
    assert Path(paths[3]).read_text().count("sheet 0") == 0
    rendered = answers[-1]
    assert isinstance(rendered, Rendered)
    assert rendered.pixels.shape[1] >= 1600
    assert (rendered.pixels[:5] == 255).all()
    done(session, shown, Export(other, paths[0], 40))
    assert session.asked == 2


def test_films_have_every_sheet(tmp_path: Path) -> None:
    session, shown, path = Counting(), ShownSheets(), str(tmp_path / "a.gif")
    done(session, shown, Show(Request("filters", "m")), Export(Request("filters", "m"), path, 30))
    assert session.asked == 2
    with Pillow.open(path) as film:
        assert film.n_frames == 2  # type: ignore[attr-defined]


def test_no_more_is_kept_than_there_is_room_for() -> None:
    shown = ShownSheets(most=1000)

    def sheet(panel: int, arrays: int) -> Sheet:
        maps = Tiles(np.zeros((panel, 1, 1, 1), np.uint8))
        return Sheet("t", "s", (maps,), {"x": np.zeros(arrays, np.uint8), "same": maps.images})

    first, second, third = (Request("filters", "m", units=(n,)) for n in range(3))
    shown.keep(first, sheet(500, 100))
    assert shown.of(first, arrays=True)
    shown.keep(second, sheet(400, 2000))  # its arrays alone are too many
    assert shown.of(first)
    assert shown.of(second)
    assert not shown.of(second, arrays=True)
    shown.keep(third, sheet(300, 0))
    assert [bool(shown.of(request)) for request in (first, second, third)] == [False, True, True]
    shown.keep(first, sheet(2000, 0))
    assert not shown.of(first)


def test_few_sheets_are_kept_and_none_of_those_that_are_never_exported() -> None:
    session, shown = Counting(), ShownSheets()
    requests = [Request("filters", "m", units=(n,)) for n in range(MOST_SHEETS + 1)]
    beside = Request("unit", "m")
    done(session, shown, *map(Show, requests), Show(beside))
    assert [bool(shown.of(request)) for request in requests] == [False] + [True] * MOST_SHEETS
    assert not shown.of(beside)
