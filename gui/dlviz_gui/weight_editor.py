"""A number of the network typed where it stands in a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qtpy.QtCore import QPoint, Qt, Signal
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QFormLayout, QFrame, QLineEdit, QWidget

from dlviz.sheet import OneWeight
from dlviz_gui.labels import label

WRONG = "border: 2px solid #d0473e;"
HOW = "Enter sets it in every view, Esc leaves it."


class WeightEditor(QFrame):
    """A line for each of a few weights, gone with Esc or a click elsewhere; Enter emits, as `changed`, the changes to
    those that were typed."""

    changed = Signal(tuple)

    def __init__(self, weights: Sequence[OneWeight], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.Popup)
        self.setObjectName("pane")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self._weights = tuple(weights)
        self.lines = [QLineEdit(f"{weight.value:.6g}") for weight in weights]
        layout = QFormLayout(self)
        for weight, line in zip(weights, self.lines, strict=True):
            line.setAccessibleName(f"New number of {weight}")
            line.setMaximumWidth(140)
            line.returnPressed.connect(self._take)
            layout.addRow(label(str(weight), wraps=False), line)
        self.words = label(HOW, "dim", wraps=False)
        layout.addRow(self.words)
        self.setFocusProxy(self.lines[0])

    def open_at(self, place: QPoint) -> None:
        """Show it beside a place on the screen, the first number ready to be typed over."""
        self.adjustSize()
        screen = QGuiApplication.screenAt(place) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        place = place + QPoint(12, 12)
        x, y = min(place.x(), room.right() - self.width()), min(place.y(), room.bottom() - self.height())
        self.move(max(x, room.left()), max(y, room.top()))
        self.show()
        self.lines[0].setFocus()
        self.lines[0].selectAll()

    def _take(self) -> None:
        """Emit what was typed, or mark what is not a number."""
        typed = [(weight, line) for weight, line in zip(self._weights, self.lines, strict=True) if line.isModified()]
        numbers = [_number(line.text()) for _, line in typed]
        wrong = [line for (_, line), number in zip(typed, numbers, strict=True) if not math.isfinite(number)]
        for _, line in typed:
            line.setStyleSheet(WRONG if line in wrong else "")
        if wrong:
            self.words.setText(f"“{wrong[0].text()[:20]}” is not a finite number: type one such as -0.5.")
            self.adjustSize()
        else:
            self.changed.emit(tuple(weight.set_to(number) for (weight, _), number in zip(typed, numbers, strict=True)))
            self.close()


def _number(text: str) -> float:
    """What was typed, with a point or a comma; NaN where it is not a number."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return math.nan
