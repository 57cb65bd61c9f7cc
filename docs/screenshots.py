"""Make the pictures of the window in the README: `python docs/screenshots.py`, with a display or under Xvfb.

Optional arguments: width, height, `dark`, and a folder for one picture of every view instead of the README's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qtpy.QtCore import QEventLoop, QTimer
from qtpy.QtWidgets import QApplication

from dlviz.engine.client import Engine
from dlviz_gui import theme
from dlviz_gui.engine import EngineLink
from dlviz_gui.selection import offered
from dlviz_gui.window import Window

LONGEST = 120_000
"""Milliseconds that one picture may take."""


@dataclass(frozen=True)
class Shot:
    """What is chosen in the window before its picture is taken."""

    name: str
    model: str
    view: str
    layer: str
    input: str
    unit: int = 0
    options: dict[str, str | int] = field(default_factory=dict)


README = (
    Shot("activations", "squeezenet", "activations", "fire2_expand3x3", "photos:3", 20),
    Shot("patches", "lenet5", "patches", "conv2", "digits:7", 1, {"reconstruct": "deconv", "shown": 8}),
    Shot("failures", "lenet5", "failures", "conv1", "digits:0", 2),
)


def every_view() -> Iterator[Shot]:
    """Each view of both shipped networks."""
    for view in offered():
        yield Shot(f"lenet5-{view}", "lenet5", view, "conv2", "digits:3", 3)
        if view not in ("failures", "mistakes"):
            yield Shot(f"squeezenet-{view}", "squeezenet", view, "conv1", "photos:3", 3)


def rest(window: Window) -> None:
    """Wait until nothing is asked for any more and what came back is drawn."""
    loop = QEventLoop()
    quiet = QTimer()
    quiet.setSingleShot(True)
    quiet.timeout.connect(loop.quit)

    def look() -> None:
        if window.slots.busy:
            quiet.stop()
        else:
            quiet.start(400)

    window.slots.busy_changed.connect(look)
    QTimer.singleShot(LONGEST, loop.quit)
    look()
    loop.exec_()
    window.slots.busy_changed.disconnect(look)


def take(window: Window, shot: Shot, folder: Path) -> None:
    """Choose what `shot` says and save a picture of the window."""
    controller = window.controller
    if controller.selection is None or controller.selection.model != shot.model:
        controller.open_network(shot.model)
        rest(window)
    controller.choose_view(shot.view)
    controller.set_options(shot.options)
    controller.choose_view("architecture")
    controller.choose_view(shot.view)  # again, with its controls set
    controller.choose_layer(shot.layer)
    controller.choose_input(shot.input)
    controller.choose_unit(shot.unit)
    rest(window)
    window.grab().save(str(folder / f"{shot.name}.png"))


def main() -> None:
    """Take the pictures."""
    words = sys.argv[1:]
    numbers = [int(w) for w in words if w.isdigit()]
    folders = [Path(w) for w in words if not w.isdigit() and w != "dark"]
    folder = folders[0] if folders else Path(__file__).with_name("images")
    app = QApplication(sys.argv[:1])
    theme.apply(app, "dark" in words)
    link = EngineLink()
    link.start(Engine())
    window = Window(link)
    window.resize(*(numbers or (1366, 768)))
    window.show()
    ready = QEventLoop()
    link.ready.connect(ready.quit)
    ready.exec_()
    for shot in every_view() if folders else README:
        take(window, shot, folder)
    window.close()


if __name__ == "__main__":
    main()
