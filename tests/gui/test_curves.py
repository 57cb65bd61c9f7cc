"""Curves in the window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph
import pytest

from dlviz.sheet import Curves
from dlviz_gui.panels.curves import CurvesWidget


@pytest.mark.parametrize("times", [1, 2])
def test_axes_have_the_numbers_that_are_drawn(qtbot: Any, times: int) -> None:
    widget = CurvesWidget()
    qtbot.addWidget(widget)
    for n in range(times):
        x = np.linspace(0, 10, 20)
        widget.set_panel(Curves(x, {f"{n}": 0.1 * np.sin(x)}, "milliseconds", "change", "sound"))
    plot = widget.findChild(pyqtgraph.PlotWidget)
    assert [plot.getAxis(side).autoSIPrefixScale for side in ("left", "bottom")] == [1.0, 1.0]


def test_curves_offer_no_menu_whose_dialog_outlives_them(qtbot: Any) -> None:
    widget = CurvesWidget()
    qtbot.addWidget(widget)
    assert not widget._plot.getPlotItem().getViewBox().menuEnabled()
    assert not widget._plot.getPlotItem().menuEnabled()


def test_a_line_of_which_nothing_is_known_yet_is_not_drawn(qtbot: Any) -> None:
    widget = CurvesWidget()
    qtbot.addWidget(widget)
    widget.resize(300, 200)
    for known in (0, 3):
        later = np.where(np.arange(5) < known, 1.0, np.nan)
        widget.set_panel(Curves(np.arange(5), {"now": np.arange(5), "later": later}))
        widget.grab()
        assert (widget._lines["later"].getData()[0] is None) == (not known)


@pytest.mark.parametrize("joined", [True, False])
def test_points_that_do_not_follow_each_other_are_not_joined(qtbot: Any, joined: bool) -> None:
    widget = CurvesWidget()
    qtbot.addWidget(widget)
    widget.set_panel(Curves(np.arange(60), {"change": np.ones(60)}, joined=joined))
    options = widget._lines["change"].opts
    assert (options["pen"] is not None, options["symbol"] is None) == (joined, joined)
