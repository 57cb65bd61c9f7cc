"""A box to choose among the outputs of a network."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from dlviz.jobs import Description
from dlviz_gui.labels import label, set_tip


class OutputBox(QWidget):
    """`chosen` tells the name of the output that the user picks; hidden where there is one."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.outputs = QComboBox()
        self.outputs.setAccessibleName("Output shown")
        set_tip(self.outputs, "The network has several outputs: predictions, mistakes and failures are about this one")
        self.outputs.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        self.outputs.activated.connect(lambda number: self.chosen.emit(self.outputs.itemText(number)))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 6, 2)
        layout.addWidget(label("Output", "dim", wraps=False))
        layout.addWidget(self.outputs, 1)
        self.hide()

    def set_network(self, network: Description) -> None:
        """Offer the outputs of a network."""
        self.outputs.clear()
        self.outputs.addItems([output.name for output in network.outputs])
        self.outputs.setCurrentText(network.output)
        self.setVisible(len(network.outputs) > 1)
