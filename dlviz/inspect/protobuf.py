"""Reading protocol buffers without their definitions: https://protobuf.dev/programming-guides/encoding"""

from collections.abc import Iterator

Value = int | memoryview
VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
MOST_VARINT = 10


class Message:
    """A message's bytes; `budget` counts the fields that it and all in it may still have.

    Iterating yields each field's number and value: an int, or bytes for all that is not a varint.
    """

    def __init__(self, content: bytes | memoryview, budget: list[int]) -> None:
        self._content = memoryview(content)
        self._budget = budget

    def __iter__(self) -> Iterator[tuple[int, Value]]:
        content, at = self._content, 0
        while at < len(content):
            self._budget[0] -= 1
            if self._budget[0] < 0:
                raise ValueError("more fields than allowed")
            tag, at = varint(content, at)
            kind = tag & 7
            if kind == VARINT:
                value: Value
                value, at = varint(content, at)
            else:
                if kind == BYTES:
                    size, at = varint(content, at)
                elif kind in (FIXED_32, FIXED_64):
                    size = 4 if kind == FIXED_32 else 8
                else:
                    raise ValueError("no field of a known kind")
                if size > len(content) - at:
                    raise ValueError("a field longer than its message")
                value = content[at : at + size]
                at += size
            yield tag >> 3, value

    def inside(self, *numbers: int) -> "Iterator[Message]":
        """Yield the messages that are reached by following the field numbers."""
        for number, value in self:
            if number == numbers[0] and isinstance(value, memoryview):
                message = Message(value, self._budget)
                if len(numbers) == 1:
                    yield message
                else:
                    yield from message.inside(*numbers[1:])

    def text(self, number: int) -> str:
        """Return the first field of that number as text, empty if there is none."""
        for found, value in self:
            if found == number and isinstance(value, memoryview):
                return bytes(value[:1000]).decode("utf-8", "replace")
        return ""


def varint(content: memoryview, at: int) -> tuple[int, int]:
    """Return the number that stands at `at`, and where it ends."""
    value = 0
    for place in range(MOST_VARINT):
        byte = content[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    raise ValueError("a number of more than 64 bits")
