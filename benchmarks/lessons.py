"""Lessons as a hand feels them: from the pointer, a click or any slider to the picture on screen.

python benchmarks/lessons.py [--training] [LESSON ...]     # with a display, under Xvfb, or QT_QPA_PLATFORM=offscreen

With --training a network is trained in the worker meanwhile.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from statistics import median, quantiles
from typing import Any

import numpy as np
from qtpy.QtCore import QEvent, QEventLoop, QPointF, Qt, QThreadPool, QTimer
from qtpy.QtGui import QMouseEvent
from qtpy.QtWidgets import QAbstractSlider, QApplication, QWidget

from dlviz.engine.client import Engine
from dlviz.lessons import lessons
from dlviz.sheet import Panel
from dlviz.watching.jobs import WatchTraining
from dlviz_gui import theme
from dlviz_gui.engine import EngineLink
from dlviz_gui.panels.arrays import ArraysWidget
from dlviz_gui.panels.mosaic import Mosaic
from dlviz_gui.panels.scatter import ScatterWidget
from dlviz_gui.panels.stems import StemsWidget
from dlviz_gui.watch_controller import worker
from dlviz_gui.window import Window

MOVES, STREAM, EVERY = 40, 100, 8
"""Single moves, moves of a stream, and the milliseconds between two of a stream."""
FIGURE = 0.05
"""Seconds in which a picture is to follow."""


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
    """Seconds from `do` to its picture on screen, in all its panels."""
    begun = time.perf_counter()
    QTimer.singleShot(0, do)
    until(window.lessons.rested)
    QThreadPool.globalInstance().waitForDone()
    QApplication.processEvents()
    for frame in window.lesson.sheet_pane.sheets.frames:
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
        hand = _hand_on(frame.body, frame.panel)
        if hand:
            found.setdefault(f"{frame.panel.by} {frame.panel.sets or 'cells'}", hand)
    if pane.play.isVisible() and pane.play.slider.maximum() > 2:  # so that every move is to another step
        found["steps"] = partial(_slide, pane.play.slider)
    for name in window.lessons.options:
        control = pane.controls.findChild(QWidget, name)
        if isinstance(control, QAbstractSlider) and control.isVisible() and control.maximum() > control.minimum():
            found[name] = partial(_slide, control)
    return found


def _hand_on(body: QWidget, panel: Panel) -> Callable[[float], None] | None:
    """What moves over a panel, drags something in it, or paints."""
    if isinstance(body, ArraysWidget) and any(box.points for box in body.panel.boxes):
        return partial(_over, body)
    if not panel.sets or panel.by == "type":
        return None
    if isinstance(body, StemsWidget):
        return partial(_over_stems, body)
    if isinstance(body, ScatterWidget) and panel.by == "paint":
        return partial(_paint, body)
    watched, places = body.viewport() if isinstance(body, Mosaic) else body, _places(body)
    return lambda t: move(watched, places[int(t * len(places))], panel.by == "drag")


def _slide(slider: Any, t: float) -> None:
    """Set a slider to a value that it has not."""
    low, high = slider.minimum(), slider.maximum()
    value = type(slider.value())(low + t * (high - low))
    slider.setValue(value if value != slider.value() else low if value > low else high)


def _over_stems(widget: StemsWidget, t: float) -> None:
    """Go over the stems, or drag one up and down."""
    x = int(t * len(widget.panel.values)) if widget.panel.by == "pointer" else 1
    tip = widget.tip_of(x)
    if widget.panel.by == "drag":
        tip.setY(widget.height() * (0.3 + 0.15 * t))
        QApplication.sendEvent(
            widget, QMouseEvent(QEvent.MouseButtonPress, tip, Qt.LeftButton, Qt.LeftButton, Qt.NoModifier)
        )
        QApplication.sendEvent(
            widget, QMouseEvent(QEvent.MouseButtonRelease, tip, Qt.LeftButton, Qt.NoButton, Qt.NoModifier)
        )
    else:
        move(widget, (tip.x() / widget.width(), tip.y() / widget.height()))


def _paint(widget: ScatterWidget, t: float) -> None:
    """Add a point where there is none near, or remove one."""
    before = len(widget.painted.rows())
    for aside, button in product((0, 10, -10), (Qt.LeftButton, Qt.RightButton)):
        at = QPointF((0.2 + 0.7 * t) * widget.width() + aside, 0.4 * widget.height())
        QApplication.sendEvent(widget, QMouseEvent(QEvent.MouseButtonPress, at, button, button, Qt.NoModifier))
        if len(widget.painted.rows()) != before:
            break


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


def measured(window: Window, name: str) -> dict[str, float]:
    """Print how long a lesson takes to follow each hand; the medians in seconds."""
    begun = time.perf_counter()
    QTimer.singleShot(0, partial(window.open_lesson, name))
    until(window.lessons.sheet)
    print(f"{name}: on screen after {time.perf_counter() - begun:.2f} s", flush=True)
    picture(window, window.lessons.refresh)
    found = {}
    for hand, do in hands(window).items():
        shares = (np.arange(1, MOVES + 1) * 0.618) % 1
        took = [picture(window, partial(do, t)) for t in shares]
        found[hand] = median(took)
        words = f"    {hand}: median {1000 * median(took):.0f} ms, 95% within {1000 * quantiles(took, n=20)[-1]:.0f} ms"
        if hand.startswith(("pointer", "steps")):
            pictures, late = stream(window, do)
            words += (
                f"; of {STREAM} moves in {STREAM * EVERY} ms {pictures} pictures, the last {1000 * late:.0f} ms late"
            )
        print(words, flush=True)
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("lessons", nargs="*")
    parser.add_argument("--training", action="store_true", help="while a network is trained in the worker")
    given = parser.parse_args()
    app = QApplication([])
    theme.apply(app)
    link = EngineLink()
    window = Window(link)
    window.resize(1326, 708)
    window.show()
    link.start(Engine())
    until(link.ready)
    trained = EngineLink()
    if given.training:
        trained.start(worker())
        trained.submit(WatchTraining("lenet5", "digits", 1000), 3600.0)
        until(trained.answered)
    found = {
        f"{name}, {hand}": took for name in given.lessons or lessons() for hand, took in measured(window, name).items()
    }
    slow = [f"{name} {1000 * took:.0f} ms" for name, took in found.items() if took > FIGURE]
    print(f"{len(found)} hands, {len(slow)} of them over {1000 * FIGURE:.0f} ms: {'; '.join(slow) or 'none'}")
    trained.close()
    window.close()


if __name__ == "__main__":
    main()
