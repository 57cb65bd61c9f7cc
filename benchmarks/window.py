"""The window as a user feels it: how soon it shows, how soon a click or a typed letter is answered, the longest stall.

python benchmarks/window.py                  # with a display, under Xvfb, or with QT_QPA_PLATFORM=offscreen
python benchmarks/window.py --index PHOTOS   # clicks, while the index of a folder is built beside them
python benchmarks/window.py --deep           # a network of 400 layers: its diagram, panned and zoomed
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from qtpy.QtCore import QEventLoop, QObject, Qt, QTimer
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from dlviz.engine.client import Engine
from dlviz_gui import theme
from dlviz_gui.engine import EngineLink
from dlviz_gui.selection import MAIN, PREDICTIONS
from dlviz_gui.window import Window

STARTS, ROUNDS = 7, 3
LAYERS, FRAMES = 400, 120
DEEP = """
import sys
import keras
x = given = keras.Input((32, 32, 3))
for n in range(int(sys.argv[2]) // 4):
    y = keras.layers.Conv2D(3, 3, padding="same", name=f"conv{n}")(x)
    y = keras.layers.BatchNormalization(name=f"norm{n}")(y)
    y = keras.layers.ReLU(name=f"relu{n}")(y)
    x = keras.layers.Add(name=f"sum{n}")([x, y])
keras.Model(given, keras.layers.Dense(10, "softmax")(keras.layers.GlobalAveragePooling2D()(x))).save(sys.argv[1])
"""

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


def print_clicks(window: Window, words: str = "") -> None:
    """Print how soon clicks are answered."""
    for model in ("lenet5", "squeezenet"):
        took, gap = clicks(window, model)
        print(
            f"{model}{words}: click to mosaic, median {1000 * median(took):.0f} ms, at most {1000 * max(took):.0f} ms;"
            f" longest gap {1000 * gap:.0f} ms"
        )


def print_clicks_beside_an_index(photos: str, window: Window) -> None:
    """Print how soon clicks are answered while SqueezeNet's index of a folder of photographs is built."""
    window.controller.open_network("squeezenet", photos)
    rest(window)
    window.indexing.build()
    while not window.indexing.bar.isVisible() or not window.indexing.process.is_busy:
        until(window.indexing.process.answered)
    print_clicks(window, " beside an index")
    print(f"the index was {'still being built' if window.indexing.process.is_busy else 'complete'} at the end")


def print_deep(window: Window) -> None:
    """Print how soon a network of many layers is on screen, and how long its frames take."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deep.keras"
        subprocess.run([sys.executable, "-c", DEEP, str(path), str(LAYERS)], check=True)
        window.controller.open_network("lenet5")
        rest(window)
        window.controller.choose_view("architecture")
        rest(window)
        known: list[float] = []
        window.controller.network_opened.connect(lambda network: known.append(time.perf_counter()))
        window.controller.open_network(str(path))
        until(window.controller.network_opened)
        window.network.list.viewport().repaint()
        listed = time.perf_counter() - known[-1]
        until_sheet(window, MAIN)
        diagram = window.view_pane.sheet_pane.sheets.mains[0].body
        diagram.viewport().repaint()
        drawn = time.perf_counter() - known[-1]
        layers = len(window.controller.network.layers) if window.controller.network else 0
    print(f"{layers} layers: listed {1000 * listed:.0f} ms after the engine has them, diagram {1000 * drawn:.0f} ms")
    rest(window)
    for words, view, step in (
        ("list, scrolled", window.network.list, lambda n: window.network.list.verticalScrollBar().setValue(11 * n)),
        ("diagram, panned", diagram, lambda n: diagram.verticalScrollBar().setValue(11 * n)),
        ("diagram, zoomed", diagram, lambda n: diagram.scale(*[1.02 if n < FRAMES / 2 else 1 / 1.02] * 2)),
    ):
        took = frames(view.viewport(), step)
        print(f"{words}: a frame in {1000 * median(took):.1f} ms, at most {1000 * max(took):.1f} ms")


def frames(viewport: Any, step: Callable[[int], object]) -> list[float]:
    """Seconds that each step and the painting after it take."""
    took = []
    for n in range(FRAMES):
        begun = time.perf_counter()
        step(n)
        viewport.repaint()
        QApplication.processEvents()
        took.append(time.perf_counter() - begun)
    return took


def print_typing(window: Window) -> None:
    """Print how soon typed letters are answered."""
    for model, text in (("sums", "74+8+1+20"), ("tree_lstm", "the film is not bad"), ("motifs", "TGACTCAT")):
        took = typing(window, model, text)
        print(
            f"{model}: typed letter to answer, median {1000 * median(took):.0f} ms, at most {1000 * max(took):.0f} ms"
        )


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
    parser = argparse.ArgumentParser()
    parser.add_argument("--index", metavar="PHOTOS")
    parser.add_argument("--deep", action="store_true")
    given = parser.parse_args()
    parts: list[Callable[[Window], None]] = []
    if given.index:
        parts.append(partial(print_clicks_beside_an_index, given.index))
    if given.deep:
        parts.append(print_deep)
    if not parts:
        parts = [print_clicks, print_typing]
        shown = starts()
        print(f"first paint: median {median(shown):.2f} s, {min(shown):.2f} to {max(shown):.2f} s")
    app = QApplication([])
    theme.apply(app)
    link = EngineLink()
    link.start(Engine())
    window = Window(link)
    window.show()
    until(link.ready)
    for part in parts:
        part(window)
    window.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as cache:
        os.environ["DLVIZ_CACHE"] = cache  # what is measured is computed
        main()
