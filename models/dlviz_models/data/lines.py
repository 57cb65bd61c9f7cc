"""Reading the lines of a text file, gzipped or not."""

import gzip
import zlib
from pathlib import Path

from dlviz_models.errors import UserError

MAX_BYTES = 512 * 1024**2
GZIP = b"\x1f\x8b"


def read_lines(path: Path) -> list[str]:
    """Return the lines of a UTF-8 file without their ends; whether it is gzipped is told by its content.

    Raises:
        UserError: not there, damaged, not UTF-8, empty, or above 512 MiB.
    """
    try:
        with open(path, "rb") as file:
            zipped = file.read(2) == GZIP
        with gzip.open(path) if zipped else open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path} is cut off or damaged; fetch it again.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {(error.strerror or str(error))[:80].lower()}.") from error
    if len(content) > MAX_BYTES:
        raise UserError(f"{path} holds more than 512 MiB of text; give a part of it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8.") from error
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if not any(line.strip() for line in lines):
        raise UserError(f"{path} is empty; give a file with one example a line.")
    return lines[:-1] if not lines[-1] else lines
