"""Every kind of panel has a widget that shows it."""

from typing import Any

import numpy as np
import pytest
from qtpy.QtGui import QImage
from qtpy.QtWidgets import QApplication

from dlviz.draw.formulas import with_ink
from dlviz.sheet import Formula, Paragraph, Sheet, Stems
from dlviz.sheet.panel_registry import PANEL_KINDS, import_by_name, panel_kind
from dlviz_gui import theme
from dlviz_gui.panels.formula import FormulaWidget
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
    widget.set_panel(Paragraph("Layers      12\nParameters  61,706"))
    size, family = widget.font().pointSizeF(), widget.font().family()
    theme.apply(QApplication.instance(), dark=True, scale=1.5)
    assert widget.font().family() == family
    assert widget.font().pointSizeF() == pytest.approx(1.5 * size)
    theme.apply(QApplication.instance(), dark=False)


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
