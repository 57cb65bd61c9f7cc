"""Every kind of panel has a widget that shows it."""

from typing import Any

import pytest
from qtpy.QtGui import QImage
from qtpy.QtWidgets import QApplication

from dlviz.draw.formulas import with_ink
from dlviz.sheet import Paragraph, Sheet
from dlviz.sheet.panel_registry import PANEL_KINDS, import_by_name, panel_kind
from dlviz_gui import theme
from dlviz_gui.panels.sheet_view import SheetView
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
