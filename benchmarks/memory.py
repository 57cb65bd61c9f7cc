"""How much memory a process holds (Linux)."""

from __future__ import annotations

import ctypes
import gc
import sys
from pathlib import Path
from typing import NamedTuple


class _Heap(ctypes.Structure):
    """`struct mallinfo2` of glibc's malloc.h."""

    _names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in _names.split()]


class Memory(NamedTuple):
    """MiB that the window has allocated, Python's blocks among it, MiB resident in the window and in its display."""

    allocated: float
    blocks: int
    resident: int
    display: int

    def __str__(self) -> str:
        return f"{self.allocated:.1f} {self.blocks:,} {self.resident} {self.display}"


def resident(pid: int | None) -> int:
    """Bytes of a process in memory, among them what it has given back and the C library keeps for later."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def allocated() -> tuple[int, int]:
    """Bytes that this process has asked the C library for and not given back, and the blocks that Python holds."""
    gc.collect()
    measure = ctypes.CDLL(None).mallinfo2
    measure.restype = _Heap
    heap = measure()
    return heap.uordblks + heap.hblkhd, sys.getallocatedblocks()
