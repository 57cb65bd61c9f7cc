"""Watching a network learn, as the window feels it: the longest gap of its event loop while each part is looked at.

python -m benchmarks.watch     # with a display, or under Xvfb, whose process number may follow

Gaps are without the time for which the system ran other programs, as everywhere here. Then how soon a moment comes that
has a value which was turned by hand: a learning rate, for which nothing is compiled anew, and a size of batch.
"""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import Any

from qtpy.QtCore import QEventLoop, QTimer
from qtpy.QtWidgets import QApplication

from benchmarks.gaps import Gaps
from dlviz.engine.client import Engine
from dlviz.watching.jobs import PARTS, Change, Watched, WatchTraining
from dlviz_gui import theme
from dlviz_gui.engine import EngineLink
from dlviz_gui.window import Window

SECONDS = 6
TURNED = {"learning_rate": (0.001, 0.003, 0.002), "batch": (64, 256, 128)}
JOB = WatchTraining("lenet5", "digits", epochs=500)


def rest(seconds: float) -> None:
    """Run the event loop for some seconds."""
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec_()


def until(signal: Any, wanted: Any = lambda *_: True) -> None:
    """Run the event loop until a signal comes as wanted."""
    loop = QEventLoop()
    told = lambda *values: loop.quit() if wanted(*values) else None  # noqa: E731
    signal.connect(told)
    loop.exec_()
    signal.disconnect(told)


def main() -> None:
    """Print the figures."""
    app = QApplication([])
    theme.apply(app)
    link = EngineLink()
    link.start(Engine())
    window = Window(link)
    window.resize(1366, 740)
    window.show()
    until(link.ready)
    controller = window.watch.controller
    controller.begin(JOB)
    window.watch_training()
    until(controller.watched, lambda moment: moment.done > 1)
    gaps = Gaps(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    for number, name in enumerate(PARTS):
        longest = []
        for gaps.doing in (f"{name} is chosen", name):
            gaps.largest = 0.0
            window.watch.parts.setCurrentIndex(number)
            rest(SECONDS)
            longest.append(round(1000 * gaps.largest))
        print(f"{name}: longest gap {longest[0]} ms when it is chosen, {longest[1]} ms after that")
    controller.tell(Change({"learning_rate": 0.002}))  # from now on it stays
    rest(SECONDS)
    for turned, values in TURNED.items():
        took = []
        for value in values * 5:
            begun = time.perf_counter()
            controller.tell(Change({turned: value}))
            until(controller.watched, lambda moment, name=turned, value=value: has(moment, name, value))
            took.append(1000 * (time.perf_counter() - begun))
            rest(0.5)
        print(f"{turned} turned to the moment that has it: median {median(took):.0f} ms, at most {max(took):.0f} ms")
    window.close()


def has(moment: Watched, name: str, value: float) -> bool:
    """Whether a value stands at what it was turned to."""
    now = moment.values[name]
    return now is not None and abs(now - value) < 1e-6


if __name__ == "__main__":
    main()
