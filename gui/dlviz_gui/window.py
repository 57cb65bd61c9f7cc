"""The window: the network, the chosen view, the chosen unit, and the pictures to feed, wired to what is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QSize, Qt, QThreadPool, QTimer, Signal
from qtpy.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from dlviz.applies import obstacle
from dlviz.jobs import Description, Thumbnails
from dlviz.progress import Progress
from dlviz.sheet import Sheet
from dlviz.views import views
from dlviz.watching.jobs import WatchTraining
from dlviz_gui import actions, geometry, theme
from dlviz_gui.controller import Controller
from dlviz_gui.drop_area import DropArea
from dlviz_gui.engine import Client, EngineLink
from dlviz_gui.exporting import Exporting
from dlviz_gui.help_overlay import HelpOverlay
from dlviz_gui.indexing import Indexing
from dlviz_gui.job_slots import JobSlots
from dlviz_gui.labels import in_words_of, label
from dlviz_gui.lecturing import Lecturing
from dlviz_gui.lesson_controller import LessonController, lesson_engine
from dlviz_gui.memories import window_settings
from dlviz_gui.message_bar import MessageBar, WorkBar
from dlviz_gui.opening import Opening
from dlviz_gui.panels import curves
from dlviz_gui.panes.input_pane import InputPane
from dlviz_gui.panes.lesson_pane import LessonPane
from dlviz_gui.panes.network_pane import NetworkPane
from dlviz_gui.panes.sheet_pane import SheetPane
from dlviz_gui.panes.side_pane import SidePane
from dlviz_gui.panes.view_pane import ViewPane
from dlviz_gui.panes.watch_pane import WatchPane
from dlviz_gui.presenter import Presenter
from dlviz_gui.selection import MAIN, PREDICTIONS, UNIT, Selection, layer_of, suits
from dlviz_gui.surgery import edit_weights
from dlviz_gui.watch_controller import WatchController, worker
from dlviz_gui.watch_dialog import WatchDialog

LEAST = QSize(800, 500)
"""The smallest window, in logical pixels; the screen may be smaller still."""
SETTLED = 400
"""Milliseconds after which what will be wanted later is loaded."""
CANCELLED = "Cancelled: F5 computes it again."
LOADING, READY = "TensorFlow is loading…", "Ready. Press H for help."


class Window(QMainWindow):
    """The main window; `link` is the engine that it asks, and closes with itself.

    `start_lessons` starts another for lessons, when the first is opened, `start_worker` the process that trains.
    """

    wrong = Signal(str)
    """A sentence on an error that nobody foresaw, from any thread."""

    def __init__(
        self,
        link: EngineLink,
        start_lessons: Callable[[], Client] = lesson_engine,
        start_worker: Callable[[], Client] = worker,
    ) -> None:
        super().__init__()
        self.setWindowTitle("dlviz")
        self.setMinimumSize(LEAST.boundedTo(geometry.screen()))
        self.setAcceptDrops(True)
        self._link = link
        self._loads, self._resting, self._model = True, READY, ""
        self._system_dark = self._dark = theme.is_dark(QApplication.palette())
        self._scale = 1.0
        self.slots = JobSlots(link, self)
        self.controller = Controller(self.slots, self)
        self.network = NetworkPane()
        self.view_pane = ViewPane()
        self.unit = SidePane("Unit", "Choose a layer, then click on one of its units.")
        self.predictions = SidePane("Predictions", "Predictions will appear here.", with_given=False)
        self.input = InputPane()
        self.lessons = LessonController(start_lessons, self, start_worker)
        self.lesson = LessonPane(self.lessons)
        self.watch = WatchPane(WatchController(start_worker, self))
        self.pages = QStackedWidget()
        self.message, self.work = MessageBar(self.pages, self.input), WorkBar()
        self.work.set_resting(LOADING)
        self.opening = Opening(self.controller, self.message, window_settings(), self)
        self.indexing = Indexing(self)
        self.exporting = Exporting(self.controller, self.lessons, self.message, window_settings(), self)
        self._arrange()
        self.help, self.drops = HelpOverlay(self), DropArea(self)
        self.lecturing = Lecturing(self)
        self.presenter = Presenter(self)
        self._panes: dict[str, ViewPane | SidePane] = {
            MAIN: self.view_pane,
            UNIT: self.unit,
            PREDICTIONS: self.predictions,
        }
        self._wire()
        actions.build(self)
        geometry.restore(window_settings(), self, self.splitter)
        self.view_pane.setFocus()  # a line to type into would take the keys H, U, O, W and E
        QTimer.singleShot(SETTLED, curves.load)

    # -- building ----------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        side = self.side = QSplitter(Qt.Vertical)
        side.addWidget(self.unit)
        side.addWidget(self.predictions)
        side.setSizes([370, 260])
        self.splitter = QSplitter(Qt.Horizontal)
        for widget in (self.network, self.view_pane, side):
            self.splitter.addWidget(widget)
        for splitter in (side, self.splitter):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(8)
        for number, share in enumerate((0, 3, 1)):
            self.splitter.setStretchFactor(number, share)
        self.splitter.setSizes([260, 770, 320])
        self.network.setMinimumWidth(150)
        side.setMinimumWidth(200)
        upright = QSplitter(Qt.Vertical)  # so that the pictures to feed can make room
        upright.setHandleWidth(8)
        for number, widget in enumerate((self.splitter, self.input)):
            upright.addWidget(widget)
            upright.setCollapsible(number, widget is self.input)
            upright.setStretchFactor(number, widget is self.splitter)
        self.pages.addWidget(upright)
        self.pages.addWidget(self.lesson)
        self.pages.addWidget(self.watch)
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(8, 4, 8, 2)
        layout.setSpacing(8)
        self.caption = label("", "title")
        self.caption.hide()
        layout.addWidget(self.caption)
        layout.addWidget(self.pages, 1)
        row = QHBoxLayout()  # so that the picture stays as large while an index is built
        row.addWidget(self.work, 1)
        row.addWidget(self.indexing.bar, 2)
        layout.addLayout(row)
        self.setCentralWidget(centre)

    def _wire(self) -> None:
        controller, link = self.controller, self._link
        self.network.chosen.connect(controller.choose_layer)
        self.network.preprocess.chosen.connect(controller.choose_preprocess)
        self.network.output.chosen.connect(controller.choose_output)
        self.network.epochs.chosen.connect(controller.choose_epoch)
        self.network.changes.chosen.connect(controller.choose_changes)
        self.view_pane.view_chosen.connect(controller.choose_view)
        self.view_pane.options_changed.connect(controller.set_options)
        self.view_pane.turned.connect(controller.turn_page)
        self.view_pane.units_chosen.connect(controller.choose_units)
        self.view_pane.other.chosen.connect(controller.choose_other)
        self.view_pane.units.refused.connect(self.message.say)
        for pane in self._panes.values():
            pane.chosen.connect(self._on_chosen)
        self.input.wanted.connect(controller.ask_thumbnails)
        self.input.number_chosen.connect(controller.choose_input)
        self.input.given.connect(controller.choose_input)
        self.input.source_chosen.connect(controller.choose_data)
        self.input.open_asked.connect(self.opening.ask_file)
        self.input.folder_asked.connect(self.opening.ask_folder)
        controller.network_opened.connect(self._on_network)
        controller.selection_changed.connect(self._on_selection)
        controller.sheet.connect(self._on_sheet)
        controller.made.connect(self.lecturing.take)
        controller.thumbnails.connect(self.input.put)
        controller.thumbnails.connect(self._on_thumbnails)
        controller.progress.connect(lambda slot, progress: self.work.set_progress(progress))
        controller.failed.connect(self._on_failed)
        controller.asked.connect(lambda pane, words: self._panes[pane].sheet_pane.wait(words))
        controller.refreshed.connect(self.input.forget)
        for leaves in (controller.left, controller.refreshed):
            leaves.connect(self.message.pass_by)
        controller.cancelled.connect(self._on_cancelled)
        self.lesson.left.connect(self.leave_lesson)
        self.watch.left.connect(self.leave_lesson)
        self.watch.asked.connect(self.ask_training)
        self.watch.epochs_asked.connect(self._open_epochs)
        self.lessons.saved.connect(self._on_busy)
        self.lessons.failed.connect(self._on_busy)
        self.lessons.rested.connect(self._on_busy)
        self.lessons.progress.connect(self._on_lesson_progress)
        self.work.cancelled.connect(self.cancel)
        self.work.cancelled.connect(self.lecturing.process.cancel)
        self.slots.busy_changed.connect(self._on_busy)
        self.wrong.connect(self.message.say)
        self.pages.currentChanged.connect(self.message.raise_)
        self.drops.dropped.connect(self.opening.take)
        link.ready.connect(self._on_ready)
        link.silent.connect(self.work.say)
        link.died.connect(self._on_died)
        link.restarted.connect(self._on_loading)

    # -- what comes back ---------------------------------------------------------------------------------------

    def _on_network(self, network: Description) -> None:
        if self.controller.selection and self.controller.selection.model != self._model:
            self._model = self.controller.selection.model
            for pane in self._panes:
                self._say(pane, "Computing…")
        self.setWindowTitle(f"{network.name} — dlviz")
        self.network.set_network(network)
        self.view_pane.set_network(network)
        self.input.set_network(network)
        if reason := obstacle(views()[UNIT], network):
            self.unit.set_heading("Unit")
            self.unit.sheet_pane.say(reason)

    def _on_selection(self, selection: Selection) -> None:
        self.network.set_layer(selection.layer)
        self.network.preprocess.set_mode(selection.preprocess)
        self.network.epochs.set_epoch(selection.epoch)
        self.network.set_changes(selection.changes)
        self.view_pane.set_selection(selection)
        self.input.set_selection(selection)
        if self.controller.network and suits(UNIT, self.controller.network):
            self.unit.announce(f"Unit {selection.unit} of {selection.layer}")
            if not layer_of(self.controller.network, selection.layer).units:
                self.unit.set_heading("Unit")
                self.unit.sheet_pane.say(f"{selection.layer} has no units to look at: choose another layer.")

    def _on_sheet(self, pane: str, sheet: Sheet) -> None:
        if pane in self._panes:
            self._panes[pane].set_sheet(sheet)

    def _on_failed(self, slot: str, sentence: str) -> None:
        if slot in self._panes:
            self._say(slot, sentence)
        else:
            self.message.say(sentence)

    def _say(self, pane: str, sentence: str) -> None:
        """Say something instead of a sheet."""
        pane = self._panes[pane]
        (self.view_pane if pane is self.view_pane else pane.sheet_pane).say(sentence)

    def _on_lesson_progress(self, progress: Progress) -> None:
        self.work.set_busy(self.lessons.doing)
        self.work.set_progress(progress)

    def _on_cancelled(self, slot: str) -> None:
        if slot in self.controller.shown:  # a part of it is on screen
            self.message.say(CANCELLED)
        elif slot in self._panes:
            self._say(slot, CANCELLED)

    def _on_busy(self) -> None:
        doing = self.slots.doing or self.lessons.doing
        self.work.set_busy(f"{LOADING} {doing}" if doing and self._loads else doing)

    def _on_loading(self) -> None:
        self._loads = True
        self.work.set_resting(LOADING)
        self._on_busy()

    def _on_ready(self) -> None:
        self._loads = False
        self.work.set_resting(self._resting)
        self._on_busy()

    def _on_thumbnails(self, thumbnails: Thumbnails) -> None:
        self._resting = in_words_of((), " ".join(thumbnails.notes)) or READY
        if not self._loads:
            self.work.set_resting(self._resting)

    def _on_died(self, sentence: str) -> None:
        self.message.say(sentence)
        self.work.set_resting("Nothing can be computed at the moment.")

    def _on_chosen(self, what: str, key: Any) -> None:
        if what == "place":
            self.controller.choose_unit(key.unit, key.layer)
        elif what == "weights":
            edit_weights(self, key)
        else:
            choose: Callable[[Any], None] = getattr(self.controller, f"choose_{what}")
            choose(key)

    # -- what people ask for -----------------------------------------------------------------------------------

    @property
    def shows_lesson(self) -> bool:
        """Whether a lesson stands in place of the network."""
        return self.pages.currentWidget() is self.lesson

    @property
    def shows_training(self) -> bool:
        """Whether a training stands in place of the network."""
        return self.pages.currentWidget() is self.watch

    @property
    def shown_pane(self) -> SheetPane:
        """Where the lesson is drawn, or the chosen view of the network."""
        return self.lesson.sheet_pane if self.shows_lesson else self.view_pane.sheet_pane

    def open_lesson(self, name: str) -> None:
        """Show a lesson in place of the network."""
        self.pages.setCurrentWidget(self.lesson)
        self.lessons.open(name)

    def watch_training(self) -> None:
        """Show the network that is being trained, or ask for one."""
        if self.watch.controller.is_busy:
            self.pages.setCurrentWidget(self.watch)
            self.watch.setFocus()
        else:
            self.ask_training()

    def ask_training(self) -> None:
        """Ask what is to be trained."""
        dialog = WatchDialog(self)
        dialog.chosen.connect(self._on_training)
        dialog.open()

    def _on_training(self, job: WatchTraining) -> None:
        self.watch.controller.begin(job)
        self.watch_training()

    def _open_epochs(self, folder: str, data: str) -> None:
        self.leave_lesson()
        self.controller.open_network(folder, data)

    def leave_lesson(self) -> None:
        """Show the network again."""
        self.lesson.leave()
        self.pages.setCurrentIndex(0)

    def ask_export(self, ending: str = "") -> None:
        """Ask where to write what is shown, as the medium of that ending or as the last time."""
        if self.shows_training:
            self.exporting.ask_training(self.watch, ending)
        else:
            self.exporting.ask(ending, lesson=self.shows_lesson)

    def copy_image(self) -> None:
        """Put what is shown on the clipboard."""
        if self.shows_training:
            self.watch.copy()
        else:
            self.exporting.copy(lesson=self.shows_lesson)

    def cancel(self) -> None:
        """Give up what is under way."""
        self.controller.cancel()
        self.lessons.cancel_all()

    def set_dark(self, dark: bool | None) -> None:
        """Light, dark, or as the system."""
        self._dark = self._system_dark if dark is None else dark
        self.set_scale(self._scale)

    def set_scale(self, scale: float) -> None:
        """Write so much larger than usual."""
        self._scale = scale
        theme.apply(QApplication.instance(), self._dark, scale)

    # -- events ------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event) -> None:
        shown = self.pages.currentWidget()
        if isinstance(shown, LessonPane | WatchPane):
            shown.key(event)
            return
        step = {Qt.Key_Left: -1, Qt.Key_Up: -1, Qt.Key_Right: 1, Qt.Key_Down: 1}.get(event.key())
        if step:
            self.controller.step_unit(step)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self.drops.listen(self.windowHandle())

    def closeEvent(self, event) -> None:
        self.opening.close()
        settings = window_settings()
        self.lecturing.remember(settings)
        geometry.save(settings, self, self.splitter)
        self.lessons.close()
        self.watch.controller.close()
        self.lecturing.process.close()
        self.indexing.process.close()
        self._link.close()
        QThreadPool.globalInstance().waitForDone()
        super().closeEvent(event)
