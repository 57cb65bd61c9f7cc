"""The second network, which every view shows beside the first: an epoch of the same training, one that was opened
before, a shipped one, a file."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QWidget

from dlviz_gui.labels import label, set_tip
from dlviz_gui.memories import recent_files, window_settings
from dlviz_models.kept_epochs import epoch_title, kept_epochs
from dlviz_models.zoo import KINDS

FILE = "a file…"
ENDINGS = (".keras", ".h5", ".hdf5")
PROMPT, NONE = "choose one", "none"


class OtherBox(QWidget):
    """`chosen` tells the name or path of the network that the user picks."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.models = QComboBox()
        self.models.setAccessibleName("Second network")
        self.models.setSizeAdjustPolicy(QComboBox.AdjustToContents)
        set_tip(self.models, "The network that is looked at beside the first: once chosen, in every view")
        self.models.activated.connect(self._on_activated)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label("second network", "dim", wraps=False))
        layout.addWidget(self.models)
        self._kind = ""
        self.set_model("")
        self.hide()

    def set_kind(self, kind: str) -> None:
        """Offer of the shipped networks those that take this kind of sample."""
        self._kind = kind

    def set_model(self, model: str, first: str = "") -> None:
        """Show which network is chosen, none where it is empty, without telling anybody; of `first`, that it stands
        beside, the kept epochs are offered as well, and files that were opened before."""
        self._model, self._first = model, first
        self.models.clear()
        self.models.addItem(NONE if model else PROMPT, "")
        offered = {str(path): epoch_title(path) for path in kept_epochs(first).values()}
        recent = (path for path in recent_files(window_settings()) if path != first and path.endswith(ENDINGS))
        offered |= {path: Path(path).name for path in recent if path not in offered}
        offered |= {name: name for name, kind in KINDS.items() if kind == self._kind}
        offered |= {model: Path(model).name} if model and model not in offered else {}
        for name, title in offered.items():
            self.models.addItem(title, name)
        self.models.addItem(FILE, FILE)
        self.models.setCurrentIndex(self.models.findData(model))

    def _on_activated(self, number: int) -> None:
        before, chosen = self._model, self.models.itemData(number)
        if chosen == FILE:
            picked, _ = QFileDialog.getOpenFileName(
                self, "Second network", "", "Networks (*.keras *.h5);;All files (*)"
            )
            chosen = picked or before
        self.set_model(chosen, self._first)
        if chosen != before:
            self.chosen.emit(chosen)
