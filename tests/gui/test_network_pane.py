"""The diagram of layers: its lanes carry every arrow, and it works for long networks."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel

from dlviz.jobs import Description, Layer
from dlviz_gui.lanes import rows
from dlviz_gui.network_pane import NetworkPane


def layers_of(parents: list[set[int]]) -> tuple[Layer, ...]:
    names = [f"layer{i}" for i in range(len(parents))]
    return tuple(
        Layer(name, "Conv2D", (4, 4, 2), 0, tuple(names[p] for p in sorted(ps)), 2, True)
        for name, ps in zip(names, parents, strict=True)
    )


@st.composite
def networks(draw: Any) -> list[set[int]]:
    n = draw(st.integers(1, 12))
    return [set(draw(st.lists(st.integers(0, i - 1), max_size=3))) if i else set() for i in range(n)]


@given(networks())
def test_every_arrow_runs_on_one_lane_from_its_parent_to_its_child(parents: list[set[int]]) -> None:
    drawn = rows(layers_of(parents))
    arrows: dict[int, int] = {}  # lane to the parent whose arrow it carries
    found = set()
    for i, row in enumerate(drawn):
        assert set(arrows) == set(row.incoming) | set(row.passing)
        assert row.lane not in row.passing
        assert not set(row.outgoing) & set(row.passing)
        found |= {(arrows.pop(lane), i) for lane in row.incoming}
        arrows |= dict.fromkeys(row.outgoing, i)
    assert not arrows
    assert found == {(p, i) for i, ps in enumerate(parents) for p in ps}


def test_a_chain_needs_one_lane() -> None:
    assert {row.lane for row in rows(layers_of([set(), {0}, {1}, {2}]))} == {0}


def test_what_is_trusted_is_named(qtbot: Any) -> None:
    pane = NetworkPane()
    qtbot.addWidget(pane)
    for trusted, named in ((("mine:Scale",), True), ((), False)):
        pane.set_network(Description("a", layers_of([set()]), (), "", None, "layer0", "photos", trusted=trusted))
        assert any("mine:Scale" in label.text() for label in pane.findChildren(QLabel)) == named


@pytest.mark.usefixtures("no_burden")
def test_a_long_network_is_shown_clicked_and_zoomed(qtbot: Any) -> None:
    rng = np.random.default_rng(0)
    parents = [{i - 1} | ({int(rng.integers(max(0, i - 9), i))} if i % 3 == 0 else set()) if i else set()
               for i in range(155)]  # fmt: skip
    pane = NetworkPane()
    qtbot.addWidget(pane)
    pane.resize(240, 600)
    pane.show()
    qtbot.waitExposed(pane)
    start = time.thread_time()
    pane.set_network(Description("<b>big</b>", layers_of(parents), (), "", None, "layer1", "photos"))
    pane.grab()
    assert time.thread_time() - start < 0.1
    place = pane.list.visualRect(pane.list.model().index(3)).center()
    with qtbot.waitSignal(pane.chosen) as told:
        qtbot.mouseClick(pane.list.viewport(), Qt.LeftButton, pos=place)
    assert told.args == ["layer3"]
    pane.set_layer("layer150")
    assert pane.list.viewport().rect().intersects(pane.list.visualRect(pane.list.currentIndex()))
    before = pane.list.visualRect(pane.list.model().index(0)).height()
    pane.zoom(1.5)
    pane.grab()
    assert pane.list.visualRect(pane.list.model().index(0)).height() > before
