"""Curves in the window."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyqtgraph
import pytest
from qtpy.QtCore import QPointF, Qt

from dlviz.sheet import Curves, OneWeight, ShownWeight
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


def test_an_axis_with_ends_of_its_own_does_not_magnify_rounding(qtbot: Any) -> None:
    widget = CurvesWidget()
    qtbot.addWidget(widget)
    widget.resize(300, 200)
    for limits in (None, (0.0, 1.0)):
        widget.set_panel(Curves(np.arange(2), {"a": np.array([1 - 1e-7, 1])}, limits=limits))
        widget.grab()
        low, high = widget._plot.getPlotItem().getViewBox().viewRange()[1]
        assert (low <= 0 and high >= 1) == bool(limits)


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


@pytest.mark.parametrize("can_be_set", [True, False])
def test_a_click_on_a_point_of_a_weight_chooses_that_number(qtbot: Any, can_be_set: bool) -> None:
    widget = CurvesWidget()
    qtbot.addWidget(widget)
    widget.resize(500, 400)
    values = np.float32([[0, 1, 2], [2, 0, 0.5]])  # (lines, steps)
    weight = ShownWeight("conv", "kernel", (3, 1, 2), values, np.array([[0, 2, 4], [1, 3, 5]], np.int32), can_be_set)
    widget.set_panel(Curves(np.arange(3), dict(zip("ab", values, strict=True)), weight=weight))
    widget.show()
    qtbot.waitExposed(widget)
    plot, chosen = widget.findChild(pyqtgraph.PlotWidget), []
    widget.weights_chosen.connect(chosen.append)
    box = plot.getPlotItem().getViewBox()
    for x, y in ((2, 0.5), (1, 1.6)):  # on the last point of the second line, and far from all
        place = plot.mapFromScene(box.mapViewToScene(QPointF(x, y)))
        qtbot.mouseClick(plot.viewport(), Qt.LeftButton, pos=place)
    assert chosen == [(OneWeight("conv", "kernel", (2, 0, 1), 0.5),)] * can_be_set


@pytest.mark.parametrize(("count", "width"), [(7, 640), (26, 640), (26, 420)])
def test_the_first_and_the_last_name_stand_whole_under_the_axis(qtbot: Any, count: int, width: int) -> None:
    widget = CurvesWidget()
    qtbot.addWidget(widget)
    widget.resize(width, 260)
    names = tuple(f"fire{n}_conv" for n in range(count))
    widget.set_panel(Curves(np.arange(count), {"a": np.arange(float(count))}, x_labels=names))
    widget.show()
    qtbot.waitExposed(widget)
    widget.grab()
    axis, box = widget._plot.getAxis("bottom"), widget._plot.getViewBox()
    ticks, wide = axis._tickLevels[0], widget.fontMetrics().horizontalAdvance
    assert [ticks[0][1], ticks[-1][1]] == [names[0], names[-1]]
    ends = [(box.mapViewToScene(QPointF(n, 0)).x(), wide(name) / 2) for n, name in ticks]
    assert ends[0][0] - ends[0][1] >= box.sceneBoundingRect().left() - 1
    assert ends[-1][0] + ends[-1][1] <= box.sceneBoundingRect().right() + 1
    assert all(a + half <= b - other for (a, half), (b, other) in pairwise(ends))
