"""Every kind of panel has a widget that shows it."""

from typing import Any

import pytest
from qtpy.QtGui import QImage

from dlviz.draw.formulas import with_ink
from dlviz.panel_registry import PANEL_KINDS, import_by_name, panel_kind
from dlviz.sheet import Sheet
from dlviz_gui.panels import SheetView
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
