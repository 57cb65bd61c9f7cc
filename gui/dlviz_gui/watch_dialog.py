"""What is to be trained: a network, data, and the options of both, made from what they say of themselves."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dlviz.options import Option
from dlviz.watching.jobs import WatchTraining
from dlviz_gui.controls import Controls
from dlviz_gui.labels import label, tooltip
from dlviz_gui.scrolled import Scrolled
from dlviz_models.data.catalogue import GENERATED_SUMMARIES, PICTURE_SUMMARIES
from dlviz_models.networks import NETWORKS
from dlviz_models.training.recipe import OPTIONS

FIRST = "lenet5"
SUITED = {
    "sequence classifier": ("motifs",),
    "translator": ("sums", "dates"),
    "sound classifier": ("tones",),
    "denoiser": ("tones",),
    "tree classifier": ("sentences",),
}
"""The data that suits a kind of network; others take pictures."""
LABELLED = tuple(name for name in PICTURE_SUMMARIES if name != "photos")
FROM_DATA = {"input_shape", "classes", "vocabulary", "target_vocabulary", "weights", "include_top"}
"""Options of networks that follow from the data, or are for networks that are trained already."""
UNWATCHED = {"precision"}
BELIEF = {"pretraining", "cd_steps", "persistent"}
"""Options of trainings that are for belief nets alone."""
TRAINING = (
    Option("epochs", "int", 10, "how often each example is seen", low=1, high=100_000),
    Option("batch", "int", 128, "examples a step", low=1, high=100_000),
    Option("limit", "int", 0, "train on so many examples only, drawn by the seed", low=0, zero="all", label="examples"),
    Option("seed", "int", 0, "of everything random", low=0, high=1_000_000),
)


class WatchDialog(QDialog):
    """`chosen` tells the training that is to be watched."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Watch it learn")
        self.networks, self.data = QComboBox(), QComboBox()
        self.networks.setAccessibleName("Network")
        self.data.setAccessibleName("Data")
        self.data.setEditable(True)
        self.data.setMinimumWidth(260)
        for number, (name, spec) in enumerate(NETWORKS.items()):
            self.networks.addItem(name)
            self.networks.setItemData(number, tooltip(spec.summary), Qt.ToolTipRole)
        self.networks.currentTextChanged.connect(self._on_network)
        self.keep_epochs = QLineEdit()
        self.keep_epochs.setPlaceholderText("none; a new folder keeps the network of each for the views of epochs")
        self.keep_epochs.setAccessibleName("Folder for the network after each epoch")
        self.about, self.about_data = label("", "dim"), label("", "dim")
        self.data.currentTextChanged.connect(self._on_data)
        self.of_network, self.of_training, self.of_recipe = (Controls(after=0) for _ in range(3))
        self.of_training.set_options(TRAINING, {})
        self._arrange()
        self.networks.setCurrentText(FIRST)

    def _arrange(self) -> None:
        browse = _button("A file or folder…", self._ask_file)
        content = QWidget()
        inner = QVBoxLayout(content)
        for words, about, *widgets in (
            ("Network", self.about, self.networks),
            ("Data", self.about_data, self.data, browse),
        ):
            row = QHBoxLayout()
            row.addWidget(label(words, "heading", wraps=False))
            for widget in widgets:
                row.addWidget(widget, widget is not browse)
            inner.addLayout(row)
            inner.addWidget(about)
        for words, controls in (
            ("The network", self.of_network),
            ("The training", self.of_training),
            ("The steps", self.of_recipe),
        ):
            inner.addWidget(label(words, "heading"))
            inner.addWidget(controls)
        kept = QHBoxLayout()
        kept.addWidget(label("Epochs kept in", "heading", wraps=False))
        kept.addWidget(self.keep_epochs, 1)
        kept.addWidget(_button("A new folder…", self._ask_folder))
        inner.addLayout(kept)
        inner.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.Cancel)
        self.go = buttons.addButton("Watch it learn", QDialogButtonBox.AcceptRole)
        self.go.setDefault(True)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(Scrolled(content), 1)
        layout.addWidget(buttons)
        self.go.setFocus()
        self.resize(QSize(860, 640).boundedTo(self.screen().availableGeometry().size() - QSize(60, 90)))

    def _on_network(self, name: str) -> None:
        spec = NETWORKS[name]
        self.about.setText(f"{spec.summary} {spec.paper}")
        self.of_network.set_options(tuple(o for o in spec.options if o.name not in FROM_DATA), {})
        unwanted = UNWATCHED if spec.kind == "belief net" else UNWATCHED | BELIEF
        self.of_recipe.set_options(
            tuple(o for o in OPTIONS.values() if o.name not in unwanted), self.of_recipe.values()
        )
        offered = SUITED.get(spec.kind, LABELLED)
        self.data.clear()
        self.data.addItems(offered)

    def _on_data(self, name: str) -> None:
        self.about_data.setText({**PICTURE_SUMMARIES, **GENERATED_SUMMARIES}.get(name, ""))

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Data to train on")
        if path:
            self.data.setCurrentText(path)

    def _ask_folder(self) -> None:
        name = f"{self.networks.currentText()}_epochs"
        path, _ = QFileDialog.getSaveFileName(self, "A new folder for the network after each epoch", name)
        if path:
            self.keep_epochs.setText(path)

    def _accept(self) -> None:
        training = {option.name: option.default for option in TRAINING} | self.of_training.values()
        limit = int(training["limit"]) or None
        settings = {**self.of_network.values(), **self.of_recipe.values()}
        self.accept()
        self.chosen.emit(
            WatchTraining(
                self.networks.currentText(), self.data.currentText().strip(), int(training["epochs"]),
                int(training["batch"]), limit, int(training["seed"]), settings,
                keep_epochs=self.keep_epochs.text().strip(),
            )
        )  # fmt: skip


def _button(words: str, do: Callable[[], None]) -> QPushButton:
    button = QPushButton(words)
    button.setAutoDefault(False)
    button.clicked.connect(lambda: do())
    return button
