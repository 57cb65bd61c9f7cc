"""Whether the window lasts: memory over many cycles of open, look, close, and hours' worth of random clicking.

python -m benchmarks.endurance cycles --count 200
python -m benchmarks.endurance clicks --minutes 20 --seed 1

With a display, under Xvfb, or with QT_QPA_PLATFORM=offscreen. Qt is imported inside the functions, because the
engine's process imports this file too.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.memory import resident

SETTLED = 20
"""Cycles after which memory is measured for the first time."""


class Shared:
    """An engine that outlives the windows that close it."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def close(self) -> None:
        """Nothing."""


def cycles(count: int, folder: Path) -> Iterator[tuple[int, int]]:
    """Open a window and a network that was not open before, look at it, close it; bytes of the window and the engine
    after each cycle."""
    from qtpy.QtCore import QEvent, QThreadPool
    from qtpy.QtWidgets import QApplication

    from dlviz.engine.client import Engine
    from dlviz_gui.engine import EngineLink
    from dlviz_gui.window import Window
    from dlviz_models.zoo import zoo

    app = QApplication.instance() or QApplication([])
    engine = Engine()

    def settle(window: Window) -> None:
        end = time.monotonic() + 120
        while window.slots.busy:
            app.processEvents()
            app.sendPostedEvents(None, QEvent.DeferredDelete)
            time.sleep(0.002)
            assert time.monotonic() < end, "a job does not end"

    try:
        for number in range(count):
            path = folder / f"network{number}.keras"
            shutil.copy(zoo()["lenet5"].path, path)
            link = EngineLink()
            link.start(Shared(engine))
            window = Window(link)
            window.show()
            controller = window.controller
            for look, given in (
                (controller.open_network, str(path)),
                (controller.choose_layer, "conv2"),
                (controller.choose_input, 1 + number % 10),
                (controller.choose_view, "filters"),
                (controller.choose_view, "architecture"),
                (controller.choose_unit, 3),
            ):
                look(given)
                settle(window)
            window.close()
            window.deleteLater()
            app.sendPostedEvents(None, QEvent.DeferredDelete)
            app.processEvents()
            path.unlink()
            del window, link, controller
            gc.collect()
            yield resident(os.getpid()), resident(engine.process.pid)
    finally:
        engine.close()
        QThreadPool.globalInstance().waitForDone()


def run_cycles(count: int) -> int:
    """Print how memory grows from cycle `SETTLED` on."""
    seen: list[tuple[int, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, sizes in enumerate(cycles(count, Path(folder)), 1):
            seen.append(sizes)
            if number % SETTLED == 0:
                print(f"cycle {number}: window {sizes[0] >> 20} MiB, engine {sizes[1] >> 20} MiB", flush=True)
    window, engine = (after / before - 1 for before, after in zip(seen[SETTLED - 1], seen[-1], strict=True))
    print(f"from cycle {SETTLED} to {count}: window {window:+.1%}, engine {engine:+.1%}")
    return 0


def run_clicks(minutes: float, seed: int, display: int | None) -> int:
    """Click, and print what went wrong."""
    from qtpy.QtCore import QSettings, QThreadPool
    from qtpy.QtWidgets import QApplication

    from benchmarks.clicker import Clicker

    app = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setPath(QSettings.IniFormat, QSettings.UserScope, folder)
        clicker = Clicker(Path(folder), seed, display)
        clicker.run(60 * minutes)
        app.processEvents()
    QThreadPool.globalInstance().waitForDone()
    done = sum(clicker.done.values())
    print(f"{done} actions: " + ", ".join(f"{name} {n}" for name, n in clicker.done.most_common()))
    print(f"longest gap {1000 * clicker.gaps.largest:.0f} ms ({clicker.gaps.worst}); {len(clicker.errors)} errors")
    print("the same view after each minute: allocated MiB, Python's blocks, resident MiB, resident MiB of the display")
    for memory in clicker.memory:
        print(memory)
    for error in clicker.errors:
        print(error, file=sys.stderr)
    return int(bool(clicker.errors))


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description="Whether the window lasts.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("cycles").add_argument("--count", type=int, default=200)
    clicks = kinds.add_parser("clicks")
    clicks.add_argument("--minutes", type=float, default=20)
    clicks.add_argument("--seed", type=int, default=0)
    clicks.add_argument(
        "--display", type=int, metavar="PID", help="the X server: what it waits for other programs is left out of gaps"
    )
    given = parser.parse_args()
    return run_cycles(given.count) if given.kind == "cycles" else run_clicks(given.minutes, given.seed, given.display)


if __name__ == "__main__":
    sys.exit(main())
