from __future__ import annotations

import pytest
from qtpy.QtWidgets import QApplication

from dlviz_gui.panes.view_tabs import ViewTabs
from dlviz_gui.selection import offered

NAMES = offered()
WIDE = 150 * len(NAMES)


@pytest.fixture
def tabs(qtbot):
    tabs = ViewTabs()
    qtbot.addWidget(tabs)
    tabs.set_views(NAMES)
    tabs.show()
    return tabs


def in_sight(tabs: ViewTabs) -> list[str]:
    return [name for number, name in enumerate(tabs.names) if tabs.bar.isTabVisible(number)]


def in_menu(tabs: ViewTabs) -> int:
    return len(tabs.more.menu().actions()) if tabs.more.isVisible() else 0


@pytest.mark.parametrize("width", [200, 500, 700, WIDE])
@pytest.mark.parametrize("chosen", [NAMES[0], NAMES[-1]])
def test_no_tab_is_cut_and_every_view_is_in_reach(tabs, width, chosen):
    tabs.resize(width, tabs.sizeHint().height())
    tabs.choose(chosen)
    QApplication.sendPostedEvents()
    right = max(tabs.bar.tabRect(NAMES.index(name)).right() for name in in_sight(tabs))
    assert right < width - (tabs.more.sizeHint().width() if in_menu(tabs) else 0)
    assert chosen in in_sight(tabs)
    assert len(in_sight(tabs)) + in_menu(tabs) == len(NAMES)
    assert (in_menu(tabs) == 0) == (width == WIDE)


def test_a_view_of_the_menu_becomes_a_tab(tabs, qtbot):
    tabs.resize(400, tabs.sizeHint().height())
    with qtbot.waitSignal(tabs.chosen) as told:
        tabs.more.menu().actions()[-1].trigger()
    assert told.args == [NAMES[-1]]
    assert NAMES[-1] in in_sight(tabs)


def test_no_tab_moves_when_others_are_chosen_after_one_of_the_menu(tabs):
    tabs.resize(700, tabs.sizeHint().height())
    tabs.choose(NAMES[-1])
    before = in_sight(tabs)
    for name in before:
        tabs.choose(name)
        assert in_sight(tabs) == before
    tabs.choose(NAMES[-2])
    assert NAMES[-2] in in_sight(tabs)
    assert in_sight(tabs)[:2] == before[:2]


def test_every_view_of_the_menu_is_laid_out_once_chosen(tabs):
    tabs.resize(400, tabs.sizeHint().height())
    for number, name in enumerate(NAMES):
        tabs.choose(name)
        assert not tabs.bar.tabRect(number).isEmpty()


def test_a_view_that_is_shown_already_is_not_asked_for(tabs, qtbot):
    with qtbot.assertNotEmitted(tabs.chosen):
        tabs.choose(NAMES[2])
        tabs.step_to("no view")
