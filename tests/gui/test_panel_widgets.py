"""Every kind of panel has a widget that shows it."""

from typing import Any

import numpy as np
import pytest
from qtpy.QtGui import QColor, QImage
from qtpy.QtWidgets import QApplication

from dlviz.draw.formulas import with_ink
from dlviz.sheet import Bars, Formula, Paragraph, Passage, Passages, Sheet, Stems
from dlviz.sheet.panel_registry import PANEL_KINDS, import_by_name, panel_kind
from dlviz.style import NEGATIVE, POSITIVE, RIGHT, SERIES
from dlviz_gui import theme
from dlviz_gui.panels.formula import FormulaWidget
from dlviz_gui.panels.passages import PassagesWidget
from dlviz_gui.panels.sheet_view import SheetView
from dlviz_gui.panels.stems import StemsWidget
from dlviz_gui.panels.text import TextWidget
from tests.panels import EXAMPLES


def colours(image: QImage) -> int:
    return len({image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)})


@pytest.mark.parametrize("kind", PANEL_KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_has_a_widget_that_shows_it(qtbot: Any, kind: type) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    view.set_sheet(with_ink(Sheet("t", "s", (EXAMPLES[kind],))))
    body = view.frames[0].body
    assert type(body) is import_by_name(panel_kind(EXAMPLES[kind]).window)
    assert body.accessibleName()
    qtbot.waitUntil(lambda: colours(body.grab().toImage()) > 2)


def test_tables_keep_their_letters_when_the_application_is_dressed_anew(qtbot: Any) -> None:
    widget = TextWidget()
    qtbot.addWidget(widget)
    widget.resize(60, 20)  # no room for larger letters
    widget.set_panel(Paragraph("Layers      12\nParameters  61,706"))
    size, family = widget.font().pointSizeF(), widget.font().family()
    theme.apply(QApplication.instance(), dark=True, scale=1.5)
    assert widget.font().family() == family
    assert widget.font().pointSizeF() == pytest.approx(1.5 * size)
    theme.apply(QApplication.instance(), dark=False)


@pytest.mark.parametrize("width", [200, 333, 700])
def test_words_are_legible_where_nothing_is_scrolled(qtbot: Any, width: int) -> None:
    paragraph = Paragraph("Some words of a hundred letters that are broken into lines. " * 9 + "\nand one\nand two")
    widget = TextWidget()
    qtbot.addWidget(widget)
    widget.show()
    least = next(height for height in range(20, 2000) if widget.is_legible(paragraph, height, width))
    widget.resize(width, least)
    widget.set_panel(paragraph)
    assert widget.verticalScrollBar().maximum() == 0
    widget.resize(width, least - 3 * widget.fontMetrics().height())
    assert widget.verticalScrollBar().maximum() > 0


def test_paragraphs_that_do_not_stand_on_one_page_stand_on_several_with_bars_after_them(qtbot: Any) -> None:
    view = SheetView()
    qtbot.addWidget(view)
    view.resize(731, 362)
    view.show()
    words = [Paragraph("some words of a sentence " * count, f"{count}", role="main") for count in (30, 40)]
    view.set_sheet(Sheet("t", "s", (*words, Bars(("conv1", "conv2"), np.ones(2), "Dead units"))))
    for frame in view.frames:
        assert [each for each in view.frames if each.isVisibleTo(view)] == [frame]
        assert not isinstance(frame.body, TextWidget) or frame.body.verticalScrollBar().maximum() == 0
        view.pager.turn(1)
    assert view.verticalScrollBar().maximum() == 0


def test_lines_and_marks_are_seen_on_the_dark_palette(qtbot: Any) -> None:
    """Their contrast is at least 3, as WCAG 2.2 asks of graphics (1.4.11)."""
    theme.apply(QApplication.instance(), dark=True)
    palette = QApplication.palette()
    for behind in (palette.base().color(), QColor(theme.DARK.pane)):
        for colour in (*SERIES, POSITIVE, NEGATIVE, RIGHT):
            assert luminance(theme.seen_on(palette, colour)) + 0.05 >= 3 * (luminance(behind) + 0.05), colour
    theme.apply(QApplication.instance(), dark=False)


def luminance(colour: QColor) -> float:
    """Relative to white, as WCAG defines it."""
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return float(np.dot((0.2126, 0.7152, 0.0722), channels))


def test_formulas_are_as_much_larger_as_other_words(qtbot: Any) -> None:
    app = QApplication.instance()
    widget = FormulaWidget()
    qtbot.addWidget(widget)
    widget.set_panel(with_ink(Sheet("t", "s", (Formula(("$x^2$ = 4",)),))).panels[0])
    usual = widget.sizeHint().height()
    theme.apply(app, scale=1.5)
    try:
        assert widget.sizeHint().height() == pytest.approx(1.5 * usual, rel=0.15)
    finally:
        theme.apply(app)
    assert widget.sizeHint().height() == usual


def test_stems_that_may_be_dragged_down_leave_most_of_the_height_to_those_that_stand(qtbot: Any) -> None:
    heights = {}
    for name, values, sets in (("up", (0, 1), ""), ("dragged", (0, 1), "g"), ("both", (-1, 1), "")):
        widget = StemsWidget()
        qtbot.addWidget(widget)
        widget.resize(200, 200)
        widget.set_panel(Stems(np.array(values, float), sets=sets, by="drag" if sets else "pointer"))
        heights[name] = widget.tip_of(0).y() - widget.tip_of(1).y()
    assert heights["up"] > heights["dragged"] > heights["both"] / 2 * 1.4


@pytest.mark.parametrize(("width", "height"), [(900, 400), (320, 120)])
def test_passages_are_whole_and_large_where_there_is_room(qtbot: Any, width: int, height: int) -> None:
    rows = (Passage("unit 3", "the film is", "funny", "", "0.61 · #4"), Passage("", "", "the story", "is dull", "0.5"))
    widget = PassagesWidget()
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.set_panel(Passages(rows))
    widget.show()
    usual = QApplication.font().pointSizeF()
    assert (widget.font().pointSizeF() > 1.5 * usual) == (width > 600)
    needed = [widget.sizeHintForColumn(column) for column in range(5)]
    given = [widget.columnWidth(column) for column in range(5)]
    whole = range(5) if width > 600 else (0, 2, 4)  # what is marked is never cut
    assert all(given[column] >= needed[column] for column in whole)


def test_passages_are_cut_at_whole_words_and_what_is_seen_keeps_its_end(qtbot: Any) -> None:
    widget = PassagesWidget()
    qtbot.addWidget(widget)
    widget.resize(700, 200)
    numbers = " ".join(map(str, range(100, 160)))
    widget.set_panel(Passages((Passage("unit 3", numbers, numbers, numbers, "0.6"),)))
    widget.show()
    before, seen, after = (widget.item(0, column).text().split() for column in (1, 2, 3))
    assert seen[0] == "…"
    assert {*before, *seen[1:], *after} <= {*numbers.split()}
    assert seen[-1] == before[-1] == "159"
    assert after[0] == "100"
    assert sum(widget.columnWidth(column) for column in range(5)) <= 700
