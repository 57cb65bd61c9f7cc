"""Controls for a view's options, made from what the options say of themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QStyle,
    QToolButton,
    QWidget,
)

from dlviz.options import Option, Value
from dlviz_gui.cells import CellsEditor
from dlviz_gui.flow import FlowLayout
from dlviz_gui.labels import label, set_tip

AFTER = 250
"""Milliseconds between the last change and its signal."""
LONGEST_SLIDER = 200
"""A range of whole numbers no longer than this gets a slider."""
UNBOUNDED = 1_000_000
HINT_MARGIN = 45
"""Pixels beside what an empty line says."""
MORE, FEWER = "More options", "Fewer options"
Get = Callable[[], Value]
Set = Callable[[Any], None]


class Controls(QWidget):
    """One control an option; `changed` tells all values that have been set and are not the defaults.

    Args:
        after: milliseconds between the last change and its signal.
        without: kinds of options that have their control elsewhere.
        lines: how many lines of controls are seen until the others are asked for; 0: all of them.
        last: widgets that follow the controls, whatever the options are.
    """

    changed = Signal(dict)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        after: int = AFTER,
        without: tuple[str, ...] = (),
        lines: int = 0,
        last: tuple[QWidget, ...] = (),
    ) -> None:
        super().__init__(parent)
        self._without, self._lines, self._last = without, lines, last
        self._options: dict[str, Option] = {}
        self._values: dict[str, Value] = {}
        self._get: dict[str, Get] = {}
        self._put: dict[str, Set] = {}
        self._rows: dict[str, QWidget] = {}
        self._is_putting = False
        self._layout = FlowLayout(self)
        self._add_last()
        self._timer = QTimer(self, singleShot=True, interval=after)
        self._timer.timeout.connect(self._tell)

    def set_options(
        self,
        options: tuple[Option, ...],
        values: Mapping[str, Value],
        offers: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        """Make controls for `options`, at their defaults but for `values`.

        Args:
            offers: what is offered to be chosen for those that suggest it (`Option.suggests`).
        """
        self._timer.stop()
        for widget in self._last:
            self._layout.removeWidget(widget)
        self._layout.clear()
        self._options = {option.name: option for option in options if option.kind not in self._without}
        self._get, self._put, self._rows = {}, {}, {}
        for name, option in self._options.items():
            control, self._get[name], self._put[name] = _control(
                option, partial(self._on_change, name), offers.get(option.suggests, ())
            )
            words = option.words
            control.setObjectName(name)
            control.setAccessibleName(words)
            control.setAccessibleDescription(option.help)
            set_tip(control, option.help)
            self._rows[name] = _labelled(words, option.help, control)
            self._layout.addWidget(self._rows[name])
        self.more = QToolButton()
        self.more.setCheckable(True)
        self.more.toggled.connect(self._show_rows)
        self._layout.addWidget(self.more)
        self._add_last()
        self.set_values(values)
        self.setVisible(bool(self._options or self._last))

    def _add_last(self) -> None:
        for widget in self._last:
            self._layout.addWidget(widget)

    def set_values(self, values: Mapping[str, Value]) -> None:
        """Set every option, to its default where `values` has none, without emitting a signal."""
        self._values = {name: value for name, value in values.items() if name in self._options}
        self.show_values({name: values.get(name, option.default) for name, option in self._options.items()})

    def show_values(self, values: Mapping[str, Value]) -> None:
        """Show what options stand at that were left to the view; they stay as free as they are."""
        self._is_putting = True
        for name, value in values.items():
            if name in self._put:
                self._put[name](value)
        self._is_putting = False
        self._show_rows()

    def values(self) -> dict[str, Value]:
        """What is set and not the default."""
        return {name: self._values[name] for name in self._options if name in self._values}

    def _on_change(self, name: str, *_: object) -> None:
        if self._is_putting:
            return
        option, value = self._options[name], self._get[name]()
        if value == option.default:
            self._values.pop(name, None)
        else:
            self._values[name] = value
        for other in option.resets:
            self._values.pop(other, None)
        self._show_rows()
        self._timer.start()

    def _tell(self) -> None:
        self.changed.emit(self.values())

    def _show_rows(self) -> None:
        """Show the controls of the options that make a difference."""
        values = {name: self._values.get(name, option.default) for name, option in self._options.items()}
        counting = [name for name, option in self._options.items() if option.counts(values)]
        self.more.setText(FEWER if self.more.isChecked() else MORE)
        first = self._first(counting) if self._lines else len(counting)
        self.more.setVisible(first < len(counting))
        seen = counting if self.more.isChecked() else counting[:first]
        for name, row in self._rows.items():
            row.setVisible(name in seen or (name in counting and name in self._values))

    def _first(self, names: list[str]) -> int:
        """How many of the options, the first of them, are seen at once: one at least. What is set is seen besides."""
        if self._lines_of(names, len(names)) <= self._lines:
            return len(names)
        fitting = [n for n in range(1, len(names)) if self._lines_of(names, n, self.more) <= self._lines]
        return max(fitting, default=1)

    def _lines_of(self, names: list[str], first: int, *others: QWidget) -> int:
        """How many lines the first of the options fill, with those that are set and other widgets."""
        seen = [name for number, name in enumerate(names) if number < first or name in self._values]
        last = [widget for widget in self._last if widget.isVisibleTo(self)]
        return self._layout.lines([*(self._rows[name] for name in seen), *others, *last], self.width())

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        if self._rows and event.size().width() != event.oldSize().width():
            self._show_rows()


def _labelled(words: str, help: str, control: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    if isinstance(control, QCheckBox):
        control.setText(words)
    else:
        name = label(words, "dim", wraps=False)
        set_tip(name, help)
        name.setBuddy(control)
        layout.addWidget(name)
    layout.addWidget(control)
    return row


def _control(option: Option, tell: Callable[[], None], offered: Sequence[str]) -> tuple[QWidget, Get, Set]:
    """A control, how it is read and how it is set; `offered` may be chosen where words are typed."""
    if option.type is bool:
        box = QCheckBox()
        box.toggled.connect(tell)
        return box, box.isChecked, box.setChecked
    if option.choices:
        combo = QComboBox()
        for value, words in zip(option.choices, option.labels or option.choices, strict=True):
            combo.addItem(str(words), value)
        combo.currentTextChanged.connect(tell)
        return combo, combo.currentData, lambda value: combo.setCurrentIndex(combo.findData(value))
    if option.kind in ("position", "signal", "matrix"):
        cells = CellsEditor(option)
        cells.changed.connect(tell)
        return cells, cells.value, cells.set_value
    if option.type is int:
        return _whole_number(option, tell)
    if option.type is float:
        return _number(option, tell)
    if offered:
        return _offer(option, offered, tell)
    line = QLineEdit()
    line.setPlaceholderText(option.hint)
    line.setMaximumWidth(180)
    line.editingFinished.connect(tell)
    if option.suggests == "folder":
        _offer_folder(line, tell)
    return line, line.text, lambda value: line.setText(option.write(value))


def _offer_folder(line: QLineEdit, tell: Callable[[], None]) -> None:
    """An icon in a line that asks for a folder and writes its path there."""

    def ask() -> None:
        if path := QFileDialog.getExistingDirectory(line.window(), "Choose a folder"):
            line.setText(path)
            tell()

    icon = line.style().standardIcon(QStyle.SP_DirOpenIcon)
    line.addAction(icon, QLineEdit.TrailingPosition).triggered.connect(ask)


def _offer(option: Option, offered: Sequence[str], tell: Callable[[], None]) -> tuple[QWidget, Get, Set]:
    """A line to type into, or to choose from a list."""
    combo = QComboBox()
    combo.setEditable(True)
    combo.setInsertPolicy(QComboBox.NoInsert)
    combo.addItems(offered)
    combo.lineEdit().setPlaceholderText(option.hint)
    hint = combo.fontMetrics().horizontalAdvance(option.hint) + HINT_MARGIN
    combo.setMinimumWidth(max(120, min(hint, 180)))
    combo.setMaximumWidth(180)
    combo.activated.connect(tell)
    combo.lineEdit().editingFinished.connect(tell)
    return combo, combo.currentText, lambda value: combo.setCurrentText(str(value))


def _slider(kind: str) -> QWidget:
    """A slider of superqt, which is imported when the first is wanted: it would delay the window."""
    import superqt

    slider: QWidget = getattr(superqt, kind)(Qt.Horizontal)
    return slider


def _whole_number(option: Option, tell: Callable[[], None]) -> tuple[QWidget, Get, Set]:
    low = int(option.low) if option.low is not None else -UNBOUNDED
    high = int(option.high) if option.high is not None else UNBOUNDED
    control: Any = _slider("QLabeledSlider") if high - low <= LONGEST_SLIDER else QSpinBox()
    if isinstance(control, QSpinBox):
        control.setKeyboardTracking(False)
        control.setSpecialValueText(option.zero)
    control.setRange(low, high)
    control.setMinimumWidth(80 if isinstance(control, QSpinBox) else 130)
    control.valueChanged.connect(tell)
    return control, lambda: int(control.value()), control.setValue


def _number(option: Option, tell: Callable[[], None]) -> tuple[QWidget, Get, Set]:
    """A slider over a range, a spin box where one end is open or 0 stands for a word; four significant places."""
    bounded = option.low is not None and option.high is not None and not option.zero
    low = option.low if option.low is not None else -UNBOUNDED
    high = option.high if option.high is not None else UNBOUNDED
    decimals = 2 if not bounded or high - low > 10 else 3 if high - low > 0.5 else 4
    control: Any = _slider("QLabeledDoubleSlider") if bounded and high - low <= 1000 else QDoubleSpinBox()
    if isinstance(control, QDoubleSpinBox):
        control.setKeyboardTracking(False)
        control.setSpecialValueText(option.zero)
        decimals = 4
    control.setDecimals(decimals)
    control.setRange(low, high)
    if isinstance(control, QDoubleSpinBox):
        control.setStepType(QDoubleSpinBox.AdaptiveDecimalStepType)
    control.setMinimumWidth(130 if bounded else 90)
    control.valueChanged.connect(tell)
    return control, lambda: round(float(control.value()), decimals), control.setValue
