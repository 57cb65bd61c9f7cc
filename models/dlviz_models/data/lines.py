"""Reading the lines of a text file, gzipped or not."""

import gzip
import zlib
from pathlib import Path
from typing import IO

from dlviz_models.data.unpacked import unpacked
from dlviz_models.errors import UserError, unreadable

MAX_BYTES = 128 * 1024**2
BLOCK = 1024**2


def read_lines(path: Path) -> list[str]:
    """Return the lines of a UTF-8 file without their ends.

    Raises:
        UserError: as `read_text`.
    """
    lines = [line.removesuffix("\r") for line in read_text(path).split("\n")]
    return lines[:-1] if not lines[-1] else lines


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file; whether it is gzipped is recognised by its content.

    Raises:
        UserError: not there, damaged, not UTF-8, empty, above 128 MiB, or unpacking to more than 200 times its size.
    """
    try:
        with unpacked(path) as (file, most):
            most = min(MAX_BYTES, most)
            content = _at_most(file, most + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path} is cut off or damaged; fetch it again.") from error
    except OSError as error:
        raise unreadable(path, error) from error
    if len(content) > most:
        raise UserError(f"{path} holds more than {most // 1024**2} MiB of text; give a part of it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8.") from error
    if not text or text.isspace():
        raise UserError(f"{path} is empty; give a file with one example per line.")
    return text


def _at_most(file: IO[bytes], most: int) -> bytearray:
    """Read no more than `most` bytes, without taking their memory beforehand."""
    content = bytearray()
    while len(content) < most and (block := file.read(min(BLOCK, most - len(content)))):
        content += block
    return content
