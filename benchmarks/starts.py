"""Does the window start every time? Each start has a fresh home; what is counted is how the process ends.

python benchmarks/starts.py --count 100     # with a display, or under Xvfb

A start is good where the demonstration is on screen, the engine is ready, and the window, asked to close, ends with 0.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

PATIENCE = 120
"""Seconds after which a start counts as hung."""
EVERY = 50
"""Milliseconds between two looks whether the window has everything on screen."""


def start_and_close() -> int:
    """The program itself, whose window closes once it shows everything; the exit status."""
    from qtpy.QtCore import QTimer

    from dlviz_gui import __main__ as program
    from dlviz_gui import window

    class Closing(window.Window):
        def showEvent(self, event) -> None:
            super().showEvent(event)
            timer = QTimer(self, interval=EVERY)
            timer.timeout.connect(self._look)
            timer.start()

        def _look(self) -> None:
            if self.controller.network and not self.slots.busy and self._link.engine.is_ready:  # type: ignore[attr-defined]
                self.close()

    window.Window = Closing  # type: ignore[misc]
    return program.main([])


def start() -> str:
    """How one start ended: good, the name of a signal, an exit status, or hung."""
    with tempfile.TemporaryDirectory() as home:
        places = {f"XDG_{name}_HOME": f"{home}/{name.lower()}" for name in ("CONFIG", "CACHE", "DATA")}
        env = os.environ | places | {"HOME": home, "XDG_RUNTIME_DIR": home, "PYTHONFAULTHANDLER": "1"}
        try:
            done = subprocess.run(
                [sys.executable, __file__, "--once"], env=env, capture_output=True, text=True, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            return "hung"
    if done.returncode == 0 and "Traceback" not in done.stderr:
        return "good"
    print(done.stderr[-3000:], file=sys.stderr)
    return signal.Signals(-done.returncode).name if done.returncode < 0 else f"status {done.returncode}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--once", action="store_true", help="start the window once, here")
    given = parser.parse_args()
    if given.once:
        return start_and_close()
    begun, ended = time.monotonic(), Counter[str]()
    for number in range(1, given.count + 1):
        ended[start()] += 1
        print(f"\r{number} starts, {time.monotonic() - begun:.0f} s: {dict(ended)}", end="", flush=True)
    print(f"\n{ended['good']} of {given.count} good, on {os.environ.get('QT_QPA_PLATFORM') or 'the default platform'}")
    return 0 if ended["good"] == given.count else 1


if __name__ == "__main__":
    sys.exit(main())
