"""Everything that can be done, once: in the menus, by keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAction, QActionGroup, QHBoxLayout, QMenu, QToolButton, QWidget

from dlviz.applies import obstacles
from dlviz.jobs import Description
from dlviz.lessons import lessons
from dlviz.request_text import command, python
from dlviz.views import views
from dlviz_gui.exporting import SIZES, Write
from dlviz_gui.labels import set_tip, title, tooltip
from dlviz_gui.selection import offered
from dlviz_gui.surgery import ask_change, switch_unit, undo_change

if TYPE_CHECKING:
    from dlviz_gui.window import Window


def build(window: Window) -> None:
    """Fill the menu bar; views and lessons, which take a while to load, enter it once the window is on screen."""
    add = partial(_add, window)
    window.menuBar().setCornerWidget(_export_buttons(window))
    for fill in (_file, _edit, _view, _lessons):
        fill(window, add)
    add(window.menuBar().addMenu("&Help"), "&Keys and mouse", "H", window.help.toggle)


def _add(window: Window, menu: QMenu, words: str, keys: str, do: Callable[..., object], *given: object) -> QAction:
    action = _action(window, words, do, *given)
    if keys:
        action.setShortcut(keys)
    menu.addAction(action)
    return action


def _action(window: Window, words: str, do: Callable[..., object], *given: object) -> QAction:
    action = QAction(words, window)
    action.triggered.connect(lambda: do(*given))
    window.addAction(action)  # its keys count where the menu is hidden
    return action


def _export_buttons(window: Window) -> QWidget:
    """Always in sight, at the right end of the menu bar."""
    corner = QWidget()
    layout = QHBoxLayout(corner)
    layout.setContentsMargins(0, 0, 0, 0)
    for words, does, ending, media in (
        ("Slide…", "Write what is shown as a slide (Ctrl+Shift+E)", ".pptx", "slides"),
        ("Export…", "Write what is shown: a picture, slides, a PDF, a page, raw arrays (Ctrl+E)", "", "any medium"),
    ):
        button = QToolButton()
        button.setObjectName("corner")
        button.setText(words)
        button.setAccessibleName(f"Export what is shown to {media}")
        set_tip(button, does)
        button.setFocusPolicy(Qt.NoFocus)  # typing into the window is not to press it
        button.clicked.connect(lambda _, ending=ending: window.ask_export(ending))
        layout.addWidget(button)
    return corner


def _file(window: Window, add: Callable[..., QAction]) -> None:
    file = window.menuBar().addMenu("&File")
    add(file, "&Open network, picture or data…", "Ctrl+O", window.opening.ask_file)
    add(file, "Open &folder…", "Ctrl+Shift+O", window.opening.ask_folder)
    add(file, "Shipped &networks and tours…", "Ctrl+N", window.opening.ask_network)
    recent = file.addMenu("Open &recent")
    recent.aboutToShow.connect(lambda: window.opening.fill(recent))
    file.addSeparator()
    add(file, "&Export what is shown…", "Ctrl+E", window.ask_export)
    add(file, "Export as a &slide…", "Ctrl+Shift+E", window.ask_export, ".pptx")
    _sizes(window, file.addMenu("Size of exported &pictures"))
    file.addSeparator()
    add(file, "&Watch it learn…", "Ctrl+L", window.watch_training)
    add(file, "&Index the best patches of all units", "Ctrl+I", window.indexing.build)
    file.addSeparator()
    add(file, "&Quit", "Ctrl+Q", window.close)


def _edit(window: Window, add: Callable[..., QAction]) -> None:
    def copy(write: Write) -> None:
        if window.shows_training:
            job = window.watch.job
            window.watch.copy_text(job.command if write is command else job.python)
        else:
            window.exporting.copy_text(write, lesson=window.shows_lesson)

    edit = window.menuBar().addMenu("&Edit")
    add(edit, "&Undo the last change of the network", "Ctrl+Z", undo_change, window)
    edit.addSeparator()
    add(edit, "&Copy as image", "Ctrl+Shift+C", window.copy_image)
    add(edit, "Copy as &Python", "Ctrl+Shift+P", copy, python)
    add(edit, "Copy as co&mmand", "Ctrl+Shift+M", copy, command)
    edit.addSeparator()
    add(edit, "&Paste a picture", "Ctrl+V", window.opening.paste)
    edit.addSeparator()
    add(edit, "&Switch the unit off, or on again", "X", switch_unit, window)
    add(edit, "C&hange a unit or a weight…", "Shift+X", ask_change, window)
    add(edit, "&Restore the network", "Ctrl+Shift+X", window.controller.choose_changes, ())


def _view(window: Window, add: Callable[..., QAction]) -> None:
    view = window.menuBar().addMenu("&View")
    view.setToolTipsVisible(True)
    window.controller.network_opened.connect(partial(_offer_views, window, view, view.addSeparator(), {}))
    add(view, "&Back", "Alt+Left", window.controller.step_history, -1)
    add(view, "For&ward", "Alt+Right", window.controller.step_history, 1)
    add(view, "&Previous layer", "U", window.controller.step_layer, -1)
    add(view, "&Next layer", "O", window.controller.step_layer, 1)
    add(view, "Previous picture", "W", window.controller.step_input, -1)
    add(view, "Next picture", "E", window.controller.step_input, 1)
    add(view, "&Find a layer", "Ctrl+F", window.network.search.start)
    view.addSeparator()
    add(view, "&Compute again", "F5", window.controller.refresh)
    add(view, "C&ancel the running work", "Esc", window.cancel)
    view.addSeparator()
    appearance, group = view.addMenu("&Appearance"), QActionGroup(window)
    for words, dark in (("As the system", None), ("Light", False), ("Dark", True)):
        action = add(appearance, words, "", window.set_dark, dark)
        action.setCheckable(True)
        action.setChecked(dark is None)
        group.addAction(action)
    add(view, "&Present: the picture alone, in big type", "F11", window.presenter.toggle)


def _offer_views(window: Window, menu: QMenu, end: QAction, actions: dict[str, QAction], network: Description) -> None:
    """Number views as their tabs are; one that does not suit the network is grey, and its tip says why."""
    if not actions:
        actions |= {name: _action(window, title(name), window.view_pane.step_to, name) for name in offered()}
        menu.insertActions(end, list(actions.values()))
    why, keys = obstacles(network), (f"Ctrl+{n}" for n in range(1, 10))
    for name, action in actions.items():
        action.setEnabled(not why[name])
        action.setShortcut("" if why[name] else next(keys, ""))
        action.setToolTip(tooltip(why[name] or views()[name].summary))


def _lessons(window: Window, add: Callable[..., QAction]) -> None:
    menu = window.menuBar().addMenu("&Lessons")
    end = menu.addSeparator()
    add(menu, "&Back to the network", "Ctrl+0", window.leave_lesson)
    menu.aboutToShow.connect(partial(_list_lessons, window, menu, end))

    lecture = window.menuBar().addMenu("Le&cture")
    add(lecture, "&Add what is shown", "Ctrl+D", window.lecturing.add)
    add(lecture, "S&uggest a lecture on this network", "", window.lecturing.suggest)
    add(lecture, "&Previous picture", "Ctrl+PgUp", window.lecturing.tray.step, -1)
    add(lecture, "&Next picture", "Ctrl+PgDown", window.lecturing.tray.step, 1)
    lecture.addSeparator()
    add(lecture, "&Save the lecture…", "Ctrl+S", window.lecturing.ask_save)
    add(lecture, "Make s&lides…", "", window.lecturing.ask_deck)
    show = window.lecturing.dock.toggleViewAction()
    show.setText("Show the &tray")
    lecture.addAction(show)
    lecture.addSection("Guided tours")
    lecture.aboutToShow.connect(lambda: window.lecturing.fill(lecture))


def _list_lessons(window: Window, menu: QMenu, end: QAction) -> None:
    if menu.actions()[0] is not end:
        return
    for chapter, names in groupby(lessons(), key=lambda name: lessons()[name].group):
        menu.insertSection(end, chapter)
        menu.insertActions(end, [_action(window, title(name), window.open_lesson, name) for name in names])


def _sizes(window: Window, menu: QMenu) -> None:
    """Offer the sizes of exported pictures, of which one is chosen."""
    group = QActionGroup(window)
    for number, name in enumerate(SIZES):
        action = menu.addAction(name)
        action.setCheckable(True)
        action.setChecked(number == 0)
        action.triggered.connect(partial(window.exporting.set_size, name))
        group.addAction(action)
