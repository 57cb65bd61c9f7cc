"""A seeded random clicker over the real window: clicks, keys, drags, files whole and broken, exports, dying engines.

What imports this imports Qt, which an engine's process must not.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from qtpy.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from qtpy.QtGui import QDropEvent, QMouseEvent, QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QDialog, QMenu, QPlainTextEdit, QWidget

from benchmarks.clicked_files import make_files
from benchmarks.gaps import Gaps
from benchmarks.memory import Memory, allocated, resident
from dlviz.engine.client import Engine
from dlviz_gui import exporting, opening
from dlviz_gui.engine import EngineLink
from dlviz_gui.window import Window

MINUTE = 60.0
"""Seconds of clicking between two measurements of memory."""
BUG = "This could not be shown"
"""How the engine's sentence about an error that nobody foresaw begins."""
KEYS = (
    *(getattr(Qt, f"Key_{name}") for name in ("Left", "Right", "Up", "Down", "U", "O", "W", "E", "H", "F5", "F11")),
    *(getattr(Qt, f"Key_{name}") for name in ("Escape", "Tab", "Space", "Return", "PageDown", "Home", "Z", "7")),
)
CONTROL_KEYS = (*(getattr(Qt, f"Key_{n}") for n in range(1, 7)), Qt.Key_O, Qt.Key_E)
EXPORTS = ("a.png", "b.svg", "c.pdf", "d.html", "e.npz", "f.pptx", "no/folder.png", "g.odd")


