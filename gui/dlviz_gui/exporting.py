"""What is shown goes out: to a file in any medium, to the clipboard as a picture, or as text that makes it again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from qtpy.QtCore import QObject, QSettings
from qtpy.QtGui import QImage
from qtpy.QtWidgets import QApplication, QFileDialog, QWidget

from dlviz import draw
from dlviz.jobs import Request
from dlviz.request_text import command, python
from dlviz_gui.controller import Controller
from dlviz_gui.lesson_controller import LessonController
from dlviz_gui.message_bar import MessageBar
from dlviz_gui.panes.watch_pane import WatchPane
from dlviz_gui.selection import MAIN

NAMES = {
    ".png": "Picture",
    ".svg": "Vector graphics",
    ".pdf": "PDF",
    ".html": "Web page",
    ".pptx": "Slides",
    ".gif": "Film",
    ".webp": "Smaller film",
    ".npz": "Raw arrays",
}


Write = Callable[[Request, str], str]
"""Writes a request, and the name of the file that it makes, as text."""
SIZES: dict[str, tuple[int, tuple[int, int] | None]] = {
    "As a page, 150 dots an inch": (150, None),
    "As a page, 300 dots an inch": (300, None),
    "1920 × 1080 pixels": (144, (1920, 1080)),
    "3840 × 2160 pixels": (288, (3840, 2160)),
    "1080 × 1080 pixels": (144, (1080, 1080)),
}
"""How large pictures are written, by what the menu calls it: dots an inch, and pixels where these are given."""
MEDIUM = "medium"
"""The setting that keeps in which medium was exported last, by its ending."""
NOTHING = "Nothing is shown yet: wait for it, or choose a view."


class Exporting(QObject):
    """Asks the engines for what is shown, as files and pictures; `message` says what became of it."""

    def __init__(
        self,
        controller: Controller,
        lessons: LessonController,
        message: MessageBar,
        settings: QSettings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._settings = settings
        self.controller, self.lessons, self.message, self._window = controller, lessons, message, window
        self.dpi, self.size = SIZES[next(iter(SIZES))]
        for teller in (controller, lessons):
            teller.rendered.connect(self._on_rendered)
            teller.saved.connect(self._on_saved)

    def ask(self, ending: str = "", *, lesson: bool) -> None:
        """Ask where to write what is shown: a lesson, or what the view pane shows of a network.

        Args:
            ending: that of the medium that is offered; else the one that was chosen last.
        """
        shown = self.request(lesson=lesson)
        if shown is None:
            self.message.say(NOTHING)
        elif path := self._ask_path(file_name(shown), ending):
            size = self.size if draw.ending(path) in draw.PIXELS else None
            (self.lessons if lesson else self.controller).export(path, self.dpi, size)

    def ask_training(self, pane: WatchPane, ending: str = "") -> None:
        """Ask where to write what is seen of a training, likewise."""
        if path := self._ask_path(f"{pane.job.network}-learns", ending):
            pane.export(path, self.dpi, self.size if draw.ending(path) in draw.PIXELS else None)

    def _ask_path(self, name: str, ending: str) -> str:
        path = ask_export_path(self._window, name, ending or str(self._settings.value(MEDIUM, ".png")))
        if path and not ending:
            self._settings.setValue(MEDIUM, draw.ending(path))
        return path

    def set_size(self, name: str) -> None:
        """Write pictures from now on as one of `SIZES` says."""
        self.dpi, self.size = SIZES[name]

    def request(self, *, lesson: bool) -> Request | None:
        """What is shown: a lesson, or what the view pane shows of a network; None where nothing is."""
        return self.lessons.request if lesson else self.controller.shown.get(MAIN)

    def copy_text(self, write: Write, *, lesson: bool) -> None:
        """Put text on the clipboard that makes what is shown again."""
        shown = self.request(lesson=lesson)
        if shown is None:
            self.message.say(NOTHING)
            return
        QApplication.clipboard().setText(write(shown, f"{file_name(shown)}.png"))
        self.message.say(COPIED[write])

    def copy(self, *, lesson: bool) -> None:
        """Put what is shown on the clipboard, drawn as in a file."""
        if lesson:
            self.lessons.copy()
        elif MAIN in self.controller.shown:
            self.controller.copy()
        else:
            self.message.say(NOTHING)

    def _on_saved(self, path: str) -> None:
        self.message.say(f"Saved as {path}.")

    def _on_rendered(self, pixels: np.ndarray) -> None:
        height, width, _ = pixels.shape
        image = QImage(np.ascontiguousarray(pixels).data, width, height, 3 * width, QImage.Format_RGB888)
        QApplication.clipboard().setImage(image.copy())
        self.message.say(f"Copied as an image of {width} × {height} pixels.")


COPIED: dict[Write, str] = {
    python: "Copied as Python: paste it into a script or a notebook.",
    command: "Copied as a command: paste it into a terminal.",
}


def file_name(request: Request) -> str:
    """What a file of a request is called, without an ending."""
    return "-".join(part for part in (request.view, request.layer.replace("/", "-")) if part)


def filters() -> dict[str, str]:
    """The ending of each medium that can be written, by what the dialog calls it."""
    return {f"{NAMES.get(ending, ending[1:].upper())} (*{ending})": ending for ending in draw.MEDIA}


def ask_export_path(parent: QWidget, name: str, ending: str) -> str:
    """Where to write, with an ending; empty where nothing was chosen.

    Args:
        name: what is offered, without an ending.
        ending: that of the medium that is offered first.
    """
    endings = filters()
    offered = next((words for words, other in endings.items() if other == ending), next(iter(endings)))
    path, chosen = QFileDialog.getSaveFileName(
        parent, "Export", f"{name}{endings[offered]}", ";;".join(endings), offered
    )
    return with_ending(path, endings.get(chosen, endings[offered])) if path else ""


def with_ending(path: str, ending: str) -> str:
    """The path as it was typed where its ending is that of a medium, else with `ending`."""
    return path if Path(path).suffix.lower() in draw.MEDIA else f"{path}{ending}"
