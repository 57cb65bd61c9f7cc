"""TensorFlow's checkpoints without TensorFlow: arrays by key, and the graph of objects that says whose they are.

The index is a table in LevelDB's format (https://github.com/google/leveldb/blob/main/doc/table_format.md), its values
are messages of tensorflow/core/protobuf/tensor_bundle.proto, and one of the arrays holds the graph, a message of
trackable_object_graph.proto.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlviz.inspect.protobuf import Message, varint
from dlviz.inspect.refusal import Refused

MAX_INDEX = 64 * 1024**2
MAX_KEYS = 200_000
MAX_KEY = 4_096
MAX_SHARDS = 1_000
MAX_FIELDS = 5_000_000

# Field numbers
SHARDS, ENDIANNESS = 1, 2
DTYPE, SHAPE, SHARD, OFFSET, SIZE = 1, 2, 3, 4, 5
DIMENSION, LENGTH = 2, 1
NODE, CHILD, ATTRIBUTE = 1, 1, 2
NODE_ID, LOCAL_NAME = 1, 2
FULL_NAME, CHECKPOINT_KEY = 2, 3

DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 4: "u1", 5: "<i2", 6: "i1", 9: "<i8", 10: "?", 17: "<u2", 19: "<f2", 22: "<u4",
          23: "<u8"}  # fmt: skip
"""numpy's words for TensorFlow's numbers of kinds, as far as weights are of them."""

_GRAPH = b"_CHECKPOINTABLE_OBJECT_GRAPH"
_FOOTER, _MAGIC = 48, 0xDB4775248B80FB57
_CHECKSUM = 4


@dataclass(frozen=True)
class Object:
    """One object of the graph.

    Attributes:
        children: numbers of the objects in it, by name.
        name: of a variable, such as "conv1/kernel"; of anything else empty.
        key: under which the checkpoint has its array.
    """

    children: dict[str, int]
    name: str
    key: bytes


class Checkpoint:
    """The checkpoint `NAME.index`, `NAME.data-00000-of-00001`, ...

    Attributes:
        objects: the graph; the first is the network.
        bytes: of all data files.
    """

    def __init__(self, path: Path) -> None:
        """Read the index, `path` being all but the endings.

        Raises:
            Refused: it is packed, of another byte order, or too large.
            ValueError, IndexError, KeyError: it is damaged.
            OSError: it is not there.
        """
        index = path.with_name(path.name + ".index")
        if index.stat().st_size > MAX_INDEX:
            raise Refused(f"has an index of more than {MAX_INDEX // 1024**2} MiB; save a smaller network")
        self._entries = dict(_table(memoryview(index.read_bytes())))
        self._budget = [MAX_FIELDS]
        header = self._fields(b"")
        shards = int(header[SHARDS])  # type: ignore[call-overload]
        if header.get(ENDIANNESS):
            raise Refused("was saved on a machine of another byte order; save it on this one")
        if not 0 < shards <= MAX_SHARDS:
            raise ValueError("an impossible number of data files")
        self._data = [path.with_name(f"{path.name}.data-{number:05d}-of-{shards:05d}") for number in range(shards)]
        self.bytes = sum(part.stat().st_size for part in self._data)
        self.objects = self._graph()

    def size(self, key: bytes) -> int:
        """Return the bytes of an array."""
        return int(self._fields(key).get(SIZE, 0))  # type: ignore[call-overload]

    def array(self, key: bytes) -> np.ndarray:
        """Return the array under a key, of any shape, as it stands in its file.

        Raises:
            Refused: it holds something other than plain numbers.
            ValueError, IndexError, KeyError: it is not there, or not all of it.
        """
        fields = self._fields(key)
        kind = DTYPES.get(int(fields.get(DTYPE, 0)))  # type: ignore[call-overload]
        if kind is None:
            raise Refused("holds weights that are not plain numbers; save the network again with model.save")
        shape, dtype = self._shape(key), np.dtype(kind)
        file, offset, size = self._place(key)
        if size != math.prod(shape) * dtype.itemsize:
            raise ValueError("an array of another size than its shape's")
        return np.memmap(file, dtype, "r", offset, shape) if size else np.zeros(shape, dtype)

    def _fields(self, key: bytes) -> dict[int, object]:
        return dict(Message(self._entries[key], self._budget))

    def _shape(self, key: bytes) -> tuple[int, ...]:
        dimensions = Message(self._entries[key], self._budget).inside(SHAPE, DIMENSION)
        return tuple(int(dict(dimension).get(LENGTH, 0)) for dimension in dimensions)

    def _place(self, key: bytes) -> tuple[Path, int, int]:
        """Return the file in which an array stands, where in it, and its size, in bytes."""
        fields = self._fields(key)
        shard, offset, size = (int(fields.get(number, 0)) for number in (SHARD, OFFSET, SIZE))  # type: ignore[call-overload]
        if offset + size > self._data[shard].stat().st_size:
            raise ValueError("an array that goes on after the end of its file")
        return self._data[shard], offset, size

    def _graph(self) -> list[Object]:
        """Read the graph, the one text in an array of texts: its length, a checksum, itself."""
        path, offset, size = self._place(_GRAPH)
        if size > MAX_INDEX:
            raise Refused(f"has an object graph of more than {MAX_INDEX // 1024**2} MiB; save a smaller network")
        with path.open("rb") as file:
            file.seek(offset)
            content = memoryview(file.read(size))
        length, at = varint(content, 0)
        graph = Message(content[at + _CHECKSUM : at + _CHECKSUM + length], self._budget)
        return [_object(node) for node in graph.inside(NODE)]


def _object(node: Message) -> Object:
    children = {}
    for child in node.inside(CHILD):
        children[child.text(LOCAL_NAME)] = int(dict(child).get(NODE_ID, 0))
    for attribute in node.inside(ATTRIBUTE):
        return Object(children, attribute.text(FULL_NAME), attribute.text(CHECKPOINT_KEY).encode())
    return Object(children, "", b"")


def _table(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the keys and values of a table whose blocks are not packed."""
    footer = content[-_FOOTER:]
    if len(footer) < _FOOTER or int.from_bytes(footer[-8:], "little") != _MAGIC:
        raise ValueError("no table")
    at, numbers = 0, []
    for _ in range(4):  # place and size of the block about the table, then those of the block about its blocks
        number, at = varint(footer, at)
        numbers.append(number)
    keys, letters = 0, 0
    for _, handle in _block(content, *numbers[2:]):
        place, at = varint(handle, 0)
        before = keys
        for key, value in _block(content, place, varint(handle, at)[0]):
            keys, letters = keys + 1, letters + len(key)
            if keys > MAX_KEYS or letters > MAX_INDEX:
                raise Refused(f"has more than {MAX_KEYS:,} arrays, or very long names; save the network again")
            yield key, value
        if keys == before:
            raise ValueError("an empty block")


def _block(content: memoryview, place: int, size: int) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the keys and values of a block; each key shares its beginning with the one before it."""
    if content[place + size]:
        raise Refused("has a compressed index, which dlviz does not read; save the network again with model.save")
    block = content[place : place + size]
    restarts = int.from_bytes(block[-4:], "little")
    end, at, key = size - 4 * (restarts + 1), 0, b""
    while at < end:
        shared, at = varint(block, at)
        own, at = varint(block, at)
        length, at = varint(block, at)
        if shared > len(key) or shared + own > MAX_KEY or at + own + length > end:
            raise ValueError("an entry longer than its block")
        key = key[:shared] + bytes(block[at : at + own])
        at += own
        yield key, block[at : at + length]
        at += length
