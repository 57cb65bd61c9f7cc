"""A stopwatch that stands while the system runs other programs instead of this one."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress


class Stopwatch:
    """Counts from when it is made.

    What is left out is the time for which threads of this process could have run and had to wait for other programs.
    Where the system does not tell (other than Linux) nothing is left out.

    Args:
        other: number of another process, the X server's or the engine's, whose waiting is left out as well.
    """

    def __init__(self, other: int | None = None) -> None:
        self._processes = ["self"] if other is None else ["self", str(other)]
        self._waited = _waited(self._processes)
        self._begun = time.perf_counter()

    def seconds(self) -> float:
        """Return the seconds until now."""
        took = time.perf_counter() - self._begun
        waited = sum(max(now - self._waited.get(thread, 0), 0) for thread, now in _waited(self._processes).items())
        return took - waited / 1e9


def _waited(processes: Sequence[str]) -> dict[str, int]:
    """Nanoseconds that each thread has waited for the processor."""
    waited = {}
    for process in processes:
        with suppress(OSError):
            for thread in os.listdir(f"/proc/{process}/task"):
                with suppress(OSError), open(f"/proc/{process}/task/{thread}/schedstat") as file:  # it may end just now
                    waited[thread] = int(file.read().split()[1])
    return waited
