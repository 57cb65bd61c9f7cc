"""Where the window stood and how large it was, from one start to the next."""

from __future__ import annotations

import sys

from qtpy.QtCore import QByteArray, QSettings, QSize
from qtpy.QtWidgets import QApplication, QMainWindow, QSplitter

MOST = QSize(1600, 1000)
"""The largest window at first, in logical pixels."""
FRAME = QSize(40, 60)
"""What is left of the screen for a frame and title at first."""


def screen() -> QSize:
    """What windows may cover, in logical pixels."""
    return QApplication.primaryScreen().availableGeometry().size()


def save(settings: QSettings, window: QMainWindow, splitter: QSplitter) -> None:
    """Keep the place and size of the window and of its panes; a settings file that cannot be written is reported."""
    settings.setValue("geometry", window.saveGeometry())
    settings.setValue("splitter", splitter.saveState())
    settings.sync()
    if settings.status() == QSettings.AccessError:
        path = settings.fileName()
        print(f"The window size was not saved: {path} cannot be written: make its folder writable.", file=sys.stderr)


def restore(settings: QSettings, window: QMainWindow, splitter: QSplitter) -> None:
    """Place the window as it was kept, at most as large as the screen is now."""
    geometry, state = settings.value("geometry"), settings.value("splitter")
    if not isinstance(geometry, QByteArray) or not window.restoreGeometry(geometry):
        window.resize(MOST.boundedTo(screen() - FRAME))
    window.resize(window.size().boundedTo(screen()))  # it may have been kept on a larger one
    if isinstance(state, QByteArray):
        splitter.restoreState(state)
