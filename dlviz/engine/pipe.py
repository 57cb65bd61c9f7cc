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
from typing import Any

import numpy as np

from dlviz.wire import pack, unpack

INLINE = 1 << 16
"""Arrays of fewer bytes than this, all together, travel in the message itself."""

_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Message:
    """`kind` is one of submit, cancel, received (to the engine); ready, started, answer, done, failed (from it)."""

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
        size = sum(a.nbytes for a in arrays)
        name = f"dlviz-{os.getpid()}-{next(_NUMBERS)}" if size >= INLINE else ""
        kinds = [(a.dtype.str, a.shape) for a in arrays]
        head = json.dumps([kind, job, name, kinds, len(text)]).encode()
        parts = [len(head).to_bytes(4, "little"), head, text]
        if name:
            self._unread[name] = _store(name, size, arrays)
        else:
            parts += [a.tobytes() for a in arrays]
        with self._lock:
            self.connection.send_bytes(b"".join(parts))

    def receive(self) -> Message:
        """The next message, waiting for it; EOFError or OSError where the other end is gone."""
        data = memoryview(self.connection.recv_bytes())
        start = 4 + int.from_bytes(data[:4], "little")
        kind, job, name, kinds, length = json.loads(bytes(data[4:start]))
        text, rest = bytes(data[start : start + length]), data[start + length :]
        if name:
            self._taken += 1
            rest = memoryview(_take(name))
            self.send("received", value=name)
        message = Message(kind, job, unpack(text, _cut(rest, kinds)))
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
        with suppress(FileNotFoundError):
            for n in itertools.count(self._taken):
                _take(f"dlviz-{pid}-{n}")


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
