"""Lectures and tours in the window: pictures are put into the tray, visited, saved, and made into slides."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, QSettings, Qt, QTimer
from qtpy.QtWidgets import QDockWidget, QFileDialog, QMenu

from dlviz.engine.client import Engine
from dlviz.engine.decks import deck_work
from dlviz.grammar import number_of
from dlviz.jobs import Item, Lecture, MakeDeck, Request, Saved
from dlviz.lectures import notebook
from dlviz.lectures.deck import lecture_on
from dlviz.lectures.lecture import ENDING, lecture_text, parsed_lecture, write_lecture
from dlviz.lectures.tours import TOURS, tour
from dlviz.progress import Progress
from dlviz.views import views
from dlviz_gui.controller import NETWORK
from dlviz_gui.engine import Client
from dlviz_gui.exporting import NOTHING
from dlviz_gui.job_process import JobProcess
from dlviz_gui.job_titles import title_of
from dlviz_gui.panes.tray import Tray
from dlviz_gui.selection import MAIN
from dlviz_models.errors import UserError

if TYPE_CHECKING:
    from dlviz_gui.window import Window

DECKS = {
    "Slides (*.pptx)": ".pptx",
    "PDF (*.pdf)": ".pdf",
    "Page to present in a browser (*.html)": ".html",
    "Notebook (*.ipynb)": notebook.ENDING,
}
UNSAVED = "unsaved_lecture"
DECK_TIME = 1800.0
"""Seconds that a deck may take."""
MOMENT = 400
"""Milliseconds after a sheet has come until it is drawn, and can be kept in small."""


def deck_engine() -> Client:
    """The process that makes decks."""
    return Engine(load=deck_work, name="The process that makes slides")


class Lecturing(QObject):
    """Wires the tray, which lies in a dock, to the window."""

    def __init__(self, window: Window, start: Callable[[], Client] = deck_engine) -> None:
        super().__init__(window)
        self._window = window
        self.process = JobProcess(start, self)
        self.process.answered.connect(self._on_answer)
        self.process.failed.connect(window.message.say)
        self.process.ended.connect(self._end)
        self._path = ""
        self._offered = False
        self._saved = Lecture()
        self.tray = Tray()
        self.dock = QDockWidget("Lecture", window)
        self.dock.setObjectName("lecture")
        self.dock.setAllowedAreas(Qt.BottomDockWidgetArea | Qt.TopDockWidgetArea)
        self.dock.setFeatures(QDockWidget.DockWidgetClosable | QDockWidget.DockWidgetMovable)
        self.dock.setTitleBarWidget(self.tray.bar)
        self.dock.setWidget(self.tray)
        window.addDockWidget(Qt.BottomDockWidgetArea, self.dock)
        self.dock.hide()
        self._picture = QTimer(self, singleShot=True, interval=MOMENT)
        self._picture.timeout.connect(self._keep_picture)
        self.tray.visited.connect(self.visit)
        self.tray.add_asked.connect(self.add)
        self.tray.save_asked.connect(self.ask_save)
        self.tray.deck_asked.connect(self.ask_deck)
        self.tray.changed.connect(self._name)
        self.tray.closed.connect(self.dock.hide)
        window.opening.tour_chosen.connect(self.open_tour)
        window.controller.sheet.connect(lambda pane, sheet: self._picture.start())
        window.lessons.sheet.connect(lambda sheet: self._picture.start())
        window.controller.failed.connect(self._give_up)
        window.controller.cancelled.connect(lambda slot: self._give_up(slot, "Cancelled: choose the picture again."))

    # -- in and out --------------------------------------------------------------------------------------------

    def add(self) -> None:
        """Put what is shown into the tray."""
        window = self._window
        request = window.exporting.request(lesson=window.shows_lesson)
        if request is None:
            window.message.say(NOTHING)
            return
        picture = window.shown_pane.grab()
        self.dock.show()
        self.tray.add(Item(request), picture)

    def open(self, lecture: Lecture, path: str = "") -> None:
        """Put a lecture into the tray and show its first picture; what was in it can be brought back."""
        before = self.tray.lecture, self._path
        lost = before[0].items and before[0] != self._saved
        self._put(lecture, path)
        if lost:
            words = f"The tray held {number_of(len(before[0].items), 'picture')} not saved yet."
            self._window.message.say(words, "Bring them back", lambda: self._bring_back(before[0]))

    def visit(self, request: Request) -> None:
        """Show again what a request asks for."""
        window = self._window
        if views()[request.view].needs:
            window.leave_lesson()
            self._expect(request.model)
            window.controller.visit(request)
        else:
            window.pages.setCurrentWidget(window.lesson)
            window.lessons.visit(request)

    def _expect(self, model: str) -> None:
        """Take away the picture of another network than `model`, which is about to be opened."""
        controller = self._window.controller
        if controller.selection is None or controller.selection.model != model:
            controller.shown.pop(MAIN, None)
            self._window.view_pane.say(f"Opening {Path(model).name}…")

    def _give_up(self, slot: str, sentence: str) -> None:
        """Say why the network that was awaited in place of a picture does not come."""
        if slot == NETWORK and self._window.view_pane.sheet_pane.words:
            self._window.view_pane.say(sentence)

    def suggest(self) -> None:
        """Put the views that suit the network that is open into the tray."""
        controller = self._window.controller
        if controller.network is None or controller.selection is None:
            self._window.message.say(NOTHING)
            return
        chosen = controller.selection
        self.open(lecture_on(controller.network, chosen.model, chosen.data, chosen.preprocess))

    def open_tour(self, name: str) -> None:
        """Start a tour that ships."""
        self.open(tour(name))

    def take(self, lecture: Lecture, path: str) -> None:
        """Show what a file holds: a picture as it was made, or a lecture in the tray."""
        if path.lower().endswith(ENDING):
            self.open(lecture, path)
        elif len(lecture.items) == 1:
            self.visit(lecture.items[0].request)
        else:
            self.open(lecture)

    def fill(self, menu: QMenu) -> None:
        """Offer the tours that ship, once."""
        for name in TOURS if not self._offered else ():
            menu.addAction(tour(name).title).triggered.connect(lambda _=False, name=name: self.open_tour(name))
        self._offered = True

    def _put(self, lecture: Lecture, path: str) -> None:
        self._path = path
        self.tray.set_lecture(lecture)
        self._saved = self.tray.lecture
        self._name()
        self.dock.show()
        self.tray.step(0)

    def _name(self) -> None:
        title = self.tray.lecture.title or Path(self._path).stem
        changed = " (not saved)" if self.tray.lecture != self._saved else ""
        self.tray.name.set_words(f"{title or 'Lecture'}{changed}")

    def _keep_picture(self) -> None:
        """Keep in small what the chosen item looks like, once it is what is shown."""
        window, chosen = self._window, self.tray.chosen
        if chosen and chosen.request == window.exporting.request(lesson=window.shows_lesson):
            self.tray.set_picture(window.shown_pane.grab())

    # -- files -------------------------------------------------------------------------------------------------

    def ask_save(self) -> None:
        """Ask where to save the lecture."""
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Save the lecture", self._path or f"lecture{ENDING}", f"Lecture (*{ENDING})"
        )
        if path:
            self.save(path if path.lower().endswith(ENDING) else f"{path}{ENDING}")

    def save(self, path: str) -> None:
        """Save the lecture as a text file."""
        if not self.tray.lecture.title:
            self.tray.set_title(Path(path).stem)
        try:
            write_lecture(self.tray.lecture, path)
        except UserError as error:
            self._window.message.say(str(error))
            return
        self._path, self._saved = path, self.tray.lecture
        self._name()
        self._window.message.say(f"Saved as {path}.")

    def ask_deck(self) -> None:
        """Ask where to write slides of the lecture."""
        if not self.tray.lecture.items:
            self._window.message.say("The lecture has no pictures yet: Ctrl+D adds what is shown.")
            return
        name = Path(self._path).stem or "lecture"
        path, chosen = QFileDialog.getSaveFileName(self._window, "Make slides", f"{name}.pptx", ";;".join(DECKS))
        if path:
            ending = Path(path).suffix.lower()
            self.make_deck(path if ending in DECKS.values() else f"{path}{DECKS.get(chosen, '.pptx')}")

    def make_deck(self, path: str) -> None:
        """Have slides made of the lecture, in a process of their own."""
        job = MakeDeck(self.tray.lecture, path)
        self.process.submit(job, DECK_TIME)
        self._window.work.set_busy(title_of(job))

    def remember(self, settings: QSettings) -> None:
        """Keep pictures that were not saved until the next start."""
        unsaved = self.tray.lecture if self.tray.lecture != self._saved else Lecture()
        settings.setValue(UNSAVED, lecture_text(unsaved, Path(settings.fileName()).parent) if unsaved.items else "")

    def recall(self, settings: QSettings) -> None:
        """Offer the pictures that were not saved when the window was last closed."""
        with suppress(ValueError, KeyError, UserError):  # of another version
            if text := str(settings.value(UNSAVED, "")):
                unsaved = parsed_lecture(text, Path(settings.fileName()).parent)
                words = f"Last time the tray held {number_of(len(unsaved.items), 'picture')} not saved yet."
                self._window.message.say(words, "Bring them back", lambda: self._bring_back(unsaved))

    def _bring_back(self, lecture: Lecture) -> None:
        self._put(lecture, "")
        self._saved = Lecture()
        self._name()

    def _on_answer(self, value: object) -> None:
        if isinstance(value, Progress):
            self._window.work.set_progress(value)
        elif isinstance(value, Saved):
            self._window.message.say(f"Saved as {value.path}.")

    def _end(self) -> None:
        """The process goes with its job, for it takes much memory."""
        self._window.work.set_busy("")
        QTimer.singleShot(0, self.process.close)
