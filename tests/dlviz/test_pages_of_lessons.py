"""Every lesson on slides: what the class is asked about is large, nothing is cut or overlaps, all type is 18 points."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from dlviz.draw.page import MARGIN, laid_out, page
from dlviz.draw.paper import whole_page
from dlviz.draw.slide_template import HEIGHT, WIDTH
from dlviz.draw.slides import _head
from dlviz.films import last
from dlviz.layout import Rect, main_panels
from dlviz.lessons import lessons
from dlviz.sheet import Formula, Sheet
from dlviz.style import SENTENCE
from tests.pages import Drawn, assert_tidy, drawn, pictures_of, texts_of

ENOUGH = 0.6
"""What the main picture covers of the room under a slide's words."""
DPI = 30


@pytest.fixture(scope="module", params=lessons())
def sheet(request) -> Sheet:
    return last(lessons()[request.param], {})


@pytest.fixture(scope="module")
def pages(sheet: Sheet) -> list[Drawn]:
    return drawn(sheet)


def test_nothing_is_cut_small_or_overlaps(pages: list[Drawn]) -> None:
    assert_tidy(pages)


def test_what_is_asked_about_is_large(pages: list[Drawn]) -> None:
    first, figure = pages[0]
    rects, blocks = laid_out(first.panels, figure.get_figheight() - MARGIN)
    inked = sum(ink_in(figure, rects[at], blocks[at].head) for at in main_panels(first.panels))
    assert inked >= ENOUGH * (WIDTH - 2 * MARGIN) * (HEIGHT - _head(first) - MARGIN)


def ink_in(figure: Figure, rect: Rect, head: float) -> float:
    """Square inches of the smallest box around all that is drawn in a panel's rectangle under its title."""
    usual = figure.dpi
    canvas = FigureCanvasAgg(figure)
    figure.set_dpi(DPI)
    canvas.draw()
    figure.set_dpi(usual)
    top, left = rect.top + MARGIN / 2, rect.left + MARGIN
    rows, columns = (
        slice(round(start * DPI), round(stop * DPI))
        for start, stop in ((top + head, top + rect.height), (left, left + rect.width))
    )
    inside = (np.asarray(canvas.buffer_rgba())[rows, columns, :3] < 255).any(axis=2)
    down, across = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return float(np.ptp(down) + 1) * float(np.ptp(across) + 1) / DPI**2


def test_the_answer_is_on_the_next_slide(pages: list[Drawn]) -> None:
    first, *others = (page for page, _ in pages)
    assert first.question
    assert not any(page.question for page in others)
    assert all(page.summary == first.answer for page in others)
    assert any(isinstance(panel, Formula) for page in others for panel in page.panels)


def test_words_over_a_page_of_paper_end_on_it(pages: list[Drawn]) -> None:
    for shown, _ in pages:
        figure = page(shown)
        figure.draw_without_rendering()
        assert all(text.get_window_extent().x1 <= figure.bbox.x1 for text in texts_of(figure)), shown.title


def test_as_one_picture_it_is_as_large_as_on_the_slide(sheet: Sheet, pages: list[Drawn]) -> None:
    figure = whole_page(sheet)
    figure.draw_without_rendering()
    on_slide, alone = (sum(box.size.prod() for box in pictures_of(each)) for each in (pages[0][1], figure))
    assert alone >= ENOUGH * on_slide
    assert all(text.get_fontsize() <= SENTENCE for text in texts_of(figure) if "$" in text.get_text())
