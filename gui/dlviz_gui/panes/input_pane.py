"""What is fed to the network: the data's samples, files, a drawing, a line that is typed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFrame, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from dlviz.jobs import Description, Thumbnails
from dlviz_gui.labels import ElidedLabel, label, set_tip
from dlviz_gui.panes.draw_pad import DrawPad
from dlviz_gui.panes.example_list import ExampleList
from dlviz_gui.panes.film_strip import FilmStrip
from dlviz_gui.panes.input_lines import InputLines
from dlviz_gui.panes.typed_line import TypedLine, without_brackets
from dlviz_gui.selection import Selection
from dlviz_models.data.catalogue import UNLABELLED
from dlviz_models.data.samples import plural

SOURCES = {
    "picture": ("digits", "fashion", "photos"),
    "text": ("sums", "dates", "motifs"),
    "sound": ("tones",),
    "tree": ("sentences",),
}
"""The shipped data, by the kind of its samples."""
TYPED = ("text", "tree", "numbers")
LEFT = 200
"""Pixels across of what stands left of the samples: where they come from, and which is fed."""
MOST_TYPED = 32
"""More numbers than this are not typed."""


class InputPane(QFrame):
    """Tells what is to be fed, and which data it is taken from."""

    given = Signal(object)
    """What is drawn or typed: pixels, an INPUT, or one "NAME=INPUT" for each of several inputs."""
    number_chosen = Signal(int)
    wanted = Signal(int, int)
    source_chosen = Signal(str)
    open_asked = Signal()
    folder_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.strip, self.examples, self.lines = FilmStrip(), ExampleList(), InputLines()
        self.pad, self.typed = DrawPad(), TypedLine()
        for samples in (self.strip, self.examples):
            samples.wanted.connect(self.wanted)
            samples.chosen.connect(self.number_chosen)
        self.pad.drawn.connect(self.given)
        self.typed.typed.connect(self.given)
        self.lines.given.connect(self.given)
        self.sources = QComboBox()
        self.sources.setAccessibleName("Data set")
        set_tip(self.sources, "Where samples come from")
        self.sources.setSizeAdjustPolicy(QComboBox.AdjustToContents)
        self.sources.setMaximumWidth(220)
        self.sources.activated.connect(lambda i: self.source_chosen.emit(self.sources.itemData(i)))
        self._offer(SOURCES["picture"])
        self.open = QPushButton("Open…")
        self.open.setAccessibleName("Open what is to be fed")
        self.open.setFocusPolicy(Qt.TabFocus)
        menu = QMenu(self.open)
        menu.addAction("A &file…", self.open_asked.emit)
        menu.addAction("A f&older…", self.folder_asked.emit)
        self.open.setMenu(menu)
        self._heading = label("Pictures", "heading", wraps=False)
        self._fed = ElidedLabel()
        self._fed.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)
        self._kind = ""
        self._arrange()
        self._show_kind("picture", typed=False)

    def _arrange(self) -> None:
        data = QHBoxLayout()
        data.addWidget(self._heading)
        data.addWidget(self.sources, 1)
        left = QWidget()
        left.setFixedWidth(LEFT)
        source = QVBoxLayout(left)
        source.setContentsMargins(0, 0, 0, 0)
        source.setSpacing(4)
        source.addLayout(data)
        source.addWidget(self.open)
        source.addWidget(self._fed)
        source.addStretch()
        samples = QVBoxLayout()
        samples.setSpacing(4)
        for widget in (self.typed, self.examples, self.strip, self.lines):
            samples.addWidget(widget)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.setSpacing(14)
        layout.addWidget(left)
        layout.addLayout(samples, 1)
        layout.addWidget(self.pad)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)

    def set_network(self, network: Description) -> None:
        """Offer what the network eats."""
        kind = network.sample_kind
        shape = network.inputs[0].shape
        few = len(shape) == 1 and (shape[0] or 0) <= MOST_TYPED
        self._show_kind(kind, typed=kind in ("text", "tree") or (kind == "numbers" and few))
        self._offer((*SOURCES.get(kind, ()), *([network.data] if network.data not in SOURCES.get(kind, ()) else [])))
        self.pad.setVisible(kind == "picture" and shape[-1] == 1)
        if kind == "several":
            self.lines.set_inputs(network.inputs)

    def _show_kind(self, kind: str, *, typed: bool) -> None:
        self._kind = kind
        self._heading.setText("Inputs" if kind == "several" else plural(kind).capitalize())
        self.typed.setVisible(typed)
        self.examples.setVisible(kind in ("text", "tree"))
        self.strip.setVisible(kind in ("picture", "sound", "numbers"))
        self.lines.setVisible(kind == "several")
        if typed:
            self.typed.set_kind(kind)

    def _offer(self, sources: tuple[str, ...]) -> None:
        self.sources.clear()
        for source in sources:
            self.sources.addItem("made up" if source == "made" else source, source)

    def set_selection(self, selection: Selection) -> None:
        """Show what is fed."""
        at = self.sources.findData(selection.data)
        if at < 0:
            self.sources.addItem(_called(selection.data), selection.data)
            at = self.sources.count() - 1
        self.sources.setCurrentIndex(at)
        for samples in (self.examples,) if self._kind in ("text", "tree") else (self.strip,):
            samples.set_source(selection.data)
            samples.set_number(selection.number)
        self._show_text(selection)
        given = selection.input if isinstance(selection.input, tuple) else ()
        self.lines.set_given(selection.data, selection.number, given)
        self._fed.set_words(f"Fed: {input_title(selection)}")

    def forget(self) -> None:
        """Have the samples of the source read again, once it is set."""
        for samples in (self.strip, self.examples):
            samples.set_source("")

    def _show_text(self, selection: Selection) -> None:
        number, texts = selection.number, self.examples.texts
        if number is not None and number < len(texts):
            self.typed.set_text(texts[number])
        elif isinstance(selection.input, str) and selection.input.partition(":")[0] in TYPED:
            self.typed.set_text(selection.input.partition(":")[2])

    def put(self, thumbnails: Thumbnails) -> None:
        """Take samples of the data in."""
        if thumbnails.texts:
            self.examples.put(thumbnails)
        else:
            self.strip.put(thumbnails)


def input_title(selection: Selection) -> str:
    """What the input is called."""
    if isinstance(selection.input, np.ndarray):
        return "your drawing"
    if isinstance(selection.input, tuple):
        return ", ".join(selection.input)
    if selection.number is not None:
        return f"{_called(selection.data)} {selection.number}"
    kind, _, typed = selection.input.partition(":")
    return without_brackets(typed) if kind in TYPED else Path(selection.input).name


def _called(source: str) -> str:
    """What a source is called where there is little room: of a path its last name, with that of the set of a part."""
    path = Path(source)
    return "/".join(path.parts[-2:]) if path.name in ("train", "test", UNLABELLED) else path.name or source
