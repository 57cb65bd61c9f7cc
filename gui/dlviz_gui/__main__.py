"""The window as a command. Qt is imported inside `main`, because the engine's process imports this file too."""

from __future__ import annotations

import argparse
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

AFTER = 30
"""Milliseconds after which the engine is started, so that it does not delay the first paint."""
DEMO_MODEL = "lenet5"
DEMO = Path(__file__).with_name("demo.npz")
"""What the engine answers about the shipped network, on screen before TensorFlow is loaded."""


def main(argv: Sequence[str] | None = None) -> int:
    """Show the window until it is closed; the exit status."""
    parser = argparse.ArgumentParser(prog="dlviz-gui", description="Look inside a network.")
    parser.add_argument(
        "model",
        nargs="?",
        default="",
        help="a .keras or .h5 file, a SavedModel of Keras 2, or a shipped network",
    )
    parser.add_argument("--data", default="", help="where pictures come from: digits, fashion, photos, a folder, ...")
    parser.add_argument("--preprocess", default="auto", help="how pixels are fed: auto, none, unit, tf, torch, caffe")
    parser.add_argument("--trust", action="append", default=[], help="module:Class that the network's file may name")
    given = parser.parse_args(argv)

    from qtpy.QtCore import QEvent, Qt, QThreadPool, QTimer
    from qtpy.QtWidgets import QApplication

    app = QApplication.instance()
    if app is None:
        QApplication.setAttribute(Qt.AA_EnableHighDpiScaling)
        QApplication.setAttribute(Qt.AA_UseHighDpiPixmaps)
        app = QApplication(sys.argv[:1])
    app.setApplicationDisplayName("dlviz")

    from dlviz.engine.client import Engine
    from dlviz_gui import theme
    from dlviz_gui.engine import EngineLink
    from dlviz_gui.memories import window_settings
    from dlviz_gui.window import Window

    theme.apply(app)
    link = EngineLink()
    window = Window(link)
    sys.excepthook = _tell(window.wrong.emit)
    window.show()

    def begin() -> None:
        if window.isHidden():  # closed already
            return
        link.start(Engine(recording=DEMO if DEMO.exists() else None))
        window.opening.start(given.model or DEMO_MODEL, given.data, tuple(given.trust), given.preprocess)
        if not given.model:
            window.opening.offer_last_once_open()
        window.lecturing.recall(window_settings())

    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, lambda *_: QTimer.singleShot(0, window.close))  # heard at the engine's next tick
    QTimer.singleShot(AFTER, begin)
    status: int = app.exec_()
    QThreadPool.globalInstance().waitForDone()
    window.deleteLater()
    app.sendPostedEvents(window, QEvent.DeferredDelete)  # destroyed later, with the interpreter, it may crash
    return status


def _tell(say: Callable[[str], None]) -> Callable[..., None]:
    """What happens to an error that nobody foresaw, in whichever thread: the window says so and lives on."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        say(f"Something went wrong here ({kind.__name__}): try again with F5, or report what the terminal says.")

    return hook


if __name__ == "__main__":
    from dlviz.__main__ import main as program  # which looks first whether a window can be opened

    sys.exit(program())
