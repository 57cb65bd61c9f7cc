"""Which units of the layer are shown: typed as numbers and ranges, or picked in the picture."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from dlviz.parsing.unit_ranges import read_units, write_units
from dlviz_gui.labels import label, set_tip
from dlviz_models.errors import UserError


class UnitField(QWidget):
    """`chosen` tells the units that are to be shown, none for all; `marked` those that have been picked so far."""

    chosen = Signal(tuple)
    marked = Signal(tuple)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._total = 0
        self._shown: tuple[int, ...] = ()
        self.line = QLineEdit()
        self.line.setAccessibleName("Units shown")
        set_tip(self.line, "Numbers and ranges, such as 0-11, 40; or click on units with Ctrl held, then Show these")
        self.line.setMaximumWidth(90)
        self.line.returnPressed.connect(self._choose)
        self.line.textEdited.connect(self._refresh)
        self.show_these, self.show_all = QPushButton("Show these"), QPushButton("Show all")
        self.show_these.clicked.connect(self._choose)
        self.show_all.clicked.connect(self._choose_all)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(label("units", "dim", wraps=False))
        for widget in (self.line, self.show_these, self.show_all):
            layout.addWidget(widget)
            if isinstance(widget, QPushButton):
                widget.setFocusPolicy(Qt.TabFocus)
        self._refresh()

    def set_units(self, shown: tuple[int, ...], total: int) -> None:
        """Show which of a layer's units are shown, none for all."""
        if (shown, total) != (self._shown, self._total):
            self._shown, self._total = shown, total
            self.line.setText(write_units(shown))
            self.line.setPlaceholderText(f"all {total:,}")
            self._refresh()
            self.marked.emit(())

    def toggle(self, unit: int) -> None:
        """Pick a unit, or give it back."""
        picked = self._typed() if self.line.text() != write_units(self._shown) else ()
        picked = tuple(u for u in picked if u != unit) if unit in picked else (*picked, unit)
        self.line.setText(write_units(picked))
        self._refresh()
        self.marked.emit(picked)

    def _typed(self) -> tuple[int, ...]:
        try:
            return read_units(self.line.text(), self._total)
        except UserError:
            return ()

    def _refresh(self) -> None:
        self.show_these.setVisible(self.line.text() != write_units(self._shown))
        self.show_all.setVisible(bool(self._shown))

    def _choose(self) -> None:
        try:
            units = read_units(self.line.text(), self._total)
        except UserError as error:
            self.refused.emit(str(error))
        else:
            self.chosen.emit(units)

    def _choose_all(self) -> None:
        self.chosen.emit(())
