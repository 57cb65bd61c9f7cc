"""Changes to the network, which every pane follows: what has been done, and a dialog for what is to be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from dlviz.jobs import LayerInfo
from dlviz.model.changes import described
from dlviz.options import Option, Value
from dlviz.sheet import OneWeight
from dlviz_gui.controls import Controls
from dlviz_gui.labels import label, set_tip
from dlviz_gui.selection import layer_of
from dlviz_gui.weight_editor import WeightEditor

if TYPE_CHECKING:
    from dlviz_gui.window import Window

NOTHING = "There is nothing to change yet: open a network first."


class ChangesBar(QWidget):
    """What has been changed; `chosen` tells the changes that are to be left. Hidden where there are none."""

    chosen = Signal(tuple)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._changes: tuple[str, ...] = ()
        self.words = label("", "says")
        self.undo, self.restore = QPushButton("Undo"), QPushButton("Restore")
        for button, does, clicked in (
            (self.undo, "Take the last change back (Ctrl+Z)", self._undo),
            (self.restore, "Take all changes back (Ctrl+Shift+X)", lambda: self.chosen.emit(())),
        ):
            set_tip(button, does)
            button.setAccessibleDescription(does)
            button.clicked.connect(clicked)
        buttons = QHBoxLayout()
        buttons.addWidget(self.undo)
        buttons.addWidget(self.restore)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 6, 2)
        layout.addWidget(self.words)
        layout.addLayout(buttons)
        self.hide()

    def set_changes(self, changes: tuple[str, ...]) -> None:
        """Show what has been changed, without telling anybody."""
        self._changes = changes
        self.words.setText(described(changes))
        self.undo.setVisible(len(changes) > 1)
        self.setVisible(bool(changes))

    def _undo(self) -> None:
        self.chosen.emit(self._changes[:-1])


def options_for(layer: LayerInfo, unit: int) -> tuple[Option, ...]:
    """What can be done to a layer, the chosen unit first."""
    last = max(layer.units - 1, 0)
    kinds = {"off": "switch a unit off", "scale": "scale a unit", "swap": "swap two units"} if layer.units else {}
    kinds |= {"weight": "set a weight"} if layer.weights else {}
    labels = tuple(kinds.values())
    return (
        Option("kind", "str", next(iter(kinds), ""), choices=tuple(kinds), labels=labels, label="change"),
        Option("unit", "int", unit, "the unit that is changed", 0, last, only=("kind", "off", "scale", "swap")),
        Option("factor", "float", 0.5, "what its responses are multiplied by", only=("kind", "scale")),
        Option(
            "other", "int", (unit + 1) % (last + 1), "the unit that it changes places with", 0, last,
            only=("kind", "swap"), label="with",
        ),
        Option("weight", "str", (*layer.weights, "")[0], choices=layer.weights, only=("kind", "weight")),
        Option(
            "index", "integers", (), "the place of the number, an index for each axis, such as 0,0,0,3; counted from 0",
            low=0, only=("kind", "weight"),
        ),
        Option("value", "float", 0.0, "what the weight becomes", only=("kind", "weight"), label="becomes"),
    )  # fmt: skip


def written(layer: str, values: Mapping[str, Value]) -> str:
    """The change that the options of `options_for` stand for, as `dlviz.model.changes` reads it."""
    parts = {
        "off": ("unit",),
        "scale": ("unit", "factor"),
        "swap": ("unit", "other"),
        "weight": ("weight", "index", "value"),
    }[str(values["kind"])]
    texts = [",".join(map(str, v)) if isinstance(v := values[name], tuple) else str(v) for name in parts]
    return f"{values['kind']}={':'.join([layer, *texts])}"


class ChangeDialog(QDialog):
    """`chosen` tells the change that is to be made."""

    chosen = Signal(str)

    def __init__(self, layer: LayerInfo, unit: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Change {layer.name}")
        self._layer, self._options = layer.name, options_for(layer, unit)
        self.controls = Controls(after=0)
        self.controls.set_options(self._options, {})
        buttons = QDialogButtonBox(QDialogButtonBox.Ok | QDialogButtonBox.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(label("Every view then shows the changed network, until it is restored."))
        layout.addWidget(self.controls, 1)
        layout.addWidget(buttons)
        self.resize(560, 200)

    def accept(self) -> None:
        super().accept()
        values = {option.name: option.default for option in self._options} | self.controls.values()
        self.chosen.emit(written(self._layer, values))


def switch_unit(window: Window) -> None:
    """Switch the chosen unit off, or on again."""
    selected, network = window.controller.selection, window.controller.network
    if selected is None or network is None:
        window.message.say(NOTHING)
        return
    layer = layer_of(network, selected.layer)
    if not layer.units or not layer.parents:
        window.message.say(f"{layer.name} has no units to change: choose a layer that computes something.")
        return
    if layer.name in [output.layer for output in network.outputs]:
        window.message.say(f"{layer.name} gives the answer itself: choose a layer before it.")
        return
    change, changes = f"off={selected.layer}:{selected.unit}", selected.changes
    left = tuple(each for each in changes if each != change)
    window.controller.choose_changes(left if change in changes else (*changes, change))


def undo_change(window: Window) -> None:
    """Take the last change of the network back."""
    selected = window.controller.selection
    if selected is None or not selected.changes:
        window.message.say("There is no change of the network to take back.")
        return
    window.controller.choose_changes(selected.changes[:-1])


def ask_change(window: Window) -> None:
    """Ask what is to be done to the chosen layer."""
    selected, network = window.controller.selection, window.controller.network
    if selected is None or network is None:
        window.message.say(NOTHING)
        return
    layer = layer_of(network, selected.layer)
    if not (layer.units or layer.weights):
        window.message.say(f"{layer.name} has neither units nor weights to change: choose another layer.")
        return
    dialog = ChangeDialog(layer, selected.unit, window)
    dialog.chosen.connect(lambda change: window.controller.choose_changes((*selected.changes, change)))
    dialog.open()


def edit_weights(window: Window, weights: Sequence[OneWeight]) -> None:
    """Let numbers of a weight be typed where they were clicked."""
    editor = WeightEditor(weights, window)
    editor.changed.connect(lambda changes: _add_weights(window, changes))
    editor.open_at(QCursor.pos())


def _add_weights(window: Window, changes: tuple[str, ...]) -> None:
    """Set weights, each in place of what it was set to before."""
    if window.controller.selection is not None:
        which = {change.rpartition(":")[0] for change in changes}
        before = [old for old in window.controller.selection.changes if old.rpartition(":")[0] not in which]
        window.controller.choose_changes((*before, *changes))
