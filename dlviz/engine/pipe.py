"""Messages over a connection: JSON for what is small, shared memory for arrays.

A message is a kind, a job number and a value that `dlviz.wire` can pack. Nothing is unpickled on either side.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

import numpy as np

from dlviz.wire import pack, unpack

INLINE = 1 << 13
"""Values of fewer bytes than this travel in the message itself, which is written at once: so the other end never waits
for the second half of a message, whatever happens to the sender."""

_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Message:
    """`kind` is one of submit, tell, cancel, ping (to the engine); ready, started, answer, done, failed, pong (from
    it); and received, from the end that has taken a shared memory."""

    kind: str
    job: int = 0
    value: Any = None


class Pipe:
    """One end; sending may be done from several threads, receiving from one."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._taken = 0
        self._lock = threading.Lock()
        self._unread: dict[str, SharedMemory] = {}

    def send(self, kind: str, job: int = 0, value: Any = None) -> None:
        """Send a message; arrays are copied. OSError where the other end is gone."""
        text, arrays = pack(value)
        kinds = json.dumps([(a.dtype.str, a.shape) for a in arrays]).encode()
        blocks = [np.frombuffer(kinds, np.uint8), np.frombuffer(text, np.uint8), *arrays]
        size = sum(b.nbytes for b in blocks)
        name = f"dlviz-{os.getpid()}-{next(_NUMBERS)}" if size >= INLINE else ""
        head = json.dumps([kind, job, name, len(kinds), len(text)]).encode()
        if name:
            self._unread[name] = _store(name, size, blocks)
            blocks = []
        with self._lock:
            self.connection.send_bytes(
                b"".join([len(head).to_bytes(4, "little"), head, *(b.tobytes() for b in blocks)])
            )

    def receive(self) -> Message:
        """The next message, waiting for it; EOFError or OSError where the other end is gone."""
        data = memoryview(self.connection.recv_bytes())
        start = 4 + int.from_bytes(data[:4], "little")
        kind, job, name, kinds, length = json.loads(bytes(data[4:start]))
        rest = data[start:]
        if name:
            self._taken += 1
            rest = memoryview(_take(name))
            self.send("received", value=name)
        arrays = kinds + length
        message = Message(
            kind, job, unpack(bytes(rest[kinds:arrays]), _cut(rest[arrays:], json.loads(bytes(rest[:kinds]))))
        )
        if kind == "received":
            with suppress(KeyError):
                self._unread.pop(message.value).close()
        return message

    def sweep(self, pid: int) -> None:
        """Remove the shared memory that stays behind once the other end, process `pid`, is dead."""
        for memory in self._unread.values():
            memory.close()
            with suppress(FileNotFoundError):  # taken, and nobody left to say so
                memory.unlink()
        self._unread.clear()
        with suppress(FileNotFoundError, ValueError):  # the last one may be without a size still
            for n in itertools.count(self._taken):
                _take(f"dlviz-{pid}-{n}")


def sweep_dead(folder: Path = Path("/dev/shm")) -> None:
    """Remove the shared memory of all processes that are dead, where the system shows it: on Linux."""
    with suppress(OSError):
        for memory in folder.glob("dlviz-*"):
            pid = memory.name.split("-")[1]
            if not Path("/proc", pid).exists():
                memory.unlink(missing_ok=True)


def _store(name: str, size: int, arrays: list[np.ndarray]) -> SharedMemory:
    memory = SharedMemory(name, create=True, size=size)
    into = np.frombuffer(memory.buf, np.uint8)  # type: ignore[arg-type]
    at = 0
    for a in arrays:
        into[at : at + a.nbytes] = a.reshape(-1).view(np.uint8)
        at += a.nbytes
    return memory


def _take(name: str) -> bytearray:
    """The contents of a shared memory, which is then gone."""
    memory = SharedMemory(name)
    content = bytearray(memory.buf)  # type: ignore[arg-type]
    memory.close()
    memory.unlink()
    return content


def _cut(data: memoryview, kinds: list[tuple[str, list[int]]]) -> list[np.ndarray]:
    arrays, at = [], 0
    for kind, shape in kinds:
        dtype = np.dtype(kind)
        size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
        arrays.append(np.frombuffer(data[at : at + size], dtype).reshape(shape))
        at += size
    return arrays
