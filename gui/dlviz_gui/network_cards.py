"""The shipped networks, a card each: a picture of what is in it, and a sentence."""

from __future__ import annotations

import textwrap
from functools import cache
from pathlib import Path

import numpy as np
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QIcon, QImage, QPixmap
from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dlviz.lectures.tours import TOURS, tour
from dlviz_gui.labels import label, set_tip
from dlviz_gui.scrolled import Scrolled
from dlviz_models.zoo import NAMES

PICTURES = Path(__file__).with_name("cards.npz")
"""A picture of each network, uint8 (height, width, 3), made by `python docs/network_cards.py`."""
SIZE = QSize(200, 112)
ROOM = 100
"""Pixels under a picture for the name and the sentence."""
COLUMNS = 5
SENTENCES = {
    "lenet5": "Handwritten digits: two convolutions, the first network of most courses",
    "squeezenet": "Photographs, 1,000 classes of ImageNet: its layers see edges, textures, parts",
    "alexnet32": "Small colour pictures, ten classes of CIFAR-10: with its own mistakes",
    "autoencoder": "Digits squeezed into 30 numbers and drawn again from them",
    "dbn": "Digits: a deep belief net, layer on layer of Boltzmann machines",
    "sums": "Reads 74+8 and writes 82: LSTMs with attention",
    "dates": "Reads a date as people write it and writes 1987-03-05: a Transformer",
    "motifs": "Finds TGACTCA in strings of DNA: one convolution over letters",
    "tones": "Hears whether a tone rises, falls, stays or trembles: convolutions over samples",
    "tree_lstm": "How positive a film review is, phrase by phrase up the tree of its sentence",
}


class NetworkCards(QDialog):
    """`chosen` tells the name of the network whose card was clicked; `file_asked`, that a file is to be opened;
    `tour_chosen`, the name of the guided tour that is to start."""

    chosen = Signal(str)
    file_asked = Signal()
    tour_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Shipped networks")
        cards = QWidget()
        grid = QGridLayout(cards)
        grid.setSpacing(10)
        self.cards = {name: self._card(name) for name in NAMES}
        for number, card in enumerate(self.cards.values()):
            grid.addWidget(card, *divmod(number, COLUMNS))
        buttons = QDialogButtonBox(QDialogButtonBox.Cancel)
        buttons.rejected.connect(self.reject)
        self.file = QPushButton("Open your own file…")
        self.file.clicked.connect(self._ask_file)
        self.tours = QComboBox()
        self.tours.setAccessibleName("Guided tours")
        self.tours.addItem("Or take a guided tour…")
        for name in TOURS:
            self.tours.addItem(tour(name).title, name)
        self.tours.activated.connect(self._on_tour)
        buttons.addButton(self.file, QDialogButtonBox.ActionRole)
        layout = QVBoxLayout(self)
        layout.addWidget(label("Choose a network to explore", "summary"))
        layout.addWidget(Scrolled(cards), 1)
        below = QHBoxLayout()
        below.addWidget(self.tours)
        below.addWidget(buttons, 1)
        layout.addLayout(below)
        room = self.screen().availableGeometry().size() - QSize(60, 90)
        self.resize(QSize(COLUMNS * (SIZE.width() + 40) + 70, 620).boundedTo(room))

    def _card(self, name: str) -> QToolButton:
        card = QToolButton()
        card.setToolButtonStyle(Qt.ToolButtonTextUnderIcon)
        card.setIconSize(SIZE)
        card.setFixedSize(SIZE + QSize(30, ROOM))
        card.setIcon(picture_of(name))
        sentence = SENTENCES.get(name, "")
        card.setText(f"{name}\n{_wrapped(sentence)}")
        card.setAccessibleName(name)
        card.setAccessibleDescription(sentence)
        set_tip(card, sentence)
        card.clicked.connect(self._on_clicked)
        card.setObjectName(name)
        return card

    def _on_clicked(self) -> None:
        name = self.sender().objectName()
        self.accept()
        self.chosen.emit(name)

    def _on_tour(self, number: int) -> None:
        if name := self.tours.itemData(number):
            self.accept()
            self.tour_chosen.emit(name)

    def _ask_file(self) -> None:
        self.accept()
        self.file_asked.emit()


def _wrapped(text: str, width: int = 27) -> str:
    """Lines of at most `width` letters: a tool button breaks none."""
    return "\n".join(textwrap.wrap(text, width))


@cache
def _pictures() -> dict[str, np.ndarray]:
    with np.load(PICTURES) as file:
        return {name: file[name] for name in file.files}


def picture_of(name: str) -> QIcon:
    """The picture of a shipped network; empty where there is none."""
    pixels = _pictures().get(name) if PICTURES.exists() else None
    if pixels is None:
        return QIcon()
    height, width, _ = pixels.shape
    image = QImage(np.ascontiguousarray(pixels).data, width, height, 3 * width, QImage.Format_RGB888)
    return QIcon(QPixmap.fromImage(image.copy()))
