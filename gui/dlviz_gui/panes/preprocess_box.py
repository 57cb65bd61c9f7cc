"""How pixels become the network's input: the evidence, and a box to choose another way."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from dlviz.preprocessing.modes import RANGES
from dlviz_gui.labels import ElidedLabel, label, set_tip, tooltip

AUTO = "auto"


class PreprocessBox(QWidget):
    """`chosen` tells the mode that the user picks, one of `RANGES` or `auto`."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._note = ElidedLabel("dim")
        self.modes = QComboBox()
        self.modes.setAccessibleName("How pixels are fed")
        self.modes.setSizeAdjustPolicy(QComboBox.AdjustToMinimumContentsLengthWithIcon)
        self.modes.setMinimumContentsLength(8)
        self.modes.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        self.modes.addItem("automatic", AUTO)
        self.modes.setItemData(0, tooltip("by the network's card, its layers or its name"), Qt.ToolTipRole)
        for number, (mode, pixels) in enumerate(RANGES.items(), 1):
            self.modes.addItem(mode, mode)
            self.modes.setItemData(number, tooltip(f"pixels as {pixels}"), Qt.ToolTipRole)
        self.modes.activated.connect(lambda number: self.chosen.emit(self.modes.itemData(number)))
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label("Pixels", "dim", wraps=False))
        row.addWidget(self.modes, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 6, 2)
        layout.setSpacing(1)
        layout.addLayout(row)
        layout.addWidget(self._note)

    def set_note(self, note: str) -> None:
        """Say how pixels are fed and why; hidden if the network takes no pictures."""
        self.setVisible(bool(note))
        self._note.set_words(note)
        set_tip(self.modes, f"Pixels are fed as {note}.")

    def set_mode(self, mode: str) -> None:
        """Show which mode was asked for, without telling anybody."""
        self.modes.setCurrentIndex(self.modes.findData(mode))