class Clicker:
    """Does one random thing after the other to a window, which it opens, and again when it was closed.

    Args:
        folder: for files that are opened and written.
        seed: of everything random.
        display: number of the X server's process, whose waiting for other programs is not counted in gaps.

    Attributes:
        errors: what went wrong.
        done: how often each thing was done.
        memory: after each minute, in the same view of the same network.
    """

    def __init__(self, folder: Path, seed: int = 0, display: int | None = None) -> None:
        self.random = random.Random(seed)
        self.folder = folder
        self.files = make_files(folder / "files")
        self.errors: list[str] = []
        self.done: Counter[str] = Counter()
        self.memory: list[Memory] = []
        self.gaps = Gaps(display)
        self._display = display
        self.window = self._open()
        self._actions: list[tuple[int, Callable[[], None]]] = [
            (30, self.click),
            (20, self.press_key),
            (8, self.drag),
            (8, self.turn_wheel),
            (6, self.choose_in_network),
            (5, self.choose_view),
            (3, self.open_file),
            (3, self.export),
            (2, self.drop),
            (2, self.resize),
            (1, self.kill_engine),
            (1, self.stop_engine),
            (1, self.close),
        ]

    def run(self, seconds: float, rest: float = 0.04, least: int = 0) -> None:
        """Click for some seconds, and `least` times on a busy machine, with `rest` seconds between two actions; then
        come to rest and close."""
        dialogs, hook = opening.QFileDialog, sys.excepthook
        opening.QFileDialog = exporting.QFileDialog = self._dialogs()
        sys.excepthook = self._on_exception
        gc.collect()
        gc.freeze()  # what else this process holds, as where tests are run, would be looked through for half a second
        self.gaps.forget()
        try:
            self._run(seconds, rest, least)
            self.settle(20)
        finally:
            self.gaps.doing = "close at the end"
            self.window.close()
            opening.QFileDialog = exporting.QFileDialog = dialogs
            sys.excepthook = hook
            gc.unfreeze()

    def _run(self, seconds: float, rest: float, least: int) -> None:
        end, measured = time.monotonic() + seconds, time.monotonic()
        weights = [weight for weight, _ in self._actions]
        while time.monotonic() < end or sum(self.done.values()) < least:
            if time.monotonic() - measured > MINUTE:
                self.memory.append(self.measure())
                measured = time.monotonic()
            [(_, act)] = self.random.choices(self._actions, weights)
            self.gaps.doing = act.__name__
            self.done[act.__name__] += 1
            act()
            self.live(self.random.uniform(0, 2 * rest))
            if self.random.random() < 0.02:
                self.settle(20)
            if not self.window.isVisible():
                self.window.deleteLater()
                self.window = self._open()

    def _dialogs(self) -> type:
        """File dialogs in which somebody chooses at once."""
        return type(
            "Dialogs",
            (),
            {
                "getOpenFileName": lambda *_: (str(self._file()), ""),
                "getExistingDirectory": lambda *_: str(self.files["folder"]),
                "getSaveFileName": lambda *_: (str(self._target()), ""),
            },
        )

    def settle(self, seconds: float) -> None:
        """Wait until nothing is asked for."""
        end = time.monotonic() + seconds
        while self.window.slots.busy and time.monotonic() < end:
            self.live(0.02)

    def measure(self) -> Memory:
        """Go back to where every window begins, and tell what memory that takes now."""
        self.gaps.doing = "measure"
        while over := QApplication.activePopupWidget():
            over.close()
        self.window.showNormal()
        self.window.resize(1366, 768)
        self.window.controller.cancel()
        self.window.controller.open_network("lenet5")
        self.settle(60)
        self.window.controller.choose_view("activations")
        self.settle(60)
        self.live(1)
        size, blocks = allocated()
        shown = resident(self._display) >> 20 if self._display else 0
        memory = Memory(size / 2**20, blocks, resident(os.getpid()) >> 20, shown)
        self.gaps.forget()
        return memory

    # -- what is done ------------------------------------------------------------------------------------------

    def click(self) -> None:
        """Click somewhere, or twice."""
        widget = self._widget()
        at = self._point(widget)
        self.gaps.doing = f"click on {widget.accessibleName() or type(widget).__name__}"
        if isinstance(widget, QMenu) and widget.actionAt(at):
            self.gaps.doing = f"choose {widget.actionAt(at).text()}"
        how = QTest.mouseDClick if self.random.random() < 0.1 else QTest.mouseClick
        button = Qt.RightButton if self.random.random() < 0.1 else Qt.LeftButton
        how(widget, button, Qt.NoModifier, at)

    def press_key(self) -> None:
        """Press a key where the focus is."""
        target = QApplication.activePopupWidget() or QApplication.focusWidget() or self.window
        if self.random.random() < 0.2:
            key, modifier = self.random.choice(CONTROL_KEYS), Qt.ControlModifier
        else:
            key, modifier = self.random.choice(KEYS), Qt.NoModifier
        self.gaps.doing = f"key {key:#x}"
        QTest.keyClick(target, key, modifier)

    def drag(self) -> None:
        """Press, move, and let go."""
        widget = self._widget()
        at = self._point(widget)
        self.gaps.doing = f"drag on {widget.accessibleName() or type(widget).__name__}"
        if isinstance(text := widget.parent(), QPlainTextEdit):  # selected words would be dragged by the real mouse
            cursor = text.textCursor()
            cursor.clearSelection()
            text.setTextCursor(cursor)
        QTest.mousePress(widget, Qt.LeftButton, Qt.NoModifier, at)
        for _ in range(self.random.randint(1, 12)):
            at = at + QPoint(self.random.randint(-40, 40), self.random.randint(-40, 40))
            event = QMouseEvent(QMouseEvent.MouseMove, QPointF(at), Qt.NoButton, Qt.LeftButton, Qt.NoModifier)
            QApplication.sendEvent(widget, event)
            self.live(0.003)
        QTest.mouseRelease(widget, Qt.LeftButton, Qt.NoModifier, at)

    def turn_wheel(self) -> None:
        """Turn the wheel, perhaps with Ctrl."""
        widget = self._widget()
        at = QPointF(self._point(widget))
        turn = QPoint(0, 120 * self.random.choice((-2, -1, 1, 2)))
        keys = self.random.choice((Qt.NoModifier, Qt.ControlModifier))
        position = QPointF(widget.mapToGlobal(at.toPoint()))
        event = QWheelEvent(at, position, QPoint(), turn, Qt.NoButton, keys, Qt.NoScrollPhase, False)
        QApplication.sendEvent(widget, event)

    def choose_in_network(self) -> None:
        """Choose any layer or unit, as a click on it does."""
        controller = self.window.controller
        if controller.network and controller.selection:
            layer = self.random.choice(controller.network.layers)
            if self.random.random() < 0.5:
                controller.choose_layer(layer.name)
            else:
                controller.choose_unit(self.random.randrange(64))

    def choose_view(self) -> None:
        """Choose any tab."""
        if names := self.window.view_pane.tabs.names:
            self.window.view_pane.step_to(self.random.choice(names))

    def open_file(self) -> None:
        """Open a file, whole or broken, or a shipped network."""
        if self.random.random() < 0.3:
            self.window.controller.open_network(self.random.choice(("lenet5", "lenet5", "squeezenet")))
        else:
            self.window.opening.ask_file()

    def export(self) -> None:
        """Write what is shown to a file, whose ending and folder may be impossible."""
        self.window.ask_export()

    def drop(self) -> None:
        """Drop a file on the window."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(self._file()))])
        at = QPointF(self._point(self.window))
        drop = QDropEvent(at, Qt.CopyAction, mime, Qt.LeftButton, Qt.NoModifier)
        QApplication.sendEvent(self.window.windowHandle(), drop)

    def resize(self) -> None:
        """Make the window larger or smaller."""
        self.window.resize(self.random.randint(800, 1900), self.random.randint(500, 1100))

    def kill_engine(self) -> None:
        """End the engine at once."""
        self._signal(signal.SIGKILL)

    def stop_engine(self) -> None:
        """Let the engine hang for a while."""
        self._signal(signal.SIGSTOP)
        QTimer.singleShot(self.random.choice((300, 2000, 9000)), lambda p=self._engine.process: _continue(p))  # type: ignore[misc]

    def close(self) -> None:
        """Close the window, seldom."""
        if self.random.random() < 0.2:
            begun = time.monotonic()
            self.window.close()
            if (took := time.monotonic() - begun) > 3:
                self.errors.append(f"closing took {took:.1f} s")
            self.gaps.doing = "open"

    # -- how ---------------------------------------------------------------------------------------------------

    def _open(self) -> Window:
        link = EngineLink()
        self._engine = Engine()
        link.start(self._engine)
        window = Window(link)
        window.controller.failed.connect(self._on_failed)
        window.show()
        window.controller.open_network("lenet5")
        self.gaps.forget()  # that is another figure: see benchmarks/window.py
        return window

    def live(self, seconds: float) -> None:
        """Let the window do what it has to for some seconds."""
        end = time.monotonic() + seconds
        while True:
            QApplication.processEvents()
            QApplication.sendPostedEvents(None, QEvent.DeferredDelete)  # which only a loop that is executed does
            left = end - time.monotonic()
            if left <= 0:
                break
            time.sleep(min(left, 0.002))
        if any(isinstance(w, QDialog) and w.isVisible() for w in QApplication.topLevelWidgets()):
            self.errors.append(f"a dialog after {self.gaps.doing}")

    def _widget(self) -> QWidget:
        """Any visible part of the window, or of the list or menu that is open over it."""
        over = QApplication.activePopupWidget()
        if over is not None and self.random.random() < 0.3:
            over.close()
            over = None
        root = over or self.window
        at = self._point(root)
        return root.childAt(at) or root

    def _point(self, widget: QWidget) -> QPoint:
        return QPoint(
            self.random.randrange(max(widget.width(), 1)), self.random.randrange(max(widget.height(), 1))
        )  # fmt: skip

    def _file(self) -> Path:
        return self.files[self.random.choice(sorted(self.files))]

    def _target(self) -> Path:
        return self.folder / self.random.choice(EXPORTS)

    def _signal(self, what: signal.Signals) -> None:
        if self._engine.process.is_alive() and self._engine.process.pid:
            os.kill(self._engine.process.pid, what)

    def _on_failed(self, slot: str, sentence: str) -> None:
        if sentence.startswith(BUG) or len(sentence) > 400:
            self.errors.append(f"{slot} after {self.gaps.doing}: {sentence}")

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.errors.append("".join(traceback.format_exception(kind, error, trace)))


def _continue(process: object) -> None:
    if process.is_alive():  # type: ignore[attr-defined]
        os.kill(process.pid, signal.SIGCONT)  # type: ignore[attr-defined]
