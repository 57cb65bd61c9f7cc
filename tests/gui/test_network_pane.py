"""The diagram of layers: its lanes carry every arrow, and it works for long networks."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QLabel

from dlviz.jobs import Description, LayerInfo
from dlviz_gui.panes.lanes import rows
from dlviz_gui.panes.layer_search import matches
from dlviz_gui.panes.network_pane import NetworkPane


def layers_of(parents: list[set[int]]) -> tuple[LayerInfo, ...]:
    names = [f"layer{i}" for i in range(len(parents))]
    return tuple(
        LayerInfo(name, "Conv2D", (4, 4, 2), 0, tuple(names[p] for p in sorted(ps)), 2, True)
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


def layer(name: str, kind: str, *shape: int) -> LayerInfo:
    return LayerInfo(name, kind, shape, 0, (), 2, True)


def test_layers_are_found_by_name_kind_and_shape() -> None:
    layers = (
        layer("stem", "Conv2D", 56, 56, 64),
        layer("fire2_expand", "Conv2D", 28, 28, 8),
        layer("out", "Dense", 10),
    )
    assert matches(layers, "") == [True, True, True]
    assert matches(layers, "CONV") == [True, True, False]
    assert matches(layers, "28×28 fire") == [False, True, False]
    assert matches(layers, "conv dense") == [False, False, False]


def test_a_long_network_is_searched_and_seen_whole(qtbot: Any) -> None:
    pane = NetworkPane()
    qtbot.addWidget(pane)
    pane.resize(260, 300)
    pane.show()
    chain = layers_of([{i - 1} if i else set() for i in range(200)])
    pane.set_network(Description("toy", chain[:5], (), "", None, "layer0", "photos"))
    assert not pane.search.isVisible()
    pane.set_network(Description("toy", chain, (), "", None, "layer0", "photos"))
    assert pane.search.isVisible()
    pane.search.setText("layer17")
    assert [row for row in range(200) if not pane.list.isRowHidden(row)] == [17, *range(170, 180)]
    with qtbot.waitSignal(pane.chosen) as told:
        qtbot.keyClick(pane.search, Qt.Key_Return)
    assert told.args == ["layer17"]
    assert not pane.search.text()
    assert not pane.list.isRowHidden(0)
    pane.search.setText("layer18")
    item = pane.list.visualRect(pane.list.model().index(18, 0)).center()
    with qtbot.waitSignal(pane.chosen) as told:
        qtbot.mouseClick(pane.list.viewport(), Qt.LeftButton, pos=item)
    assert (told.args, pane.search.text()) == (["layer18"], "")
    y = round(150.5 * pane.overview.height() / 200)
    qtbot.mouseClick(pane.overview, Qt.LeftButton, pos=QPoint(4, y))
    assert not pane.search.text()
    at = pane.list.indexAt(pane.list.viewport().rect().center()).row()
    assert abs(at - 150) <= 1


def test_a_layer_chosen_while_the_list_is_hidden_is_in_view_afterwards(qtbot: Any) -> None:
    pane = NetworkPane()
    qtbot.addWidget(pane)
    pane.resize(260, 500)
    chain = layers_of([{i - 1} if i else set() for i in range(60)])
    pane.set_network(Description("toy", chain, (), "", None, "layer0", "photos"))
    pane.show()
    pane.hide()
    pane.set_layer("layer40")
    pane.resize(260, 400)
    pane.show()
    rect = pane.list.visualRect(pane.list.currentIndex())
    assert pane.list.viewport().rect().contains(rect)


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
