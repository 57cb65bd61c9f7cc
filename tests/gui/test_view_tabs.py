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


def in_menu(tabs: ViewTabs) -> list[str]:
    return [tabs.names[action.data()] for action in tabs.more.menu().actions()] if tabs.more.isVisible() else []


@pytest.mark.parametrize("width", [200, 500, 700, WIDE])
@pytest.mark.parametrize("chosen", [NAMES[0], NAMES[-1]])
def test_no_tab_is_cut_and_every_view_is_in_reach(tabs, width, chosen):
    tabs.resize(width, tabs.sizeHint().height())
    tabs.choose(chosen)
    QApplication.sendPostedEvents()
    right = max(tabs.bar.tabRect(NAMES.index(name)).right() for name in in_sight(tabs))
    assert right < width - (tabs.more.sizeHint().width() if in_menu(tabs) else 0)
    assert chosen in in_sight(tabs)
    assert {*in_sight(tabs), *in_menu(tabs)} == {*NAMES}
    assert (not in_menu(tabs)) == (width == WIDE)


def test_a_view_of_the_menu_becomes_a_tab(tabs, qtbot):
    tabs.resize(400, tabs.sizeHint().height())
    with qtbot.waitSignal(tabs.chosen) as told:
        tabs.more.menu().actions()[-1].trigger()
    assert told.args == [NAMES[-1]]
    assert NAMES[-1] in in_sight(tabs)


@pytest.mark.parametrize("width", [400, 700, 900])
def test_neither_tabs_nor_entries_of_the_menu_move_whichever_view_is_chosen(tabs, width):
    tabs.resize(width, tabs.sizeHint().height())
    menu = in_menu(tabs)
    permanent = [name for name in NAMES if name not in menu]
    assert menu == list(NAMES[len(permanent) :])
    for name in NAMES[::-1] + NAMES:
        tabs.choose(name)
        assert in_menu(tabs) == menu
        assert in_sight(tabs)[: len(permanent)] == permanent
        others = in_sight(tabs)[len(permanent) :]
        assert len({*others} - {*menu[: len(others)]}) <= 1  # the first of the menu, and the one last chosen from it
        assert [action.data() for action in tabs.more.menu().actions() if action.isChecked()] == [
            NAMES.index(name) for name in menu if name == tabs.names[tabs.bar.currentIndex()]
        ]


def test_there_are_as_many_tabs_as_there_is_room_for(tabs):
    tabs.resize(900, tabs.sizeHint().height())
    room = tabs.width() - tabs.more.sizeHint().width()
    widths = [tabs.bar.tabSizeHint(number).width() for number in range(len(NAMES))]
    count = len(in_sight(tabs))
    assert sum(widths[:count]) <= room < sum(widths[: count + 1])


def test_the_view_that_was_last_chosen_from_the_menu_stays_a_tab(tabs):
    tabs.resize(700, tabs.sizeHint().height())
    tabs.choose(NAMES[-1])
    for name in (NAMES[0], NAMES[1]):
        tabs.choose(name)
        assert in_sight(tabs)[-1] == NAMES[-1]


def test_every_view_of_the_menu_is_laid_out_once_chosen(tabs):
    tabs.resize(400, tabs.sizeHint().height())
    for number, name in enumerate(NAMES):
        tabs.choose(name)
        assert not tabs.bar.tabRect(number).isEmpty()


def test_a_view_that_is_shown_already_is_not_asked_for(tabs, qtbot):
    with qtbot.assertNotEmitted(tabs.chosen):
        tabs.choose(NAMES[2])
        tabs.step_to("no view")
