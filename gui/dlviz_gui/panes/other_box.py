"""The second network of views that compare two: a shipped one, or a file."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QWidget

from dlviz_gui.labels import label, set_tip
from dlviz_models.zoo import NAMES

FILE = "a file…"
PROMPT = "choose one"


class OtherBox(QWidget):
    """`chosen` tells the name or path of the network that the user picks."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.models = QComboBox()
        self.models.setAccessibleName("Second network")
        set_tip(self.models, "The network that is looked at beside the first")
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
        if not model:
            self.models.addItem(PROMPT, "")
        for name in (*NAMES, *([model] if model and model not in NAMES else [])):
            self.models.addItem(name.replace("\\", "/").rpartition("/")[2], name)
        self.models.addItem(FILE, FILE)
        self.models.setCurrentIndex(self.models.findData(model))

    def _on_activated(self, number: int) -> None:
        chosen = self.models.itemData(number)
        if chosen == FILE:
            chosen, _ = QFileDialog.getOpenFileName(
                self, "Second network", "", "Networks (*.keras *.h5);;All files (*)"
            )
        self.set_model(chosen or self._model)
        if chosen:
            self.chosen.emit(chosen)
