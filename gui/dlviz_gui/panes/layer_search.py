"""Finding a layer of a long network by its name, kind or shape."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtWidgets import QLineEdit, QToolButton, QWidget

from dlviz.jobs import LayerInfo
from dlviz_gui.labels import set_tip


class LayerSearch(QLineEdit):
    """A line to type into; what is typed has to occur in a layer's name, kind or shape, in any order."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("Find a layer (Ctrl+F)")
        self.setAccessibleName("Find a layer")
        self.setClearButtonEnabled(True)
        self.findChild(QToolButton).setAccessibleName("Show all layers")
        set_tip(self, "Part of its name, kind or shape, such as conv 3x3 or 56×56; Enter chooses the first")

    def start(self) -> None:
        """Be ready for another search: what is typed replaces the last one."""
        self.show()
        self.setFocus()
        self.selectAll()

    def found(self, layers: Sequence[LayerInfo]) -> list[bool]:
        """Which of the layers are looked for."""
        return matches(layers, self.text())


def matches(layers: Sequence[LayerInfo], typed: str) -> list[bool]:
    """Which layers have every word of `typed` in their name, kind or shape."""
    wanted = typed.lower().replace("×", "x").split()
    return [all(word in words_of(layer) for word in wanted) for layer in layers]


def words_of(layer: LayerInfo) -> str:
    """All that a layer is found by."""
    shape = "x".join("?" if n is None else str(n) for n in layer.shape)
    return f"{layer.name} {layer.kind} {shape}".lower()
