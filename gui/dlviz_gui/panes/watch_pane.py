"""A network that learns: its curves, the part of it that is looked at, and what turns, stops and rewinds it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QSplitter,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from dlviz.progress import Progress
from dlviz.watching.jobs import PARTS, Change, Draw, Go, Keep, Look, Rewind, Until, Watched, Watching, WatchTraining
from dlviz_gui.labels import in_words_of, label, set_tip
from dlviz_gui.panes.sheet_pane import SheetPane
from dlviz_gui.panes.stop_slider import StopSlider
from dlviz_gui.watch_controller import WatchController

PLAY, PAUSE = "▶  Go on", "❚❚  Pause"
BACK = 10.0
"""Seconds of training that are rewound."""
TENTHS = 100
"""Steps of the progress bar an epoch."""
RATES = tuple(10 ** (n / 10) for n in range(-50, 1))
DIALS: dict[str, tuple[str, str, tuple[float, ...]]] = {
    "learning_rate": ("learning rate", "how far a step goes; turned by hand, it stays", RATES),
    "momentum": ("momentum", "what a step keeps of the steps before it", tuple(n / 100 for n in range(100))),
    "weight_decay": ("weight decay", "how much each step shrinks all weights, times the rate", (0.0, *RATES)),
    "batch": ("batch", "examples a step", tuple(2.0**n for n in range(10))),
}
"""What can be turned: its name for people, what it is, and its values."""
ALL = "all layers"


class WatchPane(QFrame):
    """Fills the window in the network's place; `left` tells that the network is wanted back, `asked` that another
    training is, `epochs_asked` the folder of kept epochs that is to be opened, and the data."""

    left = Signal()
    asked = Signal()
    epochs_asked = Signal(str, str)

    def __init__(self, controller: WatchController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.controller = controller
        self._state = ""
        self.job = WatchTraining("", "")
        self.title = label("", "heading", wraps=False)
        self.summary = label("", "lesson")
        self.curves = SheetPane("Curves", "The curves of the loss will stand here.")
        self.part = SheetPane("The part that is looked at", "What is looked at will stand here.")
        self.part_summary = label("", "says")
        self.parts = QTabBar()
        self.parts.setExpanding(False)
        self.parts.setFocusPolicy(Qt.TabFocus)
        self.parts.setAccessibleName("What is looked at")
        for name, words in PARTS.items():
            self.parts.setTabData(self.parts.addTab(words), name)
        self.layers, self.sample = QComboBox(), QSpinBox()
        self.layers.setAccessibleName("Layer")
        self.layers.setFocusPolicy(Qt.TabFocus)
        self.sample.setAccessibleName("Test sample")
        self.sample.setPrefix("test sample ")
        self.sample.setFocusPolicy(Qt.ClickFocus)
        self.sample.setKeyboardTracking(False)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        self.bar.setAccessibleName("Epochs done")
        self.dials = {name: StopSlider(*about) for name, about in DIALS.items()}
        self.play = _button(PAUSE, "Pause or go on (space)", self.toggle)
        self.batch = _button("One batch", "Go on for one batch (→)", partial(self._go, "batch"))
        self.epoch = _button("One epoch", "Go on for one epoch (↓)", partial(self._go, "epoch"))
        self.rewind = _button(
            "↶  10 s back", "Go back by ten seconds of training and stand still there (←)", self._rewind
        )
        self.keep = _button("Keep…", "Write the network as it stands to a file (K)", self.ask_keep)
        self.epochs = _button("Open its epochs", "Open the network as each epoch left it", self._ask_epochs)
        self.stop = _button("Stop", "End this training", controller.stop)
        self._arrange()
        self._wire()
        self._set_state("")

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.addWidget(_button("◀  Network", "Back to the network; the training goes on", self.left.emit))
        top.addWidget(self.title)
        top.addWidget(self.bar, 1)
        top.addWidget(
            _button("Another training…", "Choose another network, other data, other options", self.asked.emit)
        )
        above = QHBoxLayout()
        above.addWidget(self.parts, 1)
        above.addWidget(self.layers)
        above.addWidget(self.sample)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(above)
        column.addWidget(self.part_summary)
        column.addWidget(self.part, 1)
        self.splitter = QSplitter(Qt.Horizontal)
        self.splitter.addWidget(self.curves)
        self.splitter.addWidget(right)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(8)
        self.splitter.setSizes([450, 750])
        for number, share in enumerate((2, 3)):
            self.splitter.setStretchFactor(number, share)
        turned, steps = QHBoxLayout(), QHBoxLayout()
        turned.setSpacing(24)
        for dial in self.dials.values():
            turned.addWidget(dial, 1)
        for button in (self.play, self.batch, self.epoch, self.rewind):
            steps.addWidget(button)
        steps.addStretch(1)
        for button in (self.keep, self.epochs, self.stop):
            steps.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 8)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self.summary)
        layout.addWidget(self.splitter, 1)
        layout.addLayout(turned)
        layout.addLayout(steps)

    def _wire(self) -> None:
        for name, dial in self.dials.items():
            dial.turned.connect(partial(self._on_turned, name))
        self.parts.currentChanged.connect(self._on_look)
        self.layers.activated.connect(self._on_look)
        self.sample.valueChanged.connect(self._on_look)
        self.part.chosen.connect(self._on_chosen)
        controller = self.controller
        controller.started.connect(self._on_started)
        controller.watching.connect(self._on_watching)
        controller.watched.connect(self._on_watched)
        controller.progress.connect(self._on_progress)
        controller.ended.connect(self._on_ended)

    # -- what comes back ---------------------------------------------------------------------------------------

    def _on_started(self, job: WatchTraining) -> None:
        self.job = job
        self.title.setText(f"{job.network} learns {job.data}")
        self.summary.setText("TensorFlow is loading…")
        self.bar.setRange(0, 0)
        self.curves.say("The curves of the loss will stand here.")
        self.part.say("What is looked at will stand here.")
        self.part_summary.setText("")
        self.epochs.setVisible(bool(job.keep_epochs))
        self.epochs.setEnabled(False)
        self._show_look(Look(), ())
        self._set_state("starting")

    def _on_progress(self, progress: Progress) -> None:
        self.summary.setText(f"{progress.message}…")

    def _on_watching(self, watching: Watching) -> None:
        self.title.setText(watching.title)
        self._show_look(self._look, watching.layers)
        self.sample.setRange(0, watching.samples - 1)

    def _show_look(self, look: Look, layers: tuple[str, ...]) -> None:
        for widget in (self.layers, self.sample):
            widget.blockSignals(True)
        self.layers.clear()
        self.layers.addItem(ALL, "")
        for name in layers:
            self.layers.addItem(name, name)
        self.layers.setCurrentIndex(max(0, self.layers.findData(look.layer)))
        self.sample.setValue(look.sample)
        for widget in (self.layers, self.sample):
            widget.blockSignals(False)

    def _on_watched(self, moment: Watched) -> None:
        self.summary.setText(in_words_of((), moment.message or moment.curves.summary))
        if moment.curves.panels:
            self.curves.set_sheet(moment.curves)
        if moment.part:
            self.part.set_sheet(moment.part)
            self.part_summary.setText(in_words_of((), moment.part.summary))
        self.bar.setRange(0, TENTHS * moment.epochs)
        self.bar.setValue(round(TENTHS * moment.done))
        for name, dial in self.dials.items():
            dial.set_value(moment.values[name])
        self.epochs.setEnabled(moment.done >= 1)
        self._set_state(moment.state)

    def _on_ended(self, sentence: str) -> None:
        stopped = "Stopped. What was kept is kept; choose another training to go on."
        self.summary.setText(in_words_of((), sentence) or stopped)
        self.bar.setRange(0, 1)
        self._set_state("")

    def _set_state(self, state: str) -> None:
        """What can be done: `starting`, a `State`, or nothing where there is no training."""
        self._state = state
        self.play.setText(PAUSE if state == "running" else PLAY)
        can_go, can_turn = state in ("running", "paused"), state in ("running", "paused", "done", "diverged")
        for widget in (self.play, self.batch, self.epoch, *self.dials.values()):
            widget.setEnabled(can_go)
        for button in (self.rewind, self.keep):
            button.setEnabled(can_turn)
        self.stop.setEnabled(bool(state))

    # -- what people do ----------------------------------------------------------------------------------------

    @property
    def _look(self) -> Look:
        return Look(self.parts.tabData(self.parts.currentIndex()), self.layers.currentData() or "", self.sample.value())

    def _on_look(self) -> None:
        self.controller.tell(self._look)

    def _on_chosen(self, what: str, key: object) -> None:
        if what == "layer":
            self.layers.setCurrentIndex(max(0, self.layers.findData(str(key))))
            self._on_look()
        elif what == "input" and self._look.part == "answers":
            self.sample.setValue(int(key))  # type: ignore[call-overload]

    def _on_turned(self, name: str, value: float) -> None:
        self.controller.tell(Change({name: value}))

    def toggle(self) -> None:
        """Pause, or go on."""
        self._go("now" if self._state == "running" else "end")

    def _go(self, until: Until) -> None:
        self.controller.tell(Go(until))

    def _rewind(self) -> None:
        self.controller.tell(Rewind(BACK))

    def ask_keep(self) -> None:
        """Ask where to write the network."""
        name = f"{self.job.network}.keras"
        path, _ = QFileDialog.getSaveFileName(self, "Keep the network", name, "Networks (*.keras)")
        if path:
            self.controller.tell(Keep(path if path.endswith(".keras") else f"{path}.keras"))

    def _ask_epochs(self) -> None:
        self.epochs_asked.emit(self.job.keep_epochs, self.job.data)

    def export(self, path: str, dpi: int, size: tuple[int, int] | None) -> None:
        """Write the curves and what is looked at to a file whose ending chooses the medium."""
        self.controller.tell(Draw(path, dpi, size))

    def copy(self) -> None:
        """Put the curves and what is looked at on the clipboard, as they stand here."""
        QApplication.clipboard().setPixmap(self.splitter.grab())
        self.summary.setText("Copied as an image.")

    def copy_text(self, text: str) -> None:
        """Put the command or the Python of this training on the clipboard."""
        QApplication.clipboard().setText(text)
        self.summary.setText("Copied: it trains the same network; what was turned by hand is not in it.")

    def key(self, event) -> None:
        """Space pauses, arrows step and rewind, K keeps."""
        do: dict[int, tuple[QPushButton, Callable[[], object]]] = {
            Qt.Key_Space: (self.play, self.toggle),
            Qt.Key_Right: (self.batch, partial(self._go, "batch")),
            Qt.Key_Down: (self.epoch, partial(self._go, "epoch")),
            Qt.Key_Left: (self.rewind, self._rewind),
            Qt.Key_K: (self.keep, self.ask_keep),
        }
        button, act = do.get(event.key(), (None, None))
        if button and act and button.isEnabled():
            act()


def _button(words: str, tip: str, do: Callable[[], object]) -> QPushButton:
    button = QPushButton(words)
    button.setFocusPolicy(Qt.TabFocus)
    button.setAccessibleName(tip)
    set_tip(button, tip)
    button.clicked.connect(lambda: do())
    return button
