"""What is shown goes out: to a file in any medium, or to the clipboard as a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from qtpy.QtCore import QObject
from qtpy.QtGui import QImage
from qtpy.QtWidgets import QApplication, QFileDialog, QWidget

from dlviz import draw
from dlviz_gui.controller import Controller
from dlviz_gui.lesson_controller import LessonController
from dlviz_gui.message_bar import MessageBar
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


NOTHING = "Nothing is shown yet: wait for it, or choose a view."


class Exporting(QObject):
    """Asks the engines for what is shown, as files and pictures; `message` says what became of it."""

    def __init__(self, controller: Controller, lessons: LessonController, message: MessageBar, window: QWidget) -> None:
        super().__init__(window)
        self.controller, self.lessons, self.message, self._window = controller, lessons, message, window
        for teller in (controller, lessons):
            teller.rendered.connect(self._on_rendered)
            teller.saved.connect(self._on_saved)

    def ask(self, *, lesson: bool) -> None:
        """Ask where to write what is shown: a lesson, or what the view pane shows of a network."""
        shown = self.controller.shown.get(MAIN)
        if lesson:
            if path := ask_export_path(self._window, self.lessons.name):
                self.lessons.export(path)
        elif shown:
            name = "-".join(part for part in (shown.view, shown.layer.replace("/", "-")) if part)
            if path := ask_export_path(self._window, name):
                self.controller.export(path)
        else:
            self.message.say(NOTHING)

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


def filters() -> dict[str, str]:
    """The ending of each medium that can be written, by what the dialog calls it."""
    return {f"{NAMES.get(ending, ending[1:].upper())} (*{ending})": ending for ending in draw.MEDIA}


def ask_export_path(parent: QWidget, name: str) -> str:
    """Where to write, with an ending; empty where nothing was chosen. `name` is offered, without an ending."""
    endings = filters()
    path, chosen = QFileDialog.getSaveFileName(parent, "Export", f"{name}.png", ";;".join(endings))
    return with_ending(path, endings.get(chosen, ".png")) if path else ""


def with_ending(path: str, ending: str) -> str:
    """The path as it was typed where its ending is that of a medium, else with `ending`."""
    return path if Path(path).suffix.lower() in draw.MEDIA else f"{path}{ending}"
