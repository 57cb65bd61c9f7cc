"""The second network, which every view shows beside the first: a shipped one, or a file."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QWidget

from dlviz_gui.labels import label, set_tip
from dlviz_models.zoo import NAMES

FILE = "a file…"
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
        self.set_model("")
        self.hide()

    def set_model(self, model: str) -> None:
        """Show which network is chosen, none where it is empty, without telling anybody."""
        self._model = model
        self.models.clear()
        self.models.addItem(NONE if model else PROMPT, "")
        for name in (*NAMES, *([model] if model and model not in NAMES else [])):
            self.models.addItem(name.replace("\\", "/").rpartition("/")[2], name)
        self.models.addItem(FILE, FILE)
        self.models.setCurrentIndex(self.models.findData(model))

    def _on_activated(self, number: int) -> None:
        before, chosen = self._model, self.models.itemData(number)
        if chosen == FILE:
            picked, _ = QFileDialog.getOpenFileName(
                self, "Second network", "", "Networks (*.keras *.h5);;All files (*)"
            )
            chosen = picked or before
        self.set_model(chosen)
        if chosen != before:
            self.chosen.emit(chosen)
