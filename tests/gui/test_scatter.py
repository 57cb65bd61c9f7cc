"""The plane in the window: round numbers along its axes, names that stay in it."""

from typing import Any

import numpy as np
import pytest
from qtpy.QtGui import QFontMetricsF

from dlviz.sheet import Curves, Scatter
from dlviz_gui.panels.curves import CurvesWidget
from dlviz_gui.panels.scatter import TICKS, ScatterWidget, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 21.7, [0, 5, 10, 15, 20]),
        (-0.6, 1.6, [-0.5, 0, 0.5, 1, 1.5]),
        (3.5, 6.5, [4, 5, 6]),
        (-2, 2, [-2, -1, 0, 1, 2]),
    ],
)
def test_numbers_along_an_axis_are_round(low, high, expected):
    assert ticks(low, high) == expected


def test_there_are_a_few_of_them_whatever_the_range():
    rng = np.random.default_rng(0)
    for low, wide in zip(rng.normal(0, 100, 200), 10.0 ** rng.uniform(-4, 6, 200), strict=True):
        found = ticks(low, low + wide)
        assert 2 <= len(found) <= TICKS
        assert low - 1e-6 * wide <= found[0] < found[-1] <= low + wide * (1 + 1e-6)


def test_names_are_written_on_as_many_lines_as_they_need(qtbot: Any) -> None:
    names = ("training", "validation", "lowered", "best, kept", "stopped")
    widget = ScatterWidget()
    qtbot.addWidget(widget)
    widget.set_panel(Scatter({name: np.eye(2) for name in names}))
    widget.resize(260, 300)
    metrics = QFontMetricsF(widget.font())
    legend = widget._legend()
    assert [name for _, _, name in legend] == list(names)
    assert all(x + 25 + metrics.horizontalAdvance(name) <= 260 for x, _, name in legend)
    narrow = widget._field().top()
    widget.resize(1200, 300)
    assert {line for _, line, _ in widget._legend()} == {0}
    assert widget._field().top() < narrow


def test_the_names_of_curves_stand_over_them_and_one_name_takes_no_room(qtbot: Any) -> None:
    widget = CurvesWidget()
    qtbot.addWidget(widget)
    widget.resize(220, 300)
    widget.set_panel(
        Curves(np.arange(3), {name: np.arange(3) for name in ("one", "another", "a third name that is long")})
    )
    widget.show()
    qtbot.waitExposed(widget)
    strip, plot = widget._names, widget._plot
    assert strip.geometry().bottom() < plot.geometry().top()
    assert strip.height() >= 2 * strip.fontMetrics().height()
    widget.set_panel(Curves(np.arange(3), {"one": np.arange(3)}))
    assert not strip.isVisible()


def test_a_plane_to_scale_keeps_a_circle_round(qtbot: Any) -> None:
    widget = ScatterWidget()
    qtbot.addWidget(widget)
    widget.resize(300, 500)
    places = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    for to_scale in (True, False):
        widget.set_panel(Scatter({"axes": places}, limits=(-1, 1, -1, 1), to_scale=to_scale))
        middle, right, top = widget.position_of(places)
        is_round = right.x() - middle.x() == pytest.approx(middle.y() - top.y())
        assert is_round == to_scale
