"""How long a window's event loop is held up."""

from __future__ import annotations

import sys
import time

from qtpy.QtCore import QObject, Qt, QTimer

from benchmarks.stopwatch import Stopwatch

GAP = 0.2
"""Seconds that the event loop may be held up."""
MEASURED_ELSEWHERE = ("start", "open", "close", "close at the end")
"""How soon a window shows, and that it closes within 3 seconds."""


class Gaps(QObject):
    """The times between two ticks of a 10 ms timer, without those for which the system ran other programs."""

    def __init__(self, display: int | None = None) -> None:
        super().__init__()
        self._display = display
        self.largest, self.doing, self.worst = 0.0, "start", ""
        self.forget()
        self._timer = QTimer(self, interval=10, timerType=Qt.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def forget(self) -> None:
        """Count from now on."""
        self._watch, self._computed = Stopwatch(self._display), time.thread_time()

    def _tick(self) -> None:
        gap, computed = self._watch.seconds(), time.thread_time() - self._computed
        self.forget()
        if self.doing in MEASURED_ELSEWHERE:
            return
        if gap > GAP:
            print(f"gap of {1000 * gap:.0f} ms, {1000 * computed:.0f} of them computing: {self.doing}", file=sys.stderr)
        if gap > self.largest:
            self.largest, self.worst = gap, self.doing
