"""The pictures to feed the network: the data's film strip, files, and a drawing of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from dlviz_gui.choice import Choice
from dlviz_gui.draw_pad import DrawPad
from dlviz_gui.film_strip import FilmStrip
from dlviz_gui.words import ElidedLabel, label, set_tip

SOURCES = ("digits", "fashion", "photos")
"""The shipped data."""


class InputPane(QFrame):
    """Tells which picture is to be fed, and which data it is taken from."""

    drawn = Signal(object)
    source_chosen = Signal(str)
    open_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pane")
        self.strip = FilmStrip()
        self.pad = DrawPad()
        self.pad.drawn.connect(self.drawn)
        self.sources = QComboBox()
        self.sources.setAccessibleName("Data set")
        set_tip(self.sources, "Where the pictures come from")
        self.sources.setSizeAdjustPolicy(QComboBox.AdjustToContents)
        self.sources.setMaximumWidth(220)
        for source in SOURCES:
            self.sources.addItem(source, source)
        self.sources.activated.connect(lambda i: self.source_chosen.emit(self.sources.itemData(i)))
        self.open = QPushButton("Open picture…")
        self.open.setAccessibleName("Open a picture")
        self.open.setFocusPolicy(Qt.TabFocus)
        self.open.clicked.connect(self.open_asked)
        self._fed = ElidedLabel()
        self._fed.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)

        top = QHBoxLayout()
        top.addWidget(label("Pictures", "heading", wraps=False))
        top.addWidget(self.sources)
        top.addWidget(self.open)
        top.addWidget(self._fed, 1)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addLayout(top)
        left.addWidget(self.strip)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.setSpacing(14)
        layout.addLayout(left, 1)
        layout.addWidget(self.pad)
        self.setSizePolicy(QSizePolicy.Preferred, QSizePolicy.Fixed)

    def set_choice(self, choice: Choice) -> None:
        """Show what is fed."""
        at = self.sources.findData(choice.data)
        if at < 0:
            self.sources.addItem(Path(choice.data).name or choice.data, choice.data)
            at = self.sources.count() - 1
        self.sources.setCurrentIndex(at)
        self.strip.set_source(choice.data)
        self.strip.set_number(choice.number)
        self._fed.set_words(f"Fed to the network: {words_for(choice)}")

    def set_enabled(self, takes_pictures: bool) -> None:
        """Whether the network can be fed pictures at all."""
        self.setEnabled(takes_pictures)
        if not takes_pictures:
            self._fed.set_words("This network takes no pictures.")


def words_for(choice: Choice) -> str:
    """What the input is called."""
    if isinstance(choice.input, np.ndarray):
        return "your drawing"
    return f"{Path(choice.data).name} {choice.number}" if choice.number is not None else Path(choice.input).name
