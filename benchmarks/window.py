"""The window as a user feels it: how soon it shows, how soon a click or a typed letter is answered, the longest stall.

python benchmarks/window.py     # with a display, under Xvfb, or with QT_QPA_PLATFORM=offscreen
"""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median
from typing import Any

from qtpy.QtCore import QEventLoop, QObject, Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from dlviz.engine.client import Engine
from dlviz_gui import theme
from dlviz_gui.engine import EngineLink
from dlviz_gui.selection import PREDICTIONS
from dlviz_gui.window import Window

STARTS, ROUNDS = 7, 3

CHILD = """
import time
from qtpy.QtCore import QEvent, QObject, QTimer
from qtpy.QtWidgets import QApplication
import dlviz_gui.__main__ as program
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Paint:
            print(time.monotonic(), flush=True)
            QApplication.instance().removeEventFilter(self)
            QTimer.singleShot(0, lambda: [w.close() for w in QApplication.topLevelWidgets()])
        return False
def main():
    app, painted = QApplication([]), Painted()
    app.installEventFilter(painted)
    return program.main([])
if __name__ == "__main__":
    raise SystemExit(main())
"""


class Gaps(QObject):
    """The times between two ticks of a 10 ms timer."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []
        self._last = time.perf_counter()
        timer = QTimer(self, interval=10, timerType=Qt.PreciseTimer)
        timer.timeout.connect(self._tick)
        timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.seen.append(now - self._last)
        self._last = now


def until(signal: Any) -> None:
    """Run the event loop until a signal comes."""
    loop = QEventLoop()
    signal.connect(loop.quit)
    loop.exec_()
    signal.disconnect(loop.quit)


def rest(window: Window) -> None:
    """Run the event loop until nothing is asked for."""
    while window.slots.busy:
        until(window.slots.busy_changed)
    QApplication.processEvents(QEventLoop.AllEvents, 50)


def starts() -> list[float]:
    """Seconds from starting the program to the first paint of its window."""
    took = []
    for _ in range(STARTS):
        begun = time.monotonic()
        out = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True).stdout
        took.append(float(out.split()[0]) - begun)
    return took


def clicks(window: Window, model: str) -> tuple[list[float], float]:
    """Seconds from choosing each layer to its mosaic on screen, and the longest gap of the event loop."""
    window.controller.open_network(model)
    rest(window)
    assert window.controller.network is not None
    layers = [layer.name for layer in window.controller.network.layers if layer.is_map]
    gaps, took = Gaps(), []
    for layer in layers * ROUNDS:
        if window.controller.selection and window.controller.selection.layer == layer:
            continue
        begun = time.perf_counter()
        QTimer.singleShot(0, lambda name=layer: window.controller.choose_layer(name))  # type: ignore[misc]
        until(window.view_pane.sheet_pane.sheets.mains[0].body.shown)
        took.append(time.perf_counter() - begun)
        rest(window)
    return took, max(gaps.seen)


def typing(window: Window, model: str, text: str) -> list[float]:
    """Seconds from each letter of a text to the network's new answer."""
    window.controller.open_network(model)
    rest(window)
    line, took = window.input.typed.line, []
    line.setFocus()
    line.clear()
    for letter in text:
        begun = time.perf_counter()
        QTimer.singleShot(0, lambda letter=letter: QTest.keyClicks(line, letter))  # type: ignore[misc]
        until_sheet(window, PREDICTIONS)
        took.append(time.perf_counter() - begun)
        rest(window)
    return took


def until_sheet(window: Window, pane: str) -> None:
    """Run the event loop until a sheet comes for a pane of the window."""
    loop = QEventLoop()
    told = lambda where, sheet: loop.quit() if where == pane else None  # noqa: E731
    window.controller.sheet.connect(told)
    loop.exec_()
    window.controller.sheet.disconnect(told)


def main() -> None:
    """Print the figures."""
    shown = starts()
    print(f"first paint: median {median(shown):.2f} s, {min(shown):.2f} to {max(shown):.2f} s")
    app = QApplication([])
    theme.apply(app)
    link = EngineLink()
    link.start(Engine())
    window = Window(link)
    window.show()
    until(link.ready)
    for model in ("lenet5", "squeezenet"):
        took, gap = clicks(window, model)
        print(
            f"{model}: click to mosaic, median {1000 * median(took):.0f} ms, at most {1000 * max(took):.0f} ms;"
            f" longest gap {1000 * gap:.0f} ms"
        )
    for model, text in (("sums", "74+8+1+20"), ("tree_lstm", "the film is not bad"), ("motifs", "TGACTCAT")):
        took = typing(window, model, text)
        print(
            f"{model}: typed letter to answer, median {1000 * median(took):.0f} ms, at most {1000 * max(took):.0f} ms"
        )
    window.close()


if __name__ == "__main__":
    main()
