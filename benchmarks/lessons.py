"""Lessons as a hand feels them: from the pointer, or the slider of steps, to the picture on screen.

python benchmarks/lessons.py     # with a display, under Xvfb, or with QT_QPA_PLATFORM=offscreen
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import median, quantiles
from typing import Any

import numpy as np
from qtpy.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QApplication, QWidget

from dlviz.engine.client import Engine
from dlviz.lessons import lessons
from dlviz_gui import theme
from dlviz_gui.arrays import ArraysWidget
from dlviz_gui.engine import EngineLink
from dlviz_gui.mosaic import Mosaic
from dlviz_gui.window import Window

MOVES, STREAM, EVERY = 60, 100, 8
"""Single moves, moves of a stream, and the milliseconds between two of a stream."""


def until(signal: Any) -> None:
    """Run the event loop until a signal comes."""
    loop = QEventLoop()
    signal.connect(loop.quit)
    loop.exec_()
    signal.disconnect(loop.quit)


def move(widget: QWidget, place: tuple[float, float], pressed: bool = False) -> None:
    """Move the mouse to a place in the widget, given as shares of its size, or press its button there."""
    at = QPointF(place[0] * widget.width(), place[1] * widget.height())
    kind, button = (QEvent.MouseButtonPress, Qt.LeftButton) if pressed else (QEvent.MouseMove, Qt.NoButton)
    QApplication.sendEvent(widget, QMouseEvent(kind, at, button, button, Qt.NoModifier))


def picture(window: Window, do: Callable[[], None]) -> float:
    """Seconds from `do` to its picture on screen."""
    frames = window.lesson.sheet_pane.sheets.frames
    body = frames[0].body
    begun = time.perf_counter()
    QTimer.singleShot(0, do)
    until(body.shown if isinstance(body, Mosaic) else window.lessons.sheet)
    for frame in frames:
        frame.body.repaint()
    took = time.perf_counter() - begun
    while window.lessons.is_busy:
        QApplication.processEvents(QEventLoop.WaitForMoreEvents)
    return took


def hands(window: Window) -> dict[str, Callable[[float], None]]:
    """What can be done in the lesson, each for a number 0..1 that is another every time."""
    found: dict[str, Callable[[float], None]] = {}
    pane = window.lesson
    for frame in pane.sheet_pane.sheets.frames:
        body, touch = frame.body, frame.wanted
        if touch.sets and "pointer" not in found:
            watched = body.viewport() if isinstance(body, Mosaic) else body
            places = _places(body)
            found["pointer"] = lambda t, w=watched, p=places, d=touch.by == "drag": move(w, p[int(t * len(p))], d)
        elif isinstance(body, ArraysWidget) and "pointer" not in found and any(b.points for b in body.panel.boxes):
            found["pointer"] = lambda t, w=body: _over(w, t)
    if pane.play.isVisible() and pane.play.slider.maximum() > 2:  # so that every move is to another step
        found["steps"] = lambda t: pane.play.slider.setValue(int(t * pane.play.slider.maximum()))
    for name in ("target", "temperature", "momentum", "stride"):
        control = pane.controls.findChild(QWidget, name)
        if control is not None:
            low, high = control.minimum(), control.maximum()
            kind = type(control.value())
            found[name] = lambda t, c=control, a=low, b=high, k=kind: c.setValue(k(a + t * (b - a)))
    return found


def _places(body: QWidget) -> list[tuple[float, float]]:
    """Places on the diagonal of a widget, as shares of its size; of a mosaic those on a picture."""
    diagonal = [(0.3 + 0.4 * t, 0.35 + 0.3 * t) for t in np.linspace(0, 1, 200)]
    if not isinstance(body, Mosaic):
        return diagonal
    size = body.viewport().size()
    across = [(x, y) for y in np.linspace(0.1, 0.9, 9) for x in np.linspace(0, 1, 50)]
    while True:  # it is rendered away from the event loop
        found = [p for p in across if body.place_at(QPointF(p[0] * size.width(), p[1] * size.height())) is not None]
        if found:
            return found
        QApplication.processEvents(QEventLoop.WaitForMoreEvents)


def _over(widget: ArraysWidget, t: float) -> None:
    """Move over the cells of the first box that the pointer sets something in."""
    box = next(box for box in widget.boxes if box.box.points)
    at = QPointF(box.left + (0.1 + 0.8 * t) * box.width, box.top + (0.1 + 0.8 * t) * box.height)
    QApplication.sendEvent(widget, QMouseEvent(QEvent.MouseMove, at, Qt.NoButton, Qt.NoButton, Qt.NoModifier))


def stream(window: Window, do: Callable[[float], None]) -> tuple[int, float]:
    """Pictures while a hand moves without rest, and the seconds from its last move to the last picture."""
    pictures: list[float] = []
    window.lessons.sheet.connect(lambda _: pictures.append(time.perf_counter()))
    for number in range(STREAM):
        do((number * 0.618) % 1)
        loop = QEventLoop()
        QTimer.singleShot(EVERY, loop.quit)
        loop.exec_()
    moved = time.perf_counter()
    while window.lessons.is_busy:
        QApplication.processEvents(QEventLoop.WaitForMoreEvents)
    return len(pictures), max(pictures[-1] - moved, 0.0)


def main() -> None:
    """Print the figures."""
    app = QApplication([])
    theme.apply(app)
    link = EngineLink()
    window = Window(link)
    window.resize(1326, 708)
    window.show()
    engine = Engine()
    link.start(engine)
    for number, name in enumerate(lessons()):
        begun = time.perf_counter()
        QTimer.singleShot(0, partial(window.open_lesson, name))
        until(window.lessons.sheet)
        print(f"{name}: on screen after {time.perf_counter() - begun:.2f} s")
        if number == 0 and not engine.is_ready:
            until(link.ready)  # TensorFlow has been loading meanwhile
        picture(window, window.lessons.refresh)
        for hand, do in hands(window).items():
            shares = (np.arange(1, MOVES + 1) * 0.618) % 1
            took = [picture(window, partial(do, t)) for t in shares]
            pictures, late = stream(window, do)
            most = quantiles(took, n=20)[-1]
            print(
                f"    {hand}: median {1000 * median(took):.0f} ms, 95 % within {1000 * most:.0f} ms; "
                f"of {STREAM} moves in {STREAM * EVERY} ms {pictures} pictures, the last {1000 * late:.0f} ms late"
            )
    window.close()


if __name__ == "__main__":
    main()
