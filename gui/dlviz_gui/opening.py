"""All ways to open something: dialogs, cards, what was opened before, what is dropped or pasted."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from qtpy.QtCore import QMimeData, QObject, QSettings, Signal
from qtpy.QtWidgets import QApplication, QFileDialog, QMenu, QWidget

from dlviz import draw
from dlviz.lectures.lecture import ENDING
from dlviz_gui.controller import Controller
from dlviz_gui.incoming import Incoming
from dlviz_gui.job_titles import title_of_request
from dlviz_gui.memories import is_last, last_selection, recent_files, remember_files, remember_selection
from dlviz_gui.message_bar import MessageBar
from dlviz_gui.network_cards import NetworkCards
from dlviz_gui.selection import MAIN, Selection
from dlviz_models.errors import UserError

ENDINGS = "*.keras *.h5 *.hdf5 *.png *.jpg *.jpeg *.gif *.webp *.npz *.npy *.gz *.idx *.svg *.pdf *.html *.pptx *.toml"
"""Of files that are offered first; what a file is, its content says."""


class Opening(QObject):
    """Opens in `controller`, and says in `message` what cannot be."""

    tour_chosen = Signal(str)
    """The name of a guided tour that is to start."""

    def __init__(self, controller: Controller, message: MessageBar, settings: QSettings, window: QWidget) -> None:
        super().__init__(window)
        self.controller, self.message, self._settings, self._window = controller, message, settings, window
        self._incoming = Incoming()
        self._selections, self._offers_last = 0, False
        controller.selection_changed.connect(self._on_selection)

    def start(self, model: str, data: str, trust: tuple[str, ...], preprocess: str) -> None:
        """Open what the program is started with: a network, or a picture or lecture of dlviz."""
        path = Path(model)
        if path.suffix.lower() in (*draw.MEDIA, ENDING) and path.is_file():
            self.controller.open_path(str(path.absolute()))
        else:
            self.controller.open_network(model, data, trust, preprocess)

    def ask_file(self) -> None:
        """Ask for a file and open it."""
        kinds = f"Networks, pictures, data ({ENDINGS});;All files (*)"
        path, _ = QFileDialog.getOpenFileName(self._window, "Open", "", kinds)
        if path:
            self.controller.open_path(path)

    def ask_folder(self) -> None:
        """Ask for a folder, of pictures or with networks in it, and open it."""
        title = "Open a folder of pictures, a SavedModel, or the epochs of a training"
        path = QFileDialog.getExistingDirectory(self._window, title)
        if path:
            self.controller.open_path(path)

    def ask_network(self) -> None:
        """Show the shipped networks, and open the one that is chosen."""
        cards = NetworkCards(self._window)
        cards.chosen.connect(self.controller.open_network)
        cards.file_asked.connect(self.ask_file)
        cards.tour_chosen.connect(self.tour_chosen)
        cards.open()

    def fill(self, recent: QMenu) -> None:
        """Fill a menu with what was looked at last, and the files that were opened last."""
        recent.clear()
        if last := last_selection(self._settings):
            recent.addAction(_last_words(last), partial(self.controller.go, last))
            recent.addSeparator()
        for path in recent_files(self._settings):
            recent.addAction(Path(path).name, partial(self.controller.open_path, path)).setToolTip(path)
        if recent.isEmpty():
            recent.addAction("Nothing yet").setEnabled(False)

    def offer_last_once_open(self) -> None:
        """Offer it as soon as there is something to look at."""
        self._offers_last = True

    def offer_last(self) -> None:
        """Offer to go on with what was looked at when the window was last closed, unless that is looked at already."""
        last, now = last_selection(self._settings), self.controller.selection
        if last and not (now and is_last(self._settings, now)) and not self.message.words:
            self.message.say(f"{_last_words(last)}.", "Go on there", partial(self.controller.go, last))

    def paste(self) -> None:
        """Open what has been copied: a picture, or files."""
        self.take(QApplication.clipboard().mimeData())

    def take(self, given: QMimeData) -> None:
        """Open what was dropped or pasted: a network, then data, then a picture."""
        try:
            self.controller.open_paths(self._incoming.paths(given))
        except UserError as error:
            self.message.say(str(error))

    def close(self) -> None:
        """Remember what is looked at, if more was done than to open the window, and clear up."""
        if self.controller.selection and self._selections > 1:
            remember_selection(self._settings, self.controller.selection)
        self._incoming.close()

    def _on_selection(self, selection: Selection) -> None:
        self._selections += 1
        remember_files(self._settings, selection)
        if self._offers_last:
            self._offers_last = False
            self.offer_last()


def _last_words(last: Selection) -> str:
    return f"Last time: {title_of_request(last.request(MAIN))} in {Path(last.model).stem}"
